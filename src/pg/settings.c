#include "pg/settings.h"

#include <libpq-fe.h>
#include <string.h>

/* What drivers of other languages accept in a URL, and libpq does not. */
static const char *const driver_words[] = {
    "async_fallback",
    "command_timeout",
    "connection_limit",
    "max_cacheable_statement_size",
    "max_cached_statement_lifetime",
    "pgbouncer",
    "pool_timeout",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "schema",
    "socket_timeout",
    "statement_cache_size",
    "timeout",
    NULL,
};

static const char password_hint[] =
    "in a password write @ as %40, / as %2F, : as %3A, ? as %3F, # as %23, % as %25";

typedef struct Pair {
    char *key;
    char *value;
} Pair;

struct ConnectionSettings {
    GPtrArray *pairs; /* (element-type Pair): in the order in which they were set */
    char *source;
};

static void pair_free(void *data)
{
    Pair *pair = data;
    g_free(pair->key);
    g_free(pair->value);
    g_free(pair);
}

ConnectionSettings *settings_new(void)
{
    ConnectionSettings *settings = g_new0(ConnectionSettings, 1);
    settings->pairs = g_ptr_array_new_with_free_func(pair_free);
    settings->source = g_strdup("");
    return settings;
}

void settings_free(ConnectionSettings *settings)
{
    if (settings == NULL)
        return;
    g_ptr_array_unref(settings->pairs);
    g_free(settings->source);
    g_free(settings);
}

static Pair *find_pair(const ConnectionSettings *settings, const char *key)
{
    for (unsigned i = 0; i < settings->pairs->len; i++) {
        Pair *pair = settings->pairs->pdata[i];
        if (g_str_equal(pair->key, key))
            return pair;
    }
    return NULL;
}

const char *settings_get(const ConnectionSettings *settings, const char *key)
{
    const Pair *pair = find_pair(settings, key);
    return pair != NULL ? pair->value : NULL;
}

void settings_set(ConnectionSettings *settings, const char *key, const char *value)
{
    Pair *pair = find_pair(settings, key);
    if (value == NULL) {
        if (pair != NULL)
            g_ptr_array_remove(settings->pairs, pair);
        return;
    }
    if (pair == NULL) {
        pair = g_new0(Pair, 1);
        pair->key = g_strdup(key);
        g_ptr_array_add(settings->pairs, pair);
    }
    char *copy = g_strdup(value);
    g_free(pair->value);
    pair->value = copy;
}

const char *settings_source(const ConnectionSettings *settings)
{
    return settings->source;
}

void settings_set_source(ConnectionSettings *settings, const char *source)
{
    char *copy = g_strdup(source);
    g_free(settings->source);
    settings->source = copy;
}

ConnectionSettings *settings_copy(const ConnectionSettings *settings)
{
    ConnectionSettings *copy = settings_new();
    for (unsigned i = 0; i < settings->pairs->len; i++) {
        const Pair *pair = settings->pairs->pdata[i];
        settings_set(copy, pair->key, pair->value);
    }
    settings_set_source(copy, settings->source);
    return copy;
}

ConnectionSettings *settings_for_database(const ConnectionSettings *settings, const char *name)
{
    ConnectionSettings *copy = settings_copy(settings);
    settings_set(copy, "dbname", name);
    return copy;
}

/* Secrets by libpq's own marking, and those of releases newer than the one built with. */
static bool is_secret(const char *key)
{
    static const char *const secrets[] = {
        "password",         "sslpassword",         "scram_client_key",
        "scram_server_key", "oauth_client_secret", NULL};
    return g_strv_contains(secrets, key);
}

bool settings_have_secret(const ConnectionSettings *settings)
{
    for (unsigned i = 0; i < settings->pairs->len; i++)
        if (is_secret(((const Pair *)settings->pairs->pdata[i])->key))
            return true;
    return false;
}

/* Where the authority of a URI begins, or NULL if @conninfo is none of PostgreSQL's. */
static const char *find_authority(const char *conninfo)
{
    const char *end = strstr(conninfo, "://");
    if (end == NULL || memchr(conninfo, '=', (size_t)(end - conninfo)) != NULL)
        return NULL;
    g_autofree char *scheme = g_ascii_strdown(conninfo, end - conninfo);
    bool known = g_str_equal(scheme, "postgresql") || g_str_equal(scheme, "postgres") ||
                 g_str_has_prefix(scheme, "postgresql+") || g_str_has_prefix(scheme, "postgres+");
    return known ? end + strlen("://") : NULL;
}

static bool refuse(const char *message, const char *hint, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "%s%s%s", message,
                hint != NULL ? "\nhint: " : "", hint != NULL ? hint : "");
    return false;
}

