#include "diff/pair.h"

#include "diff/unmanaged.h"

struct PairTable {
    GPtrArray *pairs;
    GHashTable *by_object; /* Object → Pair, borrowed */
};

static void pair_free(void *data)
{
    Pair *pair = data;
    g_clear_pointer(&pair->dependents, g_ptr_array_unref);
    g_free(pair);
}

/* @left_alone: object → why no plan touches it */
static void add_pair(PairTable *table, GHashTable *left_alone, const Object *from, const Object *to)
{
    if (g_hash_table_contains(left_alone, from) || g_hash_table_contains(left_alone, to))
        return;
    Pair *pair = g_new0(Pair, 1);
    pair->from = from;
    pair->to = to;
    if (from == NULL)
        pair->fate = FATE_CREATE;
    else if (to == NULL)
        pair->fate = FATE_DROP;
    g_ptr_array_add(table->pairs, pair);
    if (from != NULL)
        g_hash_table_insert(table->by_object, (void *)from, pair);
    if (to != NULL)
        g_hash_table_insert(table->by_object, (void *)to, pair);
}

/* Both lists are sorted by identity, so one pass finds all counterparts. */
static void merge_kind(PairTable *table, GHashTable *left_alone, const GPtrArray *from,
                       const GPtrArray *to)
{
    unsigned f = 0;
    unsigned t = 0;
    while (f < from->len || t < to->len) {
        const Object *old = f < from->len ? g_ptr_array_index(from, f) : NULL;
        const Object *new = t < to->len ? g_ptr_array_index(to, t) : NULL;
        int order = old == NULL ? 1 : new == NULL ? -1 : strcmp(old->identity, new->identity);
        add_pair(table, left_alone, order <= 0 ? old : NULL, order >= 0 ? new : NULL);
        f += order <= 0;
        t += order >= 0;
    }
}

static void link_dependents(PairTable *table, Pair *pair)
{
    const GPtrArray *needed = pair->from == NULL ? NULL : pair->from->depends_on;
    for (unsigned i = 0; needed != NULL && i < needed->len; i++) {
        Pair *other = pair_table_find(table, g_ptr_array_index(needed, i));
        if (other == NULL)
            continue;
        if (other->dependents == NULL)
            other->dependents = g_ptr_array_new();
        g_ptr_array_add(other->dependents, pair);
    }
}

PairTable *pair_table_new(const Schema *from, const Schema *to)
{
    PairTable *table = g_new0(PairTable, 1);
    table->pairs = g_ptr_array_new_with_free_func(pair_free);
    table->by_object = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) left_alone = unmanaged_find(from, to);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (kind != KIND_OTHER)
            merge_kind(table, left_alone, schema_objects(from, kind), schema_objects(to, kind));
    for (unsigned i = 0; i < table->pairs->len; i++)
        link_dependents(table, g_ptr_array_index(table->pairs, i));
    return table;
}

void pair_table_free(PairTable *table)
{
    if (table == NULL)
        return;
    g_hash_table_unref(table->by_object);
    g_ptr_array_unref(table->pairs);
    g_free(table);
}

const GPtrArray *pair_table_pairs(const PairTable *table)
{
    return table->pairs;
}

Pair *pair_table_find(const PairTable *table, const Object *object)
{
    return object == NULL ? NULL : g_hash_table_lookup(table->by_object, object);
}

void pair_table_join(PairTable *table, Pair *dropped, Pair *created)
{
    dropped->to = created->to;
    dropped->fate = FATE_RENAME;
    g_hash_table_insert(table->by_object, (void *)dropped->to, dropped);
    g_ptr_array_remove(table->pairs, created);
}

bool object_depends_on(const Object *object, const Object *needed)
{
    return object != NULL && needed != NULL && object->depends_on != NULL &&
           g_ptr_array_find(object->depends_on, needed, NULL);
}
