#include "cli/schema_source.h"

#include "base/thread.h"

#include <string.h>

static bool is_conninfo(const char *word)
{
    return strstr(word, "://") != NULL ||
           (strchr(word, '=') != NULL && strchr(word, '/') == NULL) ||
           g_str_has_prefix(word, "host=") || g_str_has_prefix(word, "dbname=");
}

static bool is_database(const char *word)
{
    return g_str_has_prefix(word, "env:") || is_conninfo(word);
}

/* The database that @word names: a URL, or env:NAME for one in a variable. */
static ConnectionSettings *parse_database(const char *word, GError **error)
{
    bool hidden = g_str_has_prefix(word, "env:");
    const char *url = hidden ? g_getenv(word + strlen("env:")) : word;
    if (url == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "the variable \"%s\" is not set",
                    word + strlen("env:"));
        return NULL;
    }
    g_autoptr(ConnectionSettings) settings = settings_parse(url, error);
    if (settings != NULL && !hidden && settings_have_secret(settings)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "the URL holds a password, which others can see on the command line\n"
                            "hint: put the URL into a variable and write env:NAME");
        return NULL;
    }
    return g_steal_pointer(&settings);
}

bool schema_source_offer(Project *project, char **words, GError **error)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        if (!is_database(words[i]))
            continue;
        ConnectionSettings *settings = parse_database(words[i], error);
        if (settings == NULL)
            return false;
        project_offer_settings(project, settings);
        break;
    }
    return true;
}

static Schema *read_database(Workplace *workplace, const char *word, GError **error)
{
    g_autoptr(ConnectionSettings) settings = parse_database(word, error);
    g_autoptr(Database) db = settings == NULL ? NULL : database_open(settings, error);
    if (db == NULL)
        return NULL;
    return catalog_read(db, &workplace_rehearsal(workplace)->snapshot.catalog, error);
}

/* What the files at @path give on a scratch database. */
static Schema *read_files(Workplace *workplace, const char *path, GError **error)
{
    const RehearsalOptions *options = workplace_rehearsal(workplace);
    g_autoptr(Models) models = models_read(path, path, error);
    if (models != NULL && models_count(models) == 0 && g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "the folder \"%s\" holds no models\nhint: a model is a .sql file", path);
        return NULL;
    }
    g_autoptr(Rehearsal) rehearsal = models == NULL ? NULL : rehearsal_new(options, error);
    if (rehearsal == NULL || !models_run(models, rehearsal_database(rehearsal),
                                         options->snapshot.catalog.search_path, error))
        return NULL;
    return catalog_read(rehearsal_database(rehearsal), &options->snapshot.catalog, error);
}

Schema *schema_source_load(Workplace *workplace, const char *word, GError **error)
{
    if (g_str_equal(word, "database"))
        return workplace_read(workplace, error);
    if (g_str_equal(word, "models"))
        return workplace_take_models(workplace, error);
    if (g_str_equal(word, "revisions"))
        return workplace_replay(workplace, error);
    if (is_database(word))
        return read_database(workplace, word, error);
    if (g_file_test(word, G_FILE_TEST_EXISTS))
        return read_files(workplace, word, error);
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                "\"%s\" is no schema\n"
                "hint: write database, models, revisions, a URL, env:NAME, a .sql file or a folder",
                word);
    return NULL;
}

/* A database that is read in a thread of its own; the workplace is only looked at there. */
typedef struct Reading {
    Workplace *workplace;
    const char *word;
    GError *error;
} Reading;

static void *read_in_thread(void *data)
{
    Reading *reading = data;
    return schema_source_load(reading->workplace, reading->word, &reading->error);
}

bool schema_source_load_both(Workplace *workplace, char **words, Schema **out_first,
                             Schema **out_second, GError **error)
{
    bool apart = is_database(words[1]);
    Reading reading = {workplace, words[1], NULL};
    GThread *thread = apart ? thread_start("schema", read_in_thread, &reading, NULL) : NULL;
    g_autoptr(Schema) first = schema_source_load(workplace, words[0], error);
    g_autoptr(Schema) second = NULL;
    if (thread != NULL)
        second = g_thread_join(thread);
    else if (first != NULL)
        second = schema_source_load(workplace, words[1], error);
    if (first != NULL && reading.error != NULL)
        g_propagate_error(error, g_steal_pointer(&reading.error));
    g_clear_error(&reading.error); /* the first side's error is the one to report */
    if (first == NULL || second == NULL)
        return false;
    *out_first = g_steal_pointer(&first);
    *out_second = g_steal_pointer(&second);
    return true;
}
