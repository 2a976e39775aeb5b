#include "cli/schema_source.h"

#include "migrate/wanted.h"

#include <string.h>

static bool is_conninfo(const char *word)
{
    return strstr(word, "://") != NULL ||
           (strchr(word, '=') != NULL && strchr(word, '/') == NULL) ||
           g_str_has_prefix(word, "host=") || g_str_has_prefix(word, "dbname=");
}

static Schema *read_url(Workplace *workplace, const char *url, bool visible, GError **error)
{
    g_autoptr(ConnectionSettings) settings = settings_parse(url, error);
    if (settings == NULL)
        return NULL;
    if (visible && settings_have_secret(settings)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "the URL holds a password, which others can see on the command line\n"
                            "hint: put the URL into a variable and write env:NAME");
        return NULL;
    }
    g_autoptr(Database) db = database_open(settings, error);
    if (db == NULL)
        return NULL;
    return catalog_read(db, &workplace_rehearsal(workplace)->snapshot.catalog, error);
}

static Schema *read_variable(Workplace *workplace, const char *name, GError **error)
{
    const char *url = g_getenv(name);
    if (url == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "the variable \"%s\" is not set", name);
        return NULL;
    }
    return read_url(workplace, url, false, error);
}

/* What the files at @path give on a scratch database. */
static Schema *read_files(Workplace *workplace, const char *path, GError **error)
{
    const RehearsalOptions *options = workplace_rehearsal(workplace);
    g_autoptr(Models) models = models_read(path, path, error);
    g_autoptr(Rehearsal) rehearsal = models == NULL ? NULL : rehearsal_new(options, error);
    if (rehearsal == NULL || !models_run(models, rehearsal_database(rehearsal),
                                         options->snapshot.catalog.search_path, error))
        return NULL;
    return catalog_read(rehearsal_database(rehearsal), &options->snapshot.catalog, error);
}

/* The models' schema belongs to the cache of the workplace; here it is read to be given away. */
static Schema *read_models(Workplace *workplace, GError **error)
{
    const Config *config = project_config(workplace_project(workplace));
    g_autofree char *folder = config_path(config, "retort", "models");
    return read_files(workplace, folder, error);
}

Schema *schema_source_load(Workplace *workplace, const char *word, GError **error)
{
    if (g_str_equal(word, "database"))
        return workplace_read(workplace, error);
    if (g_str_equal(word, "models"))
        return read_models(workplace, error);
    if (g_str_equal(word, "revisions"))
        return workplace_replay(workplace, error);
    if (g_str_has_prefix(word, "env:"))
        return read_variable(workplace, word + strlen("env:"), error);
    if (is_conninfo(word))
        return read_url(workplace, word, true, error);
    if (g_file_test(word, G_FILE_TEST_EXISTS))
        return read_files(workplace, word, error);
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                "\"%s\" is no schema\n"
                "hint: write database, models, revisions, a URL, env:NAME, a .sql file or a folder",
                word);
    return NULL;
}
