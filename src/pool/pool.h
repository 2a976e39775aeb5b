/*
 * The database connections of one loop, and the requests that wait for them.
 *
 * A pool has lanes: fast for short reads, write, and slow for what may take long. A lane has a few
 * connections and a queue. What one turn of the loop queues goes out together: reads of the fast
 * lane share a batch and its Sync; each write, and each request with settings (role, claims, a
 * deadline of its own), has a Sync of its own, so it is a transaction of its own and its settings
 * end with it. A connection has one batch in flight. Statements are such as SQL's own PREPARE
 * takes: one that begins a transaction costs its connection.
 *
 * A request ends in exactly one call of its done(), at latest at its deadline (and a tick of the
 * loop), whatever the server does. Nothing here blocks: connecting, cancelling and closing
 * neither. See docs/design/server.md.
 */
#pragma once
#include "loop/loop.h"
#include "pg/settings.h"

#include <libpq-fe.h>

typedef enum PoolLane {
    POOL_FAST,  /* read-only sessions; may be a hot standby */
    POOL_WRITE, /* sessions that can write: a server that is in recovery is not ready */
    POOL_SLOW,  /* one request at a time on a connection; writes, if the server lets it */
    POOL_LANES,
} PoolLane;

/*
 * A statement of an endpoint. Prepared on a connection when it is used there first, under @name.
 * Shared between threads, never changed, and kept as long as any pool runs requests with it.
 */
typedef struct PoolStatement {
    const char *name; /* unique for this text and these types: made of their checksum */
    const char *sql;  /* with $1 … */
    unsigned parameters;
    bool stains; /* may leave something behind in its session or transaction: shares no batch, and
                    the session is set up again after it */
    const unsigned *types; /* (nullable): OIDs of the parameters; 0: the server's choice */
} PoolStatement;

/* A setting of one request, as set_config(name, value, true) sets it. */
typedef struct PoolSetting {
    const char *name;
    const char *value;
} PoolSetting;

/* One execution of a statement; values are text, NULL is SQL NULL. */
typedef struct PoolCall {
    const PoolStatement *statement;
    const char *const *values;
} PoolCall;

typedef enum PoolOutcome {
    POOL_DONE,        /* all results are there; a transaction has committed */
    POOL_REFUSED,     /* the server refused a statement; nothing of the request has happened */
    POOL_DECLINED,    /* decide() said no: rolled back */
    POOL_UNAVAILABLE, /* no verified connection, lost it, or queue full: 503 */
    POOL_OVERDUE,     /* its deadline came first: 503 */
} PoolOutcome;

/* What became of a request. All of it is the pool's, valid during done(). */
typedef struct PoolResult {
    PoolOutcome outcome;
    PGresult *const *results; /* one a call, for POOL_DONE and POOL_DECLINED */
    unsigned result_count;    /* for POOL_REFUSED: of the first calls, those that had results */
    const PGresult *error;    /* for POOL_REFUSED: PQresultErrorField() tells */
    unsigned failed;          /* for POOL_REFUSED: which call; call_count: the commit itself */
    bool in_settings;     /* for POOL_REFUSED: it was a setting (a role that is not there …) */
    const char *reason;   /* for POOL_UNAVAILABLE and POOL_OVERDUE: a word or two for the log:
                             "starting", "in recovery", "frozen", "queue full", "lost" … */
    bool uncertain;       /* a write was sent and its answer never came: maybe it happened */
    unsigned retry_after; /* milliseconds, a guess, for 503 */
} PoolResult;

typedef struct PoolRequest PoolRequest;
typedef void PoolDone(PoolRequest *request, const PoolResult *result, void *data);

/* Whether to commit, asked when all calls have their results, before the transaction ends. */
typedef bool PoolDecide(PoolRequest *request, PGresult *const *results, void *data);

/* Some rows of the last call, as they come; see pool_pause(). */
typedef void PoolRows(PoolRequest *request, const PGresult *rows, void *data);

