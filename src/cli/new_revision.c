#include "cli/new_revision.h"

#include "base/file.h"
#include "cli/output.h"
#include "migrate/revision_folder.h"
#include "revision/file_name.h"
#include "revision/parse.h"
#include "revision/resolve.h"
#include "revision/write.h"

#include <stdio.h>
#include <string.h>

void new_revision_clear(NewRevision *wanted)
{
    g_clear_pointer(&wanted->message, g_free);
    g_clear_pointer(&wanted->id, g_free);
    g_clear_pointer(&wanted->version_path, g_free);
    g_clear_pointer(&wanted->heads, g_strfreev);
    g_clear_pointer(&wanted->labels, g_strfreev);
    g_clear_pointer(&wanted->depends_on, g_strfreev);
}

G_GNUC_PRINTF(3, 4)
static bool refuse(GError **error, AppError code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, APP_ERROR, (int)code, message);
    return false;
}

/* The revisions that the new one follows; none for a new base. */
static bool add_heads(const RevisionGraph *graph, const char *word, GPtrArray *heads,
                      GError **error)
{
    g_autoptr(GPtrArray) all = revision_graph_heads(graph);
    if (g_str_equal(word, "head") && all->len > 1)
        return refuse(error, APP_ERROR_HISTORY,
                      "Multiple heads are present; please specify the head revision on which the "
                      "new revision should be based, or perform a merge.\n"
                      "hint: \"--head ID\" names it, \"retort merge heads\" joins them");
    g_autoptr(GPtrArray) nodes = resolve_revisions(graph, word, error);
    if (nodes == NULL)
        return false;
    for (unsigned i = 0; i < nodes->len; i++) {
        if (g_ptr_array_find(heads, nodes->pdata[i], NULL))
            return refuse(error, APP_ERROR_USAGE,
                          "Duplicate head revisions specified\n"
                          "hint: \"retort heads\" lists them");
        g_ptr_array_add(heads, nodes->pdata[i]);
    }
    return true;
}

static GPtrArray *find_heads(const RevisionGraph *graph, const NewRevision *wanted, GError **error)
{
    g_autoptr(GPtrArray) heads = g_ptr_array_new();
    char *only[] = {(char *)"head", NULL};
    for (char **word = wanted->heads != NULL ? wanted->heads : only; *word != NULL; word++)
        if (!add_heads(graph, *word, heads, error))
            return NULL;
    for (unsigned i = 0; i < heads->len && !wanted->splice; i++) {
        const RevisionNode *node = heads->pdata[i];
        if (!node_is_head(node)) {
            refuse(error, APP_ERROR_HISTORY,
                   "Revision %s is not a head revision; please specify --splice to create a new "
                   "branch from this revision\nhint: without it, \"--head head\" goes on from the "
                   "head",
                   node->revision->id);
            return NULL;
        }
    }
    return g_steal_pointer(&heads);
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **sorted_ids(const GPtrArray *nodes)
{
    char **ids = g_new0(char *, nodes->len + 1);
    for (unsigned i = 0; i < nodes->len; i++)
        ids[i] = g_strdup(((RevisionNode *)nodes->pdata[i])->revision->id);
    qsort(ids, nodes->len, sizeof(char *), compare_words);
    return ids;
}

/* Labels stay as they are written; partial ids become whole ones. */
static char **find_dependencies(const RevisionGraph *graph, char **words, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    for (; words != NULL && *words != NULL; words++) {
        g_autoptr(GPtrArray) nodes = resolve_revisions(graph, *words, error);
        if (nodes == NULL)
            return NULL;
        if (nodes->len != 1) {
            refuse(error, APP_ERROR_USAGE,
                   "\"%s\" is not one revision to depend on\n"
                   "hint: \"retort history\" lists them",
                   *words);
            return NULL;
        }
        const RevisionNode *node = nodes->pdata[0];
        bool label = node_has_label(node, *words);
        const char *id = label ? *words : node->revision->id;
        if (!g_ptr_array_find_with_equal_func(ids, id, g_str_equal, NULL))
            g_ptr_array_add(ids, g_strdup(id));
    }
    g_ptr_array_sort(ids, compare_words);
    g_ptr_array_add(ids, NULL);
    return g_strdupv((char **)ids->pdata);
}

static char **check_labels(const RevisionGraph *graph, const char *id, char **labels,
                           GError **error)
{
    char **sorted = labels != NULL ? g_strdupv(labels) : g_new0(char *, 1);
    g_auto(GStrv) kept = sorted;
    qsort(kept, g_strv_length(kept), sizeof(char *), compare_words);
    for (char **label = kept; *label != NULL; label++) {
        if (!revision_check_label(*label, error))
            return NULL;
        const RevisionNode *used = revision_graph_find_label(graph, *label);
        if (used == NULL)
            used = revision_graph_find(graph, *label);
        if (used != NULL || g_strcmp0(*label, label[1]) == 0 || g_str_equal(*label, id)) {
            g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                        "Branch name '%s' in revision %s already used by revision %s\n"
                        "hint: only the first revision of a branch has its label",
                        *label, id, used != NULL ? used->revision->id : id);
            return NULL;
        }
    }
    return g_steal_pointer(&kept);
}

