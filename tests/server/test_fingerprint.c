#include "pg/binaries.h"
#include "taking.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CASELESS "caseless"

/* Servers without ICU have no such collation: then it is one like others. */
static const char caseless_sql[] =
    "do $$ begin create collation " CASELESS " (provider = icu, locale = 'und-u-ks-level2',"
    " deterministic = false); exception when others then create collation " CASELESS
    " from \"C\"; end $$";

/* Each of two databases gets one of these. */
static const struct {
    const char *name;
    const char *one, *other;
    const char *difference;
} pairs[] = {
    {"another physical order", "insert into t values (1, 'a'), (2, 'b'), (3, null)",
     "insert into t values (3, null), (2, 'x'), (1, 'a'); update t set b = 'b' where a = 2", ""},
    {"a changed row", "insert into t values (1, 'a'), (2, 'b')",
     "insert into t values (1, 'a'), (2, 'c')",
     "table \"public.t\": 2 rows as expected, but with other content"},
    {"doubled pairs", "insert into t values (1, 'a'), (1, 'a'), (2, 'b'), (2, 'b')",
     "insert into t values (1, 'a'), (1, 'a'), (3, 'c'), (3, 'c')",
     "table \"public.t\": 4 rows as expected, but with other content"},
    {"a row more", "insert into t values (1, 'a')", "insert into t values (1, 'a'), (1, 'a')",
     "table \"public.t\": 2 rows, expected are 1"},
    {"values swapped between rows", "insert into t values (1, 'a'), (2, 'b')",
     "insert into t values (1, 'b'), (2, 'a')",
     "table \"public.t\": 2 rows as expected, but with other content"},
    {"values swapped between columns", "alter table t alter a type text;insert into t values (1,2)",
     "alter table t alter a type text; insert into t values (2, 1)",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"null and empty", "insert into t values (1, null)", "insert into t values (1, '')",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"null and its name", "insert into t values (1, null)", "insert into t values (1, 'NULL')",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"null in another column", "alter table t alter a type text; insert into t values (null, 'a')",
     "alter table t alter a type text; insert into t values ('a', null)",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"a border of columns", "alter table t alter a type text; insert into t values ('ab', 'c')",
     "alter table t alter a type text; insert into t values ('a', 'bc')",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"trailing zeros", "alter table t alter a type numeric; insert into t values (1.0, '')",
     "alter table t alter a type numeric; insert into t values (1.00, '')",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"the last bit of a float",
     "alter table t alter a type float8; insert into t values (0.1::float8 + 0.2, '')",
     "alter table t alter a type float8; insert into t values (0.3, '')",
     "table \"public.t\": 1 rows as expected, but with other content"},
    {"a missing table", "create table \"U u\" (); create table u ()", "",
     "table \"public.U u\": missing\ntable \"public.u\": missing"},
    {"a further table", "", "create table a ()", "table \"public.a\": not expected"},
    {"no columns", "create table u (); insert into u default values; insert into u default values",
     "create table u (); insert into u default values",
     "table \"public.u\": 1 rows, expected are 2"},
    {"columns in another order", "create table u (a int, b int); insert into u values (1, 2)",
     "create table u (b int, a int); insert into u values (2, 1)", ""},
    {"a dropped column, and a default that came later",
     "create table u (x int, a int, y int); insert into u values (1, 2, 3);"
     "alter table u drop x; alter table u add z text default 'z'",
     "create table u (a int, y int, z text); insert into u values (2, 3, 'z')", ""},
    {"computed columns, views, other persistence",
     "create table u (a int, g int generated always as (a + 1) stored); insert into u values (1);"
     "create materialized view m as select 1; create temp table x ()",
     "create unlogged table u (a int, g int generated always as (a + 2) stored);"
     "insert into u values (1)",
     ""},
    {"columns of several collations",
     "create table u (a text collate \"C\", b text collate \"POSIX\"); insert into u values (1, 2)",
     "create table u (a text collate \"C\", b text collate \"POSIX\"); insert into u values (1, 3)",
     "table \"public.u\": 1 rows as expected, but with other content"},
    {"a small letter, to a collation that knows none",
     "create table u (a text collate " CASELESS "); insert into u values ('A')",
     "create table u (a text collate " CASELESS "); insert into u values ('a')",
     "table \"public.u\": 1 rows as expected, but with other content"},
    {"null and the value that stands for it in the hash",
     "create table u (a int2, b int4, c int8, d oid, e bool, f text, g varchar, h char(3),"
     " i timestamp, j timestamptz, k uuid); insert into u values (0)",
     "create table u (a int2, b int4, c int8, d oid, e bool, f text, g varchar, h char(3),"
     " i timestamp, j timestamptz, k uuid); insert into u values (null, 0)",
     "table \"public.u\": 1 rows as expected, but with other content"},
    {"the blanks of a character type without a length",
     "create table u (a bpchar); insert into u values ('a ')",
     "create table u (a bpchar); insert into u values ('a')",
     "table \"public.u\": 1 rows as expected, but with other content"},
    {"values swapped between columns of numbers",
     "create table u (a int, b int); insert into u values (1, 2)",
     "create table u (a int, b int); insert into u values (2, 1)",
     "table \"public.u\": 1 rows as expected, but with other content"},
    {"a child and its parent",
     "create table c (z int) inherits (t); insert into c values (1,'a',2)",
     "create table c (z int) inherits (t); insert into t values (1, 'a')",
     "table \"public.c\": 0 rows, expected are 1\ntable \"public.t\": 1 rows, expected are 0"},
    {"settings of the database",
     "create table u (a timestamptz, b interval, c float8, d bytea, e money, f regclass);"
     "insert into u values ('2020-06-01 12:00 UTC', '1 mon 2 days 3:00', 0.1::float8 + 0.2,"
     " '\\x00ff', 12.5, 't')",
     "create table u (a timestamptz, b interval, c float8, d bytea, e money, f regclass);"
     "insert into u values ('2020-06-01 12:00 UTC', '1 mon 2 days 3:00', 0.1::float8 + 0.2,"
     " '\\x00ff', 12.5, 't');"
     "do $$ begin execute (select string_agg(format('alter database %I set %s',"
     " current_database(), s), ';') from unnest(array['timezone = \"Asia/Tokyo\"',"
     " 'datestyle = \"German\"', 'intervalstyle = \"iso_8601\"', 'extra_float_digits = -5',"
     " 'bytea_output = \"escape\"', 'search_path = public', 'quote_all_identifiers = on',"
     " 'statement_timeout = 1', 'max_parallel_workers_per_gather = 4']) s); end $$",
     ""},
};

