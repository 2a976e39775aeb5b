/*
 * Values of all types that a server has, as JSON: against the server's own to_jsonb() where both
 * mean the same, and back into the type where they do not.
 */
#include "api/encode.h"
#include "fixture.h"

#include <jansson.h>
#include <string.h>

/* A value of each type of pg_catalog that has a text form which can be typed. */
static const struct {
    const char *type, *literal;
} samples[] = {
    {"bool", "true"},
    {"bytea", "\\x00ff10"},
    {"char", "x"},
    {"name", "a name"},
    {"int8", "-9223372036854775808"},
    {"int2", "-32768"},
    {"int2vector", "1 2 3"},
    {"int4", "2147483647"},
    {"regproc", "pg_catalog.now"},
    {"text", "a \"b\" \\ c,{d}\n\tgröße 東京 (e)"},
    {"oid", "4294967295"},
    {"tid", "(1,2)"},
    {"xid", "4294967295"},
    {"cid", "7"},
    {"oidvector", "10 20"},
    {"json", "{\"a\": [1, 2.50, \"x\\u00e4\"], \"a\": null}"},
    {"xml", "<a b=\"c\">d</a>"},
    {"xid8", "18446744073709551615"},
    {"point", "(1.5,2)"},
    {"lseg", "[(0,0),(1,1)]"},
    {"path", "((0,0),(1,1))"},
    {"box", "(2,2),(1,1)"},
    {"polygon", "((0,0),(1,1),(1,0))"},
    {"line", "{1,-1,0}"},
    {"float4", "1.1"},
    {"float8", "1e+300"},
    {"circle", "<(0,0),2>"},
    {"money", "12.34"},
    {"macaddr", "08:00:2b:01:02:03"},
    {"inet", "192.168.0.1/24"},
    {"cidr", "10.0.0.0/8"},
    {"macaddr8", "08:00:2b:01:02:03:04:05"},
    {"aclitem", "postgres=r/postgres"},
    {"bpchar", "padded  "},
    {"varchar", "two words"},
    {"date", "2026-11-22"},
    {"time", "18:30:00.25"},
    {"timestamp", "2026-11-22 18:30:00.123456"},
    {"timestamptz", "2026-11-22 18:30:00+02"},
    {"interval", "1 year 2 days 03:04:05.6"},
    {"timetz", "18:30:00+05:30"},
    {"bit", "1"},
    {"varbit", "10110"},
    {"numeric", "123456789012345678901234567890.1200"},
    {"refcursor", "a cursor"},
    {"regprocedure", "abs(integer)"},
    {"regoper", "pg_catalog.||/"},
    {"regoperator", "+(integer,integer)"},
    {"regclass", "pg_class"},
    {"regcollation", "\"C\""},
    {"regtype", "character varying"},
    {"regrole", "pg_monitor"},
    {"regnamespace", "pg_catalog"},
    {"regdatabase", "postgres"},
    {"uuid", "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"pg_lsn", "16/B374D848"},
    {"tsvector", "'a':1 'it''s':2"},
    {"gtsvector", NULL},
    {"tsquery", "'a' & 'b'"},
    {"regconfig", "english"},
    {"regdictionary", "simple"},
    {"jsonb", "{\"a\": [1, 2.50, \"x\"], \"b\": {}}"},
    {"jsonpath", "$.\"a\"[*]"},
    {"txid_snapshot", "10:20:10,14,15"},
    {"pg_snapshot", "10:20:10,14,15"},
    /* The server's own, of which nobody can make a value. */
    {"pg_node_tree", NULL},
    {"pg_ndistinct", NULL},
    {"pg_dependencies", NULL},
    {"pg_mcv_list", NULL},
    {"pg_brin_bloom_summary", NULL},
    {"pg_brin_minmax_multi_summary", NULL},
};

/* What to_jsonb() makes something else of, by the choice of docs/json.md. */
static const char *const own_forms[] = {"oid",   "numeric",   "timestamptz", "timetz",
                                        "bytea", "oidvector", NULL};

/* As api/type.h says what a row means. */
static const char types_query[] =
    "with recursive chain as ("
    " select oid, oid as base, typbasetype as next, typnotnull as not_null from pg_type"
    " union all"
    " select c.oid, t.oid, t.typbasetype, c.not_null or t.typnotnull"
    " from chain c join pg_type t on t.oid = c.next)"
    " select c.oid, format_type(c.oid, null)"
    " , case when b.typnamespace = 'pg_catalog'::regnamespace then b.typname else '' end"
    " , b.typtype, c.oid <> b.oid, c.not_null"
    " , coalesce(r.rngsubtype, m.rngtypid, b.typelem)"
    " , b.typoutput = 'array_out'::regproc, coalesce(e.typdelim, ',')"
    " , (select string_agg(enumlabel, E'\\n' order by enumsortorder)"
    "    from pg_enum where enumtypid = b.oid)"
    " , (select string_agg(attname, E'\\n' order by attnum) from pg_attribute"
    "    where attrelid = b.typrelid and attnum > 0 and not attisdropped)"
    " , (select string_agg(atttypid::text, E'\\n' order by attnum) from pg_attribute"
    "    where attrelid = b.typrelid and attnum > 0 and not attisdropped)"
    " from chain c join pg_type b on b.oid = c.base"
    " left join pg_range r on r.rngtypid = b.oid"
    " left join pg_range m on m.MULTIRANGE = b.oid"
    " left join pg_type e on e.oid = b.typelem"
    " where c.next = 0";

static PGresult *ask(Database *db, const char *sql, const char *const *values, int count)
{
    g_autoptr(GError) error = NULL;
    PGresult *result = database_query(db, sql, values, count, &error);
    g_assert_no_error(error);
    return result;
}

static bool is_true(const PGresult *rows, int row, int column)
{
    return PQgetvalue(rows, row, column)[0] == 't';
}

static char **get_lines(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL
                                          : g_strsplit(PQgetvalue(rows, row, column), "\n", -1);
}

static unsigned get_number(const PGresult *rows, int row, int column)
{
    return (unsigned)g_ascii_strtoull(PQgetvalue(rows, row, column), NULL, 10);
}

static void add_type(ApiTypes *types, const PGresult *rows, int row)
{
    g_auto(GStrv) labels = get_lines(rows, row, 9);
    g_auto(GStrv) names = get_lines(rows, row, 10);
    g_auto(GStrv) numbers = get_lines(rows, row, 11);
    g_autofree unsigned *field_types = g_new0(unsigned, names != NULL ? g_strv_length(names) : 1);
    for (unsigned i = 0; numbers != NULL && numbers[i] != NULL; i++)
        field_types[i] = (unsigned)g_ascii_strtoull(numbers[i], NULL, 10);
    ApiTypeRow type = {.oid = get_number(rows, row, 0),
                       .name = PQgetvalue(rows, row, 1),
                       .base = PQgetvalue(rows, row, 2),
                       .kind = PQgetvalue(rows, row, 3)[0],
                       .domain = is_true(rows, row, 4),
                       .not_null = is_true(rows, row, 5),
                       .element = get_number(rows, row, 6),
                       .is_array = is_true(rows, row, 7),
                       .delimiter = PQgetvalue(rows, row, 8)[0],
                       .labels = (const char *const *)labels,
                       .field_names = (const char *const *)names,
                       .field_types = field_types};
    api_types_add(types, &type);
}

static ApiTypes *load_types(Database *db)
{
    bool multiranges = database_version(db) >= 140000;
    g_autoptr(GString) sql = g_string_new(types_query);
    g_string_replace(sql, "m.MULTIRANGE", multiranges ? "m.rngmultitypid" : "0", 1);
    g_autoptr(PGresult) rows = ask(db, sql->str, NULL, 0);
    ApiTypes *types = api_types_new();
    for (int row = 0; row < PQntuples(rows); row++)
        add_type(types, rows, row);
    api_types_finish(types);
    g_autoptr(GArray) missing = api_types_missing(types);
    g_assert_cmpuint(missing->len, ==, 0);
    return types;
}

/* (transfer full): the answer's only value as JSON, which it is. */
static char *encode(const ApiTypes *types, const PGresult *rows)
{
    g_assert_cmpint(PQntuples(rows), ==, 1);
    GString *json = g_string_new(NULL);
    const char *text = PQgetisnull(rows, 0, 0) ? NULL : PQgetvalue(rows, 0, 0);
    api_encode_value(json, &(ApiForms){0}, api_types_find(types, PQftype(rows, 0)), text,
                     (size_t)PQgetlength(rows, 0, 0));
    json_t *value = json_loads(json->str, JSON_DECODE_ANY, NULL);
    g_assert_nonnull(value);
    json_decref(value);
    return g_string_free(json, FALSE);
}

static char *encode_query(Database *db, const ApiTypes *types, const char *sql, const char *literal)
{
    g_autoptr(PGresult) rows = ask(db, sql, &literal, 1);
    return encode(types, rows);
}

static Fixture *new_fixture(void)
{
    Fixture *fixture = fixture_new();
    fixture_run(fixture->db, "set datestyle = iso; set intervalstyle = iso_8601;"
                             " set timezone = utc; set bytea_output = hex;"
                             " set extra_float_digits = 1");
    return fixture;
}

static const char *find_sample(const char *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++)
        if (g_str_equal(samples[i].type, type))
            return samples[i].literal;
    g_error("no sample of type \"%s\"", type);
}

