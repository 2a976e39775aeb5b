#include "fixture.h"
#include "migrate/witness.h"

#include <string.h>

static const char base_sql[] =
    "create schema app; create type mood as enum ('sad', 'ok');"
    "create domain posint as integer check (value > 0);"
    "create table item (id bigint generated always as identity primary key"
    ", name text not null default 'x, y', m mood, n serial, p posint"
    ", constraint c check (name <> 'a,b'));"
    "create index item_i on item (name);"
    "create table app.\"Odd name\" (id int references item, \"a b\" text);"
    "create function f() returns trigger language plpgsql as 'begin return new; end';"
    "create trigger t before insert on item for each row execute function f();"
    "create view v as select id, name from item;"
    "create materialized view mv as select id from item;"
    "comment on table item is 'c'; grant select on item to public;";

static Witness *look(Fixture *fixture, const WitnessOptions *options)
{
    static const WitnessOptions usual = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *program = witness_find_program(database_version(fixture->db));
    g_assert_nonnull(program);
    Witness *witness =
        witness_take(program, fixture->settings, options == NULL ? &usual : options, &error);
    g_assert_no_error(error);
    return witness;
}

static void same_schema_is_equal(void)
{
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    fixture_run(one->db, base_sql);
    fixture_run(other->db, base_sql);
    g_autoptr(Witness) wanted = look(one, NULL);
    g_autoptr(Witness) found = look(other, NULL);
    g_assert_null(witness_compare(wanted, found, NULL));
    g_assert_true(g_str_has_prefix(witness_program(wanted), "pg_dump 1"));
    g_assert_null(witness_left_out(wanted)[0]);
}

static void order_and_owner_do_not_matter(void)
{
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    g_autoptr(GString) sql = g_string_new(
        "create role ROLE; create table b (y text, x int not null); create table a (id int);"
        "alter table b alter y set statistics 5, alter x set statistics 6;"
        "grant select on a to public; revoke delete on a from current_user;"
        "alter table a owner to ROLE; alter table b owner to ROLE");
    g_autofree char *role = g_strdup_printf("\"role %s\"", database_name(other->db));
    g_autofree char *drop = g_strdup_printf("drop owned by %s cascade; drop role %s", role, role);
    g_string_replace(sql, "ROLE", role, 0);
    fixture_run(one->db, "create table a (id int); create table b (x int, y text);"
                         "alter table b alter x set statistics 6, alter y set statistics 5,"
                         " alter x set not null; revoke delete on a from current_user;"
                         "grant select on a to public");
    fixture_run(other->db, sql->str);
    g_autoptr(Witness) wanted = look(one, NULL);
    g_autoptr(Witness) found = look(other, NULL);
    fixture_run(other->db, drop);
    g_assert_cmpstr(witness_compare(wanted, found, NULL), ==, NULL);
}

/* What each change makes of the schema of base_sql, and what the witness says of it. */
static const struct {
    const char *change;
    const char *said;
} changes[] = {
    {"drop index item_i", "missing: INDEX public.item_i\n"},
    {"create table more ()", "not wanted: TABLE public.more\n"},
    {"alter index item_i set (fillfactor = 50)",
     "differs: INDEX public.item_i\n"
     "  - CREATE INDEX item_i ON public.item USING btree (name);\n"
     "  + CREATE INDEX item_i ON public.item USING btree (name) WITH (fillfactor='50');\n"},
    {"comment on table item is 'd'", "differs: COMMENT ON TABLE item OF SCHEMA public\n"
                                     "  - COMMENT ON TABLE public.item IS 'c';\n"
                                     "  + COMMENT ON TABLE public.item IS 'd';\n"},
    {"comment on column app.\"Odd name\".\"a b\" is 'e'",
     "not wanted: COMMENT ON COLUMN \"Odd name\".\"a b\" OF SCHEMA app\n"},
    {"revoke select on item from public", "missing: GRANTS ON TABLE item OF SCHEMA public\n"},
    {"grant update (name) on item to public",
     "not wanted: GRANTS ON COLUMN item.name OF SCHEMA public\n"},
    {"alter table item alter p set default 5",
     "differs: TABLE public.item\n  - p public.posint\n  + p public.posint DEFAULT 5\n"},
    {"alter table item alter name drop not null",
     "differs: TABLE public.item\n  - name text DEFAULT 'x, y'::text NOT NULL\n"
     "  + name text DEFAULT 'x, y'::text\n"},
    {"alter table item drop constraint c",
     "differs: TABLE public.item\n  - CONSTRAINT c CHECK ((name <> 'a,b'::text))\n"},
    {"alter table item alter name set statistics 9",
     "differs: TABLE public.item\n"
     "  + ALTER TABLE ONLY public.item ALTER COLUMN name SET STATISTICS 9;\n"},
    {"alter table item disable trigger t",
     "differs: TRIGGER public.item t\n  + \n  + ALTER TABLE public.item DISABLE TRIGGER t;\n"},
    {"alter type mood add value 'meh' before 'ok'", "differs: TYPE public.mood\n  +     'meh',\n"},
    {"alter sequence item_n_seq increment 7",
     "differs: SEQUENCE public.item_n_seq\n  -     INCREMENT BY 1\n  +     INCREMENT BY 7\n"},
    {"alter table item cluster on item_i",
     "differs: INDEX public.item_i\n  + \n  + ALTER TABLE public.item CLUSTER ON item_i;\n"},
    {"create or replace view v as select id, name from item where id > 1",
     "differs: VIEW public.v\n  -    FROM public.item;\n  +    FROM public.item\n"
     "  +   WHERE (item.id > 1);\n"},
    {"alter table app.\"Odd name\" drop constraint \"Odd name_id_fkey\"",
     "missing: FK CONSTRAINT app.Odd name Odd name_id_fkey\n"},
};

