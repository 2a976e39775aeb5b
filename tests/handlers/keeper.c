/*
 * A program that keeps backups by the library: each word but the first is a function and what it
 * takes. Prints what it is shown and told, and in the end "status N" and the error.
 */
#include <inttypes.h>
#include <retort.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What callbacks are given. */
static char took[] = "took", has[] = "has", goes[] = "goes", wrong[] = "wrong";

static void see(const RetortBackup *backup, void *data)
{
    printf("%s %s %s fault=%s pinned=%s database=%s revisions=%s rows=%" PRId64 " %s\n",
           (const char *)data, backup->id, backup->state, backup->fault ? backup->fault : "-",
           backup->pinned ? backup->pinned : "-", backup->database ? backup->database : "-",
           backup->revisions ? backup->revisions : "-", backup->rows,
           backup->bytes > 0 && backup->time > 0 && backup->seconds > 0 ? "whole" : "unknown");
}

static void say(const char *line, void *data)
{
    printf("%s %s\n", (const char *)data, line);
}

static bool take(RetortKeeper *keeper, const char *format)
{
    const RetortBackupOptions options = {.format = format, .compress = "gzip", .jobs = 2};
    RetortBackup backup;
    if (!retort_backup(keeper, format != NULL ? &options : NULL, &backup))
        return false;
    see(&backup, took);
    return true;
}

static bool restore(RetortKeeper *keeper, const char *what, const char *database, bool may_be_empty)
{
    const RetortRestoreOptions options = {.database = database, .may_be_empty = may_be_empty};
    const char *aside = NULL;
    if (!retort_restore(keeper, what, &options, &aside))
        return false;
    printf("aside %s\n", aside != NULL ? aside : "none");
    return true;
}

static bool run(RetortKeeper *keeper, const char *function, const char *first, const char *second)
{
    if (strcmp(function, "backup") == 0)
        return take(keeper, first);
    if (strcmp(function, "stream") == 0)
        return retort_backup_stream(keeper, STDOUT_FILENO);
    if (strcmp(function, "list") == 0)
        return retort_backups(keeper, see, has);
    if (strcmp(function, "verify") == 0)
        return retort_verify(keeper, first, say, wrong);
    if (strcmp(function, "drill") == 0)
        return retort_drill(keeper, first, NULL, say, wrong);
    if (strcmp(function, "prune") == 0)
        return retort_prune(keeper, first, second != NULL, see, goes);
    if (strcmp(function, "pin") == 0)
        return retort_pin(keeper, first, second);
    if (strcmp(function, "restore") == 0)
        return restore(keeper, first, second, false);
    if (strcmp(function, "restore-even-empty") == 0)
        return restore(keeper, first, second, true);
    if (strcmp(function, "forget") == 0)
        return retort_restore_forget(keeper, first);
    abort();
}

int main(int argc, char **argv)
{
    RetortKeeper *keeper = retort_keeper_new(argv[1], NULL);
    bool done = run(keeper, argv[2], argc > 3 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL);
    fflush(stdout);
    fprintf(stderr, "status %d\n%s", retort_keeper_status(keeper), retort_keeper_error(keeper));
    retort_keeper_free(keeper);
    return done ? 0 : 1;
}
