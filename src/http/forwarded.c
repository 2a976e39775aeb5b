#include "http/forwarded.h"

#include <arpa/inet.h>

/* "192.0.2.7:80", "[2001:db8::1]:80", quoted or not → the address. */
static HttpText bare_address(HttpText text)
{
    if (text.length >= 2 && text.data[0] == '"' && text.data[text.length - 1] == '"')
        text = (HttpText){text.data + 1, text.length - 2};
    const char *end = NULL;
    if (text.length > 0 && text.data[0] == '[') {
        text = (HttpText){text.data + 1, text.length - 1};
        end = memchr(text.data, ']', text.length);
    } else if (text.length > 0) {
        const char *colon = memchr(text.data, ':', text.length);
        const char *last = memrchr(text.data, ':', text.length);
        end = colon == last ? colon : NULL; /* two are those of IPv6 without brackets */
    }
    if (end != NULL)
        text.length = (size_t)(end - text.data);
    return text;
}

static bool keep_address(HttpText text, char out_peer[HTTP_PEER_SIZE])
{
    char address[HTTP_PEER_SIZE] = "";
    unsigned char unused[16] = {0};
    if (text.length == 0 || text.length >= sizeof address)
        return false;
    memcpy(address, text.data, text.length);
    if (inet_pton(AF_INET, address, unused) != 1 && inet_pton(AF_INET6, address, unused) != 1)
        return false;
    memcpy(out_peer, address, sizeof address);
    return true;
}

/* The last part of @rest, which loses it; false if nothing is left. */
static bool take_last(HttpText *rest, HttpText *out_part)
{
    if (rest->data == NULL)
        return false;
    const char *comma = rest->length == 0 ? NULL : memrchr(rest->data, ',', rest->length);
    if (comma == NULL) {
        *out_part = http_text_trim(*rest);
        *rest = (HttpText){NULL, 0};
        return true;
    }
    const size_t before = (size_t)(comma - rest->data);
    *out_part = http_text_trim((HttpText){comma + 1, rest->length - before - 1});
    rest->length = before;
    return true;
}

static unsigned count_quotes(HttpText text)
{
    unsigned count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.data[i] == '"';
    return count;
}

/* for=… of an element of Forwarded; empty if it has none, or if it could be read in two ways: a
 * comma or semicolon within quotes, a quoted pair, two of them. What a client has put into such
 * quotes (its Host) must not become an address. */
static HttpText for_parameter(HttpText element)
{
    HttpText parameter = {0}, found = {"", 0};
    if (element.length > 0 && memchr(element.data, '\\', element.length) != NULL)
        return found;
    while (http_text_next(&element, ';', &parameter)) {
        if (count_quotes(parameter) % 2 != 0)
            return (HttpText){"", 0};
        if (parameter.length <= 4 || g_ascii_strncasecmp(parameter.data, "for=", 4) != 0)
            continue;
        if (found.length > 0)
            return (HttpText){"", 0};
        found = (HttpText){parameter.data + 4, parameter.length - 4};
    }
    return found;
}

/* Goes through all lines of @name from the last backwards; false if there is none. */
static bool walk_back(const HttpRequest *request, const HttpTrusted *trusted, const char *name,
                      bool elements, char out_peer[HTTP_PEER_SIZE])
{
    bool found = false;
    for (unsigned i = request->header_count; i-- > 0;) {
        if (!http_text_is(request->headers[i].name, name))
            continue;
        HttpText rest = request->headers[i].value, part = {0};
        while (take_last(&rest, &part)) {
            const HttpText address = bare_address(elements ? for_parameter(part) : part);
            found = true;
            if (!keep_address(address, out_peer)) {
                g_strlcpy(out_peer, HTTP_PEER_UNKNOWN, HTTP_PEER_SIZE);
                return true;
            }
            if (!http_trusted_has(trusted, (HttpText){out_peer, strlen(out_peer)}))
                return true;
        }
    }
    return found;
}

const char *http_forwarded_peer(const HttpRequest *request, const HttpTrusted *trusted,
                                const char *peer, char out_peer[HTTP_PEER_SIZE])
{
    if (walk_back(request, trusted, "x-forwarded-for", false, out_peer))
        return out_peer;
    if (walk_back(request, trusted, "forwarded", true, out_peer))
        return out_peer;
    return peer;
}
