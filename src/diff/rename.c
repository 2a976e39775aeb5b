#include "diff/rename.h"

#include <string.h>

/* What follows the name in CREATE [UNIQUE] INDEX name …; @definition if it begins otherwise. */
static const char *skip_index_name(const char *definition)
{
    static const char *const beginnings[] = {"CREATE INDEX ", "CREATE UNIQUE INDEX "};
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (!g_str_has_prefix(definition, beginnings[i]))
            continue;
        const char *p = definition + strlen(beginnings[i]);
        if (*p != '"')
            return p + strcspn(p, " ");
        for (p++; *p != '\0' && (*p != '"' || p[1] == '"'); p++)
            p += *p == '"';
        return p + (*p == '"');
    }
    return definition;
}

static bool is_same_index(const Object *a, const Object *b)
{
    unsigned differences = object_differences(a, b) & ~(1U << INDEX_DEFINITION);
    return differences == 0 &&
           strcmp(skip_index_name(object_value(a, INDEX_DEFINITION)),
                  skip_index_name(object_value(b, INDEX_DEFINITION))) == 0 &&
           g_str_has_prefix(object_value(a, INDEX_DEFINITION), "CREATE UNIQUE") ==
               g_str_has_prefix(object_value(b, INDEX_DEFINITION), "CREATE UNIQUE");
}

static bool is_same_part(const Object *a, const Object *b)
{
    if (a->kind != b->kind || g_strcmp0(a->schema, b->schema) != 0 ||
        g_strcmp0(a->relation, b->relation) != 0)
        return false;
    return a->kind == KIND_INDEX ? is_same_index(a, b) : object_differences(a, b) == 0;
}

/* The only pair of @candidates that creates the equal of @dropped, or %NULL. */
static Pair *find_equal(const Pair *dropped, const GPtrArray *candidates)
{
    Pair *found = NULL;
    for (unsigned i = 0; i < candidates->len; i++) {
        Pair *created = g_ptr_array_index(candidates, i);
        if (created->fate != FATE_CREATE || !is_same_part(dropped->from, created->to))
            continue;
        if (found != NULL)
            return NULL;
        found = created;
    }
    return found;
}

static char *relation_key(const Object *object)
{
    return g_strdup_printf("%d\n%s\n%s", (int)object->kind, object->schema, object->relation);
}

/* The pairs with @fate of constraints and indexes, by kind and relation. */
static GHashTable *index_parts(const PairTable *table, Fate fate)
{
    GHashTable *by_relation =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    const GPtrArray *pairs = pair_table_pairs(table);
    for (unsigned i = 0; i < pairs->len; i++) {
        Pair *pair = g_ptr_array_index(pairs, i);
        const Object *object = pair->to == NULL ? pair->from : pair->to;
        if (pair->fate != fate || (object->kind != KIND_CONSTRAINT && object->kind != KIND_INDEX))
            continue;
        g_autofree char *key = relation_key(object);
        GPtrArray *parts = g_hash_table_lookup(by_relation, key);
        if (parts == NULL) {
            parts = g_ptr_array_new();
            g_hash_table_insert(by_relation, g_steal_pointer(&key), parts);
        }
        g_ptr_array_add(parts, pair);
    }
    return by_relation;
}

/* Joins the parts of one relation; those that have two equals are left alone. */
static void join_parts(PairTable *table, const GPtrArray *dropped, GPtrArray *created)
{
    for (unsigned i = 0; i < dropped->len; i++) {
        Pair *pair = g_ptr_array_index(dropped, i);
        Pair *equal = find_equal(pair, created);
        if (equal == NULL)
            continue;
        g_ptr_array_remove(created, equal);
        pair_table_join(table, pair, equal);
    }
}

void join_renamed_parts(PairTable *table)
{
    g_autoptr(GHashTable) dropped = index_parts(table, FATE_DROP);
    g_autoptr(GHashTable) created = index_parts(table, FATE_CREATE);
    GHashTableIter iter;
    void *key = NULL;
    void *parts = NULL;
    g_hash_table_iter_init(&iter, dropped); /* the relations are independent of each other */
    while (g_hash_table_iter_next(&iter, &key, &parts)) {
        GPtrArray *candidates = g_hash_table_lookup(created, key);
        if (candidates != NULL)
            join_parts(table, parts, candidates);
    }
}
