#include "base/config.h"

#include "base/file.h"
#include "base/nearest.h"

#include <errno.h>
#include <string.h>

const ConfigSetting config_settings[] = {
    {"retort", "models", "models", "folder of the SQL files that say what should exist"},
    {"retort", "migrations", "migrations", "folder of the revisions; several with \":\" between"},
    {"retort", "api", "api", "folder of the endpoints: SQL statements with their routes"},
    {"retort", "file_template", "%Y_%m_%d_%H%M-%{id}_%{slug}", "name of a new revision's file"},
    {"retort", "truncate_slug_length", "40", "longest %{slug}, in characters"},
    {"retort", "timezone", "UTC", "time zone of the dates of new revisions"},
    {"database", "url", "", "database of this project, without a password"},
    {"database", "direct_url", "", "the same without the pooler between, where there is one"},
    {"database", "serve_database_url", "", "the same for the server, by a role without DDL"},
    {"database", "scratch_url", "", "server for throw-away databases, if not the same"},
    {"migrate", "search_path", "public", "schemas of unqualified names in models and revisions"},
    {"migrate", "lock_timeout", "3s", "how long a statement waits for a lock"},
    {"migrate", "long_timeout", "6h", "how long a statement outside transactions may take"},
    {"migrate", "version_table", "retort.version", "table that holds the version"},
    {"migrate", "lease_seconds", "30", "after how long a silent runner's lease is taken over"},
    {"migrate", "backup", "ask", "a backup before revisions run: ask, always or never"},
    {"migrate", "ignore", "", "objects that are left alone: patterns with spaces between"},
    {"backup", "folder", "backups", "folder of the backups"},
    {"backup", "keep", "7 daily, 4 weekly, 12 monthly", "how many backups \"retort prune\" keeps"},
    {"backup", "max_age", "", "warn when the last good backup is as old: 26h"},
    {"backup", "max_proven_age", "", "warn when the last proven backup is as old: 8d"},
    {"backup", "format", "custom", "custom, directory (several connections) or plain (SQL)"},
    {"backup", "jobs", "1", "connections that a backup reads by at once"},
    {"backup", "compress", "zstd", "zstd, gzip or none, with a level after \":\""},
    {"backup", "recipients", "", "public keys of age that backups are encrypted to"},
    {"backup", "globals", "no", "keep roles and tablespaces, too: no, yes or passwords"},
    {"access", "required", "no", "whether nobody may call without a key or token"},
    {"access", "keys", "", "file of API keys; \"retort key\" adds to it"},
    {"access", "key_table", "", "table of API keys: name, hash, roles, db_role"},
    {"access", "jwks", "", "file of the public keys that tokens are signed with"},
    {"access", "jwt_issuer", "", "\"iss\" that tokens must have"},
    {"access", "jwt_audience", "", "\"aud\" that tokens must have one of, with spaces between"},
    {"access", "role_claim", "role", "claim that holds the roles: role, realm_access.roles"},
    {"access", "db_roles", "", "roles to work as in the database, strongest first: a b=db_role"},
    {"access", "anonymous_role", "", "database role of those without a role of their own"},
    {"access", "leeway", "30", "seconds that clocks may differ"},
    {"access", "rate_address", "", "requests of one address: 100/s, 1000/min burst 50"},
    {"access", "rate_key", "", "requests of one key or token's subject"},
    {"access", "cors_origins", "", "origins whose pages may call, with spaces between; or *"},
    {"access", "cors_credentials", "no", "whether their pages may send cookies"},
    {"access", "cors_max_age", "600", "seconds that a browser remembers the answer"},
    {"private", "name", "", "name of its database, NAME_owner, NAME_app; \"\" for the folder's"},
    {"private", "major", "", "version of PostgreSQL for the private server; \"\" for the newest"},
    {"serve", "listen", "127.0.0.1:8000", "addresses, with spaces between; or unix:/path"},
    {"serve", "threads", "0", "event loops; 0: as many as there are processors"},
    {"serve", "fast", "2", "connections of a loop for reads"},
    {"serve", "write", "1", "connections of a loop for writes"},
    {"serve", "slow", "1", "connections of a loop for what takes long"},
    {"serve", "read_urls", "", "standbys for reads, without a password; or READ_URLS"},
    {"serve", "queue", "1000", "requests that may wait for a connection, of a loop and kind"},
    {"serve", "deadline", "1s", "when a read is answered at the latest"},
    {"serve", "write_deadline", "1s", "when a write is answered at the latest"},
    {"serve", "slow_deadline", "30s", "when a slow request is answered at the latest"},
    {"serve", "stop_time", "10s", "how long a stop waits for requests that run"},
    {"serve", "clients", "10000", "HTTP connections of a loop"},
    {"serve", "target_limit", "8192", "longest target of a request, in bytes"},
    {"serve", "head_limit", "32768", "longest head of a request, in bytes"},
    {"serve", "header_limit", "100", "most headers of a request"},
    {"serve", "body_limit", "1048576", "longest body of a request, in bytes"},
    {"serve", "bodies", "268435456", "what is kept of requests that have begun to come, in bytes"},
    {"serve", "max_answer", "67108864", "longest answer that is not streamed, in bytes"},
    {"serve", "compress_from", "1400", "shortest answer that is compressed, in bytes"},
    {"serve", "head_time", "10s", "how long a client may take to send a head"},
    {"serve", "body_time", "30s", "how long a client may take to send a body"},
    {"serve", "idle_time", "75s", "how long a client may wait between two requests"},
    {"serve", "write_time", "30s", "how long a client may take to read an answer"},
    {"serve", "trusted_proxies", "", "addresses of proxies whose X-Forwarded-For is believed"},
    {"serve", "inside", "127.0.0.0/8 ::1 unix", "who sees /metrics and the details of /health"},
    {"serve", "errors", "problem", "shape of errors: problem (RFC 9457) or fastapi"},
    {"serve", "bigint", "number", "JSON form of bigint: number or string"},
    {"serve", "numeric", "string", "JSON form of numeric: string or number"},
    {"serve", "limit_default", "100", "rows of a list, unless limit= says otherwise"},
    {"serve", "limit_most", "1000", "rows of a list at most"},
    {"serve", "json_depth", "32", "deepest nesting of a request's JSON"},
    {"serve", "revision", "warn", "a database at other revisions than those here: warn or refuse"},
    {"serve", "log", "all,json", "what is logged: all, errors or off; and how: json or text"},
    {"serve", "docs", "yes", "serve /docs and /openapi.json: yes, no, or open (to strangers too)"},
    {"serve", "verify_pages", "yes", "ask the database before / and /docs are answered: yes or no"},
    {"serve", "title", "", "title of the documentation; \"\": the name of the project's folder"},
    {"serve", "version", "", "version of the application in the documentation"},
    {NULL},
};

