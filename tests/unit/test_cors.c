#include "access/cors.h"

#include <string.h>

#define ROUTE (CORS_METHOD(HTTP_GET) | CORS_METHOD(HTTP_POST))

static Cors *load(const char *text, GError **error)
{
    g_autofree char *ini = g_strconcat("[access]\n", text, NULL);
    g_autoptr(Config) config = config_parse("r.ini", ini, error);
    return config != NULL ? cors_load(config, error) : NULL;
}

static Cors *load_good(const char *text)
{
    g_autoptr(GError) error = NULL;
    Cors *cors = load(text, &error);
    g_assert_no_error(error);
    return cors;
}

static void assert_lines(const Cors *cors, const char *origin, bool allowed, const char *expected)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    bool done = cors_append(cors, origin, origin != NULL ? strlen(origin) : 0, lines);
    g_assert_cmpint(done, ==, allowed);
    g_assert_cmpstr(lines->str, ==, expected);
}

static void assert_preflight(const Cors *cors, const char *origin, const char *method, bool allowed,
                             const char *expected)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    CorsQuestion question = {.origin = origin,
                             .origin_length = origin != NULL ? strlen(origin) : 0,
                             .method = method,
                             .method_length = method != NULL ? strlen(method) : 0,
                             .methods = ROUTE};
    g_assert_cmpint(cors_append_preflight(cors, &question, lines), ==, allowed);
    g_assert_cmpstr(lines->str, ==, expected);
}

static void it_is_closed_by_default(void)
{
    g_autoptr(Cors) cors = load_good("");
    g_assert_false(cors_is_open(cors));
    assert_lines(cors, "https://a.example", false, "");
    assert_lines(cors, NULL, false, "");
    assert_preflight(cors, "https://a.example", "GET", false, "");
}

static void named_origins_alone_may_call(void)
{
    g_autoptr(Cors) cors = load_good("cors_origins = https://a.example http://localhost:3000\n");
    static const char *const others[] = {"https://a.example.evil.net",
                                         "https://a.exampl",
                                         "http://a.example",
                                         "https://a.example:444",
                                         "https://A.example",
                                         "null",
                                         "*",
                                         "",
                                         "https://a.example/",
                                         "https://b.example"};
    assert_lines(cors, "http://localhost:3000", true,
                 "Vary: Origin\r\nAccess-Control-Allow-Origin: http://localhost:3000\r\n"
                 "Access-Control-Expose-Headers: "
                 "ETag, Link, Location, RateLimit-Limit, RateLimit-Remaining, "
                 "RateLimit-Reset, Retort-LSN, Retort-More, Retry-After, X-Request-Id\r\n");
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        assert_lines(cors, others[i], false, "Vary: Origin\r\n");
        assert_preflight(cors, others[i], "GET", false, "Vary: Origin\r\n");
    }
    assert_lines(cors, NULL, false, "Vary: Origin\r\n");
}

static void preflight_names_the_methods_of_the_route(void)
{
    g_autoptr(Cors) cors = load_good("cors_origins = https://a.example\ncors_max_age = 60\n");
    assert_preflight(cors, "https://a.example", "POST", true,
                     "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.example\r\n"
                     "Access-Control-Allow-Methods: GET, POST\r\n"
                     "Access-Control-Allow-Headers: Authorization, Content-Type, If-Match, "
                     "If-None-Match, Retort-LSN, Traceparent, X-API-Key, X-Request-Id\r\n"
                     "Access-Control-Max-Age: 60\r\n");
    assert_preflight(cors, "https://a.example", "DELETE", false, "Vary: Origin\r\n");
    assert_preflight(cors, "https://a.example", "get", false, "Vary: Origin\r\n");
    assert_preflight(cors, "https://a.example", "", false, "Vary: Origin\r\n");
    assert_preflight(cors, "https://a.example", NULL, false, "Vary: Origin\r\n");
    assert_preflight(cors, NULL, "GET", false, "Vary: Origin\r\n");
}

static void every_origin_is_the_same_answer_for_all(void)
{
    g_autoptr(Cors) cors = load_good("cors_origins = *");
    assert_lines(cors, "https://any.example", true,
                 "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: "
                 "ETag, Link, Location, RateLimit-Limit, RateLimit-Remaining, "
                 "RateLimit-Reset, Retort-LSN, Retort-More, Retry-After, X-Request-Id\r\n");
    assert_lines(cors, NULL, false, "");
}

static void credentials_are_for_named_origins(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cors) cors = load_good("cors_origins = https://a.example\ncors_credentials = yes\n");
    assert_lines(cors, "https://a.example", true,
                 "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.example\r\n"
                 "Access-Control-Allow-Credentials: true\r\nAccess-Control-Expose-Headers: "
                 "ETag, Link, Location, RateLimit-Limit, RateLimit-Remaining, "
                 "RateLimit-Reset, Retort-LSN, Retort-More, Retry-After, X-Request-Id\r\n");
    assert_lines(cors, "https://b.example", false, "Vary: Origin\r\n");
    g_assert_null(load("cors_origins = *\ncors_credentials = yes\n", &error));
    g_assert_cmpstr(error->message, ==,
                    "r.ini:3: \"cors_credentials\" must be no where \"cors_origins\" is *");
}

static void origins_are_checked(void)
{
    static const char *const good[] = {"https://a.example:8443", "http://127.0.0.1:3000",
                                       "http://[::1]:3000", "http://[::1]",
                                       "https://xn--80ak6aa.com"};
    static const char *const bad[] = {"a.example",           "https://",
                                      "ftp://a.example",     "https://a.example/",
                                      "https://A.example",   "https://a.example:443",
                                      "http://a.example:80", "null",
                                      "https://*.example",   "https://a.example:",
                                      "https://a:0",         "https://a:65536",
                                      "https://a b",         "* https://a",
                                      "https://u@a",         "https://a:08443",
                                      "http://[::1",         "https://a?b"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *text = g_strconcat("cors_origins = ", good[i], NULL);
        g_autoptr(Cors) cors = load_good(text);
        g_assert_true(cors_is_open(cors));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *text = g_strconcat("cors_origins = ", bad[i], NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(Cors) cors = load(text, &error);
        if (cors != NULL)
            g_error("taken: %s", bad[i]);
        g_assert_true(g_str_has_prefix(error->message, "r.ini:2: \"cors_origins\" has "));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cors/closed", it_is_closed_by_default);
    g_test_add_func("/cors/named", named_origins_alone_may_call);
    g_test_add_func("/cors/preflight", preflight_names_the_methods_of_the_route);
    g_test_add_func("/cors/any", every_origin_is_the_same_answer_for_all);
    g_test_add_func("/cors/credentials", credentials_are_for_named_origins);
    g_test_add_func("/cors/checked", origins_are_checked);
    return g_test_run();
}
