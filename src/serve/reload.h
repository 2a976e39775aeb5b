/*
 * Reading the endpoints and the revisions at hand again while the server serves: in a thread of its
 * own, since files and the database are waited for.
 */
#pragma once
#include "loop/loop.h"
#include "revision/graph.h"
#include "serve/application.h"
#include "serve/server.h"

typedef struct Reload Reload;

/* What was read. Both are (transfer full). */
typedef struct Reloaded {
    Application *application; /* (nullable): %NULL if something could not be loaded */
    RevisionGraph
        *revisions; /* (nullable): %NULL then, too, and where there is no folder of them */
} Reloaded;

/* Both are called in the loop's thread. @reason: (nullable): why nothing could be loaded, and the
 * old goes on. */
typedef void ReloadBegun(void *data);
typedef void ReloadDone(Reloaded loaded, const char *reason, void *data);
typedef struct ReloadCalls {
    ReloadBegun *begun;
    ReloadDone *done;
} ReloadCalls;

/**
 * reload_new:
 * @application: what was read at the start, of the folders as they are
 *
 * Where endpoints were read, a set without any is none that could be loaded; nor is one of a folder
 * that was there before and is gone.
 *
 * Returns: (transfer full): with ServerOptions.develop it looks at the files itself.
 */
Reload *reload_new(Loop *loop, const ServerOptions *options, const Application *application,
                   const ReloadCalls *calls, void *data);

/* Nothing more is loaded; what is being loaded is cut off, and is not waited for. */
void reload_stop(Reload *reload);

/* What is being loaded is given up. */
void reload_free(Reload *reload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reload, reload_free)

/* Whether none runs. */
bool reload_is_idle(const Reload *reload);

/* Loads; one that is asked for while another runs follows it. */
void reload_begin(Reload *reload);
