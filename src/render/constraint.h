/*
 * Constraints of tables: as a part of CREATE TABLE, or added to a table that exists.
 */
#pragma once
#include "render/rendering.h"

/*
 * Whether @constraint can be written into its column's line without a name: it is on one column,
 * and the server would choose its name.
 */
bool constraint_fits_column(const NameUse *names, const Object *constraint);

/* Appends @constraint, which fits its column: PRIMARY KEY, REFERENCES customer (id) … */
void constraint_append_in_column(GString *sql, const Object *constraint);

/* Appends @constraint as a line of CREATE TABLE; its name only if the server needs it. */
void constraint_append_line(GString *sql, const NameUse *names, const Object *constraint);

/* Appends ALTER TABLE … ADD CONSTRAINT, and the marks of its index. */
void constraint_append_add(Rendering *rendering, const Object *constraint);

/* Appends the statements for what the definition has no words for: marks of its index. */
void constraint_append_marks(Rendering *rendering, const Object *constraint);
