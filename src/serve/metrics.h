/*
 * Counters and histograms of the server, and their text for Prometheus: docs/metrics.md.
 *
 * Each loop counts in a block of its own, by plain loads and relaxed atomic stores: no lock, and no
 * cache line that two processors write. The sums are made when somebody asks for the text, in
 * whichever thread that is.
 */
#pragma once
#include "serve/lanes.h"

/* Routes that are told apart; further ones are counted together. */
enum { METRICS_ROUTES = 2048, METRICS_UNMATCHED = 0 };

typedef struct Metrics Metrics;
typedef struct MetricsLoop MetricsLoop;

/**
 * metrics_new:
 * @lanes: must outlive it
 * @version: of the program
 */
Metrics *metrics_new(const Lanes *lanes, const char *version);

/* When no loop runs any more. */
void metrics_free(Metrics *metrics);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Metrics, metrics_free)

/* (transfer none): the block of one more loop. Before any text is asked for. */
MetricsLoop *metrics_add_loop(Metrics *metrics);

/**
 * metrics_route:
 * @method: "GET"
 * @route: as in the endpoint: "/items/{id}"; also "/health" and the other routes of the server
 *
 * By one thread at a time, before any loop counts with the number.
 *
 * Returns: the number of this route, always the same: it outlives a reload, so counters never go
 *   back. METRICS_UNMATCHED is for requests that match none.
 */
unsigned metrics_route(Metrics *metrics, const char *method, const char *route);

/* Why a request was not run. */
typedef enum MetricsRefusal {
    REFUSED_MALFORMED,   /* 400 and what else framing refuses */
    REFUSED_TOO_LARGE,   /* 413, 414, 431; 503 beyond bodies */
    REFUSED_SLOW_CLIENT, /* 408 */
    REFUSED_IDENTITY,    /* 401 */
    REFUSED_FORBIDDEN,   /* 403 */
    REFUSED_RATE,        /* 429 */
    REFUSED_INVALID,     /* 422 before the database was asked */
    REFUSED_QUEUE_FULL,  /* 503 */
    REFUSED_UNAVAILABLE, /* 503: no verified connection, or lost it */
    REFUSED_OVERDUE,     /* 503: its deadline came first */
    REFUSED_STOPPING,    /* 503 */
    REFUSED_GONE,        /* the client left before its answer */
    METRICS_REFUSALS,
} MetricsRefusal;

/* What follows is called in the loop's own thread. */

/* An answer was given: @duration in microseconds since the request's first byte. */
void metrics_count_request(MetricsLoop *loop, unsigned route, unsigned status, int64_t duration);
void metrics_count_bytes(MetricsLoop *loop, uint64_t received, uint64_t sent);
void metrics_count_refusal(MetricsLoop *loop, MetricsRefusal refusal);
void metrics_count_accepted(MetricsLoop *loop, unsigned connections);

/* HTTP connections now. */
void metrics_set_connections(MetricsLoop *loop, unsigned connections);

/* What follows is called by the control thread alone. */

/* What the last look at the database has found. A value; what is unknown is negative. */
typedef struct MetricsHealth {
    int status;       /* 0 pass, 1 warn, 2 fail */
    bool ready;       /* /health/ready */
    bool up;          /* the probe was answered */
    int64_t duration; /* of the probe, in microseconds */
    bool in_recovery;
    bool read_only;
    double lag;         /* of a standby, in seconds; negative: unknown, or none */
    int behind;         /* revisions that the database lacks; -1: unknown */
    double backup_age;  /* of the last good one, in seconds; negative: unknown, or none */
    double proven_age;  /* of the last proven one */
    uint64_t log_drops; /* lines that the log has lost so far */
} MetricsHealth;

/* Counts a probe, too. */
void metrics_set_health(Metrics *metrics, const MetricsHealth *health);
void metrics_count_reload(Metrics *metrics, bool done);

/* The media type of metrics_write()'s text. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends all of it; reads /proc/self. From any thread. */
void metrics_write(GString *out, Metrics *metrics, int64_t now);
