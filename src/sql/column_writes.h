/*
 * Which parameters of a statement go into which columns: INSERT, UPDATE and MERGE, wherever they
 * stand in it.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* A column that is written by an expression with parameters. */
typedef struct ColumnWrite {
    char *schema; /* (nullable): as the statement names it */
    char *table;
    char *column;
    GArray *params; /* (element-type unsigned): the numbers in the expression, from 1, each once */
} ColumnWrite;

/* (transfer full) (element-type ColumnWrite): an empty array. */
GPtrArray *column_writes_new(void);

/* Adds those of @statement, a tree of syntax_parse(), to @writes. An INSERT without a list of
 * columns adds none, as the order of the table's columns is not known. */
void column_writes_read(const json_t *statement, GPtrArray *writes);
