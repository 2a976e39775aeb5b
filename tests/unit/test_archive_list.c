/* What of an archive some of its tables need. */
#include "backup/archive_list.h"

#include "backup/table_name.h"

#include <string.h>

static const char *const item[] = {"item", NULL};

typedef struct Row {
    int id;
    const char *type, *schema, *name, *statement;
} Row;

static char *choose(const Row *rows, size_t count, const char *const *words)
{
    g_autofree TocEntry *entries = g_new0(TocEntry, count);
    g_autoptr(GPtrArray) array = g_ptr_array_new();
    for (size_t i = 0; i < count; i++) {
        entries[i] = (TocEntry){.id = rows[i].id,
                                .type = (char *)rows[i].type,
                                .schema = (char *)rows[i].schema,
                                .name = (char *)rows[i].name,
                                .statement = (char *)rows[i].statement};
        g_ptr_array_add(array, &entries[i]);
    }
    return archive_list_choose(array, words);
}

static const Row utf8 = {1, "ENCODING", NULL, "ENCODING", "SET client_encoding = 'UTF8';\n"};

static void test_rows_are_of_the_tables_alone(void)
{
    const Row entries[] = {
        utf8,
        {2, "TYPE", "public", "color", "CREATE TYPE …"},
        {3, "TABLE", "public", "item", "CREATE TABLE public.item (…);\n"},
        {4, "TABLE", "public", "other", "CREATE TABLE public.other (…);\n"},
        {5, "TABLE DATA", "public", "item", NULL},
        {6, "TABLE DATA", "public", "other", NULL},
        {7, "SEQUENCE SET", "public", "item_id_seq", NULL},
        {8, "CONSTRAINT", "public", "item item_pkey", "ALTER TABLE …"},
        {9, "FK CONSTRAINT", "public", "item item_fkey", "ALTER TABLE …"},
        {10, "ACL", "public", "TABLE item", "GRANT …"},
        {11, "TRIGGER", "public", "item t", "CREATE TRIGGER …"},
        {12, "SOMETHING NEW", NULL, "x", "CREATE SOMETHING …"},
    };
    g_autofree char *list = choose(entries, G_N_ELEMENTS(entries), item);
    g_assert_cmpstr(list, ==, "1;\n2;\n3;\n4;\n5;\n8;\n12;\n");
}

static void test_partitions_come_with_their_rows(void)
{
    const Row entries[] = {
        utf8,
        {2, "TABLE", "public", "item", "CREATE TABLE public.item (…) PARTITION BY …;\n"},
        {3, "TABLE", "p", "new", "CREATE TABLE p.new (…);\n"},
        {4, "TABLE ATTACH", "p", "new", "ALTER TABLE ONLY public.item ATTACH PARTITION …"},
        {5, "TABLE", "p", "old", "CREATE TABLE p.old (…);\nALTER … ATTACH PARTITION …"},
        {6, "TABLE DATA", "p", "new", NULL},
        {7, "TABLE DATA", "p", "old", NULL},
        {8, "TABLE DATA", "p", "rest", NULL},
    };
    g_autofree char *list = choose(entries, G_N_ELEMENTS(entries), item);
    g_assert_cmpstr(list, ==, "1;\n2;\n3;\n4;\n5;\n6;\n7;\n");
}

static void test_all_of_another_encoding_is_needed(void)
{
    const Row entries[] = {
        {1, "ENCODING", NULL, "ENCODING", "SET client_encoding = 'LATIN1';\n"},
        {2, "TABLE DATA", "public", "item", NULL},
    };
    g_assert_null(choose(entries, G_N_ELEMENTS(entries), item));
}

static void test_what_is_no_archive_has_no_list(void)
{
    g_autoptr(ArchiveList) list = archive_list_new(item, 2);
    g_assert_true(archive_list_feed(list, "..", 2));
    g_assert_false(archive_list_feed(list, "PGDMQ", 5));
    g_assert_null(archive_list_text(list));
    g_assert_cmpuint(archive_list_bytes(list)->len, ==, 7);
}

static void test_name_is_as_it_is_or_as_sql_has_it(void)
{
    const char *good[] = {"a\"B.c", "\"a\"\"B.c\"", "x y.a\"B.c", "\"x y\".\"a\"\"B.c\""};
    const char *bad[] = {"a\"b.c", "c", "", "\"x y\".a\"B.c", "x y."};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(table_name_matches(good[i], "x y", "a\"B.c"));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(table_name_matches(bad[i], "x y", "a\"B.c"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/archive_list/rows_are_of_the_tables_alone",
                    test_rows_are_of_the_tables_alone);
    g_test_add_func("/archive_list/partitions_come_with_their_rows",
                    test_partitions_come_with_their_rows);
    g_test_add_func("/archive_list/all_of_another_encoding_is_needed",
                    test_all_of_another_encoding_is_needed);
    g_test_add_func("/archive_list/what_is_no_archive_has_no_list",
                    test_what_is_no_archive_has_no_list);
    g_test_add_func("/archive_list/name_is_as_it_is_or_as_sql_has_it",
                    test_name_is_as_it_is_or_as_sql_has_it);
    return g_test_run();
}
