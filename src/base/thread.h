/*
 * Threads that leave signals alone: those are for the main thread, and SIGPIPE is for nobody.
 */
#pragma once
#include "base/error.h"

/**
 * thread_start:
 * @name: at most 15 characters, as debuggers show it
 *
 * Begins @function(@data) in a thread, to be joined or given up (g_thread_unref()).
 *
 * Returns: (transfer full) (nullable): NULL with APP_ERROR_PROGRAM where the system gives none, as
 * at a limit of processes.
 */
GThread *thread_start(const char *name, GThreadFunc function, void *data, GError **error);
