/*
 * The tokens of SQL text, by the lexical rules of PostgreSQL and psql.
 *
 * It knows quotes, comments and where words end, not grammar, so it reads what any version of
 * the server accepts. Any bytes may be given: what belongs to no token is TOKEN_OTHER. Time is
 * linear in the length of the text.
 *
 * Source: PostgreSQL's scan.l and psqlscan.l, with standard_conforming_strings on.
 */
#pragma once
#include "base/error.h"

typedef enum TokenKind {
    TOKEN_END,    /* of the text; length 0 */
    TOKEN_WORD,   /* keyword or identifier without quotes */
    TOKEN_QUOTED, /* "…" or U&"…" */
    TOKEN_STRING, /* '…', E'…', U&'…', N'…', B'…', X'…' with continuations; $tag$…$tag$ */
    TOKEN_NUMBER,    /* 1, .5, 1e-3, 0xff, 1_000 */
    TOKEN_PARAMETER, /* $1 */
    TOKEN_OPERATOR,  /* operator characters, and :: := .. => : . , [ ] */
    TOKEN_OPEN,      /* ( */
    TOKEN_CLOSE,     /* ) */
    TOKEN_SEMICOLON, /* ; */
    TOKEN_COMMENT,   /* -- to the end of its line, without that; or a nested comment */
    TOKEN_META,      /* a backslash and the rest of its line: a command of psql */
    TOKEN_OTHER,     /* one byte that no token begins with */
} TokenKind;

typedef struct Token {
    TokenKind kind;
    size_t start;  /* offset in bytes */
    size_t length; /* in bytes */
    unsigned line; /* of its first byte */
} Token;

/* A place in a text. A plain value; the text is borrowed. */
typedef struct Scanner {
    const char *text;
    size_t length;
    size_t at;
    unsigned line;
} Scanner;

/* A scanner at the start of @text, whose first line is called @line. */
Scanner scanner_start(const char *text, size_t length, unsigned line);

/**
 * scanner_next:
 * @out_token: the next token; TOKEN_END again and again at the end
 *
 * Returns: false with APP_ERROR_INPUT if a quote or comment is not closed. The message begins
 *   with the line: `12: quoted string is not closed`.
 */
bool scanner_next(Scanner *scanner, Token *out_token, GError **error);

/* Whether @token of @text is the word @word (lower case) in any letter case, without quotes. */
bool token_is_word(const char *text, const Token *token, const char *word);
