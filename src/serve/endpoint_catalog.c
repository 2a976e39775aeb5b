#include "serve/endpoint_catalog.h"

#include "catalog/query.h"
#include "pg/transaction.h"
#include "schema/list.h"
#include "serve_queries.h"

#include <string.h>

enum { OID_VOID = 2278 }; /* pg_type.dat */

/* A unique key: numbers of columns. */
typedef struct Key {
    unsigned relation;
    char **numbers;
} Key;

struct EndpointCatalog {
    ApiTypes *types;
    GHashTable *pseudo;        /* set of OIDs */
    GHashTable *columns;       /* "relation.number" → CatalogColumn */
    GPtrArray *keys;           /* (element-type Key) */
    GHashTable *set_functions; /* set of names */
};

CatalogNeeds *catalog_needs_new(void)
{
    CatalogNeeds *needs = g_new0(CatalogNeeds, 1);
    needs->types = g_array_new(FALSE, FALSE, sizeof(guint));
    needs->relations = g_array_new(FALSE, FALSE, sizeof(guint));
    needs->numbers = g_array_new(FALSE, FALSE, sizeof(int));
    needs->functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return needs;
}

void catalog_needs_free(CatalogNeeds *needs)
{
    if (needs == NULL)
        return;
    g_array_unref(needs->types);
    g_array_unref(needs->relations);
    g_array_unref(needs->numbers);
    g_hash_table_unref(needs->functions);
    g_free(needs);
}

static void column_free(void *data)
{
    CatalogColumn *column = data;
    g_free(column->name);
    g_free(column->relation_name);
    g_free(column->comment);
    g_free(column);
}

static void key_free(void *data)
{
    Key *key = data;
    g_strfreev(key->numbers);
    g_free(key);
}

static EndpointCatalog *catalog_new(void)
{
    EndpointCatalog *catalog = g_new0(EndpointCatalog, 1);
    catalog->types = api_types_new();
    catalog->pseudo = g_hash_table_new(g_direct_hash, g_direct_equal);
    catalog->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, column_free);
    catalog->keys = g_ptr_array_new_with_free_func(key_free);
    catalog->set_functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return catalog;
}

void endpoint_catalog_free(EndpointCatalog *catalog)
{
    if (catalog == NULL)
        return;
    api_types_free(catalog->types);
    g_hash_table_unref(catalog->pseudo);
    g_hash_table_unref(catalog->columns);
    g_ptr_array_unref(catalog->keys);
    g_hash_table_unref(catalog->set_functions);
    g_free(catalog);
}

static unsigned number_at(const PGresult *rows, int row, int column)
{
    return (unsigned)g_ascii_strtoull(PQgetvalue(rows, row, column), NULL, 10);
}

static bool flag_at(const PGresult *rows, int row, int column)
{
    return PQgetvalue(rows, row, column)[0] == 't';
}

/* (nullable) */
static const char *text_at(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
}

/* Columns of endpoint_types.sql. */
enum {
    TYPE_OID,
    TYPE_NAME,
    TYPE_BASE,
    TYPE_KIND,
    TYPE_DOMAIN,
    TYPE_NOT_NULL,
    TYPE_ELEMENT,
    TYPE_IS_ARRAY,
    TYPE_DELIMITER,
    TYPE_LABELS,
    TYPE_FIELD_NAMES,
    TYPE_FIELD_TYPES,
    TYPE_COMMENT,
};

/* (transfer full): the OIDs of an array. */
static unsigned *oids_of(char **words)
{
    unsigned *oids = g_new0(unsigned, g_strv_length(words) + 1);
    for (size_t i = 0; words[i] != NULL; i++)
        oids[i] = (unsigned)g_ascii_strtoull(words[i], NULL, 10);
    return oids;
}

