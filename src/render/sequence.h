/*
 * The options of a sequence, be it one by itself or an identity column's.
 *
 * @options are six values: start, increment, minimum, maximum, cache, cycle. Both kinds have
 * them in this order, so a pointer to the first does.
 */
#pragma once
#include "render/rendering.h"

#include <glib.h>

/**
 * sequence_append_options:
 * @separator: what is put before each: "\n    "
 *
 * Appends those @options that are not what the server would choose for @type by itself.
 */
void sequence_append_options(GString *sql, const char *type, const char *const *options,
                             const char *separator);

/**
 * sequence_append_changes:
 * @prefix: what is put before each: " SET " of an identity column, " " otherwise
 *
 * Appends the options to be set so that a sequence of @from_type with @from, whose type has been
 * changed to @to_type, has @to. With the type, the server changes a limit that was the type's.
 */
void sequence_append_changes(GString *sql, const char *from_type, const char *const *from,
                             const char *to_type, const char *const *to, const char *prefix);

/* Appends RESTART to an ALTER between the same options, where no present value could stay. */
void sequence_append_restart(GString *sql, const char *const *from, const char *const *to);

/*
 * Adds what moves the sequence @name of @object to its new start, to run before the ALTER, where
 * its present value may be outside the new bounds: in it the values that rows have are never given
 * a second time. A sequence that has given values behind the new bounds is left to the server,
 * which refuses.
 */
void sequence_add_move(Rendering *rendering, const Object *object, const char *name,
                       const char *const *from, const char *const *to);
