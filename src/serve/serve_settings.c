#include "serve/serve_settings.h"

#include "base/duration.h"

#include <limits.h>
#include <string.h>

static const char section[] = "serve";

/* A client that has closed its half has probably left: milliseconds that it still gets an answer.
 */
enum { HALF_CLOSED = 1000 };

static bool refuse(const Config *config, const char *key, const char *expected, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: \"%s\" must be %s, not \"%s\"",
                config_file(config) != NULL ? config_file(config) : CONFIG_FILE,
                config_line(config, section, key), key, expected, config_get(config, section, key));
    return false;
}

static bool read_number(const Config *config, const char *key, long least, long most,
                        unsigned *out_number, GError **error)
{
    long number = 0;
    if (!config_number(config, section, key, least, most, &number, error))
        return false;
    *out_number = (unsigned)number;
    return true;
}

static bool read_time(const Config *config, const char *key, unsigned *out_time, GError **error)
{
    int64_t time = 0;
    if (!duration_parse(config_get(config, section, key), &time) || time < 1 || time > 86400000)
        return refuse(config, key, "a time up to a day, such as \"500ms\" or \"10s\"", error);
    *out_time = (unsigned)time;
    return true;
}

/* @words: the values that there are, ended by NULL; @out_index: which it is. */
static bool read_word(const Config *config, const char *key, const char *const *words,
                      const char *expected, unsigned *out_index, GError **error)
{
    const char *value = config_get(config, section, key);
    for (unsigned i = 0; words[i] != NULL; i++)
        if (g_str_equal(words[i], value)) {
            *out_index = i;
            return true;
        }
    return refuse(config, key, expected, error);
}

static char **read_words(const Config *config, const char *key)
{
    char **words = g_strsplit_set(config_get(config, section, key), " \t,", -1);
    unsigned kept = 0;
    for (unsigned i = 0; words[i] != NULL; i++)
        if (words[i][0] != '\0')
            words[kept++] = words[i];
        else
            g_free(words[i]);
    words[kept] = NULL;
    return words;
}

/* Whether all of @words name somebody, as http_trusted_new() takes them. */
static bool check_addresses(const Config *config, const char *key, char **words, GError **error)
{
    g_autoptr(GError) reason = NULL; /* is told with its place */
    g_autoptr(HttpTrusted) trusted = http_trusted_new((const char *const *)words, &reason);
    return trusted != NULL ||
           refuse(config, key, "addresses and networks, such as 10.0.0.0/8 ::1 unix", error);
}

static bool read_listen(const Config *config, ServeSettings *settings, GError **error)
{
    settings->listen = read_words(config, "listen");
    return settings->listen[0] != NULL ||
           refuse(config, "listen", "one address or more, such as 127.0.0.1:8000", error);
}

/* One request can always come. */
static bool read_bodies(const Config *config, HttpSettings *http, GError **error)
{
    long most = 0;
    if (!config_number(config, section, "bodies", 1, LONG_MAX, &most, error))
        return false;
    http->bodies = g_new0(HttpBodies, 1);
    http->bodies->most = MAX((size_t)most, http->head_limit + http->body_limit);
    return true;
}

static bool read_http(const Config *config, HttpSettings *http, GError **error)
{
    unsigned target = 0, head = 0, body = 0, compress = 0;
    if (!read_number(config, "target_limit", 64, 1 << 20, &target, error) ||
        !read_number(config, "head_limit", 256, 1 << 20, &head, error) ||
        !read_number(config, "header_limit", 4, 1000, &http->header_limit, error) ||
        !read_number(config, "body_limit", 0, 1 << 30, &body, error) ||
        !read_number(config, "compress_from", 64, 1 << 30, &compress, error) ||
        !read_number(config, "clients", 1, 1000000, &http->connections, error) ||
        !read_time(config, "head_time", &http->head_time, error) ||
        !read_time(config, "body_time", &http->body_time, error) ||
        !read_time(config, "idle_time", &http->idle_time, error) ||
        !read_time(config, "write_time", &http->write_time, error))
        return false;
    http->target_limit = target;
    http->head_limit = head;
    http->body_limit = body;
    http->compress_from = compress;
    http->half_closed_time = HALF_CLOSED;
    http->trusted = read_words(config, "trusted_proxies");
    return read_bodies(config, http, error) &&
           check_addresses(config, "trusted_proxies", http->trusted, error);
}

