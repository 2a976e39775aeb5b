/*
 * What the main thread's loop knows of the database: it looks at it at a steady pace and whenever
 * somebody asks, and tells the loops.
 */
#pragma once
#include "serve/access_log.h"
#include "serve/application.h"
#include "serve/backup_watch.h"
#include "serve/health.h"
#include "serve/metrics.h"

/* All but the first two outlive it. */
typedef struct ControlOptions {
    const Config *config;
    const ConnectionSettings *database;
    const ServeSettings *settings;
    const Lanes *lanes;
    Metrics *metrics;
    AccessLog *log;
    const BackupWatch *backups;
    const BackupSource *backup_source;
    const char *title;         /* of the application */
    void (*began)(void *data); /* once, when the first look has ended */
    void *data;
} ControlOptions;

typedef struct Control Control;

/* (transfer full): begins to look; %NULL with APP_ERROR_INPUT if [migrate] version_table is none.
 */
Control *control_new(Loop *loop, const ControlOptions *options, GError **error);
void control_free(Control *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Control, control_free)

/* In the control's own thread: what is served now, to know what cannot write. Keeps a reference. */
void control_use(Control *control, Application *application);

/* In the control's own thread: @revisions: (transfer full) (nullable): those at hand from now on.
 */
void control_expect(Control *control, RevisionGraph *revisions);

/* In the control's own thread: not ready any more, for good. */
void control_stop(Control *control);

/* A look at the database, as others see it. */
typedef struct ControlReport {
    HealthStatus status;
    const char *document; /* application/health+json with all details */
} ControlReport;

typedef void ControlTell(const ControlReport *report, void *data);

/* From any thread: looks now; @tell is called in the thread of @loop. */
void control_ask(Control *control, Loop *loop, ControlTell *tell, void *data);

/* From any thread, at once: of the steady looks, with hysteresis. */
bool control_is_ready(const Control *control);
bool control_has_started(const Control *control);
