#include "catalog/reader.h"

#include "catalog/addresses.h"
#include "catalog/query.h"
#include "schema/canonical.h"

#include <string.h>

/* The columns that every kind's query begins with. */
enum { FIELD_OID, FIELD_SUBID, FIELD_SCHEMA, FIELD_RELATION, FIELD_NAME, FIELD_ARGUMENTS, FIELDS };
static const char *const field_names[FIELDS] = {"oid",      "subid", "schema",
                                                "relation", "name",  "arguments"};

/* What can have parts is read first: a part whose whole is not there is left out. */
static const ObjectKind kind_order[] = {
    KIND_TABLE,       KIND_VIEW,         KIND_MATERIALIZED_VIEW,
    KIND_DOMAIN,      KIND_SCHEMA,       KIND_EXTENSION,
    KIND_ENUM,        KIND_DOMAIN_CHECK, KIND_SEQUENCE,
    KIND_FUNCTION,    KIND_COLUMN,       KIND_DEFAULT,
    KIND_OWNED_BY,    KIND_INDEX,        KIND_CONSTRAINT,
    KIND_VIEW_COLUMN, KIND_TRIGGER,      KIND_OTHER,
};
G_STATIC_ASSERT(G_N_ELEMENTS(kind_order) == KIND_COUNT);
enum { WHOLES = 4 /* the first so many of kind_order */ };

/* The server's text must not depend on settings of the role or the database. */
static const char begin_sql[] = "begin isolation level repeatable read read only";
static const char settings_sql[] =
    "select pg_catalog.set_config(s.name, s.value, true)"
    "  from (values ('search_path', 'pg_catalog'), ('cursor_tuple_fraction', '1'),"
    "               ('jit', 'off'), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'),"
    "               ('extra_float_digits', '3'), ('timezone', 'UTC'), ('bytea_output', 'hex'),"
    "               ('xmloption', 'content'), ('quote_all_identifiers', 'off'),"
    "               ('statement_timeout', '0'), ('transaction_timeout', '0')) s (name, value)"
    " where pg_catalog.current_setting(s.name, true) is not null"; /* not all servers have all */
static const char side_sql[] =
    "select n.nspname from pg_namespace n"
    " where starts_with(obj_description(n.oid, 'pg_namespace'), '" SIDE_SCHEMA_MARK "')";
static const char path_sql[] = "select pg_catalog.set_config('search_path', $1, true)";

typedef struct Reader {
    Database *db;
    PGconn *connection;
    const CatalogOptions *options;
    Schema *schema;
    Addresses *addresses;
    GPtrArray *ignored; /* (element-type GPatternSpec) */
    GHashTable *sides;  /* set of names of side schemas */
    GHashTable *wholes; /* set of schema + '\1' + relation: what can have parts */
    GString *name;      /* working space */
} Reader;

static Reader *reader_new(Database *db, const CatalogOptions *options)
{
    Reader *reader = g_new0(Reader, 1);
    reader->db = db;
    reader->connection = database_connection(db);
    reader->options = options;
    reader->schema = schema_new();
    reader->addresses = addresses_new();
    reader->ignored = g_ptr_array_new_with_free_func((GDestroyNotify)g_pattern_spec_free);
    for (const char *const *word = options->ignored; word != NULL && *word != NULL; word++)
        g_ptr_array_add(reader->ignored, g_pattern_spec_new(*word));
    reader->sides = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reader->wholes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reader->name = g_string_sized_new(128);
    return reader;
}

