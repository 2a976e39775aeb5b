/*
 * One request on its way through the server: what was asked, by whom, and what became of it.
 *
 * Calls belong to a service (one loop) and are used again. call_take() begins one, exactly one
 * call_answer… or call_drop() ends it.
 */
#pragma once
#include "api/bind.h"
#include "base/digits.h"
#include "http/exchange.h"
#include "pool/pool.h"
#include "serve/application.h"
#include "serve/trace.h"

typedef struct Service Service;
typedef struct Call Call;

enum { CALL_SETTINGS = 8 };

/* Fields are for the files of src/serve that make the way of a request: run.c, answer.c … */
struct Call {
    Service *service;
    HttpExchange *exchange;   /* %NULL once the client left */
    Application *application; /* own reference */
    const Route *route;       /* (nullable): no such path */
    RouteMatch match;
    Identity identity; /* texts are in @texts */
    Trace trace;       /* texts are of the exchange, or its own */
    int64_t begun;     /* microseconds of the loop's clock */
    int64_t deadline;  /* the same; of all its statements together; 0: none was sent yet */
    bool owed;         /* the control loop will call back: the call cannot end before */

    ApiArguments *arguments;
    PoolRequest request;
    bool submitted;                /* the pool has @request */
    void (*proven)(Call *call);    /* see run_proof() */
    struct RetortRequest *handled; /* (nullable): of a handler in C, see handlers.h */
    struct Held *held;             /* (nullable): an answer that waits, see standby.h */
    const char *token;             /* (nullable): the read must see so much, see standby.h */
    unsigned status;               /* of a stream that has begun; 0 */
    size_t streamed;               /* its bytes */
    PoolSetting settings[CALL_SETTINGS];
    GArray *calls;               /* (element-type PoolCall) */
    GPtrArray *values;           /* (element-type utf8): of all calls, one after the other */
    char limit[DIGITS_MOST + 1]; /* one of @values */
    GStringChunk *texts;         /* of this call alone */

    const char *reason;     /* (nullable): why it failed, for the log; static or of @texts */
    const char *error;      /* (nullable): the database's message, for the log alone; of @texts */
    bool outdated;          /* rolled back, because the rows have another shape than described */
    MetricsRefusal refusal; /* what a 503 is counted as */
    char sqlstate[6];
    Call *next; /* of those that are not used */
};

/* (transfer none): a call for @exchange, which knows it from now on. */
Call *call_take(Service *service, HttpExchange *exchange);

/* Whether nothing is written by it, or nothing that its client would have to know of. */
bool call_only_reads(const Call *call);

/* What the service keeps for later calls. */
Call *call_new(Service *service);
void call_free(Call *call);

/* Its client left: nothing is answered. */
void call_drop(Call *call);

/* An answer on its way: what is not set is left out. */
typedef struct CallAnswer {
    unsigned status;
    const char *type;
    const char *body;
    size_t length;
    const char *headers; /* (nullable): lines, each ended by "\r\n" */
    bool exact;          /* is not compressed: its ETag is strong */
    bool preflight;      /* @headers say all of CORS */
    bool close;
} CallAnswer;

/* Answers, counts, logs and ends the call. */
void call_answer(Call *call, const CallAnswer *answer);

/* Answers with a problem of @status; all but @status may be left out. */
typedef struct CallProblem {
    unsigned status;
    const char *detail;
    bool telling;        /* as Problem.telling */
    const char *headers; /* (nullable): lines, each ended by "\r\n" */
    const char *code;
    const char *constraint;
    const ApiFaults *faults;
    bool close;
} CallProblem;
void call_refuse(Call *call, const CallProblem *problem);

/* An answer in pieces; the last call ends it. @reason: (nullable): why it breaks off, for the log;
 * the client then sees that something is missing. */
void call_stream(Call *call, const CallAnswer *answer);
void call_stream_write(Call *call, const char *data, size_t length);
void call_end_stream(Call *call, const char *reason);

/* 503 with Retry-After. */
typedef struct CallUnavailable {
    const char *reason;     /* (nullable): for the log */
    const char *detail;     /* (nullable): for the client, if it is not that the database is away */
    unsigned wait;          /* milliseconds */
    MetricsRefusal refusal; /* how it counts */
} CallUnavailable;
void call_unavailable(Call *call, const CallUnavailable *why);
