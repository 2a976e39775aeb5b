/*
 * What keeps rows from people, and is not managed yet: policies and row security of tables.
 */
#pragma once
#include "migrate/models.h"
#include "schema/schema.h"

/* Whether @object is a policy, or a table's row security. */
bool guard_is(const Object *object);

/**
 * guard_place:
 * @guard: an object that guard_is()
 *
 * Returns: (transfer full) (nullable): where @models write it, "models/item.sql:12"; %NULL if it
 *   is not found: a DO block cannot be looked into, for one.
 */
char *guard_place(const Models *models, const Object *guard);

/* (transfer container) (element-type Object): guards of @wanted that @now lacks, in order. */
GPtrArray *guards_missing(const Schema *now, const Schema *wanted);
