#include "access/cors.h"

#include "access/word_list.h"

#include <string.h>

/* What a page may send beside what any may send, and read beside what any may read. */
#define HEADERS                                                                                    \
    "Authorization, Content-Type, If-Match, If-None-Match, Retort-LSN, Traceparent, "              \
    "X-API-Key, X-Request-Id"
#define EXPOSED                                                                                    \
    "ETag, Link, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retort-LSN, "    \
    "Retort-More, Retry-After, X-Request-Id"
#define LONGEST_AGE 86400

static const char *const method_names[HTTP_METHODS] = {
    [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",      [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS"};

struct Cors {
    char **origins;   /* empty: closed */
    bool any;         /* origins is "*" */
    bool credentials; /* pages may send cookies */
    char *rest;       /* of the answer to a preflight: headers and age */
};

/* Digits without a leading zero, and not the port that the scheme has anyway. */
static bool is_port(const char *port, bool is_https)
{
    guint64 number = 0;
    return *port != '0' && g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL) &&
           number != (is_https ? 443 : 80);
}

/* Host as browsers write it: lower case, other scripts as punycode, IPv6 in brackets. */
static bool is_host(const char *host, size_t length)
{
    bool is_ipv6 = length > 2 && host[0] == '[' && host[length - 1] == ']';
    const char *allowed =
        is_ipv6 ? "0123456789abcdef:[]" : "0123456789abcdefghijklmnopqrstuvwxyz.-_";
    return length > 0 && length <= 253 && strspn(host, allowed) >= length;
}

static bool is_origin(const char *text)
{
    bool is_https = g_str_has_prefix(text, "https://");
    if (!is_https && !g_str_has_prefix(text, "http://"))
        return false;
    const char *host = strstr(text, "://") + strlen("://");
    const char *close = *host == '[' ? strchr(host, ']') : NULL;
    const char *colon = strchr(close != NULL ? close : host, ':');
    size_t length = colon != NULL ? (size_t)(colon - host) : strlen(host);
    return is_host(host, length) && (colon == NULL || is_port(colon + 1, is_https));
}

static bool check_origins(const Config *config, const Cors *cors, GError **error)
{
    if (cors->any && cors->credentials)
        return config_refuse(config, "access", "cors_credentials",
                             "must be no where \"cors_origins\" is *", error);
    for (char **origin = cors->origins; *origin != NULL; origin++) {
        if (cors->any || is_origin(*origin))
            continue;
        g_autofree char *fault = g_strdup_printf("has \"%s\", which is no origin\n"
                                                 "hint: write it as browsers send it: "
                                                 "https://shop.example.org, without a path",
                                                 *origin);
        return config_refuse(config, "access", "cors_origins", fault, error);
    }
    return true;
}

Cors *cors_load(const Config *config, GError **error)
{
    g_autoptr(Cors) cors = g_new0(Cors, 1);
    cors->origins = word_list(config_get(config, "access", "cors_origins"));
    cors->any = g_strv_length(cors->origins) == 1 && g_str_equal(cors->origins[0], "*");
    long age = 0;
    if (!config_flag(config, "access", "cors_credentials", &cors->credentials, error) ||
        !config_number(config, "access", "cors_max_age", 0, LONGEST_AGE, &age, error) ||
        !check_origins(config, cors, error))
        return NULL;
    cors->rest = g_strdup_printf("Access-Control-Allow-Headers: " HEADERS "\r\n"
                                 "Access-Control-Max-Age: %ld\r\n",
                                 age);
    return g_steal_pointer(&cors);
}

void cors_free(Cors *cors)
{
    if (cors == NULL)
        return;
    g_strfreev(cors->origins);
    g_free(cors->rest);
    g_free(cors);
}

bool cors_is_open(const Cors *cors)
{
    return cors->origins[0] != NULL;
}

/* The origin as it is written in the settings: what came from outside is not repeated. */
static const char *find_origin(const Cors *cors, const char *origin, size_t length)
{
    if (origin == NULL || length == 0)
        return NULL;
    if (cors->any)
        return "*";
    for (char **known = cors->origins; *known != NULL; known++)
        if (strlen(*known) == length && memcmp(*known, origin, length) == 0)
            return *known;
    return NULL;
}

/* The lines that all answers have. */
static bool append_origin(const Cors *cors, const char *origin, size_t length, GString *lines)
{
    if (cors_is_open(cors) && !cors->any)
        g_string_append(lines, "Vary: Origin\r\n");
    const char *allowed = find_origin(cors, origin, length);
    if (allowed == NULL)
        return false;
    g_string_append(lines, "Access-Control-Allow-Origin: ");
    g_string_append(lines, allowed);
    g_string_append(lines, "\r\n");
    if (cors->credentials)
        g_string_append(lines, "Access-Control-Allow-Credentials: true\r\n");
    return true;
}

bool cors_append(const Cors *cors, const char *origin, size_t length, GString *lines)
{
    if (!append_origin(cors, origin, length, lines))
        return false;
    g_string_append(lines, "Access-Control-Expose-Headers: " EXPOSED "\r\n");
    return true;
}

static bool has_method(const CorsQuestion *question)
{
    for (unsigned method = 0; question->method != NULL && method < HTTP_METHODS; method++)
        if ((question->methods & CORS_METHOD(method)) != 0 && method_names[method] != NULL &&
            strlen(method_names[method]) == question->method_length &&
            memcmp(method_names[method], question->method, question->method_length) == 0)
            return true;
    return false;
}

bool cors_append_preflight(const Cors *cors, const CorsQuestion *question, GString *lines)
{
    if (!has_method(question)) {
        if (cors_is_open(cors) && !cors->any)
            g_string_append(lines, "Vary: Origin\r\n");
        return false;
    }
    if (!append_origin(cors, question->origin, question->origin_length, lines))
        return false;
    g_string_append(lines, "Access-Control-Allow-Methods: ");
    const char *between = "";
    for (unsigned method = 0; method < HTTP_METHODS; method++)
        if ((question->methods & CORS_METHOD(method)) != 0 && method_names[method] != NULL) {
            g_string_append(lines, between);
            g_string_append(lines, method_names[method]);
            between = ", ";
        }
    g_string_append(lines, "\r\n");
    g_string_append(lines, cors->rest);
    return true;
}