/* Each value alone, beside those that stay. */
static const struct {
    const char *type, *one, *other;
} values[] = {
    {"int2", "-1", "1"},
    {"int4", "2147483647", "-2147483648"},
    {"int8", "4294967296", "4294967297"},
    {"int8", "9223372036854775807", "-9223372036854775808"},
    {"oid", "1", "4294967295"},
    {"bool", "true", "false"},
    {"text", "'a '", "'a'"},
    {"varchar(9)", "'\\'", "'\\\\'"},
    {"char(9)", "' a'", "'a'"},
    {"timestamp", "'2026-11-22 18:30:00.000001'", "'2026-11-22 18:30:00'"},
    {"timestamptz", "'2026-11-22 18:30:00+01'", "'2026-11-22 18:30:00+00'"},
    {"timestamptz", "'infinity'", "'-infinity'"},
    {"timestamptz", "'0001-01-01 BC'", "'0001-01-01'"},
    {"uuid", "'6ecd8c99-4036-403d-bf84-cf8400f67836'", "'6ecd8c99-4036-403d-bf84-cf8400f67837'"},
    {"date", "'2026-11-22'", "'2026-11-23'"},
    {"numeric", "1.0", "1.00"},
    {"float8", "0", "'-0'"},
    {"bytea", "'\\x00'", "'\\x0000'"},
    {"jsonb", "'{\"a\": 1.0}'", "'{\"a\": 1}'"},
    {"int[]", "'[2:3]={1,2}'", "'{1,2}'"},
};

static void add_values(GString *sql, size_t changed)
{
    g_string_append(sql, "create table v (x int");
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        g_string_append_printf(sql, ", c%zu %s", i, values[i].type);
    g_string_append(sql, "); insert into v values (1");
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        g_string_append_printf(sql, ", %s", i == changed ? values[i].other : values[i].one);
    g_string_append(sql, ")");
}

