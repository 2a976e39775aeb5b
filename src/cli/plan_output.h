/*
 * The statements of a plan on stdout: as a script, or as JSON.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* @statements: (element-type RenderedStatement); steps are set apart by "-- step" lines. */
void plan_print(const GPtrArray *statements, bool json);
