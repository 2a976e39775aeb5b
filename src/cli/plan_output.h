/*
 * The statements of a plan on stdout: as a script, or as JSON.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* @statements: (element-type RenderedStatement); steps are set apart by "-- step" lines. */
void plan_print(const GPtrArray *statements, bool json);

/* (transfer full): the rows that plan_print() prints as JSON. */
json_t *plan_rows(const GPtrArray *statements);