static void each_value_counts(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GHashTable) hashes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i <= G_N_ELEMENTS(values); i++) { /* the last: none is changed */
        g_autoptr(GString) sql = g_string_new("drop table if exists v; ");
        add_values(sql, i);
        fixture_run(fixture->db, sql->str);
        g_autoptr(Fingerprint) found = take(fixture);
        g_test_message("%zu: %s", i, taken_table(found, 0)->hash);
        g_assert_true(g_hash_table_add(hashes, g_strdup(taken_table(found, 0)->hash)));
    }
}

static void tells_what_differs(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autoptr(Fixture) one = fixture_new();
        g_autoptr(Fixture) other = fixture_new();
        g_test_message("%s", pairs[i].name);
        fixture_run(one->db, caseless_sql);
        fixture_run(other->db, caseless_sql);
        fixture_run(one->db, "create table t (a int, b text)");
        fixture_run(other->db, "create table t (a int, b text)");
        fixture_run(one->db, pairs[i].one);
        fixture_run(other->db, pairs[i].other);
        g_autoptr(Fingerprint) wanted = take(one);
        g_autoptr(Fingerprint) found = take(other);
        assert_differences(wanted, found, pairs[i].difference);
    }
}

/* Manifests outlive this program and the server. */
static void hash_of_known_rows_stays(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(
        fixture->db,
        "create schema \"A b\"; create table \"A b\".\"T\"\"t\" (\"user\" int, b text,"
        " c timestamptz, d numeric); insert into \"A b\".\"T\"\"t\" values"
        " (1, 'one', '2026-11-22 18:30+01', 1.50), (null, 'two', null, 2), (3, null, null, null)");
    g_autoptr(Fingerprint) found = take(fixture);
    g_assert_cmpuint(found->tables->len, ==, 1);
    g_assert_cmpstr(taken_table(found, 0)->schema, ==, "A b");
    g_assert_cmpstr(taken_table(found, 0)->name, ==, "T\"t");
    g_assert_cmpint(taken_table(found, 0)->rows, ==, 3);
    g_assert_cmpstr(taken_table(found, 0)->hash, ==, "-7873273458040151625");
    g_assert_cmpint(found->large_objects.objects, ==, 0);
    g_assert_cmpstr(found->large_objects.hash, ==, "0");
}

/* (transfer full) (nullable): the path of a client program of this major version or a newer one. */
static char *find_client(const char *name, int major)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Environment) environment = environment_parse("/nonexistent/.env", "", &error);
    g_assert_no_error(error);
    return binaries_find_client(environment, name, major, NULL);
}

/* Whether there is a pg_dump that reads the server; if not, the case is skipped. */
static bool has_dump(const Fixture *fixture)
{
    int major = database_version(fixture->db) / 10000;
    g_autofree char *path = find_client("pg_dump", major);
    if (path == NULL)
        g_test_skip_printf("no pg_dump for a server of version %d", major);
    return path != NULL;
}

/* Runs a client program with @option FILE against the database of @fixture. */
static void run_program(const Fixture *fixture, const char *program, const char *const *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = find_client(program, 0);
    g_assert_nonnull(path);
    g_autofree char *place = settings_conninfo(fixture->settings);
    g_auto(GStrv) inherited = g_get_environ();
    g_auto(GStrv) variables = settings_environment(fixture->settings, inherited);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, path);
    g_ptr_array_add(words, (char *)"--dbname");
    g_ptr_array_add(words, place);
    for (; *options != NULL; options++)
        g_ptr_array_add(words, (char *)*options);
    g_ptr_array_add(words, NULL);
    int status = 0;
    g_spawn_sync(NULL, (char **)words->pdata, variables, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                 NULL, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
}

/* What pg_dump writes of @from goes into @to. */
static void dump_and_restore(const Fixture *from, const Fixture *to)
{
    g_autofree char *file = g_build_filename(g_get_tmp_dir(), "fingerprint-XXXXXX", NULL);
    int descriptor = g_mkstemp(file);
    g_assert_cmpint(descriptor, >=, 0);
    close(descriptor);
    run_program(from, "pg_dump", (const char *const[]){"--file", file, NULL});
    run_program(to, "psql",
                (const char *const[]){"-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", file, NULL});
    g_remove(file);
}

