#include "migrate/models.h"

#include "base/file.h"
#include "migrate/model_list.h"
#include "sql/classify.h"
#include "sql/split.h"

#include <string.h>

#define REFUSED_MAX 20 /* faults that one message names */

/* What a model may not hold, and what to do instead. */
static const struct {
    StatementClass class;
    const char *message;
    const char *hint;
} refusals[] = {
    {STATEMENT_DML, "a model holds no statement that reads or changes data",
     "data belongs into a revision: retort revision -m \"…\""},
    {STATEMENT_COPY_STDIN, "a model holds no data", "dump it with pg_dump --schema-only"},
    {STATEMENT_COPY_STDOUT, "a model holds no data", "dump it with pg_dump --schema-only"},
    {STATEMENT_DO, "a model holds no DO block",
     "write the objects that it makes; what it does belongs into a revision"},
    {STATEMENT_TRANSACTION, "a model holds no transaction control", "leave it out"},
    {STATEMENT_CLUSTER, "a model holds no statement that reaches beyond the database",
     "what belongs to the whole server, or to another one, is made there or in a revision"},
    {STATEMENT_META, "a model holds no command of psql", "leave it out, or write it as SQL"},
    {STATEMENT_OTHER, "a model holds no statement that defines nothing", "leave it out"},
};

static void model_file_free(void *data)
{
    ModelFile *file = data;
    g_free(file->shown);
    g_ptr_array_unref(file->settings);
    g_free(file);
}

static void model_statement_free(void *data)
{
    ModelStatement *model = data;
    statement_free(model->statement);
    g_free(model);
}

void models_free(Models *models)
{
    if (models == NULL)
        return;
    g_ptr_array_unref(models->files);
    g_ptr_array_unref(models->statements);
    g_free(models->digest);
    g_free(models);
}

const char *models_digest(const Models *models)
{
    return models->digest;
}

unsigned models_count(const Models *models)
{
    return models->statements->len;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * Adds the .sql files in the folder @path and below to @names, relative to the top: @below is
 * "" or the folder's own name with a slash. Hidden files are left out.
 */
static bool find_files(const char *path, const char *below, GPtrArray *names, GError **error)
{
    g_autoptr(GError) reason = NULL; /* said in our own words */
    g_autoptr(GDir) folder = g_dir_open(path, 0, &reason);
    if (folder == NULL) {
        bool missing = reason->code == G_FILE_ERROR_NOENT;
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not open folder \"%s\": %s", path,
                    missing
                        ? "No such file or directory\n"
                          "hint: \"retort init\" makes it; \"models\" in retort.ini names another"
                        : reason->message);
        return false;
    }
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *whole = g_build_filename(path, name, NULL);
        g_autofree char *relative = g_strconcat(below, name, NULL);
        g_autofree char *deeper = g_strconcat(relative, "/", NULL);
        if (name[0] == '.')
            continue;
        if (g_file_test(whole, G_FILE_TEST_IS_DIR)) {
            if (!find_files(whole, deeper, names, error))
                return false;
        } else if (g_str_has_suffix(name, ".sql")) {
            g_ptr_array_add(names, g_steal_pointer(&relative));
        }
    }
    return true;
}

/* pg_dump writes \restrict and \unrestrict around what it dumps; they say nothing here. */
static bool is_dump_guard(const char *text)
{
    return g_str_has_prefix(text, "\\restrict") || g_str_has_prefix(text, "\\unrestrict");
}

/* Adds to @faults what is wrong with a statement of @class; whether something is. */
static bool refuse(GString *faults, const ModelFile *file, unsigned line, StatementClass class)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        if (refusals[i].class != class)
            continue;
        g_string_append_printf(faults, "%s%s:%u: %s\nhint: %s", faults->len > 0 ? "\n" : "",
                               file->shown, line, refusals[i].message, refusals[i].hint);
        return true;
    }
    return false;
}

static void add_statement(Models *models, ModelFile *file, const char *text, unsigned line,
                          StatementClass class)
{
    if (class == STATEMENT_SETTING) {
        g_ptr_array_add(file->settings, statement_new(text, line));
        return;
    }
    ModelStatement *model = g_new0(ModelStatement, 1);
    model->statement = statement_new(text, line);
    model->file = file;
    model->settings = file->settings->len;
    g_ptr_array_add(models->statements, model);
}

/*
 * Splits @text and adds its statements. It is looked at piece by piece, because behind a COPY
 * FROM STDIN the rest is no SQL.
 */
static bool add_text(Models *models, ModelFile *file, const char *text, GError **error)
{
    Splitter splitter = splitter_start(text, strlen(text), 1);
    g_autoptr(GString) faults = g_string_new(NULL);
    Piece piece = {.kind = PIECE_COMMENT};
    StatementClass class = STATEMENT_OTHER;
    unsigned refused = 0;
    while (piece.kind != PIECE_END && class != STATEMENT_COPY_STDIN && refused < REFUSED_MAX) {
        if (!splitter_next(&splitter, &piece, error)) {
            g_prefix_error(error, "%s:", file->shown);
            return false;
        }
        if (piece.kind != PIECE_STATEMENT)
            continue;
        g_autofree char *statement = g_strndup(text + piece.start, piece.length);
        class = statement_class(statement);
        if (class == STATEMENT_META && is_dump_guard(statement))
            continue;
        if (refuse(faults, file, piece.line, class))
            refused++;
        else
            add_statement(models, file, statement, piece.line, class);
    }
    if (refused > 0)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT, faults->str);
    return refused == 0;
}

/* Reads the file @path, shown as @shown, into @models and its digest. */
static bool add_file(Models *models, const char *path, char *shown, GChecksum *sum, GError **error)
{
    ModelFile *file = g_new0(ModelFile, 1);
    file->shown = shown;
    file->settings = g_ptr_array_new_with_free_func((GDestroyNotify)statement_free);
    g_ptr_array_add(models->files, file);
    g_autofree char *text = file_read_text(path, error);
    if (text == NULL)
        return false;
    g_checksum_update(sum, (const guchar *)shown, (gssize)strlen(shown) + 1);
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
    return add_text(models, file, text, error);
}

Models *models_read(const char *path, const char *shown, GError **error)
{
    g_autoptr(Models) models = g_new0(Models, 1);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    models->files = g_ptr_array_new_with_free_func(model_file_free);
    models->statements = g_ptr_array_new_with_free_func(model_statement_free);
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        if (!add_file(models, path, g_strdup(shown), sum, error))
            return NULL;
    } else if (!find_files(path, "", names, error)) {
        return NULL;
    }
    g_ptr_array_sort(names, compare_names);
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *whole = g_build_filename(path, name, NULL);
        if (!add_file(models, whole, g_strconcat(shown, "/", name, NULL), sum, error))
            return NULL;
    }
    models->digest = g_strdup(g_checksum_get_string(sum));
    return g_steal_pointer(&models);
}
