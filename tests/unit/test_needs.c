#include "sql/needs.h"

static void append(GString *text, const char *word, const char *value)
{
    if (value != NULL)
        g_string_append_printf(text, " %s%s", word, value);
}

static void append_list(GString *text, const char *word, char **list)
{
    g_autofree char *joined = list != NULL ? g_strjoinv("|", list) : NULL;
    append(text, word, joined);
}

static void assert_needs(const char *text, const char *expected)
{
    static const char *const kinds[] = {"cast", "not_null", "no_rows", "unique", "check", "ref"};
    g_autoptr(GPtrArray) needs = needs_of_statement(text);
    g_autoptr(GString) found = g_string_new(NULL);
    for (unsigned i = 0; needs != NULL && i < needs->len; i++) {
        const Need *need = needs->pdata[i];
        g_string_append_printf(found, "%s%s%s%s", i > 0 ? "; " : "", kinds[need->kind],
                               need->only ? " only" : "", need->plain ? " plain" : "");
        append(found, "", need->table);
        append(found, "c=", need->column);
        append(found, "t=", need->type);
        append(found, "e=", need->expression);
        append_list(found, "l=", need->columns);
        append(found, "o=", need->other);
        append_list(found, "ol=", need->other_columns);
    }
    g_assert_cmpstr(found->str, ==, expected);
}

static void types_are_read(void)
{
    assert_needs("alter table t alter column a type numeric(10, 2)",
                 "cast plain t c=a t=numeric(10, 2) e=a");
    assert_needs(
        "-- loses data: x\nALTER TABLE IF EXISTS ONLY s.\"T\" * ALTER \"A b\" SET DATA TYPE "
        "text COLLATE \"C\" USING f(a, b)::text, alter b type int",
        "cast only s.\"T\" c=\"A b\" t=text e=f(a, b)::text; "
        "cast only plain s.\"T\" c=b t=int e=b");
}

static void columns_that_need_a_value_are_read(void)
{
    assert_needs("alter table t alter a set not null", "not_null t c=a");
    assert_needs("alter table t add column if not exists a double precision not null check (a > 0)",
                 "no_rows t c=a t=double precision");
    assert_needs("alter table t add a int constraint x primary key", "no_rows t c=a t=int");
    assert_needs("alter table t add a int, add b serial not null, add c int not null default 0, "
                 "add d int default 0 not null, add e int generated always as identity not null, "
                 "add f int check (f is not null)",
                 "");
}

static void constraints_are_read(void)
{
    assert_needs("alter table t add constraint u unique nulls not distinct (a, b) include (c)",
                 "unique only plain t l=a|b");
    assert_needs("alter table t add primary key (a)", "not_null t c=a; unique only t l=a");
    assert_needs(
        "alter table t add primary key using index i, add constraint u unique using index j", "");
    assert_needs("alter table t add check (a in (1, 2)), add constraint c check (b) not valid",
                 "check t e=a in (1, 2)");
    assert_needs("alter table t add check (a) no inherit, add check (b) no inherit not valid,"
                 " add constraint inherit check (c)",
                 "check only t e=a; check t e=c");
    assert_needs("alter table t add foreign key (a, b) references s.p (x, y) on delete cascade",
                 "ref only t l=a|b o=s.p ol=x|y");
    assert_needs("alter table t add foreign key (a) references p,"
                 " add foreign key (a) references p (x) not valid,"
                 " add exclude (a with =)",
                 "");
}

static void unique_indexes_are_read(void)
{
    assert_needs("create unique index concurrently if not exists i on only s.t using btree"
                 " (lower(a) collate \"C\" text_ops desc nulls last, (a || b), c asc)"
                 " include (d) nulls not distinct with (fillfactor = 70) where d > 0",
                 "unique only plain s.t e=d > 0 l=lower(a) collate \"C\"|(a || b)|c");
    assert_needs("create unique index on t (a)", "unique only t l=a");
    assert_needs("create index on t (a)", "");
}

static void other_statements_need_nothing(void)
{
    assert_needs("create table t (a int not null unique)", "");
    assert_needs("alter table t rename a to type", "");
    assert_needs("alter table t alter a drop not null, alter a set default 1, drop b", "");
    assert_needs("alter type t add value 'x'", "");
    assert_needs("alter table t alter a type int using 'unclosed", "");
    assert_needs("alter", "");
    assert_needs("", "");
}

static void assert_cast(const char *using, const char *inner, bool only)
{
    g_autofree char *text = g_strconcat("alter table t alter a type mood using ", using, NULL);
    g_autoptr(GPtrArray) needs = needs_of_statement(text);
    const Need *need = needs->pdata[0];
    g_autofree char *before = need_before_cast(need);
    g_assert_cmpstr(before, ==, inner);
    g_assert_cmpint(need_only_casts(need), ==, only);
}

static void casts_are_told_from_expressions(void)
{
    assert_cast("a::mood", "a", true);
    assert_cast("A::text::Mood", "A::text", true);
    assert_cast("lower(a)::mood", "lower(a)", false);
    assert_cast("ab::mood", "ab", false);
    assert_cast("a::int::mood", "a::int", false);
    assert_cast("a", NULL, false);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/needs/types", types_are_read);
    g_test_add_func("/needs/columns", columns_that_need_a_value_are_read);
    g_test_add_func("/needs/constraints", constraints_are_read);
    g_test_add_func("/needs/indexes", unique_indexes_are_read);
    g_test_add_func("/needs/nothing", other_statements_need_nothing);
    g_test_add_func("/needs/casts", casts_are_told_from_expressions);
    return g_test_run();
}
