/*
 * Text of many statements, split where each ends.
 *
 * A statement ends at a semicolon outside parentheses and outside the body of a function that
 * is written BEGIN ATOMIC … END; the last may end with the text. A command
 * of psql is a piece of its own. Linear in the text's length.
 *
 * Source: psqlscan.l.
 */
#pragma once
#include "sql/scan.h"
#include "sql/statement.h"

typedef enum PieceKind {
    PIECE_END,       /* of the text */
    PIECE_STATEMENT, /* see Statement */
    PIECE_COMMENT,   /* a "--" comment outside parentheses and function bodies */
} PieceKind;

typedef struct Piece {
    PieceKind kind;
    size_t start;            /* offset in bytes */
    size_t length;           /* in bytes */
    unsigned line;           /* of its first byte */
    bool inside;             /* of a comment: in the middle of a statement, which comes later */
    unsigned statement_line; /* of a comment inside: where that statement began */
} Piece;

/* A place between two statements. A plain value; the text is borrowed. */
typedef struct Splitter {
    Scanner scanner;
    Piece open;         /* the statement that a comment interrupted */
    unsigned depth;     /* of parentheses */
    unsigned open_line; /* of the outermost parenthesis */
    unsigned blocks;    /* of BEGIN ATOMIC and CASE */
    unsigned words;     /* words of the statement so far, to see what it creates */
    bool routine;       /* CREATE [OR REPLACE] FUNCTION | PROCEDURE */
    bool create;        /* CREATE [OR REPLACE] so far */
    Token before;       /* the token before the current one, no comment */
} Splitter;

/* A splitter at the start of @text, whose first line is called @line. */
Splitter splitter_start(const char *text, size_t length, unsigned line);

/**
 * splitter_next:
 * @out_piece: the next statement or comment; PIECE_END again and again at the end
 *
 * Returns: false with APP_ERROR_INPUT, the line first, if a quote, comment, parenthesis or
 *   function body is not closed, or a command of psql stands in a statement.
 */
bool splitter_next(Splitter *splitter, Piece *out_piece, GError **error);

/**
 * split_statements:
 * @text: of @length bytes
 * @line: what to call its first line
 *
 * Returns: (transfer full) (element-type Statement): all statements in order, none empty; %NULL
 *   with APP_ERROR_INPUT as splitter_next(), or if the text is no text: see split_check_text().
 */
GPtrArray *split_statements(const char *text, size_t length, unsigned line, GError **error);

/* Whether @text is UTF-8 without NUL; else APP_ERROR_INPUT, the line first. */
bool split_check_text(const char *text, size_t length, unsigned line, GError **error);
