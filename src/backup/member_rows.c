#include "backup/member_rows.h"

#include <string.h>

/* The length keeps "a b" and "c" apart from "a" and "b c". */
static char *full_name(const TocEntry *entry)
{
    return g_strdup_printf("%zu %s %s", strlen(entry->schema), entry->schema, entry->name);
}

static bool is_of(const TocEntry *entry, const char *type)
{
    return g_strcmp0(entry->type, type) == 0 && entry->schema != NULL && entry->name != NULL;
}

static GHashTable *tables_made(const GPtrArray *entries)
{
    GHashTable *tables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < entries->len; i++)
        if (is_of(entries->pdata[i], "TABLE"))
            g_hash_table_add(tables, full_name(entries->pdata[i]));
    return tables;
}

GHashTable *member_rows_find(const GPtrArray *entries)
{
    g_autoptr(GHashTable) made = tables_made(entries);
    GHashTable *members = g_hash_table_new(NULL, NULL);
    for (unsigned i = 0; i < entries->len; i++) {
        TocEntry *entry = entries->pdata[i];
        if (!is_of(entry, "TABLE DATA"))
            continue;
        g_autofree char *name = full_name(entry);
        if (!g_hash_table_contains(made, name))
            g_hash_table_add(members, entry);
    }
    return members;
}