static void finds_each_planted_difference(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db, base_sql);
    g_autoptr(Witness) wanted = look(fixture, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(Fixture) changed = fixture_new();
        fixture_run(changed->db, base_sql);
        fixture_run(changed->db, changes[i].change);
        g_autoptr(Witness) found = look(changed, NULL);
        g_autofree char *said = witness_compare(wanted, found, NULL);
        g_autofree char *back = witness_compare(found, wanted, NULL);
        /* without the trimmed indent of columns */
        g_autoptr(GString) text = g_string_new(said);
        g_string_replace(text, "  -     p ", "  - p ", 0);
        g_string_replace(text, "  +     p ", "  + p ", 0);
        g_string_replace(text, "     name text", " name text", 0);
        g_string_replace(text, "     CONSTRAINT c", " CONSTRAINT c", 0);
        g_assert_cmpstr(text->str, ==, changes[i].said);
        g_assert_nonnull(back);
    }
}

static const char unmanaged_sql[] =
    "create type pair as (a int); comment on type pair is 'x';"
    "create table part (id int primary key, d date) partition by range (id);"
    "create table part1 partition of part for values from (1) to (9);"
    "alter table part1 alter d set default '2020-01-01'; create index on part (d);"
    "create trigger pt after insert on part for each row execute function f();"
    "comment on column part1.d is 'x'; grant select on part to public;"
    "create table child () inherits (item); create table typed of pair;"
    "create index on child (name);"
    "create policy p on item; alter table item enable row level security;"
    "alter table item force row level security, replica identity full;"
    "create aggregate ag (int) (sfunc = int4pl, stype = int); comment on aggregate ag (int) is 'x';"
    "create collation coll from \"C\"; create publication pub for table item;"
    "alter default privileges grant select on tables to public;"
    "comment on index item_pkey is 'x'; comment on sequence item_id_seq is 'x'; create rule r as "
    "on insert to app.\"Odd name\" do also "
    "select 1";

static void what_is_not_managed_is_left_out_and_named(void)
{
    const WitnessOptions everything = {.everything = true};
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    fixture_run(one->db, base_sql);
    fixture_run(other->db, base_sql);
    fixture_run(other->db, unmanaged_sql);
    g_autoptr(Witness) wanted = look(one, NULL);
    g_autoptr(Witness) found = look(other, NULL);
    g_autofree char *said = witness_compare(wanted, found, NULL);
    g_autofree char *left_out = g_strjoinv("|", (char **)witness_left_out(found));
    g_assert_cmpstr(said, ==, NULL);
    g_assert_cmpstr(left_out, ==,
                    "AGGREGATE|COLLATION|DEFAULT ACL|INDEX ATTACH|POLICY|PUBLICATION|PUBLICATION "
                    "TABLE|REPLICA IDENTITY FULL, FORCE ROW LEVEL SECURITY|ROW SECURITY|RULE|TABLE "
                    "ATTACH|TABLE partitioned, inheriting or of a type|TYPE other than an enum");
    g_autoptr(Witness) all = look(other, &everything);
    g_autofree char *more = witness_compare(wanted, all, NULL);
    g_assert_nonnull(strstr(more, "not wanted: AGGREGATE public.ag(integer)\n"));
    g_assert_nonnull(strstr(more, "not wanted: COMMENT ON INDEX item_pkey OF SCHEMA public\n"));
    g_assert_nonnull(strstr(more, "not wanted: INDEX public.part1_d_idx\n"));
}

