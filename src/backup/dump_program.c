#include "backup/dump_program.h"

#include "pg/binaries.h"

#include <string.h>

enum { ZSTD_SINCE = 16 };

/* The tables are locked for us already: it waits only behind somebody who waits for us. */
static const char lock_wait[] = "--lock-wait-timeout=3000";

const char *dump_format_name(DumpFormat format)
{
    static const char *const names[] = {"custom", "directory", "plain"};
    return names[format];
}

void dump_program_free(DumpProgram *program)
{
    if (program == NULL)
        return;
    g_free(program->path);
    g_free(program->version);
    g_free(program);
}

DumpProgram *dump_program_find(const Environment *environment, int server_version, GError **error)
{
    g_autofree char *path =
        binaries_find_client(environment, "pg_dump", server_version / 10000, error);
    if (path == NULL)
        return NULL;
    const char *words[] = {path, "--version", NULL};
    const ProcessStart start = {.words = words};
    g_auto(ProcessResult) result = {0};
    if (!process_check(&start, &result, error))
        return NULL;
    g_strchomp(result.out);
    const char *number = strstr(result.out, ") "); /* pg_dump (PostgreSQL) 15.18 (Debian …) */
    DumpProgram *program = g_new0(DumpProgram, 1);
    program->path = g_steal_pointer(&path);
    program->major = number != NULL ? (int)strtol(number + 2, NULL, 10) : 0;
    program->version = g_steal_pointer(&result.out);
    return program;
}

bool dump_program_check(const DumpProgram *program, const DumpOptions *options, GError **error)
{
    const bool directory = options->format == DUMP_DIRECTORY;
    if (directory && options->recipients != NULL) {
        g_set_error(
            error, APP_ERROR, APP_ERROR_USAGE,
            "the format \"directory\" cannot be encrypted: pg_dump writes its files itself\n"
            "hint: use the format \"custom\"");
        return false;
    }
    if (directory && options->compression == COMPRESSION_ZSTD && program->major < ZSTD_SINCE) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "pg_dump %d cannot compress the format \"directory\" by zstd\n"
                    "hint: use gzip, or the format \"custom\"",
                    program->major);
        return false;
    }
    return true;
}

static void add(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, g_strdup(word));
}

/* A directory's files are compressed by pg_dump, all else by us. */
static void add_compression(GPtrArray *words, const DumpOptions *options)
{
    if (options->format == DUMP_PLAIN)
        return;
    if (options->format != DUMP_DIRECTORY || options->compression == COMPRESSION_NONE)
        add(words, "--compress=0");
    else if (options->compression == COMPRESSION_ZSTD)
        g_ptr_array_add(words, options->level != 0
                                   ? g_strdup_printf("--compress=zstd:%d", options->level)
                                   : g_strdup("--compress=zstd"));
    else if (options->level != 0)
        g_ptr_array_add(words, g_strdup_printf("--compress=%d", options->level));
}

static Child *start(GPtrArray *words, const DumpOptions *options, GError **error)
{
    g_autofree char *conninfo = settings_conninfo(options->settings);
    g_ptr_array_add(words, g_strconcat("--dbname=", conninfo, NULL));
    add(words, "--no-password");
    g_ptr_array_add(words, NULL);
    g_auto(GStrv) ours = g_get_environ();
    g_auto(GStrv) variables = settings_environment(options->settings, ours);
    /* In the database's own encoding: of SQL_ASCII, any other might refuse what is there. */
    variables = g_environ_unsetenv(g_steal_pointer(&variables), "PGCLIENTENCODING");
    const ProcessStart how = {.words = (const char *const *)words->pdata, .environment = variables};
    return child_start(&how, CHILD_OUT, error);
}

Child *dump_program_start(const DumpProgram *program, const DumpOptions *options,
                          const char *snapshot, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    add(words, program->path);
    g_ptr_array_add(words, g_strconcat("--format=", dump_format_name(options->format), NULL));
    if (snapshot != NULL) {
        g_ptr_array_add(words, g_strconcat("--snapshot=", snapshot, NULL));
        add(words, lock_wait);
    }
    if (folder != NULL)
        g_ptr_array_add(words, g_strconcat("--file=", folder, NULL));
    if (options->format == DUMP_DIRECTORY)
        g_ptr_array_add(words, g_strdup_printf("--jobs=%u", options->jobs));
    add_compression(words, options);
    return start(words, options, error);
}
