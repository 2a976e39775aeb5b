/*
 * What a command names to restore: a backup, or a dump of pg_dump.
 */
#pragma once
#include "backup/origin.h"
#include "backup/repository.h"
#include "backup/source.h"
#include "cli/project.h"

/* One of the three. Begin with {.held = -1}. */
typedef struct NamedDump {
    Backup *backup;  /* (nullable) */
    int held;        /* its lock; or -1 */
    Source *source;  /* (nullable) */
    char *directory; /* (nullable): in the format of that name */
} NamedDump;

void named_dump_clear(NamedDump *named);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NamedDump, named_dump_clear)

/* How it is named. A value. Borrowed. */
typedef struct DumpName {
    const char *name;       /* "-", a file, a folder, or a backup in @folder: its id, "latest" */
    const char *before;     /* (nullable): in place of the name: the one taken before a revision */
    const char *folder;     /* (nullable): of backups; NULL: of retort.ini */
    const char *identities; /* (nullable): file of age's private key; NULL: RETORT_IDENTITY */
} DumpName;

/**
 * named_dump_find:
 *
 * Returns: whether there is one, held; else as repository_find(), backup_before(), source_open().
 */
bool named_dump_find(Project *project, const DumpName *name, NamedDump *out_named, GError **error);

/* How a database that is not there is made for it; the beginning of a dump is read for it. */
bool named_dump_origin(NamedDump *named, Origin *out_origin, GError **error);
