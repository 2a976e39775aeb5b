#include "http/head.h"

static const HttpFault good = {0, NULL};

static HttpFault bad(const char *reason)
{
    return (HttpFault){400, reason};
}

/* RFC 9110, 5.6.2 */
static const bool token_chars[256] = {
    ['0' ... '9'] = true,  ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
    ['#' ... '\''] = true, ['*' ... '+'] = true, ['-' ... '.'] = true, ['^' ... '`'] = true,
    ['|'] = true,          ['~'] = true,
};

/* RFC 3986, 3.2.2: of a name or an address. */
static const bool host_chars[256] = {
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true, ['.'] = true,
    ['_'] = true,         ['~'] = true,         ['%'] = true,         ['!'] = true, ['$'] = true,
    ['&' ... ','] = true, [':' ... ';'] = true, ['='] = true,
};

static bool has_only(HttpText text, const bool chars[256])
{
    for (size_t i = 0; i < text.length; i++) {
        if (!chars[(unsigned char)text.data[i]])
            return false;
    }
    return true;
}

bool http_is_token(HttpText text)
{
    return text.length > 0 && has_only(text, token_chars);
}

HttpMethod http_method_of(HttpText name)
{
    static const char *const names[HTTP_OTHER] = {
        [HTTP_GET] = "GET",         [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
        [HTTP_PUT] = "PUT",         [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
        [HTTP_OPTIONS] = "OPTIONS",
    };
    for (unsigned i = 0; i < HTTP_OTHER; i++) {
        if (http_text_is(name, names[i]))
            return (HttpMethod)i;
    }
    return HTTP_OTHER;
}

static HttpFault read_version(HttpText text, unsigned *out_minor)
{
    const char *data = text.data;
    if (text.length != 8 || memcmp(data, "HTTP/", 5) != 0 || data[6] != '.' ||
        !g_ascii_isdigit(data[5]) || !g_ascii_isdigit(data[7]))
        return bad("malformed HTTP version");
    if (data[5] != '1')
        return (HttpFault){505, "only HTTP/1.1 and HTTP/1.0 are spoken"};
    if (data[7] != '0' && data[7] != '1')
        return bad("unknown HTTP version");
    *out_minor = data[7] - '0';
    return good;
}

/* Exactly one space between: recipients that take more disagree about where a target ends. */
HttpFault http_head_line(HttpText line, size_t target_limit, HttpLine *out_line)
{
    const char *end = line.data + line.length;
    const char *target = memchr(line.data, ' ', line.length);
    if (target == NULL)
        return bad("malformed request line");
    out_line->method = (HttpText){line.data, (size_t)(target - line.data)};
    if (!http_is_token(out_line->method))
        return bad("malformed method");
    target++;
    const char *version = memchr(target, ' ', (size_t)(end - target));
    if (version == NULL)
        return bad("request line without HTTP version");
    out_line->target = (HttpText){target, (size_t)(version - target)};
    if (out_line->target.length > target_limit)
        return (HttpFault){414, "request target is too long"};
    if (out_line->target.length == 0)
        return bad("request line without target");
    version++;
    return read_version((HttpText){version, (size_t)(end - version)}, &out_line->minor);
}

/* What a reader of this program may take for a number, no other does otherwise. */
HttpFault http_head_length(HttpText digits, size_t *out_length)
{
    size_t length = 0;
    for (size_t i = 0; i < digits.length; i++) {
        if (!g_ascii_isdigit(digits.data[i]))
            return bad("malformed Content-Length");
        length = length * 10 + (size_t)(digits.data[i] - '0');
        if (i == 18)
            return (HttpFault){413, "body is too large"};
    }
    if (digits.length == 0)
        return bad("malformed Content-Length");
    *out_length = length;
    return good;
}

static bool lower_name(HttpText name)
{
    char *data = (char *)name.data;
    for (size_t i = 0; i < name.length; i++)
        data[i] = g_ascii_tolower(data[i]);
    return http_is_token(name);
}

static HttpFault take_once(HttpText *field, HttpText value, const char *reason)
{
    if (field->data != NULL)
        return bad(reason);
    *field = value;
    return good;
}

static HttpFault note_header(const HttpHeader *header, unsigned minor, HttpHeadFacts *facts)
{
    switch (header->name.length) {
    case 4:
        if (http_text_is(header->name, "host"))
            return take_once(&facts->host, header->value, "more than one Host");
        break;
    case 6:
        if (!http_text_is(header->name, "expect"))
            break;
        if (!http_text_is_word(header->value, "100-continue"))
            return (HttpFault){417, "only 100-continue can be expected"};
        facts->expects_continue = minor == 1;
        break;
    case 9:
        if (http_text_is(header->name, "x-api-key"))
            return take_once(&facts->api_key, header->value, "more than one X-API-Key");
        break;
    case 12:
        if (http_text_is(header->name, "content-type"))
            return take_once(&facts->type, header->value, "more than one Content-Type");
        break;
    case 13:
        if (http_text_is(header->name, "authorization"))
            return take_once(&facts->authorization, header->value, "more than one Authorization");
        break;
    case 14:
        if (http_text_is(header->name, "content-length"))
            return take_once(&facts->length, header->value, "more than one Content-Length");
        break;
    case 17:
        if (!http_text_is(header->name, "transfer-encoding"))
            break;
        if (facts->chunked || !http_text_is_word(header->value, "chunked"))
            return bad("unknown Transfer-Encoding");
        facts->chunked = true;
        break;
    default:
        break;
    }
    return good;
}

HttpFault http_head_headers(HttpHeader *headers, unsigned count, unsigned minor,
                            HttpHeadFacts *out_facts)
{
    *out_facts = (HttpHeadFacts){0};
    for (unsigned i = 0; i < count; i++) {
        HttpHeader *header = &headers[i];
        if (header->value.data == NULL)
            header->value.data = "";
        header->value = http_text_trim(header->value);
        if (!lower_name(header->name))
            return bad("malformed header name");
        const HttpFault fault = note_header(header, minor, out_facts);
        if (fault.status != 0)
            return fault;
    }
    if (out_facts->chunked && out_facts->length.data != NULL)
        return bad("both Content-Length and Transfer-Encoding");
    if (out_facts->chunked && minor == 0)
        return bad("Transfer-Encoding in HTTP/1.0");
    if (minor == 1 && out_facts->host.data == NULL)
        return bad("no Host");
    return good;
}

/* RFC 3986, 3.2.2 and 3.2.3, without user information (RFC 9110, 4.2.4). */
static bool is_host(HttpText host)
{
    const char *close =
        host.length > 0 && host.data[0] == '[' ? memchr(host.data, ']', host.length) : NULL;
    HttpText name = host, port = {NULL, 0};
    if (close != NULL)
        name.length = (size_t)(close - host.data) + 1;
    else if (memchr(host.data, ':', host.length) != NULL)
        name.length = (size_t)((const char *)memchr(host.data, ':', host.length) - host.data);
    if (name.length == 0)
        return false;
    port = (HttpText){host.data + name.length, host.length - name.length};
    if (port.length > 6 || (port.length > 0 && port.data[0] != ':'))
        return false;
    for (size_t i = 1; i < port.length; i++) {
        if (!g_ascii_isdigit(port.data[i]))
            return false;
    }
    if (close != NULL)
        name = (HttpText){name.data + 1, name.length - 2};
    return has_only(name, host_chars); /* without brackets, there is no ':' in it */
}

/* http://host/path: its host must be that of Host, else somebody would be misled. */
static HttpFault take_absolute(HttpText *target, const HttpHeadFacts *facts)
{
    const size_t scheme = g_ascii_strncasecmp(target->data, "https://", 8) == 0 ? 8 : 7;
    HttpText rest = {target->data + scheme, target->length - scheme};
    size_t end = 0;
    while (end < rest.length && rest.data[end] != '/' && rest.data[end] != '?')
        end++;
    const HttpText host = {rest.data, end};
    if (!is_host(host))
        return bad("malformed host in the request target");
    if (facts->host.data != NULL &&
        (host.length != facts->host.length ||
         g_ascii_strncasecmp(host.data, facts->host.data, host.length) != 0))
        return bad("request target and Host differ");
    *target = (HttpText){rest.data + end, rest.length - end};
    return good;
}

static bool is_absolute(HttpText target)
{
    return (target.length > 7 && g_ascii_strncasecmp(target.data, "http://", 7) == 0) ||
           (target.length > 8 && g_ascii_strncasecmp(target.data, "https://", 8) == 0);
}

static void split_target(HttpText target, HttpRequest *request)
{
    const char *mark = target.length == 0 ? NULL : memchr(target.data, '?', target.length);
    request->path = target;
    if (mark != NULL) {
        request->path.length = (size_t)(mark - target.data);
        request->query = (HttpText){mark + 1, target.length - request->path.length - 1};
    }
    if (request->path.length == 0)
        request->path = (HttpText){"/", 1};
}

HttpFault http_head_target(HttpText target, const HttpHeadFacts *facts, HttpRequest *request)
{
    for (size_t i = 0; i < target.length; i++) {
        const unsigned char c = (unsigned char)target.data[i];
        if (c <= ' ' || c >= 0x7f || c == '#')
            return bad("malformed request target");
    }
    if (facts->host.data != NULL && !is_host(facts->host))
        return bad("malformed Host");
    if (http_text_is(target, "*")) {
        if (request->method != HTTP_OPTIONS)
            return bad("request target \"*\" is for OPTIONS");
        request->path = target;
        return good;
    }
    if (is_absolute(target)) {
        const HttpFault fault = take_absolute(&target, facts);
        if (fault.status != 0)
            return fault;
        if (target.length == 0 && request->method == HTTP_OPTIONS) {
            request->path = (HttpText){"*", 1};
            return good;
        }
    } else if (target.data[0] != '/') {
        return bad("malformed request target");
    }
    split_target(target, request);
    return good;
}
