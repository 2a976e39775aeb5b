#include "backup/member_rows.h"

static void entry_free(void *data)
{
    TocEntry *entry = data;
    g_free(entry->type);
    g_free(entry->schema);
    g_free(entry->name);
    g_free(entry);
}

static const TocEntry *add(GPtrArray *entries, const char *type, const char *schema,
                           const char *name)
{
    TocEntry *entry = g_new0(TocEntry, 1);
    *entry = (TocEntry){.id = (int)entries->len + 1,
                        .type = g_strdup(type),
                        .schema = g_strdup(schema),
                        .name = g_strdup(name)};
    g_ptr_array_add(entries, entry);
    return entry;
}

/* Whatever comes first in the dump. */
static void rows_without_a_table_are_members(void)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(entry_free);
    const TocEntry *member = add(entries, "TABLE DATA", "public", "layer");
    add(entries, "TABLE DATA", "public", "b c");
    add(entries, "VIEW", "public", "layer");
    const TocEntry *alike = add(entries, "TABLE DATA", "public b", "c");
    add(entries, "BLOBS", NULL, "BLOBS");
    add(entries, "TABLE", "public", "b c");
    g_autoptr(GHashTable) members = member_rows_find(entries);
    g_assert_cmpuint(g_hash_table_size(members), ==, 2);
    g_assert_true(g_hash_table_contains(members, member));
    g_assert_true(g_hash_table_contains(members, alike));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/member_rows/without_a_table", rows_without_a_table_are_members);
    return g_test_run();
}
