/*
 * A plain dump, cut into what a session has to do: statements, rows of COPY, and nothing else.
 *
 * It reads what pg_dump writes in plain format (and pg_dumpall), as bytes come, in bounded memory
 * but for the longest statement, which may have 1 GB as on the server. Rows are passed through, so
 * that one of them may be as long as it likes. Of psql's commands it knows those that pg_dump
 * itself writes: \restrict and \unrestrict, which it checks, \. at the end of rows, and \connect,
 * which is told. Any other is an error, and is never run: CVE-2025-8714.
 *
 * What the statements do is not looked at: the large objects of a dump, for one, are between BEGIN
 * and COMMIT.
 *
 * Source: psqlscan.l.
 */
#pragma once
#include "base/error.h"

#include <glib.h>

typedef enum PlainKind {
    PLAIN_STATEMENT, /* SQL without its semicolon; no comments before it */
    PLAIN_COPY,      /* COPY … FROM stdin: rows follow */
    PLAIN_ROWS,      /* the next bytes of rows as they are: the last line may go on in the next */
    PLAIN_ROWS_END,  /* no text; @rows says how many there were */
    PLAIN_CONNECT,   /* \connect: what is behind it as it is written */
    PLAIN_FINISHED,  /* pg_dump's last comment, "PostgreSQL database dump complete", was there, or
                      * pg_dumpall's; no text */
} PlainKind;

typedef struct PlainPiece {
    PlainKind kind;
    const char *text;   /* length bytes and, but for rows, a NUL; valid until the call returns */
    size_t length;      /* of rows at least 1 */
    unsigned long line; /* where it begins, from 1 */
    guint64 rows;       /* of PLAIN_ROWS_END: lines, as many as the server has to count */
} PlainPiece;

/* Returns: whether to go on; else it has set @error. */
typedef bool PlainTake(const PlainPiece *piece, void *data, GError **error);

typedef struct Plain Plain;

/* (transfer full): @take is called for each piece in its order. */
Plain *plain_new(PlainTake *take, void *data);
void plain_free(Plain *plain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plain, plain_free)

/**
 * plain_feed:
 *
 * Pieces, but for where rows are cut, do not depend on how the text is cut into calls.
 *
 * Returns: whether to go on; else @take's error, or APP_ERROR_INPUT with line and hint: a psql
 * command that is not pg_dump's; lines that a terminal ended with CR LF ("docker exec -t" does
 * that: the hint says how to dump without one); a NUL; a dump in another format (custom, tar, gzip,
 * zstd …: named); a dump that begins where the one before is not finished; a statement longer than
 * 1 GB. After an error it can only be freed.
 */
bool plain_feed(Plain *plain, const char *bytes, size_t length, GError **error);

/**
 * plain_end:
 *
 * The text is over. Returns: whether it ended where a dump can end; else APP_ERROR_INPUT: without a
 * piece; in the middle of a statement or of rows (with the line where that begins), or, if it began
 * as pg_dump begins, without the comment that pg_dump writes last or without its \unrestrict: it
 * was cut off; or @take's error: a last line may lack its end.
 */
bool plain_end(Plain *plain, GError **error);
