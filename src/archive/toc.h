/*
 * The table of contents of a pg_dump archive: what a dump in format custom, directory or tar holds.
 *
 * All three begin with the same bytes (a directory's and a tar's are the file toc.dat). They are
 * fed as they come, so that a dump can be looked into while it is written. Read by the description
 * in PostgreSQL's pg_backup_archiver.c of archive versions 1.14 to 1.16, which pg_dump 13 to 18
 * write. Nothing is believed that the dump says of its own length: memory grows by what was fed.
 *
 * Texts are as they lie in the dump, in its encoding, which the statement of its entry "ENCODING"
 * names; names may hold any character but NUL.
 */
#pragma once
#include "base/error.h"

#include <glib.h>

/* When it is restored. Source: teSection of pg_backup.h. */
typedef enum TocSection {
    TOC_NONE = 1, /* with what it is about: rights, comments */
    TOC_BEFORE_DATA,
    TOC_DATA,
    TOC_AFTER_DATA,
} TocSection;

/* One object of a dump. */
typedef struct TocEntry {
    int id; /* from 1 */
    TocSection section;
    char *type;      /* "TABLE DATA", "SEQUENCE SET", "MATERIALIZED VIEW DATA" … */
    char *schema;    /* (nullable) */
    char *name;      /* of a function with its arguments; of a constraint: "table name" … */
    char *owner;     /* (nullable) */
    char *statement; /* (nullable): SQL that makes it; with its end of line */
    char *copy;      /* (nullable): the COPY that takes its rows; with its end of line */
    char *file;      /* (nullable): in formats directory and tar: the name of its rows' file */
} TocEntry;

/* How far it is read. */
typedef enum TocProgress {
    TOC_MORE, /* it goes on */
    TOC_WHOLE,
} TocProgress;

typedef struct Toc Toc;

/* (transfer full): nothing read yet. */
Toc *toc_new(void);
void toc_free(Toc *toc);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Toc, toc_free)

/**
 * toc_feed:
 * @bytes: (array length=length): the next of the dump; what is behind the table of contents is not
 *   looked at
 *
 * Returns: whether what was read is good; else APP_ERROR_INPUT: not a dump ("PGDMP" is missing),
 * one of a version that is not known, or malformed, with the byte's place. After an error it can
 * only be freed.
 */
bool toc_feed(Toc *toc, const void *bytes, size_t length, TocProgress *out_progress,
              GError **error);

/* (element-type TocEntry) (transfer none): those read so far, in the dump's order. */
const GPtrArray *toc_entries(const Toc *toc);

/* (transfer none): what pg_dump noted, "" before it is read: "15.18", "15.18 (Debian …)", "shop".
 */
const char *toc_server_version(const Toc *toc);
const char *toc_program_version(const Toc *toc);
const char *toc_database(const Toc *toc);