static void add_type(EndpointCatalog *catalog, const PGresult *rows, int row)
{
    g_auto(GStrv) labels = list_parse(text_at(rows, row, TYPE_LABELS));
    g_auto(GStrv) names = list_parse(text_at(rows, row, TYPE_FIELD_NAMES));
    g_auto(GStrv) types = list_parse(text_at(rows, row, TYPE_FIELD_TYPES));
    g_autofree unsigned *oids = oids_of(types);
    char kind = PQgetvalue(rows, row, TYPE_KIND)[0];
    ApiTypeRow type = {
        .oid = number_at(rows, row, TYPE_OID),
        .name = PQgetvalue(rows, row, TYPE_NAME),
        .base = PQgetvalue(rows, row, TYPE_BASE),
        .kind = kind,
        .domain = flag_at(rows, row, TYPE_DOMAIN),
        .not_null = flag_at(rows, row, TYPE_NOT_NULL),
        .element = number_at(rows, row, TYPE_ELEMENT),
        .is_array = flag_at(rows, row, TYPE_IS_ARRAY),
        .delimiter = PQgetvalue(rows, row, TYPE_DELIMITER)[0],
        .labels = kind == 'e' ? (const char *const *)labels : NULL,
        .field_names = kind == 'c' ? (const char *const *)names : NULL,
        .field_types = kind == 'c' ? oids : NULL,
        .comment = text_at(rows, row, TYPE_COMMENT),
    };
    api_types_add(catalog->types, &type);
    if (kind == 'p' && type.oid != OID_VOID)
        g_hash_table_add(catalog->pseudo, GUINT_TO_POINTER(type.oid));
}

static char *column_key(unsigned relation, int number)
{
    return g_strdup_printf("%u.%d", relation, number);
}

static void add_column(EndpointCatalog *catalog, const PGresult *rows, int row)
{
    CatalogColumn *column = g_new0(CatalogColumn, 1);
    column->relation = number_at(rows, row, 0);
    column->number = (int)g_ascii_strtoll(PQgetvalue(rows, row, 1), NULL, 10);
    column->name = g_strdup(PQgetvalue(rows, row, 2));
    column->relation_name = g_strdup(PQgetvalue(rows, row, 3));
    column->not_null = flag_at(rows, row, 4);
    column->type = number_at(rows, row, 5);
    column->comment = g_strdup(text_at(rows, row, 6));
    g_hash_table_insert(catalog->columns, column_key(column->relation, column->number), column);
}

static void add_key(EndpointCatalog *catalog, const PGresult *rows, int row)
{
    Key *key = g_new0(Key, 1);
    key->relation = number_at(rows, row, 0);
    key->numbers = list_parse(PQgetvalue(rows, row, 1));
    g_ptr_array_add(catalog->keys, key);
}

static void add_set_function(EndpointCatalog *catalog, const PGresult *rows, int row)
{
    g_hash_table_add(catalog->set_functions, g_strdup(PQgetvalue(rows, row, 0)));
}

/* (transfer full): numbers as the text of a PostgreSQL array. */
static char *array_of(const GArray *numbers)
{
    g_autoptr(GString) text = g_string_new("{");
    for (unsigned i = 0; i < numbers->len; i++)
        g_string_append_printf(text, i > 0 ? ",%u" : "%u", g_array_index(numbers, unsigned, i));
    g_string_append_c(text, '}');
    return g_strdup(text->str);
}

static char *array_of_names(GHashTable *names)
{
    g_autofree const char **words = (const char **)g_hash_table_get_keys_as_array(names, NULL);
    return list_format(words);
}

/* The queries, in their order; each with its first parameters of the three that there are. */
static const struct {
    const char *sql;
    unsigned first, count; /* of the parameters */
    void (*add)(EndpointCatalog *catalog, const PGresult *rows, int row);
} queries[] = {
    {sql_endpoint_types, 0, 3, add_type},
    {sql_endpoint_columns, 1, 2, add_column},
    {sql_endpoint_keys, 1, 1, add_key},
    {sql_set_functions, 3, 1, add_set_function},
};

/*
 * A cursor is parsed where it is declared, under pg_catalog alone, and run where it is fetched,
 * under the project's path, by which types are called.
 */
