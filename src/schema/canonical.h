/*
 * Expressions as the server prints them in the end.
 *
 * What the server prints is not always what it prints again after reading that: a list of
 * varchar literals compared with text comes out as ARRAY['a'::character varying]::text[] at first
 * and as ARRAY['a'::character varying::text] for ever after. Both mean the same and must not
 * look like a difference. Source: parse_expr.c transformArrayExpr(), which moves a cast of an
 * array into its elements.
 */
#pragma once
#include <glib.h>

/**
 * canonical_expression:
 * @text: SQL printed by the server
 *
 * Returns: (transfer full) (nullable): the text with such casts moved into the elements; %NULL if
 *   there is none, so that @text is as it should be.
 */
char *canonical_expression(const char *text);
