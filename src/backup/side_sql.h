/*
 * The SQL that puts a table of a backup into a side schema, compares it with the live one, and
 * takes rows back. Text in, text out.
 *
 * Values are compared as text, as the fingerprint has them, so that any type can be. A generated
 * column is not compared, for it follows from others. Of a table that others inherit from only its
 * own rows are meant; of a partitioned one those of all its partitions.
 */
#pragma once
#include "backup/table_shape.h"

/* A table of the backup, its copy in the side schema, and the live table. */
typedef struct SidePair {
    const char *side;         /* the side schema */
    const char *schema;       /* where the table is in the backup, and live */
    const char *name;         /* the same in all three */
    const TableShape *backup; /* the copy has its columns */
    const TableShape *live;   /* (nullable): there is none */
} SidePair;

/* All (transfer full). */

/* Makes the copy, empty: columns alone. */
char *side_sql_create(const SidePair *pair);

/* (nullable): gives it the primary key; %NULL if there is none. */
char *side_sql_add_key(const SidePair *pair);

/* COPY from where the backup is restored, and to the copy: text in encoding @encoding. */
char *side_sql_copy_out(const SidePair *pair, const char *encoding);
char *side_sql_copy_in(const SidePair *pair, const char *encoding);

/* (nullable) (array zero-terminated=1): the columns of the primary key that both have, in the live
 * one's order; %NULL if they have none or not the same. */
char **side_sql_key(const SidePair *pair);

/**
 * side_sql_count:
 * @pair: with a live table
 *
 * Gives one row: rows only in the backup, only live, changed (NULL without a common key), live.
 */
char *side_sql_count(const SidePair *pair);

/* Without a semicolon: takes back the rows that are only in the backup. */
char *side_sql_insert(const SidePair *pair);

/* (nullable): without a semicolon: gives changed rows what the backup says; %NULL without a common
 * key, or where there is nothing but the key. */
char *side_sql_update(const SidePair *pair);

/* Without a semicolon: makes the copy the live table, where there is none. */
char *side_sql_move(const SidePair *pair);