static void reader_free(Reader *reader)
{
    schema_free(reader->schema);
    addresses_free(reader->addresses);
    g_ptr_array_unref(reader->ignored);
    g_hash_table_unref(reader->sides);
    g_hash_table_unref(reader->wholes);
    g_string_free(reader->name, TRUE);
    g_free(reader);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

static bool send_one(Reader *reader, const char *sql, const char *value)
{
    return PQsendQueryParams(reader->connection, sql, value == NULL ? 0 : 1, NULL, &value, NULL,
                             NULL, 0) == 1;
}

static unsigned query_count(void)
{
    return KIND_COUNT + QUERY_COUNT;
}

/* The query in place @i of the order in which they are read. */
static const char *query_at(unsigned i)
{
    return i < KIND_COUNT ? kind_queries[kind_order[i]].sql : shared_queries[i - KIND_COUNT];
}

/*
 * Sends everything. The results come only after the last cursor is declared, and what follows
 * is less than a socket's buffer: the server is never kept waiting for us to read.
 */
static bool send_queries(Reader *reader)
{
    const char *path = reader->options->search_path;
    bool sent = PQenterPipelineMode(reader->connection) == 1 && send_one(reader, begin_sql, NULL) &&
                send_one(reader, settings_sql, NULL) && send_one(reader, side_sql, NULL);
    for (unsigned i = 0; sent && i < query_count(); i++) {
        g_autofree char *query = catalog_query_for(query_at(i), database_version(reader->db));
        g_autofree char *declare = g_strdup_printf("declare c%u no scroll cursor for %s", i, query);
        sent = send_one(reader, declare, NULL);
    }
    sent = sent && send_one(reader, path_sql, path == NULL ? "public" : path);
    for (unsigned i = 0; sent && i < query_count(); i++) {
        g_autofree char *fetch = g_strdup_printf("fetch all from c%u", i);
        sent = send_one(reader, fetch, NULL);
    }
    return sent && send_one(reader, "commit", NULL) && PQpipelineSync(reader->connection) == 1;
}

/* (transfer full): the next statement's result; %NULL with an error if it failed. */
static PGresult *receive(Reader *reader, GError **error)
{
    g_autoptr(PGresult) result = PQgetResult(reader->connection);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        database_set_error(reader->db, result, error);
        return NULL;
    }
    PGresult *end = PQgetResult(reader->connection);
    g_assert(end == NULL);
    return g_steal_pointer(&result);
}

static bool receive_nothing(Reader *reader, unsigned count, GError **error)
{
    for (unsigned i = 0; i < count; i++) {
        g_autoptr(PGresult) result = receive(reader, error);
        if (result == NULL)
            return false;
    }
    return true;
}

