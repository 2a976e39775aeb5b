/*
 * The server process of a data folder: whether it runs, started and stopped.
 *
 * A server that is started here inherits a lock on the file FOLDER.run beside its data folder, and
 * so do its children: the lock is free exactly when the last of them has gone, also after kill -9,
 * and whatever a postmaster.pid left behind says.
 */
#pragma once
#include "base/environment.h"
#include "base/user.h"

/* What postmaster.pid says. A value, cleared by postmaster_state_clear(). */
typedef struct PostmasterState {
    bool in_use;  /* processes use the data folder */
    bool is_here; /* the process of @pid is one of this host and uses this folder */
    bool ready;   /* it takes connections */
    int pid;      /* 0 if unknown */
    char *socket; /* (nullable): the folder of its socket */
} PostmasterState;

void postmaster_state_clear(PostmasterState *state);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PostmasterState, postmaster_state_clear)

/* How a server is started. A value. */
typedef struct PostmasterStart {
    const char *programs; /* folder of the program "postgres" */
    const char *data;
    const char *socket; /* folder for the socket; exists */
    const char *log;    /* file to append to */
    const User *user;   /* who it runs as */
} PostmasterStart;

/* Reads the state of the server of folder @data; all false if there is none. */
void postmaster_look(const char *data, PostmasterState *out_state);

/**
 * postmaster_start:
 *
 * Starts a server and waits until it takes connections, through crash recovery too. Removes a
 * stale postmaster.pid first; the caller holds off others who would do the same.
 *
 * Returns: whether it takes connections; else APP_ERROR_PROGRAM with what its log says.
 */
bool postmaster_start(const PostmasterStart *start, GError **error);

/**
 * postmaster_wait:
 *
 * Waits for a server that somebody else started, until it takes connections or has gone.
 *
 * Returns: whether it came to that; @out_ready tells to which. Else APP_ERROR_PROGRAM, when it
 *   runs on another host.
 */
bool postmaster_wait(const char *data, bool *out_ready, GError **error);

/**
 * postmaster_stop:
 *
 * Ends the server's sessions and the server, and waits until its last process has gone. No server
 * is fine.
 *
 * Returns: else APP_ERROR_PROGRAM, when it runs on another host or in another container.
 */
bool postmaster_stop(const char *data, GError **error);

/* (transfer full): the variables of a program of the server: ours without libpq's and locales. */
char **postmaster_environment(void);
