#include "backup/fingerprint.h"

#include <string.h>

int table_fingerprint_order(const void *left, const void *right)
{
    const TableFingerprint *l = *(const TableFingerprint *const *)left;
    const TableFingerprint *r = *(const TableFingerprint *const *)right;
    int order = strcmp(l->schema, r->schema);
    return order != 0 ? order : strcmp(l->name, r->name);
}

/* (transfer container): a manifest may be written in any order. */
static GPtrArray *sorted(const GPtrArray *tables)
{
    GPtrArray *copy = g_ptr_array_sized_new(tables->len);
    for (size_t i = 0; i < tables->len; i++)
        g_ptr_array_add(copy, g_ptr_array_index(tables, i));
    g_ptr_array_sort(copy, table_fingerprint_order);
    return copy;
}

static void say(GPtrArray *lines, const TableFingerprint *table, const char *what)
{
    g_ptr_array_add(lines,
                    g_strdup_printf("table \"%s.%s\": %s", table->schema, table->name, what));
}

static void compare_table(GPtrArray *lines, const TableFingerprint *wanted,
                          const TableFingerprint *found)
{
    if (wanted->rows != found->rows) {
        g_autofree char *what = g_strdup_printf(
            "%" G_GINT64_FORMAT " rows, expected are %" G_GINT64_FORMAT, found->rows, wanted->rows);
        say(lines, wanted, what);
    } else if (strcmp(wanted->hash, found->hash) != 0) {
        g_autofree char *what = g_strdup_printf(
            "%" G_GINT64_FORMAT " rows as expected, but with other content", found->rows);
        say(lines, wanted, what);
    }
}

static void compare_objects(GPtrArray *lines, const LargeObjectsFingerprint *wanted,
                            const LargeObjectsFingerprint *found)
{
    if (wanted->objects != found->objects || wanted->bytes != found->bytes)
        g_ptr_array_add(
            lines, g_strdup_printf("large objects: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                                   " bytes, expected are %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                                   " bytes",
                                   found->objects, found->bytes, wanted->objects, wanted->bytes));
    else if (strcmp(wanted->hash, found->hash) != 0)
        g_ptr_array_add(lines, g_strdup_printf("large objects: %" G_GINT64_FORMAT
                                               " as expected, but with other content",
                                               found->objects));
}

GPtrArray *fingerprint_compare(const GPtrArray *wanted_tables,
                               const LargeObjectsFingerprint *wanted_objects,
                               const Fingerprint *found)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) wanted = sorted(wanted_tables);
    g_autoptr(GPtrArray) there = sorted(found->tables);
    size_t w = 0, f = 0;
    while (w < wanted->len && f < there->len) {
        const TableFingerprint *expected = wanted->pdata[w];
        const TableFingerprint *table = there->pdata[f];
        int order = table_fingerprint_order(&expected, &table);
        if (order < 0)
            say(lines, expected, "missing");
        else if (order > 0)
            say(lines, table, "not expected");
        else
            compare_table(lines, expected, table);
        w += order <= 0;
        f += order >= 0;
    }
    for (; w < wanted->len; w++)
        say(lines, wanted->pdata[w], "missing");
    for (; f < there->len; f++)
        say(lines, there->pdata[f], "not expected");
    compare_objects(lines, wanted_objects, &found->large_objects);
    return lines;
}