static bool holds(Database *db, const char *sql, const char *first, const char *second)
{
    g_autoptr(PGresult) rows = ask(db, sql, (const char *const[]){first, second}, 2);
    return is_true(rows, 0, 0);
}

/* The value goes back into its type, or is what the server itself would write. */
static void check_scalar(Database *db, const char *type, const char *literal, const char *json)
{
    g_autofree char *back =
        g_strdup_printf(g_str_equal(type, "bytea")
                            ? "select decode($1::jsonb #>> '{}', 'base64') = $2::pg_catalog.\"%s\""
                            : "select (($1::jsonb #>> '{}')::pg_catalog.\"%1$s\")::text"
                              " = ($2::pg_catalog.\"%1$s\")::text",
                        type);
    g_autofree char *same =
        g_strdup_printf("select $1::jsonb = to_jsonb($2::pg_catalog.\"%s\")", type);
    bool is_own = g_strv_contains(own_forms, type);
    if (is_own && !g_str_equal(type, "oidvector"))
        g_assert_true(holds(db, back, json, literal));
    if (!is_own && !holds(db, same, json, literal))
        g_error("type \"%s\" gives %s", type, json);
}

/* An array, a composite and a domain hold it as it is alone. */
static void check_holders(Database *db, const char *type, const char *literal, const char *json)
{
    g_autofree char *made = g_strdup_printf(
        "create type \"c_%1$s\" as (a pg_catalog.\"%1$s\", \"B c\" pg_catalog.\"%1$s\");"
        "create domain \"d_%1$s\" as pg_catalog.\"%1$s\"",
        type);
    fixture_run(db, made);
    g_autoptr(ApiTypes) types = load_types(db);
    g_autofree char *domain_sql = g_strdup_printf("select $1::\"d_%s\"", type);
    g_autofree char *array_sql = g_strdup_printf("select array[$1::pg_catalog.\"%s\", null]", type);
    g_autofree char *row_sql =
        g_strdup_printf("select row($1::pg_catalog.\"%1$s\", null)::\"c_%1$s\"", type);
    g_autofree char *rows_sql =
        g_strdup_printf("select array[row(null, $1::pg_catalog.\"%1$s\")::\"c_%1$s\"]", type);
    g_autofree char *domain = encode_query(db, types, domain_sql, literal);
    g_autofree char *array = encode_query(db, types, array_sql, literal);
    g_autofree char *row = encode_query(db, types, row_sql, literal);
    g_autofree char *rows = encode_query(db, types, rows_sql, literal);
    g_autofree char *array_wanted = g_strdup_printf("[%s,null]", json);
    g_autofree char *row_wanted = g_strdup_printf("{\"a\":%s,\"B c\":null}", json);
    g_autofree char *rows_wanted = g_strdup_printf("[{\"a\":null,\"B c\":%s}]", json);
    g_assert_cmpstr(domain, ==, json);
    g_assert_cmpstr(array, ==, array_wanted);
    g_assert_cmpstr(row, ==, row_wanted);
    g_assert_cmpstr(rows, ==, rows_wanted);
}

