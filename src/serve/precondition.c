#include "serve/precondition.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_weak(HttpText tag)
{
    return tag.length >= 2 && memcmp(tag.data, "W/", 2) == 0;
}

/* The opaque part of a tag: W/ does not count where tags are compared weakly. */
static HttpText opaque_tag(HttpText tag)
{
    return is_weak(tag) ? (HttpText){tag.data + 2, tag.length - 2} : tag;
}

/* The end of an element of a list at @at: a comma that no quotes are around. */
static const char *element_end(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end && (quoted || *at != ','); at++)
        quoted ^= *at == '"';
    return at;
}

/* Whether one of the list @wanted is @tag. */
static bool list_has(HttpText wanted, HttpText tag, bool strong)
{
    const char *end = wanted.data + wanted.length;
    for (const char *at = wanted.data; at < end; at++) {
        const char *stop = element_end(at, end), *last = stop;
        while (at < last && is_blank(*at))
            at++;
        while (last > at && is_blank(last[-1]))
            last--;
        HttpText one = {at, (size_t)(last - at)};
        if (!strong)
            one = opaque_tag(one);
        if (one.length > 0 && one.length == tag.length &&
            memcmp(one.data, tag.data, tag.length) == 0)
            return true;
        at = stop;
    }
    return false;
}

/* Whether a line of header @name has @tag, or all tags; @out_lines: how many lines there are. */
static bool has_tag(const HttpRequest *request, const char *name, HttpText tag, bool strong,
                    unsigned *out_lines)
{
    bool found = false;
    *out_lines = 0;
    for (unsigned i = 0; i < request->header_count; i++) {
        HttpText wanted = request->headers[i].value;
        if (!http_text_is(request->headers[i].name, name))
            continue;
        *out_lines += 1;
        found = found || http_text_is(wanted, "*") || list_has(wanted, tag, strong);
    }
    return found;
}

unsigned precondition_of_read(const GString *headers, const HttpRequest *request)
{
    if (http_request_header(request, "if-match").data == NULL &&
        http_request_header(request, "if-none-match").data == NULL)
        return 200;
    const char *line = strstr(headers->str, "ETag: ");
    if (line == NULL)
        return 200;
    HttpText tag = {line + 6, strcspn(line + 6, "\r")};
    HttpText none = {"", 0}; /* a weak tag is no other's equal */
    unsigned lines = 0;
    bool same = has_tag(request, "if-match", is_weak(tag) ? none : tag, true, &lines);
    if (lines > 0 && !same)
        return 412;
    return has_tag(request, "if-none-match", opaque_tag(tag), false, &lines) ? 304 : 200;
}

/* "W/…" of one tag, which never matches (RFC 9110, 13.1.1). */
static bool is_weak_tag(HttpText text)
{
    return text.length > 3 && memcmp(text.data, "W/\"", 3) == 0 &&
           memchr(text.data + 3, '"', text.length - 3) == text.data + text.length - 1;
}

/* Of an endpoint with :if_match. */
static CallProblem version_problem(const HttpRequest *request, const ApiParam *param)
{
    unsigned lines = 0;
    HttpText named = http_request_header(request, "if-match");
    has_tag(request, "if-match", (HttpText){"", 0}, true, &lines);
    if (lines > 1)
        return (CallProblem){.status = 422, .detail = "the header If-Match names several versions"};
    if (is_weak_tag(named))
        return (CallProblem){.status = 412, .detail = "a weak tag never matches If-Match"};
    if ((named.length == 0 || http_text_is(named, "*")) && !param->optional)
        return (CallProblem){.status = 428, .detail = "the header If-Match must name a version"};
    return (CallProblem){0};
}

/* Of a write whose endpoint has none, and so cannot tell whether it holds. */
static CallProblem write_problem(const HttpRequest *request)
{
    if (http_request_header(request, "if-match").data == NULL)
        return (CallProblem){0};
    return (CallProblem){.status = 412,
                         .detail = "this knows no versions, so If-Match cannot be held"};
}

bool precondition_check(Call *call)
{
    const Endpoint *endpoint = call->route->endpoint;
    const HttpRequest *request = exchange_request(call->exchange);
    bool is_write = endpoint->method != HTTP_GET && endpoint->method != HTTP_HEAD;
    int index = endpoint_param(endpoint, "if_match");
    CallProblem problem = {0};
    if (endpoint->own_answer && index < 0)
        return true;
    if (index >= 0 && ((const ApiParam *)endpoint->params->pdata[index])->place == PLACE_HEADER)
        problem = version_problem(request, endpoint->params->pdata[index]);
    else if (is_write)
        problem = write_problem(request);
    if (problem.status == 0 && is_write && !endpoint->own_answer &&
        http_request_header(request, "if-none-match").data != NULL)
        problem = (CallProblem){.status = 412, .detail = "a write is not held to If-None-Match"};
    if (problem.status != 0)
        call_refuse(call, &problem);
    return problem.status == 0;
}
