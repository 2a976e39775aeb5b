/*
 * Objects of kinds that are not managed, and what stands on them.
 *
 * An unmanaged object is never made and never dropped. Where it is on one side only, what stands
 * on it there cannot be made either, and is left alone too.
 */
#pragma once
#include "schema/schema.h"

/* An object of one side only that a plan leaves alone. */
typedef struct UnmanagedDifference {
    const Object *object;
    const Object *because; /* (nullable): the unmanaged object that it stands on; %NULL if it is
                              one itself */
    bool is_missing;       /* true: in "to", so it ought to be made; false: in "from" */
} UnmanagedDifference;

/* (transfer full) (element-type UnmanagedDifference): by kind, then identity. */
GArray *diff_unmanaged(const Schema *from, const Schema *to);

/**
 * unmanaged_find:
 *
 * Internal to the layer.
 *
 * Returns: (transfer full): object of either schema → the unmanaged object for which it is left
 *   alone.
 */
GHashTable *unmanaged_find(const Schema *from, const Schema *to);
