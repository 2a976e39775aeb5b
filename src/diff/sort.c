#include "diff/sort.h"

#include <string.h>

static int compare_rank(const void *a, const void *b)
{
    const Operation *left = *(Operation *const *)a;
    const Operation *right = *(Operation *const *)b;
    return strcmp(left->rank, right->rank);
}

static int compare_rank_in_tree(const void *a, const void *b, void *data)
{
    (void)data;
    return strcmp(((const Operation *)a)->rank, ((const Operation *)b)->rank);
}

/* Turns "must come before me" into "waits for me", and counts. */
static void count_waiting(const GPtrArray *shown)
{
    for (unsigned i = 0; i < shown->len; i++) {
        Operation *operation = g_ptr_array_index(shown, i);
        for (unsigned j = 0; j < operation->before->len; j++) {
            Operation *needed = operation_shown(g_ptr_array_index(operation->before, j));
            if (needed == operation)
                continue;
            if (needed->after == NULL)
                needed->after = g_ptr_array_new();
            g_ptr_array_add(needed->after, operation);
            operation->waiting++;
        }
    }
}

static void finish(Operation *operation, GTree *ready, GPtrArray *sorted)
{
    operation->is_done = true;
    g_ptr_array_add(sorted, operation);
    for (unsigned i = 0; operation->after != NULL && i < operation->after->len; i++) {
        Operation *next = g_ptr_array_index(operation->after, i);
        if (--next->waiting == 0 && !next->is_done)
            g_tree_insert(ready, next, next);
    }
}

/* The first by rank that is left, though it waits in a circle; @from is where to look on. */
static Operation *break_circle(const GPtrArray *shown, unsigned *from)
{
    while (*from < shown->len) {
        Operation *operation = g_ptr_array_index(shown, (*from)++);
        if (!operation->is_done)
            return operation;
    }
    return NULL;
}

GPtrArray *sort_operations(const OperationTable *operations)
{
    const GPtrArray *all = operation_table_all(operations);
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    for (unsigned i = 0; i < all->len; i++) {
        Operation *operation = g_ptr_array_index(all, i);
        if (operation->host == NULL)
            g_ptr_array_add(shown, operation);
    }
    g_ptr_array_sort(shown, compare_rank);
    count_waiting(shown);
    g_autoptr(GTree) ready = g_tree_new_full(compare_rank_in_tree, NULL, NULL, NULL);
    for (unsigned i = 0; i < shown->len; i++) {
        Operation *operation = g_ptr_array_index(shown, i);
        if (operation->waiting == 0)
            g_tree_insert(ready, operation, operation);
    }
    GPtrArray *sorted = g_ptr_array_sized_new(shown->len);
    unsigned from = 0;
    while (sorted->len < shown->len) {
        GTreeNode *first = g_tree_node_first(ready);
        Operation *next = first == NULL ? break_circle(shown, &from) : g_tree_node_key(first);
        if (first != NULL)
            g_tree_remove(ready, next);
        finish(next, ready, sorted);
    }
    return sorted;
}