static void circular_views_are_not_left_out(void)
{
    static const char circle[] = "create table a (id int primary key, x int);"
                                 "create view v as select id, x from a group by id;";
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    fixture_run(one->db, circle);
    fixture_run(other->db, circle);
    fixture_run(other->db, "create or replace view v as select id, x from a where x > 1 group by "
                           "id");
    g_autoptr(Witness) wanted = look(one, NULL);
    g_autoptr(Witness) found = look(other, NULL);
    g_autofree char *said = witness_compare(wanted, found, NULL);
    g_assert_nonnull(said);
}

static void what_the_options_exclude_is_left_out(void)
{
    static const char *const excluded[] = {"audit.*", "public.tmp_*", NULL};
    const WitnessOptions options = {.version_table = "public.alembic_version",
                                    .excluded = excluded};
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) other = fixture_new();
    fixture_run(one->db, base_sql);
    fixture_run(other->db, base_sql);
    fixture_run(other->db,
                "create schema audit; comment on schema audit is 'x'; create table audit.log (id "
                "serial primary key); create table tmp_x (id int generated always as identity"
                " primary key, n text default 'x');"
                "create index ix on tmp_x (n); comment on column tmp_x.n is 'x';"
                "grant select on tmp_x to public; create function tmp_f() returns int language sql"
                " as 'select 1'; create trigger t before insert on tmp_x for each row execute "
                "function f();"
                "create schema retort; create table retort.lease (id int);"
                "create table alembic_version (version_num varchar(32) constraint alembic_pkc "
                "primary key)");
    g_autoptr(Witness) wanted = look(one, &options);
    g_autoptr(Witness) found = look(other, &options);
    g_autofree char *said = witness_compare(wanted, found, NULL);
    g_assert_cmpstr(said, ==, NULL);
}

static void text_of_a_witness_is_read_back(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db, base_sql);
    fixture_run(fixture->db, unmanaged_sql);
    g_autoptr(Witness) witness = look(fixture, NULL);
    g_autofree char *text = witness_format(witness);
    g_autoptr(Witness) copy = witness_parse(text);
    g_assert_nonnull(copy);
    g_autofree char *again = witness_format(copy);
    g_assert_cmpstr(text, ==, again);
    g_assert_null(witness_compare(witness, copy, NULL));
    for (size_t length = 0; length < strlen(text); length += 7) {
        g_autofree char *cut = g_strndup(text, length);
        g_assert_null(witness_parse(cut));
    }
}

static void failure_says_what_the_program_said(void)
{
    const WitnessOptions options = {0};
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) nowhere =
        settings_for_database(fixture->settings, "no such database");
    g_autofree char *program = witness_find_program(database_version(fixture->db));
    g_assert_null(witness_take(program, nowhere, &options, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_nonnull(strstr(error->message, "database \"no such database\" does not exist"));
}

static void program_is_not_older_than_the_server(void)
{
    g_assert_null(witness_find_program(990000));
}

/* Whether there is a pg_dump that can read the server; if not, the program is skipped. */
static bool has_witness(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *program = witness_find_program(database_version(fixture->db));
    if (program == NULL)
        g_print("1..0 # SKIP no pg_dump for a server of version %d\n",
                database_version(fixture->db) / 10000);
    return program != NULL;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server() || !has_witness())
        return 0;
    g_test_add_func("/witness/same_schema_is_equal", same_schema_is_equal);
    g_test_add_func("/witness/order_and_owner_do_not_matter", order_and_owner_do_not_matter);
    g_test_add_func("/witness/finds_each_planted_difference", finds_each_planted_difference);
    g_test_add_func("/witness/what_is_not_managed_is_left_out_and_named",
                    what_is_not_managed_is_left_out_and_named);
    g_test_add_func("/witness/circular_views_are_not_left_out", circular_views_are_not_left_out);
    g_test_add_func("/witness/what_the_options_exclude_is_left_out",
                    what_the_options_exclude_is_left_out);
    g_test_add_func("/witness/text_of_a_witness_is_read_back", text_of_a_witness_is_read_back);
    g_test_add_func("/witness/failure_says_what_the_program_said",
                    failure_says_what_the_program_said);
    g_test_add_func("/witness/program_is_not_older_than_the_server",
                    program_is_not_older_than_the_server);
    return g_test_run();
}