/* Kept in the struct of what it is for. Begin with {0}; what it points to lives until done(). */
struct PoolRequest {
    PoolLane lane;
    int64_t deadline; /* of the loop's clock; the server's statement_timeout is set below it */
    const PoolSetting *settings;
    unsigned setting_count;
    const PoolCall *calls; /* all of them are one transaction */
    unsigned call_count;
    bool alone;         /* a Sync of its own, though a read without settings */
    bool patient;       /* may run until its deadline, though the lane's timeout is shorter */
    bool reads;         /* its transaction can only read; that it would write is its own fault */
    bool repeatable;    /* run again after a serialization failure or deadlock */
    PoolDecide *decide; /* (nullable) */
    PoolRows *rows;     /* (nullable): slow lane only; results of the last call are empty then */
    PoolDone *done;
    void *data;
    struct { /* the pool's */
        PoolRequest *next, *previous;
        void *lane, *session;
        LoopTimer timer;
        int64_t begun;    /* when it was submitted */
        int64_t rest;     /* not before this */
        unsigned sent;    /* its place in the session's batch */
        unsigned timeout; /* milliseconds: a statement_timeout of its own; 0: the lane's */
        unsigned char state, tries, mended, moved, rescued, hopeless;
    } own;
};

/* Times in milliseconds. */
typedef struct PoolSettings {
    const ConnectionSettings *primary;
    const ConnectionSettings *reads; /* (nullable): for the fast lane: standbys */
    const char *search_path;         /* (nullable) */
    const char *application_name;
    unsigned connections[POOL_LANES]; /* 0: the lane's requests are POOL_UNAVAILABLE */
    unsigned batch;                   /* most requests of one batch: 64 */
    unsigned queue;                   /* most requests that wait in a lane */
    unsigned timeout[POOL_LANES];     /* statement_timeout of the lane's sessions; a request with a
                                         shorter deadline gets a setting of its own */
    unsigned connect_time;            /* to be connected and ready */
    unsigned retry_time;              /* mean wait before connecting again; jitter is added */
} PoolSettings;

typedef struct Pool Pool;

/**
 * pool_new:
 * @settings: must outlive the pool
 *
 * Begins to connect. Names of hosts are resolved by a thread, again before each attempt; one that
 * cannot be is a lane that is not ready, as a server that is not there. The settings name their
 * hosts themselves, in the environment, or not at all; a host that only a service file names is
 * resolved by libpq, which blocks.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_PROGRAM if libpq is older than 15.6, or no
 *   descriptor is left.
 */
Pool *pool_new(Loop *loop, const PoolSettings *settings, GError **error);

/* Ends all requests as POOL_UNAVAILABLE and closes. Not to be called by a done(). */
void pool_free(Pool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pool, pool_free)

/* Sends what waits, as at the end of each turn: for what a later LoopTurn has submitted. */
void pool_turn(Pool *pool);

/* Queues a request; done() is called later, never from here. */
void pool_submit(Pool *pool, PoolRequest *request);

/**
 * pool_abandon:
 *
 * Nobody waits for @request any more: done() is not called, and the struct may go. What waits is
 * dropped. Once nobody waits for anything that a connection runs, it is cancelled on the server,
 * without blocking, unless it ends within 50 ms. What has ended, or was never submitted, may be
 * abandoned too.
 */
void pool_abandon(Pool *pool, PoolRequest *request);

/* Stops and goes on reading the rows of a request with rows(). */
void pool_pause(Pool *pool, PoolRequest *request, bool pause);

/* Statements whose names are not @keep's are forgotten by idle connections, in time. */
void pool_forget_statements(Pool *pool, const PoolStatement *const *keep, unsigned count);

/* One lane as it is now; read by its own thread. */
typedef struct PoolLaneState {
    unsigned connections, ready, busy; /* of them */
    unsigned waiting;                  /* requests */
    bool read_only;                    /* a write lane whose server is in recovery or read-only */
    const char *reason;                /* (nullable): why none is ready, as PoolResult.reason;
                                          valid for ever */
    char sqlstate[6];                  /* of the last failed attempt; "" */
} PoolLaneState;
void pool_lane_state(const Pool *pool, PoolLane lane, PoolLaneState *out_state);

/* Sums since the start. */
typedef struct PoolCounts {
    uint64_t requests, batches, syncs, connects, failures, cancels, overdue, refused, rescued;
} PoolCounts;
const PoolCounts *pool_counts(const Pool *pool);
