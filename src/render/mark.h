/*
 * Marks that a relation sets on one of its indexes: CLUSTER ON, REPLICA IDENTITY USING INDEX.
 *
 * An index, or a constraint with its index: @clustered and @replica_identity are the attributes
 * of its kind.
 */
#pragma once
#include "render/rendering.h"

/* Appends the statements that set the marks of the new @object. */
void mark_append(Rendering *rendering, const Object *object, unsigned clustered,
                 unsigned replica_identity);

/*
 * Appends what sets the marks that @change changes, or takes them away: unless another index of
 * the relation has the mark now, which has taken it already or will.
 */
void mark_append_changes(Rendering *rendering, const Change *change, unsigned clustered,
                         unsigned replica_identity);
