#include "serve/endpoint_set.h"

#include "api/endpoint_file.h"
#include "api/route.h"
#include "base/file.h"

#include <string.h>

/* Endpoints that one finding names; of more it tells the number. */
enum { MOST_NAMED = 20 };

static void finding_free(void *data)
{
    EndpointFinding *finding = data;
    g_free(finding->message);
    g_free(finding->hint);
    g_free(finding);
}

void endpoint_set_free(EndpointSet *set)
{
    if (set == NULL)
        return;
    g_ptr_array_unref(set->findings);
    g_ptr_array_unref(set->endpoints);
    api_types_free(set->types);
    g_free(set);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Reading */

/* Adds the paths of the .sql files of @folder and of its folders, in order. */
static bool find_files(const char *folder, GPtrArray *files, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &reason);
    if (dir == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s", reason->message);
        return false;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK) && !find_files(path, files, error))
                return false;
        } else if (g_str_has_suffix(path, ".sql")) {
            g_ptr_array_add(files, g_steal_pointer(&path));
        }
    }
    return true;
}

/* (transfer none): @path as messages call it: relative to the project if it lies there. */
static const char *shown_name(const char *path, const char *project)
{
    size_t length = strlen(project);
    return g_str_has_prefix(path, project) && path[length] == '/' ? path + length + 1 : path;
}

static bool add_file(EndpointSet *set, const char *path, const char *shown, GError **error)
{
    g_autofree char *text = file_read_text(path, error);
    g_autoptr(GPtrArray) endpoints =
        text == NULL ? NULL : endpoint_file_parse(shown, text, strlen(text), error);
    if (endpoints == NULL)
        return false;
    g_ptr_array_extend_and_steal(set->endpoints, g_steal_pointer(&endpoints));
    return true;
}

bool endpoint_set_check_routes(const EndpointSet *set, GError **error)
{
    g_autoptr(Router) router = router_new();
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        Endpoint *endpoint = set->endpoints->pdata[i];
        if (!router_add(router, endpoint->method, endpoint->path, endpoint, error)) {
            g_prefix_error(error, "%s:%u: ", endpoint->file, endpoint->line);
            return false;
        }
    }
    return true;
}

EndpointSet *endpoint_set_load(const char *folder, const char *project, GError **error)
{
    g_autoptr(EndpointSet) set = g_new0(EndpointSet, 1);
    set->endpoints = g_ptr_array_new_with_free_func((GDestroyNotify)endpoint_free);
    set->findings = g_ptr_array_new_with_free_func(finding_free);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    if (g_file_test(folder, G_FILE_TEST_EXISTS) && !find_files(folder, files, error))
        return NULL;
    for (unsigned i = 0; i < files->len; i++)
        if (!add_file(set, files->pdata[i], shown_name(files->pdata[i], project), error))
            return NULL;
    return endpoint_set_check_routes(set, error) ? g_steal_pointer(&set) : NULL;
}

/* Findings */

void endpoint_set_reset(EndpointSet *set)
{
    g_ptr_array_set_size(set->findings, 0);
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        Endpoint *endpoint = set->endpoints->pdata[i];
        g_clear_pointer(&endpoint->columns, g_ptr_array_unref);
        g_clear_pointer(&endpoint->paging, api_paging_free);
        g_clear_pointer(&endpoint->limited, g_free);
        for (unsigned j = 0; j < endpoint->statements->len; j++) {
            ApiStatement *statement = endpoint->statements->pdata[j];
            g_clear_pointer(&statement->written, g_ptr_array_unref);
        }
        for (unsigned j = 0; j < endpoint->params->len; j++)
            ((ApiParam *)endpoint->params->pdata[j])->type = NULL;
    }
    g_clear_pointer(&set->types, api_types_free);
}

void endpoint_set_add_finding(EndpointSet *set, const Endpoint *endpoint, unsigned line,
                              char *message, const char *hint)
{
    EndpointFinding *finding = g_new0(EndpointFinding, 1);
    finding->endpoint = endpoint;
    finding->line = line;
    finding->message = message;
    finding->hint = g_strdup(hint);
    g_ptr_array_add(set->findings, finding);
}

static void append_finding(GString *text, const EndpointFinding *finding)
{
    g_string_append_printf(text, "%s%s:%u: %s", text->len > 0 ? "\n" : "", finding->endpoint->file,
                           finding->line, finding->message);
    if (finding->hint != NULL)
        g_string_append_printf(text, "\nhint: %s", finding->hint);
}

/* (transfer full): message → findings of that message, in order; they are borrowed. */
static GHashTable *group_findings(const EndpointSet *set)
{
    GHashTable *groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (unsigned i = 0; i < set->findings->len; i++) {
        EndpointFinding *finding = set->findings->pdata[i];
        GPtrArray *group = g_hash_table_lookup(groups, finding->message);
        if (group == NULL) {
            group = g_ptr_array_new();
            g_hash_table_insert(groups, finding->message, group);
        }
        g_ptr_array_add(group, finding);
    }
    return groups;
}

/* The first one's place stands before the message already. */
static void append_broken(GString *text, const GPtrArray *group)
{
    const Endpoint *last = NULL;
    unsigned named = 0, more = 0;
    for (unsigned i = 0; i < group->len; i++) {
        const EndpointFinding *finding = group->pdata[i];
        const Endpoint *endpoint = finding->endpoint;
        bool again = endpoint == last;
        last = endpoint;
        if (again || named == MOST_NAMED) {
            more += !again;
            continue;
        }
        g_string_append_printf(text, "%s%s %s", named++ > 0 ? ", " : "\nbreaks: ",
                               http_method_name(endpoint->method), endpoint->path);
        if (i > 0)
            g_string_append_printf(text, " (%s:%u)", endpoint->file, finding->line);
    }
    if (more > 0)
        g_string_append_printf(text, " and %u more", more);
}

char *endpoint_set_findings(const EndpointSet *set)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GHashTable) groups = group_findings(set);
    for (unsigned i = 0; i < set->findings->len; i++) {
        const EndpointFinding *finding = set->findings->pdata[i];
        const GPtrArray *group = g_hash_table_lookup(groups, finding->message);
        if (group->pdata[0] != finding)
            continue;
        append_finding(text, finding);
        if (group->len > 1)
            append_broken(text, group);
    }
    return g_string_free(text, FALSE);
}

char *endpoint_set_findings_of(const EndpointSet *set, const Endpoint *endpoint)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < set->findings->len; i++)
        if (((const EndpointFinding *)set->findings->pdata[i])->endpoint == endpoint)
            append_finding(text, set->findings->pdata[i]);
    return g_string_free(text, text->len == 0);
}
