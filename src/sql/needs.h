/*
 * What a statement needs of the stored rows, told from its words: that none is NULL, that none is
 * twice there, that a new type keeps their values.
 *
 * It advises: what it does not understand needs nothing here, and the server decides. Names and
 * expressions are as the statement writes them.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum NeedKind {
    NEED_CAST,      /* values of @column fit @type; by way of @expression */
    NEED_NOT_NULL,  /* @column is never NULL */
    NEED_NO_ROWS,   /* no rows, as the new @column of @type is NOT NULL and has no default */
    NEED_UNIQUE,    /* @columns are never twice the same, in rows for which @expression holds */
    NEED_CHECK,     /* @expression is never false */
    NEED_REFERENCE, /* @columns are found in @other_columns of @other */
} NeedKind;

/* Texts that the kind has no use for are %NULL. */
typedef struct Need {
    NeedKind kind;
    bool only;  /* not in tables that inherit */
    bool plain; /* of NEED_CAST: no USING. Of NEED_UNIQUE: NULLs are the same */
    char *table;
    char *column;
    char *type;
    char *expression; /* of NEED_CAST: what USING says, or the column; of NEED_UNIQUE: nullable */
    char **columns;   /* (array zero-terminated=1): expressions, of NEED_UNIQUE */
    char *other;
    char **other_columns; /* (array zero-terminated=1) */
} Need;

/**
 * needs_of_statement:
 *
 * Reads no further than the first words of what can need nothing.
 *
 * Returns: (transfer full) (element-type Need) (nullable): in the statement's order; %NULL if
 *   there are none.
 */
GPtrArray *needs_of_statement(const char *text);

/* Whether the values of a NEED_CAST are only cast, by way of text perhaps: USING c::text::int. */
bool need_only_casts(const Need *need);

/**
 * need_before_cast:
 *
 * Returns: (transfer full) (nullable): the expression of a NEED_CAST without the cast to its type
 *   at its end; %NULL if it does not end so.
 */
char *need_before_cast(const Need *need);
