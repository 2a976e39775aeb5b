/*
 * Looks at the database, over a connection of its own, for one loop.
 *
 * The connection is outside the pool, so neither an exhausted nor a wedged pool hides what is true.
 * One look is one round trip with a deadline of its own. Who asks while a look is under way gets
 * the next one, so that each answer is younger than its question; those who wait for the same look
 * share it. Connecting, name resolution included, is done by a thread: the loop never waits.
 */
#pragma once
#include "loop/loop.h"
#include "migrate/version_table.h"
#include "pg/settings.h"

typedef enum ProbeOutcome {
    PROBE_NONE,        /* nothing has been asked yet */
    PROBE_ANSWERED,    /* all of it is known */
    PROBE_REFUSED,     /* the server refused the connection or the statement: @sqlstate says why */
    PROBE_UNREACHABLE, /* there is no server, or the connection was lost: @message */
    PROBE_OVERDUE,     /* no answer before the deadline: frozen, or a network that swallows all */
} ProbeOutcome;

typedef enum ProbeVersion {
    PROBE_VERSION_READ,
    PROBE_VERSION_MISSING,   /* there is no version table: the database is at base */
    PROBE_VERSION_FORBIDDEN, /* the role may not read it */
} ProbeVersion;

/* What a look has found. Its texts are the probe's, valid until its next look has ended. */
typedef struct ProbeResult {
    ProbeOutcome outcome;
    int64_t time;        /* when it was known: microseconds since 1970 */
    int64_t duration;    /* microseconds */
    char sqlstate[6];    /* "" if the failure was not the server's */
    const char *message; /* of the failure, one or more lines; "" */
    /* What follows is known only where it was answered: */
    int server_version; /* 150004 */
    bool in_recovery;   /* a standby, or a server that recovers */
    bool read_only;     /* transactions are read-only, also on a primary */
    double lag;         /* of a standby, in seconds; negative: unknown, or none */
    ProbeVersion version;
    const char *const *revisions; /* (array zero-terminated=1): sorted by bytes */
} ProbeResult;

typedef struct ProbeSettings {
    const ConnectionSettings *server; /* outlives the probe */
    const VersionTable *version;      /* outlives the probe */
    const char *application_name;
    unsigned deadline; /* milliseconds, of one look */
} ProbeSettings;

typedef struct Probe Probe;

/* (transfer full): connects when it is first asked. */
Probe *probe_new(Loop *loop, const ProbeSettings *settings);

/* Who still waits is not told. */
void probe_free(Probe *probe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Probe, probe_free)

typedef void ProbeDone(const ProbeResult *result, void *data);

/**
 * probe_ask:
 *
 * Calls @done once, later, with a look that begins now or after this: after one deadline at the
 * latest if none is under way, else after two.
 */
void probe_ask(Probe *probe, ProbeDone *done, void *data);

/* The last look that has ended; PROBE_NONE if there is none. */
const ProbeResult *probe_last(const Probe *probe);