static bool declare_cursors(Database *db, const char *const *values, GError **error)
{
    static const char settings[] =
        "select set_config('search_path', 'pg_catalog', true),"
        "       set_config('cursor_tuple_fraction', '1', true), set_config('jit', 'off', true)";
    bool done = database_execute(db, settings, error);
    for (unsigned i = 0; done && i < G_N_ELEMENTS(queries); i++) {
        g_autofree char *query = catalog_query_for(queries[i].sql, database_version(db));
        g_autofree char *declare = g_strdup_printf("declare c%u no scroll cursor for %s", i, query);
        g_autoptr(PGresult) result =
            database_query(db, declare, values + queries[i].first, (int)queries[i].count, error);
        done = result != NULL;
    }
    return done;
}

static bool fetch_cursors(Database *db, EndpointCatalog *catalog, GError **error)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(queries); i++) {
        g_autofree char *fetch = g_strdup_printf("fetch all from c%u", i);
        g_autoptr(PGresult) rows = database_query(db, fetch, NULL, 0, error);
        if (rows == NULL)
            return false;
        for (int row = 0; row < PQntuples(rows); row++)
            queries[i].add(catalog, rows, row);
    }
    return true;
}

EndpointCatalog *endpoint_catalog_read(Database *db, const CatalogNeeds *needs, GError **error)
{
    g_autofree char *types = array_of(needs->types);
    g_autofree char *relations = array_of(needs->relations);
    g_autofree char *numbers = array_of(needs->numbers);
    g_autofree char *functions = array_of_names(needs->functions);
    const char *values[] = {types, relations, numbers, functions};
    g_autoptr(EndpointCatalog) catalog = catalog_new();
    g_autoptr(Transaction) transaction =
        transaction_begin_mode(db, "ISOLATION LEVEL REPEATABLE READ, READ ONLY", error);
    g_autofree char *path =
        transaction == NULL
            ? NULL
            : database_query_value(db, "select pg_catalog.current_setting('search_path')", NULL, 0,
                                   error);
    if (path == NULL || !declare_cursors(db, values, error))
        return NULL;
    const char *settings[] = {path};
    g_autoptr(PGresult) set = database_query(
        db, "select pg_catalog.set_config('search_path', $1, true)", settings, 1, error);
    if (set == NULL || !fetch_cursors(db, catalog, error) ||
        !transaction_commit(transaction, error))
        return NULL;
    api_types_finish(catalog->types);
    return g_steal_pointer(&catalog);
}

ApiTypes *endpoint_catalog_take_types(EndpointCatalog *catalog)
{
    return g_steal_pointer(&catalog->types);
}

bool endpoint_catalog_is_pseudo(const EndpointCatalog *catalog, unsigned type)
{
    return g_hash_table_contains(catalog->pseudo, GUINT_TO_POINTER(type));
}

const CatalogColumn *endpoint_catalog_column(const EndpointCatalog *catalog, unsigned relation,
                                             int number)
{
    g_autofree char *key = column_key(relation, number);
    return g_hash_table_lookup(catalog->columns, key);
}

bool endpoint_catalog_returns_set(const EndpointCatalog *catalog, const char *name)
{
    return g_hash_table_contains(catalog->set_functions, name);
}

static bool holds_number(const GArray *numbers, const char *number)
{
    for (unsigned i = 0; i < numbers->len; i++)
        if (g_array_index(numbers, int, i) == (int)g_ascii_strtoll(number, NULL, 10))
            return true;
    return false;
}

bool endpoint_catalog_has_key(const EndpointCatalog *catalog, unsigned relation,
                              const GArray *numbers)
{
    for (unsigned i = 0; i < catalog->keys->len; i++) {
        const Key *key = catalog->keys->pdata[i];
        bool all = key->relation == relation;
        for (char **number = key->numbers; all && *number != NULL; number++)
            all = holds_number(numbers, *number);
        if (all)
            return true;
    }
    return false;
}
