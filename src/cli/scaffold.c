/*
 * retort scaffold: writes endpoints for a table, to be edited.
 */
#include "serve/scaffold.h"
#include "base/file.h"
#include "cli/endpoints.h"
#include "cli/run.h"
#include "cli/workplace.h"

#include <string.h>

/* The words of the command line. */
typedef struct ScaffoldWords {
    char *table;
    char *schema; /* (nullable) */
    char *output; /* (nullable): a file, or "-" */
    gboolean models;
    gboolean dry_run;
} ScaffoldWords;

static void scaffold_words_clear(ScaffoldWords *words)
{
    g_free(words->table);
    g_free(words->schema);
    g_free(words->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ScaffoldWords, scaffold_words_clear)

/* TABLE, or SCHEMA.TABLE where no --schema says it. */
static void read_table(ScaffoldWords *words, const char *word)
{
    const char *dot = words->schema == NULL ? strchr(word, '.') : NULL;
    words->table = g_strdup(dot == NULL ? word : dot + 1);
    if (dot != NULL)
        words->schema = g_strndup(word, (size_t)(dot - word));
}

/* The database that has the table: the project's, or one that is what the models say. */
static Database *find_database(Workplace *workplace, bool models, GError **error)
{
    if (!models)
        return workplace_database(workplace);
    Wanted *wanted = workplace_models(workplace, error);
    return wanted == NULL ? NULL : wanted_database(wanted, error);
}

static bool write_file(const Project *project, const Scaffold *scaffold, const ScaffoldWords *words,
                       GError **error)
{
    g_autofree char *text = scaffold_write(scaffold);
    if (g_strcmp0(words->output, "-") == 0) {
        fputs(text, stdout);
        return true;
    }
    g_autofree char *api = config_path(project_config(project), "retort", "api");
    g_autofree char *name = scaffold_file(scaffold);
    g_autofree char *path =
        words->output == NULL ? g_build_filename(api, name, NULL) : g_strdup(words->output);
    g_autofree char *folder = g_path_get_dirname(path);
    if (!words->dry_run &&
        (!file_make_folder(folder, 0777, error) || !file_write(path, text, FILE_CREATE, error)))
        return false;
    const char *project_path = project_folder(project);
    size_t length = strlen(project_path);
    bool inside = g_str_has_prefix(path, project_path) && path[length] == '/';
    g_print("%s\n", inside ? path + length + 1 : path);
    return true;
}

static bool scaffold_table(const Options *options, const ScaffoldWords *words, GError **error)
{
    g_autoptr(Project) project = project_open(options, error);
    g_autoptr(Workplace) workplace = project == NULL ? NULL : workplace_open(project, error);
    if (workplace == NULL)
        return false;
    Database *db = find_database(workplace, words->models, error);
    const char *path = config_get(project_config(project), "migrate", "search_path");
    if (db == NULL || !database_set_search_path(db, path, error))
        return false;
    g_autoptr(Scaffold) scaffold = scaffold_load(db, words->table, words->schema, error);
    return scaffold != NULL && write_file(project, scaffold, words, error);
}

bool run_scaffold(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    g_auto(ScaffoldWords) scaffold = {0};
    const GOptionEntry entries[] = {
        {"schema", 0, 0, G_OPTION_ARG_STRING, &scaffold.schema,
         "schema of the table (where the search path finds it)", "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &scaffold.output,
         "write into this file, \"-\" for stdout (TABLE.sql in the folder of endpoints)", "FILE"},
        {"models", 0, 0, G_OPTION_ARG_NONE, &scaffold.models, "of the models, not of the database",
         NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &scaffold.dry_run,
         "print the name of the file, write nothing", NULL},
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect("scaffold", words, 1, 1, error))
        return false;
    read_table(&scaffold, words[0]);
    return scaffold_table(&options, &scaffold, error);
}
