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
    assert_changes("alter schema s rename to r", false, false, true);
    assert_changes("select setval('s', max(a)) from t", false, false, false);
    assert_changes("SELECT pg_catalog.setval('s', 1)", false, false, false);
    assert_changes("comment on table t is 'x'", false, false, false);
    assert_changes("", false, false, true);
}

static void labels_of_new_enums_are_kept(void)
{
    g_autoptr(Earlier) earlier = earlier_new();
    earlier_add(earlier, "create type public.Mood as enum ('a', 'it''s, (x)')");
    earlier_add(earlier, "create type pair as (a int)");
    char **labels = earlier_labels(earlier, "mood[]");
    g_assert_nonnull(labels);
    g_assert_cmpstr(labels[0], ==, "'a'");
    g_assert_cmpstr(labels[1], ==, "'it''s, (x)'");
    g_assert_null(labels[2]);
    g_assert_null(earlier_labels(earlier, "pair"));
    earlier_add(earlier, "create domain d as mood check (value <> 'a')");
    earlier_add(earlier, "create domain n int");
    g_assert_cmpstr(earlier_labels(earlier, "d")[0], ==, "'a'");
    g_assert_null(earlier_labels(earlier, "n"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/earlier/columns", columns_are_told_apart);
    g_test_add_func("/earlier/any", any_column_is_known);
    g_test_add_func("/earlier/tables", tables_are_others);
    g_test_add_func("/earlier/rows", what_changes_rows_is_known);
    g_test_add_func("/earlier/labels", labels_of_new_enums_are_kept);
    return g_test_run();
}