/* Another program's URL is told by its scheme; what may be a password is not repeated. */
static bool check_scheme(const char *conninfo, GError **error)
{
    size_t length = strspn(conninfo, "abcdefghijklmnopqrstuvwxyz+0123456789");
    if (find_authority(conninfo) != NULL || !g_str_has_prefix(conninfo + length, "://"))
        return true;
    g_autofree char *scheme = g_strndup(conninfo, length);
    g_autofree char *message =
        g_strdup_printf("\"%s://\" is not the URL of a PostgreSQL database", scheme);
    return refuse(message, "it begins with postgresql://", error);
}

/* Where the host begins: after an "@" before the first "/", as libpq looks for it. */
static const char *find_host(const char *authority)
{
    const char *at = memchr(authority, '@', strcspn(authority, "/"));
    return at != NULL ? at + 1 : authority;
}

/*
 * An "@" after that tells of a password with an "@" or "/" in it, of which libpq would take a
 * piece for the host: caught here, before it is shown as a name.
 */
static bool check_userinfo(const char *authority, GError **error)
{
    const char *host = find_host(authority);
    if (memchr(host, '@', strcspn(host, "?")) == NULL)
        return true;
    return refuse("the URL has an \"@\" after its host", password_hint, error);
}

/* Appends "key=value" of a URI's query as libpq wants it; leaves out what is a driver's. */
static void append_parameter(GString *parameters, const char *parameter)
{
    g_autofree char *key = g_strndup(parameter, strcspn(parameter, "="));
    if (g_strv_contains(driver_words, key))
        return;
    bool mode = g_str_has_prefix(parameter, "ssl=") && !g_str_equal(parameter, "ssl=true");
    g_string_append_c(parameters, parameters->len == 0 ? '?' : '&');
    g_string_append(parameters, mode ? "sslmode" : key);
    g_string_append(parameters, parameter + strlen(key));
}

/* The URI without the driver's name and words; libpq knows neither. */
static char *plain_uri(const char *authority)
{
    GString *uri = g_string_new("postgresql://");
    const char *host = find_host(authority);
    const char *query = strchr(host, '?');
    g_string_append_len(uri, authority, query != NULL ? query - authority : -1);
    if (query == NULL)
        return g_string_free(uri, FALSE);
    g_autoptr(GString) parameters = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(query + 1, "&", -1);
    for (char **word = words; *word != NULL; word++)
        append_parameter(parameters, *word);
    g_string_append(uri, parameters->str);
    return g_string_free(uri, FALSE);
}

/* libpq quotes the words it does not understand: they may be pieces of a password. */
static char *hide_quoted(const char *message, const char *conninfo)
{
    bool harmless = strchr(conninfo, '@') == NULL && strstr(conninfo, "pass") == NULL;
    g_autofree char *plain = g_strchomp(g_strdup(message));
    if (harmless)
        return g_steal_pointer(&plain);
    g_autoptr(GRegex) quoted = g_regex_new("\".*\"|\".*$", G_REGEX_DOTALL, 0, NULL);
    return g_regex_replace_literal(quoted, plain, -1, 0, "\"***\"", 0, NULL);
}

/* Half a password may be taken for the port, so it is not repeated. */
static bool check_port(const ConnectionSettings *settings, GError **error)
{
    const char *port = settings_get(settings, "port");
    if (port == NULL || port[strspn(port, "0123456789,")] == '\0')
        return true;
    return refuse("the port is not a number", password_hint, error);
}

ConnectionSettings *settings_parse(const char *conninfo, GError **error)
{
    const char *authority = find_authority(conninfo);
    if (!check_scheme(conninfo, error) || (authority != NULL && !check_userinfo(authority, error)))
        return NULL;
    g_autofree char *plain = authority != NULL ? plain_uri(authority) : g_strdup(conninfo);
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(plain, &message);
    if (options == NULL) {
        g_autofree char *text = hide_quoted(message != NULL ? message : "out of memory", plain);
        refuse(text, NULL, error);
        PQfreemem(message);
        return NULL;
    }
    g_autoptr(ConnectionSettings) settings = settings_new();
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL && *option->val != '\0')
            settings_set(settings, option->keyword, option->val);
    PQconninfoFree(options);
    return check_port(settings, error) ? g_steal_pointer(&settings) : NULL;
}

static void append_encoded(GString *url, const char *text)
{
    g_string_append_uri_escaped(url, text, NULL, FALSE);
}

static bool is_socket(const char *host)
{
    return host != NULL && (*host == '/' || *host == '@');
}

