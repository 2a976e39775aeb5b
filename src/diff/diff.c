#include "diff/diff.h"

#include "diff/disturb.h"
#include "diff/fold.h"
#include "diff/order.h"
#include "diff/rename.h"
#include "diff/sort.h"

#include <string.h>

static int compare_rank(const void *a, const void *b)
{
    const Operation *left = *(Operation *const *)a;
    const Operation *right = *(Operation *const *)b;
    return strcmp(left->rank, right->rank);
}

/* Hands over the change of @operation with those of its parts. */
static Change *take_change(Operation *operation)
{
    Change *change = g_steal_pointer(&operation->change);
    if (operation->inside == NULL)
        return change;
    g_ptr_array_sort(operation->inside, compare_rank);
    change->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    for (unsigned i = 0; i < operation->inside->len; i++)
        g_ptr_array_add(change->inside, take_change(g_ptr_array_index(operation->inside, i)));
    return change;
}

GPtrArray *diff_schemas(const Schema *from, const Schema *to)
{
    g_autoptr(PairTable) pairs = pair_table_new(from, to);
    join_renamed_parts(pairs);
    disturb_dependents(pairs);
    g_autoptr(OperationTable) operations = operation_table_new(pairs);
    order_operations(operations, pairs);
    fold_parts(operations, pairs);
    order_bodies(operations);
    g_autoptr(GPtrArray) sorted = sort_operations(operations);
    GPtrArray *changes = g_ptr_array_new_full(sorted->len, (GDestroyNotify)change_free);
    for (unsigned i = 0; i < sorted->len; i++)
        g_ptr_array_add(changes, take_change(g_ptr_array_index(sorted, i)));
    return changes;
}
