#include "cli/endpoints.h"

#include "cli/library.h"
#include "cli/output.h"
#include "serve/handlers.h"
#include "serve/prepare.h"

static const char *const method_names[HTTP_METHODS] = {
    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",   [HTTP_POST] = "POST",
    [HTTP_PUT] = "PUT", [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE",
};

EndpointSet *endpoints_load(const Project *project, GError **error)
{
    g_autofree char *folder = config_path(project_config(project), "retort", "api");
    g_autoptr(EndpointSet) set = endpoint_set_load(folder, project_folder(project), error);
    if (set == NULL || !handlers_add(set, library_handlers(), NULL, error))
        return NULL;
    return g_steal_pointer(&set);
}

bool endpoints_describe(const Project *project, EndpointSet *endpoints, Database *db,
                        GError **error)
{
    const char *path = config_get(project_config(project), "migrate", "search_path");
    g_autoptr(PGresult) before =
        database_query(db, "SELECT pg_catalog.current_setting('lock_timeout')", NULL, 0, error);
    if (before == NULL || !database_set_search_path(db, path, error) ||
        !prepare_set_patience(db, PREPARE_PATIENCE, error) ||
        !endpoint_set_describe(endpoints, db, error))
        return false;
    const char *values[] = {PQgetvalue(before, 0, 0)};
    g_autoptr(PGresult) after = database_query(
        db, "SELECT pg_catalog.set_config('lock_timeout', $1, false)", values, 1, error);
    return after != NULL;
}

void endpoints_append_rows(json_t *rows, const EndpointSet *endpoints, const char *against)
{
    for (unsigned i = 0; i < endpoints->findings->len; i++) {
        const EndpointFinding *finding = endpoints->findings->pdata[i];
        const char *method = method_names[finding->endpoint->method];
        g_autofree char *route = g_strconcat(method, " ", finding->endpoint->path, NULL);
        json_t *row = json_object();
        json_object_set_new(row, "endpoint", output_string(route));
        json_object_set_new(row, "file", output_string(finding->endpoint->file));
        json_object_set_new(row, "line", json_integer(finding->line));
        json_object_set_new(row, "message", output_string(finding->message));
        json_object_set_new(row, "hint", output_string(finding->hint));
        json_object_set_new(row, "against", output_string(against));
        json_array_append_new(rows, row);
    }
}

void endpoints_note_lists(const EndpointSet *endpoints)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < endpoints->endpoints->len; i++) {
        const Endpoint *endpoint = endpoints->endpoints->pdata[i];
        if (endpoint->limited != NULL && endpoint->paging == NULL)
            g_string_append_printf(text, "\n%s:%u: %s %s", endpoint->file, endpoint->line,
                                   method_names[endpoint->method], endpoint->path);
    }
    if (text->len > 0)
        g_message("lists of one page, which end at their limit:%s\n"
                  "hint: ORDER BY columns that are selected, never NULL and unique together, all "
                  "ASC or all DESC",
                  text->str);
}

/* Findings come endpoint by endpoint. */
unsigned endpoints_count_wrong(const EndpointSet *endpoints)
{
    unsigned count = 0;
    const Endpoint *last = NULL;
    for (unsigned i = 0; i < endpoints->findings->len; i++) {
        const EndpointFinding *finding = endpoints->findings->pdata[i];
        count += finding->endpoint != last;
        last = finding->endpoint;
    }
    return count;
}

void endpoints_warn(const Project *project, Database *db, const char *when)
{
    g_autoptr(GError) error = NULL; /* only told: see the header */
    g_autoptr(EndpointSet) endpoints = endpoints_load(project, &error);
    if (endpoints != NULL && endpoints->endpoints->len > 0)
        endpoints_describe(project, endpoints, db, &error);
    if (error != NULL) {
        g_warning("the endpoints could not be checked: %s", error->message);
        return;
    }
    unsigned count = endpoints_count_wrong(endpoints);
    if (count == 0)
        return;
    g_autofree char *findings = endpoint_set_findings(endpoints);
    g_warning("%u endpoint%s not fit the schema %s:\n%s", count, count == 1 ? " does" : "s do",
              when, findings);
}

bool endpoints_exist(const Project *project)
{
    g_autofree char *folder = config_path(project_config(project), "retort", "api");
    const GPtrArray *handlers = library_handlers();
    return (handlers != NULL && handlers->len > 0) || g_file_test(folder, G_FILE_TEST_IS_DIR);
}
