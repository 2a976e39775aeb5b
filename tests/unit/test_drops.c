#include "sql/drops.h"

static void assert_drops(const char *text, const char *expected)
{
    static const char *const kinds[] = {"relation", "column",    "attribute", "rows",  "type",
                                        "schema",   "extension", "owned",     "other", "unknown"};
    g_autoptr(GPtrArray) drops = drops_of_statement(text);
    g_autoptr(GString) found = g_string_new(NULL);
    for (unsigned i = 0; i < drops->len; i++) {
        const Drop *drop = drops->pdata[i];
        g_string_append_printf(
            found, "%s%s%s%s %s%s%s%s", i > 0 ? "; " : "", kinds[drop->kind],
            drop->catalog != NULL ? " " : "", drop->catalog != NULL ? drop->catalog : "",
            drop->name != NULL ? drop->name : "?", drop->column != NULL ? "." : "",
            drop->column != NULL ? drop->column : "", drop->cascade ? " cascade" : "");
    }
    g_assert_cmpstr(found->str, ==, expected);
}

static void tables_and_columns_are_named(void)
{
    assert_drops("drop table if exists a, \"B c\".d cascade",
                 "relation a cascade; relation \"B c\".d cascade");
    assert_drops("DROP /* x */ MATERIALIZED VIEW m", "relation m");
    assert_drops("alter table x.t add e int, drop column if exists c cascade, drop d",
                 "column x.t.c cascade; column x.t.d");
    assert_drops("truncate a, only b", "rows a; rows b");
}

static void containers_are_named(void)
{
    assert_drops("drop schema a, \"B\" cascade", "schema a cascade; schema \"B\" cascade");
    assert_drops("drop type x.mood", "type x.mood");
    assert_drops("drop domain d", "type d");
    assert_drops("drop extension \"uuid-ossp\"", "extension uuid-ossp");
    assert_drops("drop owned by alice", "owned alice");
    assert_drops("drop owned by current_user", "unknown ");
}

static void what_holds_no_rows_is_left_out(void)
{
    assert_drops("drop index concurrently i", "");
    assert_drops("drop function f(int)", "");
    assert_drops("drop collation c", "");
    assert_drops("drop index i cascade", "");
    assert_drops("drop trigger r on t cascade", "");
    assert_drops("alter type c add attribute x int cascade, alter attribute y type int", "");
    assert_drops("alter table t drop constraint c", "");
    assert_drops("alter table t alter c drop not null", "");
    assert_drops("create table t (a text default 'drop table x')", "");
    assert_drops("select 1", "");
    assert_drops("", "");
}

static void what_tables_may_stand_on_is_named(void)
{
    assert_drops("drop collation s.\"C c\", d cascade",
                 "other pg_collation C c cascade; other pg_collation d cascade");
    assert_drops("drop function f(int), s.g cascade",
                 "other pg_proc f cascade; other pg_proc g cascade");
    assert_drops("drop operator class s.o using btree cascade", "other pg_opclass o cascade");
    assert_drops("drop operator s.+ (int, int) cascade", "other pg_operator + cascade");
    assert_drops("drop access method m cascade", "other pg_am m cascade");
    assert_drops("drop server s cascade", "other pg_foreign_server s cascade");
    assert_drops("drop cast (a as b) cascade", "other pg_cast ? cascade");
    assert_drops("drop text search parser p cascade", "other pg_ts_parser p cascade");
}

static void attributes_are_named(void)
{
    assert_drops("alter type s.c add attribute x int, drop attribute if exists y",
                 "attribute s.c.y");
    assert_drops("alter type c alter attribute y type int cascade", "attribute c.y cascade");
}

static void grammar_that_is_not_known_is_told(void)
{
    assert_drops("drop table a forever", "unknown ? cascade");
    assert_drops("alter table a drop drop 'unclosed", "unknown ? cascade");
    assert_drops("alter table a is 'unclosed", "");
}

static void endless_statements_are_not_known(void)
{
    g_autoptr(GString) sql = g_string_new("alter table t drop column c, add check (1");
    for (unsigned i = 0; i < 200000; i++)
        g_string_append(sql, "+1");
    g_string_append(sql, " > 0)");
    assert_drops(sql->str, "unknown ? cascade");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drops/tables", tables_and_columns_are_named);
    g_test_add_func("/drops/containers", containers_are_named);
    g_test_add_func("/drops/nothing", what_holds_no_rows_is_left_out);
    g_test_add_func("/drops/others", what_tables_may_stand_on_is_named);
    g_test_add_func("/drops/attributes", attributes_are_named);
    g_test_add_func("/drops/unknown", grammar_that_is_not_known_is_told);
    g_test_add_func("/drops/endless", endless_statements_are_not_known);
    return g_test_run();
}