static const char all_types_sql[] =
    "create schema app; create type app.mood as enum ('sad', 'o,k');"
    "create type app.pair as (a int, junk int, b text); alter type app.pair drop attribute junk;"
    "create domain app.short as text check (length(value) < 20);"
    "create type app.span as range (subtype = text);"
    "create table app.\"all Types\" (dropped int, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,"
    " n numeric, n2 numeric(9, 3), m money, t text, v varchar(9), c char(9), q \"char\", o name,"
    " b bytea, d date, ti time, tz timetz, ts timestamp, tsz timestamptz, iv interval, bo bool,"
    " e app.mood, pt point, l line, ls lseg, bx box, pa path, po polygon, ci circle, ip inet,"
    " net cidr, mac macaddr, mac8 macaddr8, bits bit(5), vb varbit, tv tsvector, tq tsquery,"
    " u uuid, x xml, j json, jb jsonb, jp jsonpath, ia int[], ta text[][], r int4range,"
    " tr tstzrange, sp app.span, p app.pair, ppa app.pair[], ds app.short, lsn pg_lsn, id oid,"
    " cls regclass, typ regtype, fn regproc, ro regrole, cfg regconfig, xi xid, ti2 tid, snap"
    " pg_snapshot, g int generated always as (i4 + 1) stored);"
    "insert into app.\"all Types\" (i2) values (null), (null);"
    "insert into app.\"all Types\" values (1, 1, -2, 9223372036854775807, 'NaN', 0.1::float8 + 0.2,"
    " 1.50, 1.5, 12.34, E'a\\tb\\n\\\\N\\x1f', '', 'x', 'y', 'n', '\\x00ff', '2020-02-29',"
    " '24:00', '12:00+02', '0044-03-15 BC', 'infinity', '1 mon -2 days 03:04:05.6', true, 'o,k',"
    " '(1.5,-0)', '{1,2,3}', '((1,2),(3,4))', '((1,2),(3,4))', '[(1,2),(3,4)]', '((1,2),(3,4))',"
    " '<(1,2),3>', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05',"
    " '10101', '101', 'a:1A b', 'a & !b', '6b3c1c50-0f2a-4bd8-9a58-1b1b7a4f8a10',"
    " '<a b=\"c\">d</a>', '{\"b\":  1, \"a\": 1.0}', '{\"b\":  1, \"a\": 1.0}', '$.a[*]',"
    " '[0:1]={1,NULL}', '{{a,\"b,\"},{NULL,\"NULL\"}}', '[1,5)', '[2020-01-01 00:00+00,)',"
    " '[a,b]', '(1,\"x y\")', '{\"(,)\",NULL}', 'short', '16/B374D848', 3000000000,"
    " 'app.\"all Types\"', 'app.mood', 'pg_catalog.now', 'pg_monitor', 'simple', '5', '(0,1)',"
    " '10:20:10,14,15'); insert into app.\"all Types\" values (1, 0, 0, 0, '-0', '-infinity', "
    "'NaN', null, -1);"
    "alter table app.\"all Types\" drop dropped; alter table app.\"all Types\" add late text "
    "default 'fast'; update app.\"all Types\" set i2 = 7 where i2 = 1;"
    "create table app.parent (a int, b text); create table app.child (z int, b text);"
    "alter table app.child add a int; alter table app.child inherit app.parent;"
    "alter table app.parent add c text default 'later';"
    "insert into app.child (z, b, a) values (1, 'b', 2); insert into app.parent values (3, 'd');"
    "create table part (id int, d text) partition by hash (id);"
    "create table part0 partition of part for values with (modulus 2, remainder 0);"
    "create table part1 (d text, id int); alter table part attach partition part1 for values with"
    " (modulus 2, remainder 1); insert into part select i, i from generate_series(1, 50) i;"
    "create table none (); insert into none default values;"
    "create unlogged table loose (i int); insert into loose values (1);"
    "do $$ begin execute 'create table wide (' || (select string_agg(format('\"a column %s\" int', "
    "i), ', ') from generate_series(1, 1600) i) || ')'; end $$;"
    "insert into wide default values;"
    "insert into wide (\"a column 1\", \"a column 100\", \"a column 1600\") values (1, 2, 3)";