static void every_type_of_the_catalog_has_a_form(void)
{
    g_autoptr(Fixture) fixture = new_fixture();
    g_autoptr(ApiTypes) types = load_types(fixture->db);
    g_autoptr(PGresult) names =
        ask(fixture->db,
            "select typname from pg_type where typtype = 'b' and typoutput <> 'array_out'::regproc"
            " and typnamespace = 'pg_catalog'::regnamespace order by oid",
            NULL, 0);
    g_assert_cmpint(PQntuples(names), >, 60);
    for (int row = 0; row < PQntuples(names); row++) {
        const char *type = PQgetvalue(names, row, 0);
        const char *literal = find_sample(type);
        if (literal == NULL)
            continue;
        g_autofree char *sql = g_strdup_printf("select $1::pg_catalog.\"%s\"", type);
        g_autofree char *json = encode_query(fixture->db, types, sql, literal);
        check_scalar(fixture->db, type, literal, json);
        check_holders(fixture->db, type, literal, json);
    }
}

static void every_range_holds_its_bounds(void)
{
    g_autoptr(Fixture) fixture = new_fixture();
    g_autoptr(ApiTypes) types = load_types(fixture->db);
    bool multiranges = database_version(fixture->db) >= 140000;
    g_autoptr(PGresult) ranges =
        ask(fixture->db,
            "select rngtypid::regtype, typname from pg_range join pg_type on rngsubtype = oid",
            NULL, 0);
    g_assert_cmpint(PQntuples(ranges), >=, 6);
    for (int row = 0; row < PQntuples(ranges); row++) {
        const char *range = PQgetvalue(ranges, row, 0), *type = PQgetvalue(ranges, row, 1);
        /* The largest integer has no successor for the bound; the smallest does. */
        const char *literal = g_str_equal(type, "int4") ? "-5" : find_sample(type);
        g_autofree char *bound_sql = g_strdup_printf("select $1::%s", type);
        g_autofree char *range_sql = g_strdup_printf("select %s($1::%s, null)", range, type);
        g_autofree char *many_sql =
            g_strdup_printf("select multirange(%s($1::%s, null))", range, type);
        g_autofree char *bound = encode_query(fixture->db, types, bound_sql, literal);
        g_autofree char *json = encode_query(fixture->db, types, range_sql, literal);
        g_autofree char *wanted =
            g_strdup_printf("{\"lower\":%s,\"upper\":null,\"bounds\":\"[)\"}", bound);
        g_assert_cmpstr(json, ==, wanted);
        if (!multiranges)
            continue;
        g_autofree char *many = encode_query(fixture->db, types, many_sql, literal);
        g_autofree char *many_wanted = g_strdup_printf("[%s]", wanted);
        g_assert_cmpstr(many, ==, many_wanted);
    }
}

