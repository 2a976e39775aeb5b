/*
 * Columns: their definition, as CREATE TABLE and ADD COLUMN take it, and their alteration.
 */
#pragma once
#include "render/rendering.h"

/**
 * column_append_definition:
 * @standard: (nullable): its default
 * @constraints: (element-type Object): those to be written into its line; a primary key among
 *   them makes NOT NULL needless
 */
void column_append_definition(GString *sql, const Object *column, const Object *standard,
                              const GPtrArray *constraints);

/* Appends the type and, if it is not the type's own, the collation. */
void column_append_type(GString *sql, const Object *column);

/* Appends GENERATED … AS IDENTITY with the options of its sequence that are not usual. */
void column_append_identity(GString *sql, const Object *column);

/* Appends the statement for what a definition has no words for: storage, statistics, options. */
void column_append_settings(Rendering *rendering, const Object *column);

/*
 * Appends what sets the attributes of @change, an alteration in place. A column may cease to be
 * generated; any other change of its expression takes a new column.
 */
void column_append_changes(Rendering *rendering, const Change *change);

/* (transfer full): SQL: the name of the sequence of an identity column. */
char *column_identity_sequence(const Object *column);