static void survives_dump_and_restore(void)
{
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    if (!has_dump(one))
        return;
    fixture_run(one->db, all_types_sql);
    if (database_version(one->db) >= 140000)
        fixture_run(one->db, "create table multi (m int4multirange);"
                             "insert into multi values ('{[1,2),[4,)}')");
    dump_and_restore(one, other);
    g_autoptr(Fingerprint) wanted = take(one);
    g_autoptr(Fingerprint) found = take(other);
    assert_differences(wanted, found, "");
    fixture_run(other->db, "update wide set \"a column 1599\" = 0 where \"a column 1\" = 1;"
                           "update app.\"all Types\" set late = null where i2 = 7");
    g_autoptr(Fingerprint) changed = take(other);
    assert_differences(wanted, changed,
                       "table \"app.all Types\": 4 rows as expected, but with other content\n"
                       "table \"public.wide\": 2 rows as expected, but with other content");
}

/* hstore has no tables; an extension's own file is not ours to write: the table becomes a member.
 */
static void looks_at_what_extensions_let_dump(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db,
                "create table own (i int); create table kept (i int); create table rest (i int);"
                "insert into own values (1); insert into kept values (1), (2), (3);"
                "alter extension plpgsql add table own; alter extension plpgsql add table kept;"
                "update pg_extension set extconfig = array['kept'::regclass::oid],"
                " extcondition = array['WHERE kept.i > 1'] where extname = 'plpgsql'");
    g_autoptr(Fingerprint) found = take(fixture);
    g_assert_cmpuint(found->tables->len, ==, 2);
    g_assert_cmpstr(taken_table(found, 0)->name, ==, "kept");
    g_assert_cmpint(taken_table(found, 0)->rows, ==, 2);
    g_assert_cmpstr(taken_table(found, 1)->name, ==, "rest");
}

/* One with a hole, which a dump fills; one of a piece exactly; an empty one; one that is more. */
static void large_objects_survive_and_differ(void)
{
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    if (!has_dump(one))
        return;
    fixture_run(one->db, "select lo_put(lo_create(101), 3000000, 'end');"
                         "select lo_from_bytea(102, convert_to(repeat('x', 1048576), 'utf8'));"
                         "select lo_create(103); select lo_from_bytea(104, '\\x00ff00')");
    dump_and_restore(one, other);
    g_autoptr(Fingerprint) wanted = take(one);
    g_autoptr(Fingerprint) found = take_at(other, NULL, 2);
    assert_differences(wanted, found, "");
    g_assert_cmpint(found->large_objects.objects, ==, 4);
    g_assert_cmpint(found->large_objects.bytes, ==, 3000003 + 1048576 + 3);
    fixture_run(other->db, "select lo_put(101, 2500000, 'a')");
    g_autoptr(Fingerprint) changed = take(other);
    assert_differences(wanted, changed, "large objects: 4 as expected, but with other content");
    fixture_run(one->db, "select lo_unlink(103), lo_unlink(104), lo_from_bytea(103, '\\x00ff00'),"
                         "lo_create(104)");
    g_autoptr(Fingerprint) swapped = take(one);
    assert_differences(wanted, swapped, "large objects: 4 as expected, but with other content");
}

int main(int argc, char **argv)
{
    if (!fixture_has_server())
        return EXIT_SUCCESS;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fingerprint/tells_what_differs", tells_what_differs);
    g_test_add_func("/fingerprint/each_value_counts", each_value_counts);
    g_test_add_func("/fingerprint/hash_of_known_rows_stays", hash_of_known_rows_stays);
    g_test_add_func("/fingerprint/survives_dump_and_restore", survives_dump_and_restore);
    g_test_add_func("/fingerprint/looks_at_what_extensions_let_dump",
                    looks_at_what_extensions_let_dump);
    g_test_add_func("/fingerprint/large_objects_survive_and_differ",
                    large_objects_survive_and_differ);
    return g_test_run();
}
