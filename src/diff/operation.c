#include "diff/operation.h"

struct OperationTable {
    GPtrArray *all;
    GHashTable *by_pair; /* Pair → PairOperations */
    unsigned searches;   /* so far: each leaves its number as the mark of what it visited */
};

static void operation_free(void *data)
{
    Operation *operation = data;
    change_free(operation->change);
    g_ptr_array_unref(operation->before);
    g_clear_pointer(&operation->after, g_ptr_array_unref);
    g_clear_pointer(&operation->inside, g_ptr_array_unref);
    g_free(operation->rank);
    g_free(operation);
}

/* The object whose place in the output @object shares: its relation, or itself. */
static const Object *find_group(const Object *object)
{
    while (object->parent != NULL)
        object = object->parent;
    return object;
}

/*
 * What is made comes first, each relation with what belongs to it; what is dropped for good
 * comes last, in the reverse order of kinds. A type that is made again for its new labels comes
 * before all.
 */
static char *make_rank(const Change *change)
{
    const Object *object = change_object(change);
    const Object *group = find_group(object);
    bool gone = change->action == CHANGE_DROP && change->to == NULL;
    int group_kind = gone ? KIND_COUNT - (int)group->kind : (int)group->kind;
    int kind = gone ? KIND_COUNT - (int)object->kind : (int)object->kind;
    const char *position = object->kind == KIND_COLUMN ? object_value(object, COLUMN_POSITION)
                           : object->kind == KIND_VIEW_COLUMN
                               ? object_value(object, VIEW_COLUMN_POSITION)
                               : NULL;
    return g_strdup_printf("%d %02d %s %02d %5s %s %d", gone, group_kind, group->identity, kind,
                           position == NULL ? "" : position, object->identity, (int)change->action);
}

static Operation *add(OperationTable *table, Pair *pair, ChangeAction action, const Object *from,
                      const Object *to)
{
    Operation *operation = g_new0(Operation, 1);
    operation->change = change_new(action, from, to);
    operation->pair = pair;
    operation->before = g_ptr_array_new();
    g_ptr_array_add(table->all, operation);
    return operation;
}

static bool is_dropped(const Pair *pair)
{
    return pair != NULL && (pair->fate == FATE_DROP || pair->fate == FATE_REBUILD);
}

/* Whether the sequence's owning column goes away, and the sequence with it. */
static bool goes_with_owner(const PairTable *pairs, const Pair *pair)
{
    for (unsigned i = 0; pair->dependents != NULL && i < pair->dependents->len; i++) {
        const Pair *owned_by = g_ptr_array_index(pair->dependents, i);
        const Object *from = owned_by->from;
        if (from->kind != KIND_OWNED_BY)
            continue;
        for (unsigned j = 0; j < from->depends_on->len; j++) {
            const Object *needed = g_ptr_array_index(from->depends_on, j);
            if (needed->kind != KIND_COLUMN)
                continue;
            const Pair *table = pair_table_find(pairs, needed->parent);
            if (is_dropped(pair_table_find(pairs, needed)) || is_dropped(table))
                return true;
        }
    }
    return false;
}

/*
 * Whether the object disappears by itself: a column with its table, a sequence with the column
 * that owns it. Other parts of a dropped relation have an operation of their own, which
 * fold_parts() mostly takes away.
 */
static bool is_drop_implied(const PairTable *pairs, const Pair *pair)
{
    const Object *object = pair->from;
    switch (object->kind) {
    case KIND_SEQUENCE:
        return goes_with_owner(pairs, pair);
    case KIND_COLUMN:
    case KIND_OWNED_BY:
        return is_dropped(pair_table_find(pairs, object->parent));
    default:
        return false;
    }
}

static void add_notes(OperationTable *table, Pair *pair, const Object *before)
{
    if (before == NULL ? pair->to->comment != NULL : !object_comment_equal(before, pair->to))
        add(table, pair, CHANGE_COMMENT, before, pair->to);
    if (before == NULL ? pair->to->grants != NULL : !object_grants_equal(before, pair->to))
        add(table, pair, CHANGE_GRANTS, before, pair->to);
}

