#include "backup/side_table.h"

void side_table_free(SideTable *table)
{
    if (table == NULL)
        return;
    g_free(table->schema);
    g_free(table->name);
    table_shape_free(table->backup);
    table_shape_free(table->live);
    g_strfreev(table->key);
    g_ptr_array_unref(table->statements);
    g_ptr_array_unref(table->notes);
    g_free(table);
}

SideTable *side_table_new(const char *schema, const char *name)
{
    SideTable *table = g_new0(SideTable, 1);
    table->schema = g_strdup(schema);
    table->name = g_strdup(name);
    table->statements = g_ptr_array_new_with_free_func(g_free);
    table->notes = g_ptr_array_new_with_free_func(g_free);
    return table;
}

SidePair side_table_pair(const SideTable *table, const char *side)
{
    return (SidePair){side, table->schema, table->name, table->backup, table->live};
}
