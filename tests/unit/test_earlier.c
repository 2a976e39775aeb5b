#include "sql/earlier.h"

/* What one statement makes of table t, column a of it, and all rows. */
static void assert_changes(const char *text, bool table, bool column, bool rows)
{
    g_autoptr(Earlier) earlier = earlier_new();
    earlier_add(earlier, text);
    g_assert_cmpint(earlier_has(earlier, "public.t", NULL), ==, table);
    g_assert_cmpint(earlier_has(earlier, "T", "a"), ==, column);
    g_assert_cmpint(earlier_changes_rows(earlier), ==, rows);
}

static void columns_are_told_apart(void)
{
    assert_changes("alter table t add a int, add constraint b check (a > 0)", false, true, false);
    assert_changes("alter table only s.t drop column if exists A cascade", false, true, false);
    assert_changes("alter table t alter a set data type int", false, true, false);
    assert_changes("alter table t alter column a set not null, drop constraint a", false, false,
                   false);
    assert_changes("alter table t drop b", false, false, false);
    assert_changes("alter table u add a int", false, false, false);
}

static void any_column_is_known(void)
{
    g_autoptr(Earlier) earlier = earlier_new();
    g_assert_false(earlier_has(earlier, "t", EARLIER_ANY_COLUMN));
    earlier_add(earlier, "alter table t drop b");
    g_assert_true(earlier_has(earlier, "t", EARLIER_ANY_COLUMN));
}

static void tables_are_others(void)
{
    assert_changes("create table if not exists t (b int)", true, true, false);
    assert_changes("create table t as select 1", true, true, false);
    assert_changes("drop table u, t", true, true, false);
    assert_changes("alter table t rename to u", true, true, false);
    assert_changes("alter table u rename to t", true, true, false);
    assert_changes("alter table t attach partition p default", true, true, false);
    assert_changes("create index t on u (a)", false, false, false);
    assert_changes("create function t(a int) returns int language sql as ''", false, false, false);
}

static void what_changes_rows_is_known(void)
{
    assert_changes("update u set a = 1", false, false, true);
    assert_changes("do $$ begin end $$", false, false, true);
    assert_changes("select f()", false, false, true);
    assert_changes("with x as (delete from t) select 1", false, false, true);
    assert_changes("drop schema s cascade", false, false, true);
    assert_changes("alter schema s rename to r", true, true, true);
    assert_changes("drop type e cascade", false, false, true);
    assert_changes("drop type e", false, false, false);
    assert_changes("lock table t", false, false, false);
    assert_changes("select setval('s', max(a)) from t", false, false, false);
    assert_changes("SELECT pg_catalog.setval('s', 1)", false, false, false);
    assert_changes("comment on table t is 'x'", false, false, false);
    assert_changes("", false, false, true);
}

static void settings_change_what_names_mean(void)
{
    assert_changes("set local search_path = b", true, true, true);
    assert_changes("SET SESSION Search_Path TO b", true, true, true);
    assert_changes("set schema 'b'", true, true, true);
    assert_changes("set session authorization a", true, true, true);
    assert_changes("reset all", true, true, true);
    assert_changes("create table u as select set_config('search_path', 'b', false)", true, true,
                   true);
    assert_changes("set time zone 'UTC'", false, false, true);
    assert_changes("set local app.tenant = 1", false, false, true);
    assert_changes("set local lock_timeout = '1s'", false, false, false);
    assert_changes("set constraints all deferred", false, false, false);
}

static void assert_names(const char *statement, const char *text, bool expected)
{
    g_autoptr(Earlier) earlier = earlier_new();
    earlier_add(earlier, statement);
    g_assert_cmpint(earlier_names(earlier, text, NULL), ==, expected);
}

static void what_means_another_thing_is_named(void)
{
    assert_names("alter type s.E add value 'b'", "x::\"e\"", true);
    assert_names("alter domain d rename to old", "old", true);
    assert_names("alter domain d rename to old", "d[]", true);
    assert_names("alter type e rename value 'a' to 'b'", "a", false);
    assert_names("create or replace function s.f(int) returns int language sql as ''", "f(x) > 0",
                 true);
    assert_names("create or replace function f(int) returns int language sql as ''",
                 "x in (1, 2) and y::numeric(10, 2) > 0", false);
    assert_names("create or replace function f(int) returns int language sql as ''", "g(x)", true);
    assert_names("alter function f(int) rename to g", "g", true);
    assert_names("drop function if exists a(int, int), s.f", "f", true);
    assert_names("drop domain a, d", "d", true);
    assert_names("create collation if not exists c (locale = 'C')", "x collate c", true);
    assert_names("create type e as (a int)", "f(x::int)", false);
    assert_names("select set_config('search_path', 'b', false)", "x", true);
    assert_names("create table e (a int)", "x > 0", false);
}

static void type_with_known_values_may_be_left_out(void)
{
    g_autoptr(Earlier) earlier = earlier_new();
    earlier_add(earlier, "create type e as enum ('a')");
    g_assert_true(earlier_names(earlier, "x::e", NULL));
    g_assert_false(earlier_names(earlier, "x::text::e[]", "e"));
}

static void labels_of_new_enums_are_kept(void)
{
    g_autoptr(Earlier) earlier = earlier_new();
    earlier_add(earlier, "create type public.Mood as enum ('a', 'it''s, (x)')");
    earlier_add(earlier, "create type pair as (a int)");
    bool several = false;
    char **labels = earlier_labels(earlier, "mood[]", &several);
    g_assert_true(several);
    g_assert_nonnull(labels);
    g_assert_cmpstr(labels[0], ==, "'a'");
    g_assert_cmpstr(labels[1], ==, "'it''s, (x)'");
    g_assert_null(labels[2]);
    g_assert_null(earlier_labels(earlier, "pair", &several));
    earlier_add(earlier, "create domain d as mood check (value <> 'a')");
    earlier_add(earlier, "create domain n int");
    g_assert_cmpstr(earlier_labels(earlier, "d", &several)[0], ==, "'a'");
    g_assert_false(several);
    g_assert_null(earlier_labels(earlier, "n", &several));
    earlier_add(earlier, "create domain list as mood[] default '{a}'");
    earlier_add(earlier, "create domain lists as list");
    g_assert_cmpstr(earlier_labels(earlier, "lists", &several)[0], ==, "'a'");
    g_assert_true(several);
    earlier_add(earlier, "alter type mood add value 'b'");
    g_assert_null(earlier_labels(earlier, "mood", &several));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/earlier/columns", columns_are_told_apart);
    g_test_add_func("/earlier/any", any_column_is_known);
    g_test_add_func("/earlier/tables", tables_are_others);
    g_test_add_func("/earlier/rows", what_changes_rows_is_known);
    g_test_add_func("/earlier/settings", settings_change_what_names_mean);
    g_test_add_func("/earlier/names", what_means_another_thing_is_named);
    g_test_add_func("/earlier/except", type_with_known_values_may_be_left_out);
    g_test_add_func("/earlier/labels", labels_of_new_enums_are_kept);
    return g_test_run();
}
