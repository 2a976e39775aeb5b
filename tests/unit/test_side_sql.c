/* The SQL of a table beside the live one. */
#include "backup/side_sql.h"

#include <string.h>

static void add(TableShape *shape, const char *name, const char *type, int key_place)
{
    ShapeColumn *column = g_new0(ShapeColumn, 1);
    *column = (ShapeColumn){.name = g_strdup(name),
                            .type = g_strdup(type),
                            .bare_type = g_strdup(type),
                            .key_place = key_place,
                            .not_null = key_place > 0,
                            .equal = key_place > 0 ? g_strdup("OPERATOR(pg_catalog.=)") : NULL};
    g_ptr_array_add(shape->columns, column);
}

static ShapeColumn *last(TableShape *shape)
{
    return shape->columns->pdata[shape->columns->len - 1];
}

/* (id integer PRIMARY KEY, "a b" text) */
static TableShape *simple(char kind)
{
    TableShape *shape = table_shape_new(kind);
    add(shape, "id", "integer", 1);
    add(shape, "a b", "text", 0);
    return shape;
}

static SidePair pair_of(const TableShape *backup, const TableShape *live)
{
    return (SidePair){"side", "public", "T", backup, live};
}

static void expect(char *sql, const char *wanted)
{
    g_assert_cmpstr(sql, ==, wanted);
    g_free(sql);
}

static void test_copy_has_columns_and_key(void)
{
    g_autoptr(TableShape) backup = simple('r');
    const SidePair pair = pair_of(backup, NULL);
    expect(side_sql_create(&pair), "CREATE TABLE side.\"T\" (id integer NOT NULL, \"a b\" text)");
    expect(side_sql_add_key(&pair), "ALTER TABLE side.\"T\" ADD PRIMARY KEY (id)");
    expect(side_sql_copy_out(&pair, "UTF8"),
           "COPY (SELECT id, \"a b\" FROM public.\"T\") TO STDOUT (ENCODING 'UTF8')");
    expect(side_sql_copy_in(&pair, "UTF8"), "COPY side.\"T\" FROM STDIN (ENCODING 'UTF8')");
    expect(side_sql_move(&pair), "ALTER TABLE side.\"T\" SET SCHEMA public");
}

static void test_only_own_rows_of_an_inherited_table(void)
{
    g_autoptr(TableShape) backup = table_shape_new('r');
    add(backup, "a", "text", 0);
    backup->is_inherited = true;
    const SidePair pair = pair_of(backup, NULL);
    expect(side_sql_copy_out(&pair, "UTF8"),
           "COPY (SELECT a FROM ONLY public.\"T\") TO STDOUT (ENCODING 'UTF8')");
    g_assert_null(side_sql_add_key(&pair));
}

static void test_rows_come_back_by_the_key(void)
{
    g_autoptr(TableShape) backup = simple('r');
    g_autoptr(TableShape) live = simple('r');
    ((ShapeColumn *)live->columns->pdata[0])->is_always = true;
    const SidePair pair = pair_of(backup, live);
    expect(side_sql_insert(&pair), "INSERT INTO public.\"T\" (id, \"a b\")\n"
                                   "OVERRIDING SYSTEM VALUE\n"
                                   "SELECT s.id, s.\"a b\"\n"
                                   "  FROM side.\"T\" AS s\n"
                                   "ON CONFLICT (id) DO NOTHING");
    expect(side_sql_update(&pair), "UPDATE public.\"T\" AS l\n"
                                   "   SET \"a b\" = s.\"a b\"\n"
                                   "  FROM side.\"T\" AS s\n"
                                   " WHERE l.id = s.id\n"
                                   "   AND ROW(l.\"a b\"::text) IS DISTINCT FROM"
                                   " ROW(s.\"a b\"::text)");
}

static void test_rows_come_back_without_a_key(void)
{
    g_autoptr(TableShape) backup = table_shape_new('r');
    add(backup, "a", "text", 0);
    g_autoptr(TableShape) live = table_shape_new('p');
    add(live, "a", "text", 0);
    const SidePair pair = pair_of(backup, live);
    g_assert_null(side_sql_key(&pair));
    g_assert_null(side_sql_update(&pair));
    expect(side_sql_insert(&pair), "INSERT INTO public.\"T\" (a)\n"
                                   "SELECT s.a\n"
                                   "  FROM side.\"T\" AS s\n"
                                   "EXCEPT ALL\n"
                                   "SELECT l.a\n"
                                   "  FROM public.\"T\" AS l");
}

/* A cast with a length would cut values; one without lets the column refuse them. */
static void test_another_type_is_cast_and_not_cut(void)
{
    g_autoptr(TableShape) backup = simple('r');
    g_autoptr(TableShape) live = simple('r');
    ShapeColumn *column = last(live);
    g_free(column->type);
    column->type = g_strdup("character varying(3)");
    g_free(column->bare_type);
    column->bare_type = g_strdup("character varying");
    const SidePair pair = pair_of(backup, live);
    g_autofree char *insert = side_sql_insert(&pair);
    g_assert_nonnull(strstr(insert, "SELECT s.id, s.\"a b\"::text::character varying\n"));
}

static void test_generated_columns_stay_away(void)
{
    g_autoptr(TableShape) backup = simple('r');
    g_autoptr(TableShape) live = simple('r');
    last(live)->is_generated = true;
    const SidePair pair = pair_of(backup, live);
    g_assert_null(side_sql_update(&pair));
    g_autofree char *count = side_sql_count(&pair);
    g_autofree char *insert = side_sql_insert(&pair);
    g_assert_null(strstr(count, "a b"));
    g_assert_null(strstr(insert, "a b"));
}

static void test_key_is_one_that_both_have(void)
{
    g_autoptr(TableShape) backup = simple('r');
    g_autoptr(TableShape) live = simple('r');
    last(live)->key_place = 2;
    const SidePair pair = pair_of(backup, live);
    g_assert_null(side_sql_key(&pair));
    last(backup)->key_place = 2;
    g_auto(GStrv) key = side_sql_key(&pair);
    g_assert_cmpstr(key[1], ==, "a b");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/side_sql/copy_has_columns_and_key", test_copy_has_columns_and_key);
    g_test_add_func("/side_sql/only_own_rows_of_an_inherited_table",
                    test_only_own_rows_of_an_inherited_table);
    g_test_add_func("/side_sql/rows_come_back_by_the_key", test_rows_come_back_by_the_key);
    g_test_add_func("/side_sql/rows_come_back_without_a_key", test_rows_come_back_without_a_key);
    g_test_add_func("/side_sql/another_type_is_cast_and_not_cut",
                    test_another_type_is_cast_and_not_cut);
    g_test_add_func("/side_sql/generated_columns_stay_away", test_generated_columns_stay_away);
    g_test_add_func("/side_sql/key_is_one_that_both_have", test_key_is_one_that_both_have);
    return g_test_run();
}
