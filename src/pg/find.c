#include "pg/find.h"

#include "base/file.h"

/* libpq's variables and the keywords they stand for; .env may hold them too. */
static const struct {
    const char *variable;
    const char *keyword;
    bool names_database;
} variables[] = {
    {"PGHOST", "host", true},
    {"PGHOSTADDR", "hostaddr", true},
    {"PGDATABASE", "dbname", true},
    {"PGSERVICE", "service", true},
    {"PGPORT", "port", false},
    {"PGUSER", "user", false},
    {"PGPASSWORD", "password", false},
    {"PGPASSFILE", "passfile", false},
    {"PGSSLMODE", "sslmode", false},
    {"PGSSLROOTCERT", "sslrootcert", false},
    {"PGSSLCERT", "sslcert", false},
    {"PGSSLKEY", "sslkey", false},
    {"PGOPTIONS", "options", false},
    {"PGCONNECT_TIMEOUT", "connect_timeout", false},
    {"PGTARGETSESSIONATTRS", "target_session_attrs", false},
};

/* Parses @conninfo; what is wrong with it is said with its place. */
static bool parse_from(const char *conninfo, const char *source, ConnectionSettings **out_settings,
                       GError **error)
{
    ConnectionSettings *settings = settings_parse(conninfo, error);
    if (settings == NULL) {
        g_prefix_error(error, "%s: ", source);
        return false;
    }
    settings_set_source(settings, source);
    *out_settings = settings;
    return true;
}

static bool find_on_command_line(const char *url, ConnectionSettings **out_settings, GError **error)
{
    g_autoptr(ConnectionSettings) settings = NULL;
    if (!parse_from(url, "--database-url", &settings, error))
        return false;
    if (settings_have_secret(settings)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "--database-url holds a password, which others can see on the "
                            "command line\n"
                            "hint: put the URL into DATABASE_URL, or the password into ~/.pgpass");
        return false;
    }
    *out_settings = g_steal_pointer(&settings);
    return true;
}

static bool find_in_file(const char *path, ConnectionSettings **out_settings, GError **error)
{
    g_autofree char *text = file_read_text(path, error);
    if (text == NULL) {
        g_prefix_error(error, "DATABASE_URL_FILE: ");
        return false;
    }
    return parse_from(g_strstrip(text), "DATABASE_URL_FILE", out_settings, error);
}

static bool is_set(const char *value)
{
    return value != NULL && value[0] != '\0';
}

/* Adds what the variables say to @settings, where it is silent. */
static void add_variables(const Environment *environment, ConnectionSettings *settings)
{
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *value = environment_get(environment, variables[i].variable);
        if (is_set(value) && settings_get(settings, variables[i].keyword) == NULL)
            settings_set(settings, variables[i].keyword, value);
    }
}

/* The variable that names a database, or %NULL. */
static const char *find_variable(const Environment *environment)
{
    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        if (variables[i].names_database &&
            is_set(environment_get(environment, variables[i].variable)))
            return variables[i].variable;
    return NULL;
}

bool settings_find(const FindOptions *options, ConnectionSettings **out_settings, GError **error)
{
    const Environment *environment = options->environment;
    const char *url = environment_get(environment, "DATABASE_URL");
    const char *file = environment_get(environment, "DATABASE_URL_FILE");
    const char *configured = config_get(options->config, "database", "url");
    const char *variable = find_variable(environment);
    g_autoptr(ConnectionSettings) settings = NULL;
    bool found = true;
    if (is_set(options->database_url))
        found = find_on_command_line(options->database_url, &settings, error);
    else if (is_set(url))
        found = parse_from(url, "DATABASE_URL", &settings, error);
    else if (is_set(file))
        found = find_in_file(file, &settings, error);
    else if (is_set(configured))
        found = parse_from(configured, "retort.ini", &settings, error);
    else if (variable != NULL)
        found = parse_from("", variable, &settings, error);
    if (!found)
        return false;
    if (settings != NULL)
        add_variables(environment, settings);
    *out_settings = g_steal_pointer(&settings);
    return true;
}
