#include "pg/find.h"

#include "base/file.h"

#include <libpq-fe.h>

static bool is_named(const char *value)
{
    return value != NULL && *value != '\0';
}

/* libpq's variables fill in what @settings leave out, as libpq does; it does not know .env. */
static void fill_in(ConnectionSettings *settings, const Environment *environment)
{
    /* A service stands before the variables: libpq sorts that out itself. */
    if (settings_get(settings, "service") != NULL)
        return;
    PQconninfoOption *options = PQconndefaults();
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        const char *value = o->envvar != NULL ? environment_get(environment, o->envvar) : NULL;
        if (is_named(value) && settings_get(settings, o->keyword) == NULL)
            settings_set(settings, o->keyword, value);
    }
    PQconninfoFree(options);
}

/* Takes @settings, which may be NULL after an error; @place leads the message of that. */
static bool finish(ConnectionSettings *settings, const char *source, const Environment *environment,
                   ConnectionSettings **out_settings, GError **error)
{
    if (settings == NULL) {
        g_prefix_error(error, "%s: ", source);
        return false;
    }
    settings_set_source(settings, source);
    fill_in(settings, environment);
    *out_settings = settings;
    return true;
}

static bool find_on_command_line(const char *url, const Environment *environment,
                                 ConnectionSettings **out_settings, GError **error)
{
    g_autoptr(ConnectionSettings) settings = settings_parse(url, error);
    if (settings != NULL && settings_have_secret(settings)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "--database-url holds a password, which other users could see\n"
                            "hint: put it into DATABASE_URL in .env, or into ~/.pgpass");
        return false;
    }
    return finish(g_steal_pointer(&settings), "--database-url", environment, out_settings, error);
}

/* The URL that a file holds; relative to the folder of .env if that names it. */
static bool find_in_file(const char *name, const Environment *environment,
                         ConnectionSettings **out_settings, GError **error)
{
    bool relative = environment_is_from_file(environment, name);
    g_autofree char *base = g_path_get_dirname(environment_file(environment));
    g_autofree char *path =
        g_canonicalize_filename(environment_get(environment, name), relative ? base : NULL);
    g_autofree char *text = file_read_text(path, error);
    if (text == NULL) {
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    return finish(settings_parse(g_strstrip(text), error), name, environment, out_settings, error);
}

/* A file named by the environment, as @name with _FILE, goes before a URL that only .env has. */
static bool find_in_environment(const char *name, const Environment *environment,
                                ConnectionSettings **out_settings, GError **error)
{
    const char *url = environment_get(environment, name);
    g_autofree char *file = g_strconcat(name, "_FILE", NULL);
    bool has_file = is_named(environment_get(environment, file));
    bool file_first =
        environment_is_from_file(environment, name) && !environment_is_from_file(environment, file);
    if (has_file && (!is_named(url) || file_first))
        return find_in_file(file, environment, out_settings, error);
    if (!is_named(url))
        return true;
    return finish(settings_parse(url, error), name, environment, out_settings, error);
}

static bool find_in_config(const FindOptions *options, const char *section, const char *key,
                           ConnectionSettings **out_settings, GError **error)
{
    const Config *config = options->config;
    const char *url = config_get(config, section, key);
    if (!is_named(url))
        return true;
    g_autofree char *place =
        g_strdup_printf("%s:%u", config_file(config), config_line(config, section, key));
    if (!finish(settings_parse(url, error), place, options->environment, out_settings, error))
        return false;
    settings_set_source(*out_settings, CONFIG_FILE);
    return true;
}

static void find_in_libpq(const Environment *environment, ConnectionSettings **out_settings)
{
    static const char *const names[] = {"PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = environment_get(environment, names[i]);
        if (!is_named(value))
            continue;
        ConnectionSettings *settings = settings_new();
        settings_set_source(settings, names[i]);
        if (i == 0)
            settings_set(settings, "service", value);
        fill_in(settings, environment);
        *out_settings = settings;
        return;
    }
}

bool settings_find(const FindOptions *options, ConnectionSettings **out_settings, GError **error)
{
    const Environment *environment = options->environment;
    ConnectionSettings *settings = NULL;
    if (is_named(options->database_url))
        return find_on_command_line(options->database_url, environment, out_settings, error);
    if (!find_in_environment("DATABASE_URL", environment, &settings, error))
        return false;
    if (settings == NULL && !find_in_config(options, "database", "url", &settings, error))
        return false;
    if (settings == NULL)
        find_in_libpq(environment, &settings);
    *out_settings = settings;
    return true;
}

bool settings_find_in(const FindOptions *options, const char *section, const char *key,
                      ConnectionSettings **out_settings, GError **error)
{
    g_autofree char *name = g_ascii_strup(key, -1);
    *out_settings = NULL;
    return find_in_environment(name, options->environment, out_settings, error) &&
           (*out_settings != NULL || find_in_config(options, section, key, out_settings, error));
}

bool settings_find_configured(const FindOptions *options, const char *key,
                              ConnectionSettings **out_settings, GError **error)
{
    return settings_find_in(options, "database", key, out_settings, error);
}