/* [user][:***]@host[:port], as far as it is known and a URL has a place for it. */
static void append_authority(GString *url, const ConnectionSettings *settings, bool stars)
{
    const char *user = settings_get(settings, "user");
    const char *host = settings_get(settings, "host");
    const char *port = settings_get(settings, "port");
    bool hidden = stars && settings_get(settings, "password") != NULL;
    if (user != NULL)
        append_encoded(url, user);
    if (hidden)
        g_string_append(url, ":***");
    if (user != NULL || hidden)
        g_string_append_c(url, '@');
    if (host == NULL || is_socket(host))
        return;
    g_auto(GStrv) hosts = g_strsplit(host, ",", -1);
    g_auto(GStrv) ports = g_strsplit(port != NULL ? port : "", ",", -1);
    unsigned port_count = g_strv_length(ports);
    for (unsigned i = 0; hosts[i] != NULL; i++) {
        const char *own = port_count == 1 ? ports[0] : i < port_count ? ports[i] : "";
        g_string_append(url, i > 0 ? "," : "");
        g_string_append_printf(url, strchr(hosts[i], ':') != NULL ? "[%s]" : "%s", hosts[i]);
        if (*own != '\0')
            g_string_append_printf(url, ":%s", own);
    }
}

static void append_option(GString *url, bool *first, const char *key, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(url, "%c%s=", *first ? '?' : '&', key);
    append_encoded(url, value);
    *first = false;
}

static GString *begin_url(const ConnectionSettings *settings, bool stars, bool *first)
{
    GString *url = g_string_new("postgresql://");
    const char *host = settings_get(settings, "host");
    const char *name = settings_get(settings, "dbname");
    append_authority(url, settings, stars);
    g_string_append_c(url, '/');
    if (name != NULL)
        append_encoded(url, name);
    *first = true;
    if (host == NULL || is_socket(host)) {
        const char *port = settings_get(settings, "port");
        append_option(url, first, "host", host);
        if (port != NULL && !g_str_equal(port, "5432"))
            append_option(url, first, "port", port);
    }
    append_option(url, first, "service", settings_get(settings, "service"));
    return url;
}

char *settings_describe(const ConnectionSettings *settings)
{
    bool first = true;
    return g_string_free(begin_url(settings, true, &first), FALSE);
}

char *settings_url(const ConnectionSettings *settings)
{
    static const char *const left_out[] = {"user",        "password",        "host",
                                           "port",        "dbname",          "service",
                                           "requirepeer", "connect_timeout", NULL};
    bool first = true;
    GString *url = begin_url(settings, false, &first);
    for (unsigned i = 0; i < settings->pairs->len; i++) {
        const Pair *pair = settings->pairs->pdata[i];
        if (!g_strv_contains(left_out, pair->key) && !is_secret(pair->key))
            append_option(url, &first, pair->key, pair->value);
    }
    return g_string_free(url, FALSE);
}

char *settings_conninfo(const ConnectionSettings *settings)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < settings->pairs->len; i++) {
        const Pair *pair = settings->pairs->pdata[i];
        if (is_secret(pair->key))
            continue;
        g_string_append_printf(text, "%s%s='", text->len > 0 ? " " : "", pair->key);
        for (const char *p = pair->value; *p != '\0'; p++) {
            if (*p == '\'' || *p == '\\')
                g_string_append_c(text, '\\');
            g_string_append_c(text, *p);
        }
        g_string_append_c(text, '\'');
    }
    return g_string_free(text, FALSE);
}

char **settings_environment(const ConnectionSettings *settings, char **environment)
{
    char **copy = g_strdupv(environment);
    PQconninfoOption *options = PQconndefaults();
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        const char *value = settings_get(settings, o->keyword);
        if (o->envvar != NULL && value != NULL)
            copy = g_environ_setenv(copy, o->envvar, value, TRUE);
    }
    PQconninfoFree(options);
    /* A service would win over the variables beside it. */
    if (settings_get(settings, "service") == NULL && settings_get(settings, "host") != NULL)
        copy = g_environ_unsetenv(copy, "PGSERVICE");
    return g_environ_setenv(copy, "PGCLIENTENCODING", "UTF8", TRUE);
}

static const char **collect(const ConnectionSettings *settings, bool keys)
{
    const char **words = g_new0(const char *, settings->pairs->len + 1);
    for (unsigned i = 0; i < settings->pairs->len; i++) {
        const Pair *pair = settings->pairs->pdata[i];
        words[i] = keys ? pair->key : pair->value;
    }
    return words;
}

const char **settings_keywords(const ConnectionSettings *settings)
{
    return collect(settings, true);
}

const char **settings_values(const ConnectionSettings *settings)
{
    return collect(settings, false);
}