/* NULL for SQL NULL. */
static const char *field(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

static guint32 number(const PGresult *result, int row, int column)
{
    return (guint32)g_ascii_strtoull(PQgetvalue(result, row, column), NULL, 10);
}

/* The address in three columns of @result, from @column on. */
static Address address_at(const PGresult *result, int row, int column)
{
    return (Address){.class = number(result, row, column),
                     .oid = number(result, row, column + 1),
                     .subid = number(result, row, column + 2)};
}

/* Whether @name in @namespace, its relation if it is in one, is left out by the options. */
static bool is_ignored(Reader *reader, const char *namespace, const char *name)
{
    g_string_assign(reader->name, namespace == NULL ? "" : namespace);
    if (namespace != NULL)
        g_string_append_c(reader->name, '.');
    g_string_append(reader->name, name);
    if (g_strcmp0(reader->options->version_table, reader->name->str) == 0)
        return true;
    for (unsigned i = 0; i < reader->ignored->len; i++)
        if (g_pattern_spec_match_string(g_ptr_array_index(reader->ignored, i), reader->name->str))
            return true;
    return false;
}

static bool is_row_ignored(Reader *reader, ObjectKind kind, const PGresult *result, int row)
{
    const char *namespace = field(result, row, FIELD_SCHEMA);
    const char *relation = field(result, row, FIELD_RELATION);
    const char *name = PQgetvalue(result, row, FIELD_NAME);
    const char *schema = kind == KIND_SCHEMA ? name : namespace;
    if (schema != NULL && g_hash_table_contains(reader->sides, schema))
        return true;
    if (reader->ignored->len == 0 && reader->options->version_table == NULL)
        return false;
    if (kind == KIND_SCHEMA)
        return is_ignored(reader, NULL, name) || is_ignored(reader, name, "");
    if (relation != NULL)
        return is_ignored(reader, namespace, relation);
    if (kind == KIND_OTHER)
        return is_ignored(reader, NULL, name + strlen(PQgetvalue(result, row, FIELDS)) + 1);
    return is_ignored(reader, namespace, name);
}

/* The key in the set of wholes; in the working space. */
static const char *whole_key(Reader *reader, const char *namespace, const char *relation)
{
    g_string_assign(reader->name, namespace);
    g_string_append_c(reader->name, '\1');
    g_string_append(reader->name, relation);
    return reader->name->str;
}

/* Whether the row is of an object that is read: one whose relation is. */
static bool is_wanted(Reader *reader, ObjectKind kind, const PGresult *result, int row)
{
    const char *relation = field(result, row, FIELD_RELATION);
    if (relation == NULL || kind == KIND_OTHER)
        return !is_row_ignored(reader, kind, result, row);
    const char *namespace = PQgetvalue(result, row, FIELD_SCHEMA);
    return g_hash_table_contains(reader->wholes, whole_key(reader, namespace, relation)) &&
           !is_ignored(reader, namespace, relation);
}

/* The schema's copy of an attribute's value; (nullable). */
static const char *read_value(Reader *reader, ObjectKind kind, unsigned attribute,
                              const PGresult *result, int row)
{
    const char *value = field(result, row, FIELDS + (int)attribute);
    bool printed = (object_kinds[kind].printed & (1U << attribute)) != 0;
    g_autofree char *canonical = value != NULL && printed ? canonical_expression(value) : NULL;
    return schema_text(reader->schema, canonical != NULL ? canonical : value);
}

static void add_object(Reader *reader, ObjectKind kind, const PGresult *result, int row)
{
    Schema *schema = reader->schema;
    const char *namespace = field(result, row, FIELD_SCHEMA);
    const char *name = PQgetvalue(result, row, FIELD_NAME);
    Object *object = schema_add(schema, kind, namespace, field(result, row, FIELD_RELATION), name,
                                field(result, row, FIELD_ARGUMENTS));
    unsigned count = kind_attribute_count(kind);
    for (unsigned i = 0; i < count; i++)
        object->values[i] = read_value(reader, kind, i, result, row);
    Address address = {.class = kind_queries[kind].class,
                       .oid = number(result, row, FIELD_OID),
                       .subid = number(result, row, FIELD_SUBID)};
    if (kind == KIND_OTHER)
        address.class = number(result, row, FIELDS + (int)count);
    addresses_add(reader->addresses, address, object);
}

/* A query and the kind's row in object_kinds that differ are a fault of this program. */
static void assert_columns(ObjectKind kind, const PGresult *result)
{
    for (int i = 0; i < FIELDS; i++)
        g_assert_cmpstr(PQfname(result, i), ==, field_names[i]);
    unsigned count = kind_attribute_count(kind);
    for (unsigned i = 0; i < count; i++)
        g_assert_cmpstr(PQfname(result, FIELDS + (int)i), ==, object_kinds[kind].attributes[i]);
}

static void add_objects(Reader *reader, unsigned place, const PGresult *result)
{
    ObjectKind kind = kind_order[place];
    int rows = PQntuples(result);
    assert_columns(kind, result);
    for (int row = 0; row < rows; row++) {
        if (!is_wanted(reader, kind, result, row))
            continue;
        add_object(reader, kind, result, row);
        if (place < WHOLES)
            g_hash_table_add(reader->wholes,
                             g_strdup(whole_key(reader, PQgetvalue(result, row, FIELD_SCHEMA),
                                                PQgetvalue(result, row, FIELD_NAME))));
    }
}

static void add_aliases(Reader *reader, const PGresult *result)
{
    int rows = PQntuples(result);
    for (int row = 0; row < rows; row++) {
        Address part = {.class = number(result, row, 0), .oid = number(result, row, 1)};
        addresses_add_alias(reader->addresses, part, address_at(result, row, 2));
    }
}

/* Whether @part is a column, constraint … of @whole. */
static bool is_part_of(const Object *part, const Object *whole)
{
    return object_kinds[part->kind].in_relation && part->relation == whole->name &&
           part->schema == whole->schema && !object_kinds[whole->kind].in_relation;
}

static void add_dependencies(Reader *reader, const PGresult *result)
{
    int rows = PQntuples(result);
    for (int row = 0; row < rows; row++) {
        Object *object = addresses_resolve(reader->addresses, address_at(result, row, 0));
        if (object == NULL)
            continue;
        Object *needed = addresses_resolve(reader->addresses, address_at(result, row, 3));
        if (needed != NULL && !is_part_of(needed, object))
            schema_add_dependency(reader->schema, object, needed);
    }
}

static void add_comments(Reader *reader, const PGresult *result)
{
    int rows = PQntuples(result);
    for (int row = 0; row < rows; row++) {
        Object *object = addresses_find(reader->addresses, address_at(result, row, 0));
        if (object != NULL)
            object->comment = schema_text(reader->schema, PQgetvalue(result, row, 3));
    }
}

static void add_grants(Reader *reader, const PGresult *result)
{
    int rows = PQntuples(result);
    for (int row = 0; row < rows; row++) {
        Object *object = addresses_find(reader->addresses, address_at(result, row, 0));
        if (object != NULL)
            schema_add_grant(reader->schema, object, PQgetvalue(result, row, 3),
                             PQgetvalue(result, row, 4), PQgetvalue(result, row, 5)[0] == 't',
                             PQgetvalue(result, row, 6)[0] == 't');
    }
}

static void (*const shared_adders[])(Reader *, const PGresult *) = {
    [QUERY_ALIASES] = add_aliases,
    [QUERY_DEPENDENCIES] = add_dependencies,
    [QUERY_COMMENTS] = add_comments,
    [QUERY_GRANTS] = add_grants,
};
G_STATIC_ASSERT(G_N_ELEMENTS(shared_adders) == QUERY_COUNT);

static bool receive_sides(Reader *reader, GError **error)
{
    g_autoptr(PGresult) rows = receive(reader, error);
    for (int i = 0; rows != NULL && i < PQntuples(rows); i++)
        g_hash_table_add(reader->sides, g_strdup(PQgetvalue(rows, i, 0)));
    return rows != NULL;
}

static bool receive_queries(Reader *reader, GError **error)
{
    /* begin, settings; declarations, path */
    if (!receive_nothing(reader, 2, error) || !receive_sides(reader, error) ||
        !receive_nothing(reader, query_count() + 1, error))
        return false;
    for (unsigned i = 0; i < query_count(); i++) {
        g_autoptr(PGresult) result = receive(reader, error);
        if (result == NULL)
            return false;
        if (i < KIND_COUNT)
            add_objects(reader, i, result);
        else
            shared_adders[i - KIND_COUNT](reader, result);
    }
    return receive_nothing(reader, 1, error);
}

/* Reads what is left of the pipeline and ends it; in no transaction after. */
static void leave_pipeline(Reader *reader)
{
    for (bool synced = false; !synced && PQstatus(reader->connection) == CONNECTION_OK;) {
        g_autoptr(PGresult) result = PQgetResult(reader->connection);
        synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    }
    PQexitPipelineMode(reader->connection);
    if (PQtransactionStatus(reader->connection) == PQTRANS_INERROR)
        PQclear(PQexec(reader->connection, "rollback"));
}

Schema *catalog_read(Database *db, const CatalogOptions *options, GError **error)
{
    static const CatalogOptions usual = {0};
    g_autoptr(Reader) reader = reader_new(db, options == NULL ? &usual : options);
    g_assert(PQtransactionStatus(reader->connection) != PQTRANS_INTRANS);
    if (!send_queries(reader)) {
        database_set_error(db, NULL, error);
        PQpipelineSync(reader->connection); /* so that leaving has an end to read to */
        leave_pipeline(reader);
        return NULL;
    }
    bool done = receive_queries(reader, error);
    leave_pipeline(reader);
    if (!done)
        return NULL;
    schema_finish(reader->schema);
    return g_steal_pointer(&reader->schema);
}
