/*
 * retort inspect: writes models out of an existing database.
 */
#include "migrate/inspect.h"
#include "base/file.h"
#include "catalog/reader.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"

typedef struct InspectOptions {
    char *output; /* (nullable) */
    gboolean force;
    gboolean dry_run;
    gboolean json;
} InspectOptions;

static Schema *read_schema(Project *project, GError **error)
{
    const Config *config = project_config(project);
    g_autoptr(Database) db = project_open_database(project, error);
    if (db == NULL)
        return NULL;
    g_auto(GStrv) ignored = g_strsplit_set(config_get(config, "migrate", "ignore"), " \t", -1);
    CatalogOptions options = {
        .search_path = config_get(config, "migrate", "search_path"),
        .version_table = config_get(config, "migrate", "version_table"),
        .ignored = (const char *const *)ignored,
    };
    return catalog_read(db, &options, error);
}

/* Where the files go: the models of the project, or as it was given. */
static char *find_folder(const Project *project, const InspectOptions *wanted)
{
    return wanted->output != NULL ? g_strdup(wanted->output)
                                  : config_path(project_config(project), "retort", "models");
}

/* The same as messages and results name it. */
static const char *shown_folder(const Project *project, const InspectOptions *wanted)
{
    return wanted->output != NULL ? wanted->output
                                  : config_get(project_config(project), "retort", "models");
}

/* The first .sql file in @folder or below; %NULL if there is none. */
static char *find_model(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL); /* no folder, no models */
    const char *name = NULL;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_has_suffix(name, ".sql"))
            return g_steal_pointer(&path);
        char *found = g_file_test(path, G_FILE_TEST_IS_DIR) ? find_model(path) : NULL;
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Old models beside new ones would say everything twice. */
static bool check_folder(const char *folder, GError **error)
{
    g_autofree char *found = find_model(folder);
    if (found == NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "there are models in \"%s\" already, such as \"%s\"\n"
                "hint: write to an empty folder with --output, or into this one with --force",
                folder, found);
    return false;
}

static bool write_files(const GPtrArray *files, const char *folder, GError **error)
{
    for (unsigned i = 0; i < files->len; i++) {
        const ModelFile *file = g_ptr_array_index(files, i);
        g_autofree char *path = g_build_filename(folder, file->path, NULL);
        g_autofree char *parent = g_path_get_dirname(path);
        if (!file_make_folder(parent, 0777, error) ||
            !file_write(path, file->text, FILE_REPLACE, error))
            return false;
    }
    return true;
}

static void print_files(const GPtrArray *files, const char *folder, bool json)
{
    g_autoptr(json_t) rows = json_array();
    for (unsigned i = 0; i < files->len; i++) {
        const ModelFile *file = g_ptr_array_index(files, i);
        g_autofree char *path = g_build_filename(folder, file->path, NULL);
        json_t *row = json_object();
        json_object_set_new(row, "file", output_string(path));
        json_object_set_new(row, "bytes", json_integer((json_int_t)strlen(file->text)));
        json_array_append_new(rows, row);
        if (!json)
            g_print("%s\n", path);
    }
    if (json)
        output_json(rows);
}

static void warn_of_left_out(const Schema *schema)
{
    g_auto(GStrv) lines = inspect_left_out(schema);
    for (char **line = lines; *line != NULL; line++)
        g_warning("not managed, and so left out: %s", *line);
}

static bool inspect(Project *project, const InspectOptions *wanted, GError **error)
{
    bool to_stdout = g_strcmp0(wanted->output, "-") == 0;
    g_autofree char *folder = find_folder(project, wanted);
    if (!to_stdout && !wanted->force && !wanted->dry_run && !check_folder(folder, error))
        return false;
    g_autoptr(Schema) schema = read_schema(project, error);
    if (schema == NULL)
        return false;
    warn_of_left_out(schema);
    if (to_stdout) {
        g_autofree char *script = inspect_script(schema);
        g_print("%s", script);
        return true;
    }
    g_autoptr(GPtrArray) files = inspect_files(schema);
    if (!wanted->dry_run && !write_files(files, folder, error))
        return false;
    print_files(files, shown_folder(project, wanted), wanted->json);
    g_message(wanted->dry_run ? "%u files would be written" : "%u files written", files->len);
    return true;
}

bool run_inspect(int argc, char **argv, GError **error)
{
    InspectOptions wanted = {0};
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &wanted.output,
         "folder to write to (default: the models); \"-\" prints one script", "FOLDER"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &wanted.force,
         "write also where there are models; files of the same name are replaced", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wanted.dry_run,
         "only say which files would be written", NULL},
        OPTION_JSON(wanted.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    g_autofree char *output = wanted.output;
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open_anywhere(&options, error);
    return project != NULL && inspect(project, &wanted, error);
}