static void add_main(OperationTable *table, const PairTable *pairs, Pair *pair, PairOperations *own)
{
    const Object *object = pair->to == NULL ? pair->from : pair->to;
    if (pair->fate == FATE_KEEP || object->kind == KIND_VIEW_COLUMN)
        return;
    if (is_dropped(pair) && !is_drop_implied(pairs, pair))
        own->drop = add(table, pair, CHANGE_DROP, pair->from, pair->to);
    if (pair->fate == FATE_ASIDE) {
        own->aside = add(table, pair, CHANGE_SET_ASIDE, pair->from, pair->to);
        own->drop = add(table, pair, CHANGE_DROP_ASIDE, pair->from, pair->to);
    }
    static const ChangeAction in_place[] = {
        [FATE_RENAME] = CHANGE_RENAME,
        [FATE_ALTER] = CHANGE_ALTER,
        [FATE_REPLACE] = CHANGE_REPLACE,
    };
    if (pair->fate < FATE_REBUILD) {
        own->make = add(table, pair, in_place[pair->fate], pair->from, pair->to);
        own->make->change->attributes = pair->differences;
    } else if (pair->fate != FATE_DROP) {
        own->make = add(table, pair, CHANGE_CREATE, NULL, pair->to);
    }
}

static void add_pair_operations(OperationTable *table, const PairTable *pairs, Pair *pair)
{
    PairOperations own = {0};
    add_main(table, pairs, pair, &own);
    if (own.drop != NULL || own.aside != NULL || own.make != NULL)
        g_hash_table_insert(table->by_pair, pair, g_memdup2(&own, sizeof own));
    if (pair->to != NULL)
        add_notes(table, pair, pair->fate >= FATE_REBUILD ? NULL : pair->from);
}

OperationTable *operation_table_new(const PairTable *pairs)
{
    OperationTable *table = g_new0(OperationTable, 1);
    table->all = g_ptr_array_new_with_free_func(operation_free);
    table->by_pair = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    const GPtrArray *all = pair_table_pairs(pairs);
    for (unsigned i = 0; i < all->len; i++)
        add_pair_operations(table, pairs, g_ptr_array_index(all, i));
    for (unsigned i = 0; i < table->all->len; i++) {
        Operation *operation = g_ptr_array_index(table->all, i);
        operation->rank = make_rank(operation->change);
    }
    return table;
}

void operation_table_free(OperationTable *table)
{
    if (table == NULL)
        return;
    g_hash_table_unref(table->by_pair);
    g_ptr_array_unref(table->all);
    g_free(table);
}

const GPtrArray *operation_table_all(const OperationTable *table)
{
    return table->all;
}

PairOperations operation_table_of(const OperationTable *table, const Pair *pair)
{
    const PairOperations *own = pair == NULL ? NULL : g_hash_table_lookup(table->by_pair, pair);
    return own == NULL ? (PairOperations){0} : *own;
}

Operation *operation_removing(const OperationTable *table, const PairTable *pairs, const Pair *pair)
{
    for (const Object *object = pair->from; object != NULL; object = object->parent) {
        const Pair *holder = pair_table_find(pairs, object);
        Operation *drop = operation_table_of(table, holder).drop;
        if (drop != NULL)
            return drop;
    }
    return NULL;
}

void operation_order(Operation *first, Operation *second)
{
    if (first != NULL && second != NULL && first != second)
        g_ptr_array_add(second->before, first);
}

Operation *operation_shown(Operation *operation)
{
    while (operation->host != NULL)
        operation = operation->host;
    return operation;
}

bool operation_reaches(OperationTable *table, Operation *start, const Operation *target)
{
    unsigned mark = ++table->searches;
    g_autoptr(GPtrArray) stack = g_ptr_array_new();
    g_ptr_array_add(stack, operation_shown(start));
    while (stack->len > 0) {
        Operation *at = g_ptr_array_steal_index_fast(stack, stack->len - 1);
        if (at == target)
            return true;
        if (at->mark == mark)
            continue;
        at->mark = mark;
        for (unsigned i = 0; i < at->before->len; i++)
            g_ptr_array_add(stack, operation_shown(g_ptr_array_index(at->before, i)));
    }
    return false;
}
