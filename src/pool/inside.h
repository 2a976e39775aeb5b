/*
 * What the modules of the pool share: its structs. Not for other layers.
 *
 * A Session is one connection. What it has sent is a list of what comes back, in that order
 * (Expect), on behalf of requests (Sent). A request may end before its answer comes, by its
 * deadline or because it is abandoned; then nothing here points to it any more, and the answer is
 * dropped when it comes.
 */
#pragma once
#include "pool/errand.h"
#include "pool/pool.h"
#include "pool/target.h"

/* Waiting requests in their order. */
typedef struct Queue {
    PoolRequest *first, *last;
    unsigned count;
} Queue;

typedef enum RequestState {
    REQUEST_OUTSIDE,  /* not submitted, or ended */
    REQUEST_WAITING,  /* in its lane's queue */
    REQUEST_APART,    /* in its lane's queue of those that took long before */
    REQUEST_RESTING,  /* in the pool's queue of those that are run again a little later */
    REQUEST_REJECTED, /* in the pool's queue of those for which there is no room */
    REQUEST_SENT,     /* in its session's batch */
} RequestState;

/* A statement on one connection. */
typedef struct Prepared {
    char *name;       /* PoolStatement.name */
    char *as;         /* its name on the server */
    bool sent, ready; /* its Parse was sent; has come back */
} Prepared;

typedef enum ExpectKind {
    EXPECT_SETUP,    /* the set-up of the connection */
    EXPECT_SETTINGS, /* set_config() of a request */
    EXPECT_PREPARE,
    EXPECT_CALL,
    EXPECT_OTHER, /* DEALLOCATE, ROLLBACK: nobody asks how it went */
    EXPECT_SYNC,
} ExpectKind;

enum { NOBODY = G_MAXUINT16, MOST_SETTINGS = 64 /* of a request */ };

/* One thing that comes back. */
typedef struct Expect {
    uint8_t kind;
    uint16_t sent; /* on whose behalf: its place in the batch; NOBODY */
    uint16_t call; /* of its request */
    Prepared *prepared;
} Expect;

/* A request in a batch. */
typedef struct Sent {
    PoolRequest *request; /* (nullable): NULL when nobody waits any more */
    unsigned first;       /* of its results in the session's */
    PGresult *error;      /* (nullable) (owned) */
    unsigned failed;
    bool in_settings;
    bool shared;  /* its Sync is the batch's */
    bool aborted; /* by another's failure */
    bool ended;   /* its own Sync has come */
} Sent;

typedef enum SessionState {
    SESSION_DOWN, /* waits for its timer */
    SESSION_RESOLVING,
    SESSION_CONNECTING,
    SESSION_SETTING_UP,
    SESSION_READY,
    SESSION_BUSY,
} SessionState;

typedef enum Deciding {
    DECIDING_NOT, /* the batch's Syncs are sent with it */
    DECIDING,     /* the batch's only request will be asked */
    DECLINED,
    DECIDED,
} Deciding;

typedef struct Lane Lane;

typedef struct Session {
    Pool *pool;
    Lane *lane;
    PGconn *conn;
    int socket; /* a second number of libpq's, to watch; -1: none */
    LoopWatch *watch;
    LoopTimer timer; /* of connecting, or of the batch */
    SessionState state;
    unsigned failures; /* attempts in a row */
    Errand *errand;    /* (nullable): resolves, or cancels what runs here */
    char **resolved;   /* (nullable): addresses to connect to */
    char sqlstate[6];  /* why the server ends the connection; "" */

    GHashTable *prepared; /* PoolStatement.name → Prepared */
    GPtrArray *stale;     /* names on the server to deallocate */
    unsigned generation;

    Sent *sent;
    unsigned sent_count, live; /* of them somebody waits for */
    GArray *expects;           /* Expect */
    unsigned expected;         /* how many have come back */
    GPtrArray *results;        /* of requests with a Sync of their own */
    bool between;              /* the NULL that ends a command's results is due */
    bool rows_begun;           /* row by row mode is on for this call */
    bool paused, resumed;
    bool cancelled;
    bool suspicious;   /* its server may have become read-only */
    bool stained;      /* settings may have been left behind: to be set up again */
    bool again;        /* it is set up again, so requests wait for it as for one that is busy */
    bool apart;        /* its batch is one read that takes long */
    bool rescued;      /* its batch was late: others of it are sent again elsewhere */
    const char *unfit; /* (nullable): what the set-up found */
    Deciding deciding;
    unsigned limit;   /* requests a batch, adapted to how long batches take */
    unsigned timeout; /* milliseconds: the longest statement of the batch */
    int64_t sent_at, patience;
    int64_t synced_at;  /* the last Sync of the batch has come */
    int64_t rescue_at;  /* its batch is late then; 0: never */
    size_t value_bytes; /* that the batch has sent */
    int64_t swollen_at; /* when its last long message was; 0: there was none, see swell.h */
} Session;

struct Lane {
    Pool *pool;
    PoolLane kind;
    Target *target;
    unsigned timeout; /* milliseconds */
    Session *sessions;
    unsigned count, ready;
    Queue waiting, apart;
    int64_t hold; /* until then, requests wait for a connection that has just been lost */
    LoopTimer timer;
    bool read_only;
    const char *reason;
    char sqlstate[6];
};

struct Pool {
    Loop *loop;
    const PoolSettings *settings;
    Target *primary, *reads;
    Errands *resolvers, *cancellers;
    Lane lanes[POOL_LANES];
    Queue rejected, resting;
    LoopTimer rest_timer;
    LoopTimer swell_timer;
    GHashTable *suspects;  /* PoolStatement.name → see suspects.h */
    GHashTable *lengths;   /* PoolStatement.name → see lengths.h */
    GPtrArray *set_config; /* (nullable): PoolStatement, by number of settings */
    bool closing;
    PoolCounts counts;
};