/* 12 random hex digits: the last group of a random UUID. */
static char *make_id(void)
{
    g_autofree char *uuid = g_uuid_string_random();
    return g_strdup(strrchr(uuid, '-') + 1);
}

static char *choose_id(const RevisionGraph *graph, const char *wanted, GError **error)
{
    if (wanted == NULL)
        return make_id();
    if (!revision_check_id(wanted, error))
        return NULL;
    if (revision_graph_find(graph, wanted) == NULL &&
        revision_graph_find_label(graph, wanted) == NULL)
        return g_strdup(wanted);
    refuse(error, APP_ERROR_INPUT,
           "Revision %s is present already\n"
           "hint: without --rev-id a new id is made",
           wanted);
    return NULL;
}

static GDateTime *now_in_zone(const Project *project, GError **error)
{
    const char *name = config_get(project_config(project), "retort", "timezone");
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(name);
    if (zone != NULL)
        return g_date_time_new_now(zone);
    refuse(error, APP_ERROR_INPUT,
           "timezone \"%s\" of retort.ini is not known\n"
           "hint: write it as in UTC or Europe/Berlin",
           name);
    return NULL;
}

static char *list_folders(char **folders)
{
    g_autoptr(GStrvBuilder) shown = g_strv_builder_new();
    for (; *folders != NULL; folders++) {
        g_autofree char *folder = revision_folder_shown(*folders);
        g_strv_builder_add(shown, folder);
    }
    g_auto(GStrv) all = g_strv_builder_end(shown);
    return g_strjoinv(", ", all);
}

/* The one of the project's folders that the new file goes to. */
static char *choose_folder(const Project *project, const NewRevision *wanted,
                           const GPtrArray *heads, GError **error)
{
    g_auto(GStrv) folders = config_paths(project_config(project), "retort", "migrations");
    if (wanted->version_path != NULL) {
        g_autofree char *path = g_canonicalize_filename(wanted->version_path, NULL);
        for (char **folder = folders; *folder != NULL; folder++) {
            g_autofree char *known = g_canonicalize_filename(*folder, NULL);
            if (g_str_equal(known, path))
                return g_strdup(*folder);
        }
        g_autofree char *known = list_folders(folders);
        refuse(error, APP_ERROR_USAGE,
               "Path %s is not represented in current version locations\n"
               "hint: \"migrations\" in retort.ini names %s",
               wanted->version_path, known);
        return NULL;
    }
    if (folders[0] != NULL && folders[1] == NULL)
        return g_strdup(folders[0]);
    for (unsigned i = 0; i < heads->len; i++) {
        g_autofree char *file =
            g_canonicalize_filename(((RevisionNode *)heads->pdata[i])->revision->path, NULL);
        for (char **folder = folders; *folder != NULL; folder++)
            if (g_str_has_prefix(file, *folder) && file[strlen(*folder)] == '/')
                return g_strdup(*folder);
    }
    g_autofree char *all = list_folders(folders);
    refuse(error, APP_ERROR_USAGE,
           "Multiple version locations present, please specify --version-path\n"
           "hint: \"migrations\" in retort.ini names %s",
           all);
    return NULL;
}