static bool read_lanes(const Config *config, ServeSettings *settings, GError **error)
{
    return read_number(config, "fast", 1, 64, &settings->connections[POOL_FAST], error) &&
           read_number(config, "write", 0, 64, &settings->connections[POOL_WRITE], error) &&
           read_number(config, "slow", 0, 64, &settings->connections[POOL_SLOW], error) &&
           read_number(config, "queue", 1, 100000, &settings->queue, error) &&
           read_time(config, "deadline", &settings->deadline[POOL_FAST], error) &&
           read_time(config, "write_deadline", &settings->deadline[POOL_WRITE], error) &&
           read_time(config, "slow_deadline", &settings->deadline[POOL_SLOW], error);
}

static bool read_forms(const Config *config, ServeSettings *settings, GError **error)
{
    const char *const bigint[] = {"number", "string", NULL};
    const char *const numeric[] = {"string", "number", NULL};
    const char *const errors[] = {"problem", "fastapi", NULL};
    const char *const revision[] = {"warn", "refuse", NULL};
    const char *const docs[] = {"no", "yes", "open", NULL};
    const char *const flags[] = {"no", "yes", NULL};
    unsigned bigint_form = 0, numeric_form = 0, shape = 0, policy = 0, shown = 0, verified = 0;
    if (!read_word(config, "bigint", bigint, "\"number\" or \"string\"", &bigint_form, error) ||
        !read_word(config, "numeric", numeric, "\"string\" or \"number\"", &numeric_form, error) ||
        !read_word(config, "errors", errors, "\"problem\" or \"fastapi\"", &shape, error) ||
        !read_word(config, "revision", revision, "\"warn\" or \"refuse\"", &policy, error) ||
        !read_word(config, "docs", docs, "\"yes\", \"no\" or \"open\"", &shown, error) ||
        !read_word(config, "verify_pages", flags, "\"yes\" or \"no\"", &verified, error) ||
        !read_number(config, "limit_default", 1, 1000000, &settings->rules.limit_default, error) ||
        !read_number(config, "limit_most", 1, 1000000, &settings->rules.limit_most, error) ||
        !read_number(config, "json_depth", 1, 1000, &settings->rules.depth, error))
        return false;
    settings->rules.forms.bigint_is_string = bigint_form == 1;
    settings->rules.forms.numeric_is_number = numeric_form == 1;
    settings->errors = (ApiErrors)shape;
    settings->revision = (ServeRevision)policy;
    settings->docs = shown != 0;
    settings->docs_open = shown == 2;
    settings->verify_pages = verified == 1;
    if (settings->rules.limit_default <= settings->rules.limit_most)
        return true;
    return refuse(config, "limit_default", "at most \"limit_most\"", error);
}

bool serve_settings_load(const Config *config, ServeSettings *out_settings, GError **error)
{
    g_auto(ServeSettings) settings = {0};
    unsigned most = 0;
    settings.inside = read_words(config, "inside");
    settings.title = g_strdup(config_get(config, section, "title"));
    settings.version = g_strdup(config_get(config, section, "version"));
    if (!read_listen(config, &settings, error) ||
        !read_number(config, "threads", 0, 256, &settings.threads, error) ||
        !read_time(config, "stop_time", &settings.stop_time, error) ||
        !read_number(config, "max_answer", 1024, 1 << 30, &most, error) ||
        !read_http(config, &settings.http, error) || !read_lanes(config, &settings, error) ||
        !read_forms(config, &settings, error) ||
        !check_addresses(config, "inside", settings.inside, error))
        return false;
    settings.max_answer = most;
    if (settings.threads == 0)
        settings.threads = g_get_num_processors();
    *out_settings = settings;
    memset(&settings, 0, sizeof settings);
    return true;
}

void serve_settings_clear(ServeSettings *settings)
{
    g_strfreev(settings->listen);
    g_strfreev(settings->inside);
    g_strfreev(settings->http.trusted);
    g_free(settings->http.bodies);
    g_free(settings->title);
    g_free(settings->version);
    memset(settings, 0, sizeof *settings);
}