typedef struct Value {
    char *text;
    unsigned line;
} Value;

struct Config {
    char *folder;
    char *file;         /* (nullable) */
    GHashTable *values; /* "section.key" → Value */
};

/* What is read, and where: for messages. */
typedef struct Reader {
    Config *config;
    const char *path;
    unsigned line;
    char *section; /* (nullable) before the first */
} Reader;

static void value_free(void *data)
{
    Value *value = data;
    g_free(value->text);
    g_free(value);
}

static Config *config_new_file(const char *folder, const char *file)
{
    Config *config = g_new0(Config, 1);
    config->folder = g_canonicalize_filename(folder, NULL);
    config->file = g_strdup(file);
    config->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, value_free);
    return config;
}

Config *config_new(const char *folder)
{
    return config_new_file(folder, NULL);
}

void config_free(Config *config)
{
    if (config == NULL)
        return;
    g_free(config->folder);
    g_free(config->file);
    g_hash_table_unref(config->values);
    g_free(config);
}

char *config_find(const char *folder)
{
    g_autofree char *here = g_canonicalize_filename(folder, NULL);
    for (;;) {
        g_autofree char *path = g_build_filename(here, CONFIG_FILE, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
        char *parent = g_path_get_dirname(here);
        bool top = g_str_equal(parent, here);
        g_free(here);
        here = parent;
        if (top)
            return NULL;
    }
}

static const ConfigSetting *find_setting(const char *section, const char *key)
{
    for (const ConfigSetting *setting = config_settings; setting->key != NULL; setting++)
        if (g_str_equal(setting->section, section) &&
            (key == NULL || g_str_equal(setting->key, key)))
            return setting;
    return NULL;
}

/* The known word nearest to @word: a section's name, or a key of @section. */
static const char *find_nearest(const char *section, const char *word)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (const ConfigSetting *setting = config_settings; setting->key != NULL; setting++)
        if (section == NULL || g_str_equal(setting->section, section))
            g_ptr_array_add(known, (char *)(section == NULL ? setting->section : setting->key));
    g_ptr_array_add(known, NULL);
    return nearest_word(word, (const char *const *)known->pdata);
}

static bool refuse(const Reader *reader, const char *message, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s", reader->path, reader->line,
                message);
    return false;
}

static bool refuse_unknown(const Reader *reader, const char *kind, const char *word,
                           const char *section, GError **error)
{
    const char *nearest = find_nearest(section, word);
    g_autofree char *hint =
        nearest != NULL ? g_strdup_printf("\nhint: did you mean \"%s\"?", nearest) : g_strdup("");
    g_autofree char *message = g_strdup_printf("unknown %s \"%s\"%s", kind, word, hint);
    return refuse(reader, message, error);
}

/* Whether a URL's part before "@" holds more than a user, or a keyword gives a password. */
static bool holds_password(const char *value)
{
    g_autofree char *lower = g_ascii_strdown(value, -1);
    const char *keyword = strstr(lower, "password");
    if (keyword != NULL &&
        g_str_has_prefix(keyword + strlen("password") + strspn(keyword + strlen("password"), " \t"),
                         "="))
        return true;
    const char *start = strstr(value, "://");
    if (start == NULL)
        return false;
    start += strlen("://");
    const char *end = g_strrstr(start, "@");
    const char *colon = strchr(start, ':');
    return end != NULL && colon != NULL && colon + 1 < end;
}

