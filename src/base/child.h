/*
 * A program that runs beside us, with pipes: pg_dump, pg_restore, age.
 *
 * What it says on stderr is kept in memory and told if it fails. It is ended if we are, or if
 * the thread that started it is.
 */
#pragma once
#include "base/process.h"

typedef struct Child Child;

typedef enum ChildPipes {
    CHILD_IN = 1,  /* its stdin is what child_write() gives; else it has nothing to read */
    CHILD_OUT = 2, /* its stdout is child_out(); else what it prints is lost */
} ChildPipes;

/**
 * child_start:
 * @start: without @input; its @list is in PROCESS_LIST
 * @pipes: of ChildPipes
 *
 * Returns: (transfer full): %NULL with APP_ERROR_PROGRAM if it could not be run.
 */
Child *child_start(const ProcessStart *start, unsigned pipes, GError **error);

/* The descriptor of its stdout, to wait for; closed by child_end(). */
int child_out(const Child *child);

/* It has all its input now. */
void child_close_in(Child *child);

/**
 * child_write:
 *
 * Writes all of it to the program's stdin, waiting as long as that takes. Returns: whether it took
 * it; else APP_ERROR_PROGRAM: it has closed its stdin; why, child_end() tells.
 */
bool child_write(Child *child, const void *bytes, size_t length, GError **error);

/**
 * child_read:
 *
 * Returns: how many bytes came from its stdout, 0 at its end; -1 with APP_ERROR_PROGRAM.
 */
ssize_t child_read(Child *child, void *bytes, size_t size, GError **error);

/**
 * child_end:
 *
 * Closes the pipes and waits for it. Returns: whether its status was 0; else APP_ERROR_PROGRAM with
 * the status or the signal, and what it said on stderr.
 */
bool child_end(Child *child, GError **error);

/* After child_end(): whether it ended by itself, and badly; false if a signal ended it. */
bool child_refused(const Child *child);

/* Asks it to end, by SIGTERM; who writes to it or reads from it meets its end. */
void child_stop(const Child *child);

/* (transfer full): what it has said on stderr so far. */
char *child_said(const Child *child);

/* Ends it by SIGTERM if it has not ended; waits for that. */
void child_free(Child *child);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Child, child_free)
