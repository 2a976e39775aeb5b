/*
 * How base/process.c and base/child.c begin and end programs.
 */
#pragma once
#include "base/process.h"

/* How a child begins: what its descriptors 0 to 2 are (-1: GLib's choice), what it inherits. */
typedef struct Plumbing {
    int in, out, err;
    int kept;                   /* becomes descriptor 3; or -1 */
    GSpawnFlags flags;          /* besides the search in PATH */
    GSpawnChildSetupFunc begin; /* between fork and exec; gets the User */
} Plumbing;

/* For Plumbing.begin: changes the user, as all of them do. */
void spawn_become_user(void *user);

/* For Plumbing.begin: the child ends with the thread that began it. */
void spawn_serve_parent(void *user);

bool spawn_begin(const ProcessStart *start, const Plumbing *plumbing, GPid *out_pid,
                 GError **error);

/* Waits until the child @pid has ended; its number stays its own until spawn_wait(). */
void spawn_await(GPid pid);

/* The exit status of the child @pid, which is waited for; 128 + the signal that ended it. */
int spawn_wait(GPid pid);

/**
 * spawn_store:
 * @text: (nullable): what is in it
 *
 * Returns: a descriptor of a file in memory, from its beginning; -1 with errno if there is no
 *   memory.
 */
int spawn_store(const char *text);

/* (transfer full) (nullable): all that was written to @store, as a text. */
char *spawn_store_read(int store);