static bool add_value(Reader *reader, const char *key, const char *text, GError **error)
{
    g_autofree char *lower = g_ascii_strdown(key, -1);
    if (strstr(lower, "password") != NULL || holds_password(text))
        return refuse(reader,
                      "this file must not hold a password\n"
                      "hint: put it into DATABASE_URL in .env, or into ~/.pgpass",
                      error);
    if (strstr(lower, "secret") != NULL)
        return refuse(reader,
                      "this file must not hold a secret\n"
                      "hint: put it into JWT_SECRET in .env, or into the file of JWT_SECRET_FILE",
                      error);
    if (reader->section == NULL)
        return refuse(reader, "a setting stands before the first [section]", error);
    if (find_setting(reader->section, key) == NULL)
        return refuse_unknown(reader, "setting", key, reader->section, error);
    g_autofree char *name = g_strconcat(reader->section, ".", key, NULL);
    const Value *first = g_hash_table_lookup(reader->config->values, name);
    if (first != NULL) {
        g_autofree char *message =
            g_strdup_printf("\"%s\" is already set in line %u", key, first->line);
        return refuse(reader, message, error);
    }
    Value *value = g_new0(Value, 1);
    value->text = g_strdup(text);
    value->line = reader->line;
    g_hash_table_insert(reader->config->values, g_steal_pointer(&name), value);
    return true;
}

static bool begin_section(Reader *reader, const char *line, GError **error)
{
    size_t length = strlen(line);
    if (line[length - 1] != ']')
        return refuse(reader, "\"]\" is missing", error);
    g_autofree char *name = g_strndup(line + 1, length - 2);
    g_strstrip(name);
    if (find_setting(name, NULL) == NULL)
        return refuse_unknown(reader, "section", name, NULL, error);
    g_free(reader->section);
    reader->section = g_steal_pointer(&name);
    return true;
}

static bool read_line(Reader *reader, char *line, GError **error)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#' || *line == ';')
        return true;
    if (*line == '[')
        return begin_section(reader, line, error);
    char *equals = strchr(line, '=');
    if (equals == NULL || equals == line)
        return refuse(reader, "this is neither \"key = value\" nor a [section]", error);
    *equals = '\0';
    return add_value(reader, g_strchomp(line), g_strchug(equals + 1), error);
}

Config *config_parse(const char *path, const char *text, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(Config) config = config_new_file(folder, path);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    Reader reader = {.config = config, .path = path};
    bool read = true;
    for (char **line = lines; read && *line != NULL; line++) {
        reader.line++;
        read = read_line(&reader, *line, error);
    }
    g_free(reader.section);
    return read ? g_steal_pointer(&config) : NULL;
}

Config *config_load(const char *path, GError **error)
{
    g_autofree char *text = file_read_text(path, error);
    return text != NULL ? config_parse(path, text, error) : NULL;
}

static const Value *find_value(const Config *config, const char *section, const char *key)
{
    g_autofree char *name = g_strconcat(section, ".", key, NULL);
    return g_hash_table_lookup(config->values, name);
}

const char *config_get(const Config *config, const char *section, const char *key)
{
    const ConfigSetting *setting = find_setting(section, key);
    g_assert(setting != NULL);
    const Value *value = find_value(config, section, key);
    return value != NULL ? value->text : setting->fallback;
}

unsigned config_line(const Config *config, const char *section, const char *key)
{
    const Value *value = find_value(config, section, key);
    return value != NULL ? value->line : 0;
}

bool config_number(const Config *config, const char *section, const char *key, long least,
                   long most, long *out_number, GError **error)
{
    const char *text = config_get(config, section, key);
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && number >= least && number <= most) {
        *out_number = number;
        return true;
    }
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "%s:%u: \"%s\" must be a whole number from %ld to %ld, not \"%s\"", config->file,
                config_line(config, section, key), key, least, most, text);
    return false;
}

bool config_refuse(const Config *config, const char *section, const char *key, const char *fault,
                   GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: \"%s\" %s", config->file,
                config_line(config, section, key), key, fault);
    return false;
}

bool config_flag(const Config *config, const char *section, const char *key, bool *out_flag,
                 GError **error)
{
    const char *text = config_get(config, section, key);
    if (g_str_equal(text, "yes") || g_str_equal(text, "no")) {
        *out_flag = g_str_equal(text, "yes");
        return true;
    }
    return config_refuse(config, section, key, "must be yes or no", error);
}

const char *config_folder(const Config *config)
{
    return config->folder;
}

const char *config_file(const Config *config)
{
    return config->file;
}

char *config_path(const Config *config, const char *section, const char *key)
{
    return g_canonicalize_filename(config_get(config, section, key), config->folder);
}

char **config_paths(const Config *config, const char *section, const char *key)
{
    g_auto(GStrv) words = g_strsplit(config_get(config, section, key), ":", -1);
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    for (char **word = words; *word != NULL; word++) {
        g_strstrip(*word);
        g_autofree char *path = g_canonicalize_filename(*word, config->folder);
        if (**word != '\0')
            g_strv_builder_add(paths, path);
    }
    return g_strv_builder_end(paths);
}