static char *choose_path(const Project *project, const Revision *revision, const char *folder,
                         GDateTime *created, GError **error)
{
    const Config *config = project_config(project);
    long longest = 0;
    if (!config_number(config, "retort", "truncate_slug_length", 1, 200, &longest, error))
        return NULL;
    g_autofree char *name =
        file_name_expand(config_get(config, "retort", "file_template"), revision->id,
                         revision->message, created, (unsigned)longest, error);
    return name != NULL ? g_build_filename(folder, name, NULL) : NULL;
}

static bool fill_in(Revision *revision, const RevisionGraph *graph, const NewRevision *wanted,
                    const GPtrArray *heads, GError **error)
{
    g_free(revision->id);
    revision->id = choose_id(graph, wanted->id, error);
    if (revision->id == NULL)
        return false;
    g_auto(GStrv) labels = check_labels(graph, revision->id, wanted->labels, error);
    g_auto(GStrv) needs = find_dependencies(graph, wanted->depends_on, error);
    if (labels == NULL || needs == NULL)
        return false;
    g_free(revision->message);
    revision->message = g_strdup(wanted->message != NULL ? wanted->message : "empty message");
    g_strdelimit(g_strstrip(revision->message), "\r\n\t", ' ');
    g_strfreev(revision->labels);
    revision->labels = g_steal_pointer(&labels);
    g_strfreev(revision->depends_on);
    revision->depends_on = g_steal_pointer(&needs);
    g_strfreev(revision->parents);
    revision->parents = sorted_ids(heads);
    return true;
}

Revision *new_revision_make(const Project *project, const RevisionGraph *graph,
                            const NewRevision *wanted, char **out_path, GError **error)
{
    g_autoptr(GPtrArray) heads = find_heads(graph, wanted, error);
    if (heads == NULL)
        return NULL;
    g_autoptr(Revision) revision = revision_new();
    g_autoptr(GDateTime) created = now_in_zone(project, error);
    if (created == NULL || !fill_in(revision, graph, wanted, heads, error))
        return NULL;
    revision->created = g_date_time_format(created, "%Y-%m-%d %H:%M:%S %Z");
    g_autofree char *folder = choose_folder(project, wanted, heads, error);
    if (folder == NULL)
        return NULL;
    g_autofree char *path = choose_path(project, revision, folder, created, error);
    if (path == NULL)
        return NULL;
    revision->path = revision_folder_shown(path);
    *out_path = g_steal_pointer(&path);
    return g_steal_pointer(&revision);
}

static void print_object(const Revision *revision, const char *text)
{
    g_autoptr(json_t) object = json_object();
    json_object_set_new(object, "revision", output_string(revision->id));
    json_object_set_new(object, "parents", output_strings(revision->parents));
    json_object_set_new(object, "message", output_string(revision->message));
    json_object_set_new(object, "path", output_string(revision->path));
    if (text != NULL)
        json_object_set_new(object, "text", output_string(text));
    output_json(object);
}

bool new_revision_write(const Revision *revision, const char *path, const NewRevision *wanted,
                        GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *text = revision_write(revision);
    if (!wanted->dry_run &&
        (!file_make_folder(folder, 0777, error) || !file_write(path, text, FILE_CREATE, error)))
        return false;
    if (wanted->dry_run)
        g_message("%s would be written, and is not.", revision->path);
    if (wanted->json)
        print_object(revision, wanted->dry_run ? text : NULL);
    else if (wanted->dry_run)
        fputs(text, stdout);
    else
        printf(wanted->quiet ? "%s\n" : "Generating %s ...  done\n", revision->path);
    return true;
}
