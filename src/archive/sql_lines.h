/*
 * Where statements of SQL begin and end, line by line: for text that comes in pieces.
 *
 * A statement ends at a semicolon outside quotes, comments, parentheses and the body of a function
 * that is written BEGIN ATOMIC … END. No token but quotes and comments is longer than a line, so
 * that a line that is whole can be read without knowing the next. Linear in the text's length.
 *
 * Source: psqlscan.l.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum SqlMode {
    SQL_PLAIN,
    SQL_COMMENT, /* one that nests */
    SQL_STRING,
    SQL_ESCAPES, /* a string in which a backslash escapes */
    SQL_NAME,
    SQL_DOLLARS,
} SqlMode;

/* What the beginning of a statement said so far. */
typedef enum SqlKind {
    SQL_KIND_NEW, /* nothing yet */
    SQL_KIND_OTHER,
    SQL_KIND_COPY,
    SQL_KIND_CREATE,  /* CREATE [OR REPLACE] */
    SQL_KIND_ROUTINE, /* CREATE [OR REPLACE] FUNCTION | PROCEDURE */
} SqlKind;

/* What is between two lines. All 0 at the start of a text; sql_lines_clear() in the end. */
typedef struct SqlLines {
    SqlMode mode;
    SqlKind kind;
    bool open;       /* in a statement */
    bool from_stdin; /* it is COPY … FROM stdin; stays until the next begins */
    bool escapes;    /* set by the caller: standard_conforming_strings is off */
    bool after;      /* the token before was FROM, in COPY, or BEGIN, in a routine */
    bool escaped;    /* the token before was a string of SQL_ESCAPES … */
    bool line_since; /* … with an end of line behind it: a string that follows is its rest */
    unsigned parentheses, blocks, comments; /* how deep */
    GString *dollars;                       /* what ends SQL_DOLLARS: $tag$ */
} SqlLines;

/* Why it stops. */
typedef enum SqlStop {
    SQL_STOP_LINE,    /* all is read */
    SQL_STOP_BEGIN,   /* a statement begins here */
    SQL_STOP_END,     /* here is its semicolon; go on behind it */
    SQL_STOP_COMMENT, /* a comment of one line, outside statements; go on behind it:
                       * sql_comment_length() */
    SQL_STOP_COMMAND, /* a backslash outside quotes: a command of psql */
} SqlStop;

/**
 * sql_lines_next:
 * @line: (array length=length): with its "\n", unless the text ends without one
 * @at: (inout): offset: where to go on; where it stopped
 */
SqlStop sql_lines_next(SqlLines *lines, const char *line, size_t length, size_t *at);

/* Of a comment of one line, without the line's end. @length: of the text that begins with it. */
size_t sql_comment_length(const char *comment, size_t length);

/* Whether an end of line is now part of what is quoted. */
bool sql_lines_is_quoted(const SqlLines *lines);

void sql_lines_clear(SqlLines *lines);
