/*
 * The command line of pg_dump for a backup.
 */
#pragma once
#include "backup/dump.h"
#include "base/child.h"

/* pg_dump as it is installed. A plain value, freed by dump_program_free(). */
typedef struct DumpProgram {
    char *path;
    char *version; /* pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1) */
    int major;
} DumpProgram;

/**
 * dump_program_find:
 * @server_version: 150018
 *
 * Returns: (transfer full): one of the server's major version, or else the next newer one, for what
 * an older one writes may lack something; %NULL with APP_ERROR_PROGRAM.
 */
DumpProgram *dump_program_find(const Environment *environment, int server_version, GError **error);
void dump_program_free(DumpProgram *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DumpProgram, dump_program_free)

/* Returns: whether @options go together and this pg_dump can do them; else APP_ERROR_USAGE. */
bool dump_program_check(const DumpProgram *program, const DumpOptions *options, GError **error);

/**
 * dump_program_start:
 * @snapshot: (nullable): of the session that exported it
 * @folder: (nullable): for a directory; else it is written to child_out()
 *
 * Returns: (transfer full): running, with a pipe that ends when it ends; %NULL with
 * APP_ERROR_PROGRAM.
 */
Child *dump_program_start(const DumpProgram *program, const DumpOptions *options,
                          const char *snapshot, const char *folder, GError **error);
