#include "cli/restored.h"

#include "backup/checksum.h"
#include "catalog/reader.h"
#include "cli/endpoints.h"
#include "cli/revisions.h"
#include "migrate/inspect.h"

#include <string.h>

enum { MAJOR = 10000 }; /* what a version number is divided by */

char *restored_hash_schema(const Project *project, Database *db, GError **error)
{
    const Config *config = project_config(project);
    g_auto(GStrv) ignored = g_strsplit_set(config_get(config, "migrate", "ignore"), " \t", -1);
    const CatalogOptions options = {
        .search_path = config_get(config, "migrate", "search_path"),
        .version_table = config_get(config, "migrate", "version_table"),
        .ignored = (const char *const *)ignored,
    };
    g_autoptr(Schema) schema = catalog_read(db, &options, error);
    if (schema == NULL)
        return NULL;
    g_autofree char *script = inspect_script(schema);
    g_autoptr(EVP_MD_CTX) hash = checksum_begin();
    EVP_DigestUpdate(hash, script, strlen(script));
    return checksum_take(hash);
}

/* A server of another major version may write the same otherwise; without owners rights are
 * missing. */
static bool compare_schema(const RestoredLook *look, Database *db, DrillReport *report,
                           GError **error)
{
    const Manifest *manifest = look->manifest;
    if (manifest->schema_hash == NULL || report->without_owners)
        return true;
    if (database_version(db) / MAJOR != manifest->server_version / MAJOR) {
        g_ptr_array_add(report->notes,
                        g_strdup("the schema was not compared: the server is of another "
                                 "major version"));
        return true;
    }
    g_autofree char *hash = restored_hash_schema(look->project, db, error);
    if (hash == NULL)
        return false;
    if (!g_str_equal(hash, manifest->schema_hash))
        g_ptr_array_add(report->faults,
                        g_strdup("the schema is another one than when it was backed up"));
    return true;
}

/* Whether the backup is of the revision that the files end with: then the endpoints are for it. */
static bool is_current(const RestoredLook *look, const RevisionGraph *graph)
{
    g_autoptr(GPtrArray) heads = revision_graph_real_heads(graph);
    const GPtrArray *revisions = look->manifest->revisions;
    if (heads->len != revisions->len)
        return false;
    for (unsigned i = 0; i < heads->len; i++)
        if (!g_ptr_array_find_with_equal_func((GPtrArray *)revisions,
                                              ((const RevisionNode *)heads->pdata[i])->revision->id,
                                              g_str_equal, NULL))
            return false;
    return true;
}

static bool prepare_endpoints(const RestoredLook *look, Database *db, DrillReport *report,
                              GError **error)
{
    g_autoptr(EndpointSet) endpoints = endpoints_load(look->project, error);
    if (endpoints == NULL || !endpoints_describe(look->project, endpoints, db, error))
        return false;
    for (unsigned i = 0; i < endpoints->findings->len; i++) {
        const EndpointFinding *finding = endpoints->findings->pdata[i];
        g_ptr_array_add(report->faults,
                        g_strdup_printf("endpoint %s:%u: %s", finding->endpoint->file,
                                        finding->line, finding->message));
    }
    return true;
}

static bool look_at_endpoints(const RestoredLook *look, Database *db, DrillReport *report,
                              GError **error)
{
    if (!endpoints_exist(look->project))
        return true;
    g_autoptr(RevisionGraph) graph =
        revisions_load((Project *)look->project, REVISION_HEADER, error);
    if (graph == NULL)
        return false;
    if (is_current(look, graph))
        return prepare_endpoints(look, db, report, error);
    g_ptr_array_add(report->notes,
                    g_strdup("the endpoints were not looked at: the backup is of another "
                             "revision than the files"));
    return true;
}

bool restored_look(const ConnectionSettings *settings, DrillReport *report, void *look,
                   GError **error)
{
    g_autoptr(Database) db = database_open(settings, error);
    return db != NULL && compare_schema(look, db, report, error) &&
           look_at_endpoints(look, db, report, error);
}
