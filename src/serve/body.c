#include "serve/body.h"

#include <string.h>

static bool is_word(HttpText text, const char *word)
{
    return text.length == strlen(word) && g_ascii_strncasecmp(text.data, word, text.length) == 0;
}

static bool is_json_type(HttpText type)
{
    static const char application[] = "application/", suffix[] = "+json";
    const size_t before = strlen(application), behind = strlen(suffix);
    return is_word(type, "application/json") ||
           (type.length > before + behind &&
            g_ascii_strncasecmp(type.data, application, before) == 0 &&
            memchr(type.data, ',', type.length) == NULL &&
            g_ascii_strncasecmp(type.data + type.length - behind, suffix, behind) == 0);
}

/* "charset=utf-8" or any other parameter. */
static bool is_utf8(HttpText parameter)
{
    static const char charset[] = "charset=";
    const size_t length = strlen(charset);
    if (parameter.length < length || g_ascii_strncasecmp(parameter.data, charset, length) != 0)
        return true;
    HttpText value = {parameter.data + length, parameter.length - length};
    if (value.length >= 2 && value.data[0] == '"' && value.data[value.length - 1] == '"')
        value = (HttpText){value.data + 1, value.length - 2};
    return is_word(value, "utf-8") || is_word(value, "utf8");
}

static bool is_json(HttpText type)
{
    HttpText rest = type, part = {0};
    if (type.data == NULL || !http_text_next(&rest, ';', &part) || !is_json_type(part))
        return false;
    while (http_text_next(&rest, ';', &part))
        if (!is_utf8(part))
            return false;
    return true;
}

static bool is_coded(const HttpRequest *request)
{
    for (unsigned i = 0; i < request->header_count; i++)
        if (http_text_is(request->headers[i].name, "content-encoding") &&
            !is_word(request->headers[i].value, "identity"))
            return true;
    return false;
}

static bool has_body(const HttpRequest *request)
{
    HttpText length = http_request_header(request, "content-length");
    return http_request_header(request, "transfer-encoding").data != NULL ||
           (length.data != NULL && !(length.length == 1 && *length.data == '0'));
}

static bool takes_body(const Route *route)
{
    return route->endpoint != NULL && route->method != HTTP_GET && route->method != HTTP_HEAD;
}

static void refuse_body(Call *call)
{
    exchange_limit_body(call->exchange, 0);
    call_refuse(call, &(CallProblem){.status = 413, .detail = "this takes no body", .close = true});
}

static bool refuse_kind(Call *call, const char *detail, const char *headers)
{
    call_refuse(call, &(CallProblem){.status = 415, .detail = detail, .headers = headers});
    return false;
}

bool body_accept(Call *call)
{
    const HttpRequest *request = exchange_request(call->exchange);
    if (!has_body(request))
        return true;
    if (!takes_body(call->route)) {
        refuse_body(call);
        return false;
    }
    if (call->route->method == HTTP_DELETE)
        return true;
    if (is_coded(request))
        return refuse_kind(call, "the body must not be compressed",
                           "Accept-Encoding: identity\r\n");
    if (!is_json(http_request_header(request, "content-type")))
        return refuse_kind(call, "the body must be application/json, in UTF-8",
                           "Accept: application/json\r\n");
    return true;
}
