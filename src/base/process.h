/*
 * Other programs: started with a list of words, never by a shell.
 *
 * Errors are APP_ERROR_PROGRAM.
 */
#pragma once
#include "base/error.h"
#include "base/user.h"

#include <glib.h>

/* Where a program finds what is neither stdin nor on a disk. */
#define PROCESS_LIST "/dev/fd/3"

/* How a program is started. A value: begin with {0}. */
typedef struct ProcessStart {
    const char *const *words; /* (array zero-terminated=1): the program and its arguments */
    char **environment;       /* (nullable): its variables; %NULL: as ours */
    const char *folder;       /* (nullable): where it begins */
    const User *user;         /* (nullable): who it runs as */
    const char *input;        /* (nullable): text for its stdin; %NULL: nothing */
    const char *list;         /* (nullable): text that child_start()'s finds in PROCESS_LIST */
} ProcessStart;

/* What a program that ended left. A value: begin with {0}. */
typedef struct ProcessResult {
    int status; /* exit status; 128 + the signal that ended it */
    char *out;
    char *err;
} ProcessResult;

void process_result_clear(ProcessResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ProcessResult, process_result_clear)

/**
 * process_run:
 *
 * Waits for the program, which is ended if this one is. Returns: whether it ran, whatever its
 * status.
 */
bool process_run(const ProcessStart *start, ProcessResult *out_result, GError **error);

/**
 * process_check:
 *
 * As process_run(), and a status other than 0 is an error that repeats the program's stderr.
 */
bool process_check(const ProcessStart *start, ProcessResult *out_result, GError **error);

/**
 * process_attend:
 * @out_status: as ProcessResult has it
 *
 * Waits for a program that has our terminal: an editor. Returns: whether it ran, whatever its
 * status.
 */
bool process_attend(const ProcessStart *start, int *out_status, GError **error);

/**
 * process_detach:
 * @log: file to which stdout and stderr are appended
 * @keep: (transfer none): a descriptor that the program inherits, such as a lock; or -1
 * @out_pid: its process
 *
 * Starts a program that outlives this one: in a session of its own, without a terminal, and no
 * child of ours, so that its end leaves nothing behind.
 */
bool process_detach(const ProcessStart *start, const char *log, int keep, int *out_pid,
                    GError **error);

/* Whether there is no process @pid any more, or only its entry that nobody has waited for. */
bool process_has_ended(int pid);

/* (transfer full) (nullable): the path of @program in PATH. */
char *process_find_program(const char *program);
