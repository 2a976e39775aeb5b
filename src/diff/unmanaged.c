#include "diff/unmanaged.h"

/* The spreading of "left alone" on one side. */
typedef struct Spreading {
    const Schema *side;
    const Schema *other;
    GHashTable *dependents; /* Object → (element-type Object), of the side */
    GHashTable *reasons;    /* the result */
    GQueue *reached;
} Spreading;

static void add_dependent(GHashTable *dependents, const Object *needed, Object *object)
{
    GPtrArray *list = g_hash_table_lookup(dependents, needed);
    if (list == NULL) {
        list = g_ptr_array_new();
        g_hash_table_insert(dependents, (void *)needed, list);
    }
    g_ptr_array_add(list, object);
}

static GHashTable *index_dependents(const Schema *side)
{
    GHashTable *dependents =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const GPtrArray *objects = schema_objects(side, kind);
        for (unsigned i = 0; i < objects->len; i++) {
            Object *object = g_ptr_array_index(objects, i);
            for (unsigned j = 0; object->depends_on != NULL && j < object->depends_on->len; j++)
                add_dependent(dependents, g_ptr_array_index(object->depends_on, j), object);
        }
    }
    return dependents;
}

static void reach(Spreading *spreading, const Object *object, const Object *because)
{
    if (g_hash_table_contains(spreading->reasons, object))
        return;
    const Object *twin = schema_find(spreading->other, object->kind, object->identity);
    if (twin != NULL && (object->kind == KIND_OTHER || object_differences(object, twin) == 0))
        return;
    g_hash_table_insert(spreading->reasons, (void *)object, (void *)because);
    g_queue_push_tail(spreading->reached, (void *)object);
    /* A new table is not made without one of its columns. */
    if (object->kind == KIND_COLUMN && object->parent != NULL)
        reach(spreading, object->parent, because);
}

static void spread(Spreading *spreading)
{
    const Object *object = NULL;
    while ((object = g_queue_pop_head(spreading->reached)) != NULL) {
        const Object *because = g_hash_table_lookup(spreading->reasons, object);
        const GPtrArray *list = g_hash_table_lookup(spreading->dependents, object);
        for (unsigned i = 0; list != NULL && i < list->len; i++)
            reach(spreading, g_ptr_array_index(list, i), because);
    }
}

static void find_on_side(const Schema *side, const Schema *other, GHashTable *reasons)
{
    const GPtrArray *unmanaged = schema_objects(side, KIND_OTHER);
    if (unmanaged->len == 0)
        return;
    g_autoptr(GHashTable) dependents = index_dependents(side);
    g_autoptr(GQueue) reached = g_queue_new();
    Spreading spreading = {side, other, dependents, reasons, reached};
    for (unsigned i = 0; i < unmanaged->len; i++) {
        const Object *object = g_ptr_array_index(unmanaged, i);
        reach(&spreading, object, object);
    }
    spread(&spreading);
}

GHashTable *unmanaged_find(const Schema *from, const Schema *to)
{
    GHashTable *reasons = g_hash_table_new(NULL, NULL);
    find_on_side(from, to, reasons);
    find_on_side(to, from, reasons);
    return reasons;
}

static void list_side(const Schema *side, bool is_missing, GHashTable *reasons, GArray *differences)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const GPtrArray *objects = schema_objects(side, kind);
        for (unsigned i = 0; i < objects->len; i++) {
            const Object *object = g_ptr_array_index(objects, i);
            const Object *because = g_hash_table_lookup(reasons, object);
            bool is_part = object->parent != NULL && g_hash_table_contains(reasons, object->parent);
            if (because == NULL || is_part)
                continue;
            UnmanagedDifference difference = {object, because == object ? NULL : because,
                                              is_missing};
            g_array_append_val(differences, difference);
        }
    }
}

GArray *diff_unmanaged(const Schema *from, const Schema *to)
{
    GArray *differences = g_array_new(FALSE, FALSE, sizeof(UnmanagedDifference));
    g_autoptr(GHashTable) reasons = unmanaged_find(from, to);
    list_side(to, true, reasons, differences);
    list_side(from, false, reasons, differences);
    return differences;
}
