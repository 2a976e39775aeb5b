#include "diff/fold.h"

#include <string.h>

/* What can be said of a constraint only after its table exists. */
static bool needs_own_statement(const Object *constraint)
{
    return !object_flag(constraint, CONSTRAINT_VALID) ||
           object_flag(constraint, CONSTRAINT_CLUSTERED) ||
           object_flag(constraint, CONSTRAINT_REPLICA_IDENTITY);
}

/* Whether @part can be written inside the statement that creates @whole. */
static bool has_room(const Object *whole, const Object *part)
{
    switch (part->kind) {
    case KIND_COLUMN:
        return whole->kind == KIND_TABLE;
    case KIND_CONSTRAINT:
        return whole->kind == KIND_TABLE && !needs_own_statement(part);
    case KIND_DEFAULT:
        return whole->kind == KIND_COLUMN;
    case KIND_DOMAIN_CHECK:
        return whole->kind == KIND_DOMAIN && object_flag(part, DOMAIN_CHECK_VALID);
    default:
        return false;
    }
}

/* Whether something that @part needs must itself wait for @host. */
static bool comes_too_late(OperationTable *operations, const Operation *part, const Operation *host)
{
    for (unsigned i = 0; i < part->before->len; i++) {
        Operation *needed = operation_shown(g_ptr_array_index(part->before, i));
        if (needed != host && operation_reaches(operations, needed, host))
            return true;
    }
    return false;
}

static void fold_creation(OperationTable *operations, const PairTable *pairs, Operation *part)
{
    const Object *object = part->change->to;
    const Pair *parent = pair_table_find(pairs, object->parent);
    Operation *whole = operation_table_of(operations, parent).make;
    if (whole == NULL || whole->change->action != CHANGE_CREATE ||
        !has_room(whole->change->to, object))
        return;
    Operation *host = operation_shown(whole);
    if (comes_too_late(operations, part, host))
        return;
    part->host = host;
    for (unsigned i = 0; i < part->before->len; i++)
        operation_order(g_ptr_array_index(part->before, i), host);
    if (host->inside == NULL)
        host->inside = g_ptr_array_new();
    g_ptr_array_add(host->inside, part);
}

/* Whether dropping @part with @host would drop it after something that it stands on. */
static bool goes_too_late(OperationTable *operations, const PairTable *pairs, const Operation *part,
                          Operation *host)
{
    const GPtrArray *needed = part->change->from->depends_on;
    for (unsigned i = 0; needed != NULL && i < needed->len; i++) {
        const Pair *pair = pair_table_find(pairs, g_ptr_array_index(needed, i));
        Operation *drop = operation_table_of(operations, pair).drop;
        if (drop != NULL && operation_shown(drop) != host &&
            operation_reaches(operations, host, operation_shown(drop)))
            return true;
    }
    return false;
}

/* A part of what is dropped needs no word of its own, unless that would make a circle. */
static void fold_drop(OperationTable *operations, const PairTable *pairs, Operation *part)
{
    for (const Object *object = part->change->from->parent; object != NULL;
         object = object->parent) {
        Operation *whole = operation_table_of(operations, pair_table_find(pairs, object)).drop;
        if (whole == NULL || whole->change->action != CHANGE_DROP)
            continue;
        Operation *host = operation_shown(whole);
        if (goes_too_late(operations, pairs, part, host))
            return;
        part->host = host;
        for (unsigned i = 0; i < part->before->len; i++)
            operation_order(g_ptr_array_index(part->before, i), host);
        return;
    }
}

static void fold(OperationTable *operations, const PairTable *pairs, Operation *part)
{
    if (change_object(part->change)->parent == NULL)
        return;
    if (part->change->action == CHANGE_CREATE)
        fold_creation(operations, pairs, part);
    else if (part->change->action == CHANGE_DROP)
        fold_drop(operations, pairs, part);
}

/* Parts of a kind after parts of the kinds before it: a default finds its column folded. */
void fold_parts(OperationTable *operations, const PairTable *pairs)
{
    const GPtrArray *all = operation_table_all(operations);
    for (unsigned i = 0; i < all->len; i++)
        fold(operations, pairs, g_ptr_array_index(all, i));
}
