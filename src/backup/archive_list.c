#include "backup/archive_list.h"

#include "backup/table_name.h"

#include <string.h>

enum { HELD_MOST = 1U << 28 /* bytes of an archive whose table of contents does not end */ };

struct ArchiveList {
    const char *const *words; /* (not owned) */
    Toc *toc;
    GByteArray *bytes;
    size_t fed;  /* of bytes, to toc */
    bool whole;  /* toc is */
    bool failed; /* it is not understood */
};

ArchiveList *archive_list_new(const char *const *words, size_t head)
{
    ArchiveList *list = g_new0(ArchiveList, 1);
    list->words = words;
    list->fed = head;
    list->toc = toc_new();
    list->bytes = g_byte_array_new();
    return list;
}

void archive_list_free(ArchiveList *list)
{
    if (list == NULL)
        return;
    toc_free(list->toc);
    g_byte_array_unref(list->bytes);
    g_free(list);
}

bool archive_list_feed(ArchiveList *list, const char *bytes, size_t length)
{
    g_byte_array_append(list->bytes, (const guint8 *)bytes, (guint)length);
    TocProgress progress = TOC_MORE;
    if (!list->failed && !list->whole && list->fed < list->bytes->len) {
        list->failed = !toc_feed(list->toc, list->bytes->data + list->fed,
                                 list->bytes->len - list->fed, &progress, NULL) ||
                       list->bytes->len > HELD_MOST;
        list->fed = list->bytes->len;
        list->whole = progress == TOC_WHOLE;
    }
    return !list->failed && !list->whole;
}

const GByteArray *archive_list_bytes(const ArchiveList *list)
{
    return list->bytes;
}

char *archive_list_text(const ArchiveList *list)
{
    return list->whole && !list->failed ? archive_list_choose(toc_entries(list->toc), list->words)
                                        : NULL;
}

/* Names are compared as UTF-8, which those of another encoding are not. */
static bool has_other_encoding(const GPtrArray *entries)
{
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        if (g_strcmp0(entry->type, "ENCODING") == 0)
            return entry->statement == NULL || strstr(entry->statement, "'UTF8'") == NULL;
    }
    return true;
}

static bool is_any(const char *type, const char *const *types, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (g_strcmp0(type, types[i]) == 0)
            return true;
    return false;
}

/* What no rows need; data but that of tables; and what a role may lack the right to make. */
static bool is_needless(const TocEntry *entry)
{
    static const char *const types[] = {"ACL",
                                        "BLOB",
                                        "BLOB COMMENTS",
                                        "BLOB METADATA",
                                        "BLOBS",
                                        "COMMENT",
                                        "CHECK CONSTRAINT",
                                        "DATABASE",
                                        "DEFAULT ACL",
                                        "EVENT TRIGGER",
                                        "FK CONSTRAINT",
                                        "DATABASE PROPERTIES",
                                        "INDEX",
                                        "INDEX ATTACH",
                                        "POLICY",
                                        "MATERIALIZED VIEW DATA",
                                        "PUBLICATION",
                                        "ROW SECURITY",
                                        "PUBLICATION TABLE",
                                        "PUBLICATION TABLES IN SCHEMA",
                                        "RULE",
                                        "STATISTICS",
                                        "SECURITY LABEL",
                                        "SEQUENCE SET",
                                        "SUBSCRIPTION",
                                        "TRIGGER",
                                        "STATISTICS DATA",
                                        "SUBSCRIPTION TABLE",
                                        "USER MAPPING"};
    return is_any(entry->type, types, G_N_ELEMENTS(types));
}

/* Whether the entry makes its table a partition; before 14 the table's own does. */
static bool attaches(const TocEntry *entry)
{
    static const char *const types[] = {"TABLE", "TABLE ATTACH", "FOREIGN TABLE"};
    return is_any(entry->type, types, G_N_ELEMENTS(types)) && entry->statement != NULL &&
           strstr(entry->statement, " ATTACH PARTITION ") != NULL;
}

/* (transfer full): set of schema.name of all partitions. */
static GHashTable *find_partitions(const GPtrArray *entries)
{
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        if (entry->schema != NULL && attaches(entry))
            g_hash_table_add(found, table_name_format(entry->schema, entry->name));
    }
    return found;
}

/* Whether its rows are asked for. */
static bool has_wanted_rows(const TocEntry *entry, const char *const *words, GHashTable *partitions)
{
    if (entry->schema == NULL || entry->name == NULL)
        return true;
    for (const char *const *word = words; *word != NULL; word++)
        if (table_name_matches(*word, entry->schema, entry->name))
            return true;
    g_autofree char *name = table_name_format(entry->schema, entry->name);
    return g_hash_table_contains(partitions, name);
}

char *archive_list_choose(const GPtrArray *entries, const char *const *words)
{
    if (has_other_encoding(entries))
        return NULL;
    g_autoptr(GHashTable) partitions = find_partitions(entries);
    g_autoptr(GString) text = g_string_new("");
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        bool is_data = g_strcmp0(entry->type, "TABLE DATA") == 0;
        if (is_data ? has_wanted_rows(entry, words, partitions) : !is_needless(entry))
            g_string_append_printf(text, "%d;\n", entry->id);
    }
    return g_strdup(text->str);
}