/* Shapes that are easy to get wrong: what the server writes, against what it says itself. */
static void nested_values_are_those_of_the_server(void)
{
    static const char *const values[] = {
        "array[[1, 2], [3, null]]",
        "'[2:4]={7,8,9}'::int[]",
        "array[]::text[]",
        "array['', 'null', 'NULL', null, '\"', '\\', '{}', ',', ' a ', E'x\\ny']",
        "array[row(1, array['a\"b', null])::kept, null, row(null, '{}')::kept]",
        "row(7, array['x,y', '(z)', '\"\"', '\\\\'])::kept",
        "row(1, array[row(2, array['\"', '(,)'])::kept, row(4, null)::kept])::tree",
        "array['{\"a\": \"b\\\"c\"}', 'null']::jsonb[]",
        "array['glad', 'so so']::mood[]",
        "array['glad']::moods",
        "array['(2,2),(1,1)', '(4,4),(3,3)']::box[]",
        "array['NaN', 'Infinity', '-Infinity', 1e-7, 1e22]::float8[]",
        "'infinity'::date",
        "'-infinity'::timestamp",
        "'0044-03-15 12:00:00 BC'::timestamp",
        "'12026-01-01'::timestamp",
        "'5874897-12-31'::date",
        "'24:00:00'::time",
        "repeat('größe 東京 \"', 300)",
    };
    g_autoptr(Fixture) fixture = new_fixture();
    fixture_run(fixture->db, "create type mood as enum ('glad', 'so so');"
                             "create domain moods as mood[];"
                             "create type kept as (id int, words text[]);"
                             "create type tree as (id int, children kept[]);");
    g_autoptr(ApiTypes) types = load_types(fixture->db);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autofree char *sql = g_strdup_printf("select %s", values[i]);
        g_autofree char *same = g_strdup_printf("select $1::jsonb is not distinct from"
                                                " coalesce(to_jsonb(%s), 'null')"
                                                " and $2::text is null",
                                                values[i]);
        g_autoptr(PGresult) rows = ask(fixture->db, sql, NULL, 0);
        g_autofree char *json = encode(types, rows);
        if (!holds(fixture->db, same, json, NULL))
            g_error("%s gives %s", values[i], json);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/encode/every_type_of_the_catalog_has_a_form",
                    every_type_of_the_catalog_has_a_form);
    g_test_add_func("/encode/every_range_holds_its_bounds", every_range_holds_its_bounds);
    g_test_add_func("/encode/nested_values_are_those_of_the_server",
                    nested_values_are_those_of_the_server);
    return g_test_run();
}
