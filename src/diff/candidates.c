#include "diff/candidates.h"

#include <string.h>

/* (transfer container): the objects of @kind that only @schema has, not @other. */
static GPtrArray *find_only(const Schema *schema, const Schema *other, ObjectKind kind)
{
    GPtrArray *only = g_ptr_array_new();
    const GPtrArray *objects = schema_objects(schema, kind);
    for (unsigned i = 0; i < objects->len; i++) {
        Object *object = g_ptr_array_index(objects, i);
        if (schema_find(other, kind, object->identity) == NULL)
            g_ptr_array_add(only, object);
    }
    return only;
}

/* Column name → type, of @table. */
static GHashTable *column_types(const Schema *schema, const Object *table)
{
    GHashTable *types = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *columns = schema_objects(schema, KIND_COLUMN);
    for (unsigned i = 0; i < columns->len; i++) {
        const Object *column = g_ptr_array_index(columns, i);
        if (column->parent == table)
            g_hash_table_insert(types, (void *)column->name,
                                (void *)object_value(column, COLUMN_TYPE));
    }
    return types;
}

/* Whether more than half of the columns of the larger table are in both, with their type. */
static bool is_like(GHashTable *a, GHashTable *b)
{
    unsigned common = 0;
    GHashTableIter iter;
    void *name = NULL;
    void *type = NULL;
    g_hash_table_iter_init(&iter, a);
    while (g_hash_table_iter_next(&iter, &name, &type))
        common += g_strcmp0(g_hash_table_lookup(b, name), type) == 0;
    return common > 0 && 2 * common > MAX(g_hash_table_size(a), g_hash_table_size(b));
}

static void add_tables(GArray *candidates, const Schema *from, const Schema *to)
{
    g_autoptr(GPtrArray) old = find_only(from, to, KIND_TABLE);
    g_autoptr(GPtrArray) new = find_only(to, from, KIND_TABLE);
    for (unsigned i = 0; i < old->len; i++) {
        g_autoptr(GHashTable) types = column_types(from, g_ptr_array_index(old, i));
        for (unsigned j = 0; j < new->len; j++) {
            g_autoptr(GHashTable) others = column_types(to, g_ptr_array_index(new, j));
            RenameCandidate candidate = {g_ptr_array_index(old, i), g_ptr_array_index(new, j)};
            if (strcmp(candidate.from->schema, candidate.to->schema) == 0 && is_like(types, others))
                g_array_append_val(candidates, candidate);
        }
    }
}

static bool may_be_same_column(const Object *a, const Object *b)
{
    return strcmp(a->schema, b->schema) == 0 && strcmp(a->relation, b->relation) == 0 &&
           g_strcmp0(object_value(a, COLUMN_TYPE), object_value(b, COLUMN_TYPE)) == 0 &&
           object_value(a, COLUMN_GENERATED) == NULL && object_value(b, COLUMN_GENERATED) == NULL;
}

static void add_columns(GArray *candidates, const Schema *from, const Schema *to)
{
    g_autoptr(GPtrArray) old = find_only(from, to, KIND_COLUMN);
    g_autoptr(GPtrArray) new = find_only(to, from, KIND_COLUMN);
    for (unsigned i = 0; i < old->len; i++)
        for (unsigned j = 0; j < new->len; j++) {
            RenameCandidate candidate = {g_ptr_array_index(old, i), g_ptr_array_index(new, j)};
            if (may_be_same_column(candidate.from, candidate.to))
                g_array_append_val(candidates, candidate);
        }
}

GArray *rename_candidates(const Schema *from, const Schema *to)
{
    GArray *candidates = g_array_new(FALSE, FALSE, sizeof(RenameCandidate));
    add_tables(candidates, from, to);
    add_columns(candidates, from, to);
    return candidates;
}
