#include "migrate/wanted.h"

#include "schema/store.h"

struct Wanted {
    const Models *models;
    const RehearsalOptions *options;
    char *schema_file;  /* (nullable): in the cache */
    char *witness_file; /* (nullable) */
    Snapshot snapshot;
    Rehearsal *rehearsal; /* (nullable): the models have run there */
};

/*
 * Everything that the result depends on goes into the names of its files: the models, the
 * server, the way of reading, the witness, and this program.
 */
static char *cache_name(const Wanted *wanted, int server_version)
{
    const SnapshotOptions *snapshot = &wanted->options->snapshot;
    const CatalogOptions *catalog = &snapshot->catalog;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%s\n%s\n%d\n%s\n%s\n%s\n", RETORT_VERSION, models_digest(wanted->models),
                    server_version, catalog->search_path == NULL ? "" : catalog->search_path,
                    catalog->version_table == NULL ? "" : catalog->version_table,
                    snapshot->program == NULL ? "" : snapshot->program);
    for (size_t i = 0; catalog->ignored != NULL && catalog->ignored[i] != NULL; i++)
        g_string_append_printf(text, "%s\n", catalog->ignored[i]);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, (gssize)text->len);
}

Wanted *wanted_new(const Models *models, const RehearsalOptions *options, const char *cache,
                   int server_version)
{
    Wanted *wanted = g_new0(Wanted, 1);
    wanted->models = models;
    wanted->options = options;
    if (cache != NULL) {
        g_autofree char *name = cache_name(wanted, server_version);
        wanted->schema_file = g_strdup_printf("%s/models-%.32s.schema", cache, name);
        wanted->witness_file = g_strdup_printf("%s/models-%.32s.witness", cache, name);
    }
    return wanted;
}

void wanted_free(Wanted *wanted)
{
    if (wanted == NULL)
        return;
    g_free(wanted->schema_file);
    g_free(wanted->witness_file);
    schema_free(wanted->snapshot.schema);
    witness_free(wanted->snapshot.witness);
    rehearsal_free(wanted->rehearsal);
    g_free(wanted);
}

/* (nullable) (transfer full): the bytes of a cached file. */
static GBytes *load_cached(const char *path)
{
    char *data = NULL;
    size_t size = 0;
    if (path == NULL || !g_file_get_contents(path, &data, &size, NULL))
        return NULL;
    return g_bytes_new_take(data, size);
}

/* A cache that cannot be written costs time, nothing else. */
static void save_cached(const char *path, GBytes *bytes)
{
    g_autoptr(GError) ignored = NULL;
    if (path == NULL)
        return;
    g_autofree char *folder = g_path_get_dirname(path);
    size_t size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    if (g_mkdir_with_parents(folder, 0700) != 0 ||
        !g_file_set_contents_full(path, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                  &ignored))
        g_debug("the cache is not written: %s", path);
}

/* A scratch database on which the models have run; made once. */
static bool ensure_rehearsal(Wanted *wanted, GError **error)
{
    if (wanted->rehearsal != NULL)
        return true;
    g_autoptr(Rehearsal) rehearsal = rehearsal_new(wanted->options, error);
    if (rehearsal == NULL)
        return false;
    const char *path = wanted->options->snapshot.catalog.search_path;
    if (!models_run(wanted->models, rehearsal_database(rehearsal), path == NULL ? "public" : path,
                    error))
        return false;
    wanted->rehearsal = g_steal_pointer(&rehearsal);
    return true;
}

const Schema *wanted_schema(Wanted *wanted, GError **error)
{
    if (wanted->snapshot.schema != NULL)
        return wanted->snapshot.schema;
    g_autoptr(GBytes) cached = load_cached(wanted->schema_file);
    if (cached != NULL)
        wanted->snapshot.schema = store_parse(cached);
    if (wanted->snapshot.schema != NULL || !ensure_rehearsal(wanted, error))
        return wanted->snapshot.schema;
    wanted->snapshot.schema = catalog_read(rehearsal_database(wanted->rehearsal),
                                           &wanted->options->snapshot.catalog, error);
    if (wanted->snapshot.schema == NULL)
        return NULL;
    g_autoptr(GBytes) stored = store_format(wanted->snapshot.schema);
    save_cached(wanted->schema_file, stored);
    return wanted->snapshot.schema;
}

Schema *wanted_take_schema(Wanted *wanted, GError **error)
{
    if (wanted_schema(wanted, error) == NULL)
        return NULL;
    return g_steal_pointer(&wanted->snapshot.schema);
}

/* The witness of the models, from the cache or by dumping the scratch database. */
static bool ensure_witness(Wanted *wanted, GError **error)
{
    if (wanted->options->snapshot.program == NULL || wanted->snapshot.witness != NULL)
        return true;
    g_autoptr(GBytes) cached = load_cached(wanted->witness_file);
    if (cached != NULL) {
        g_autofree char *text = g_strndup(g_bytes_get_data(cached, NULL), g_bytes_get_size(cached));
        wanted->snapshot.witness = witness_parse(text);
    }
    if (wanted->snapshot.witness != NULL)
        return true;
    if (!ensure_rehearsal(wanted, error))
        return false;
    wanted->snapshot.witness = rehearsal_dump(wanted->rehearsal, error);
    if (wanted->snapshot.witness == NULL)
        return false;
    char *text = witness_format(wanted->snapshot.witness);
    g_autoptr(GBytes) stored = g_bytes_new_take(text, strlen(text));
    save_cached(wanted->witness_file, stored);
    return true;
}

const Snapshot *wanted_snapshot(Wanted *wanted, GError **error)
{
    if (wanted_schema(wanted, error) == NULL || !ensure_witness(wanted, error))
        return NULL;
    return &wanted->snapshot;
}

Database *wanted_database(Wanted *wanted, GError **error)
{
    return ensure_rehearsal(wanted, error) ? rehearsal_database(wanted->rehearsal) : NULL;
}
