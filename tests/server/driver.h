/*
 * Drives a pool in tests: asks, turns the loop until all that was asked has ended, looks.
 */
#pragma once
#include "fixture.h"
#include "pool/pool.h"

typedef struct Driver {
    Fixture *fixture;
    Loop *loop;
    PoolSettings settings;
    Pool *pool;
    GPtrArray *asks;
    unsigned open; /* asks that have not ended */
    bool (*until)(struct Driver *driver);
    void *data;
} Driver;

/* One request and what became of it. */
typedef struct Ask {
    PoolRequest request; /* first: a request is its ask */
    Driver *driver;
    PoolStatement *statements;
    PoolCall *calls;
    const char **values;
    unsigned ends; /* how often done() was called */
    PoolOutcome outcome;
    char *text; /* first column of the first row of the last call; NULL */
    char sqlstate[6];
    char reason[32];
    unsigned failed, result_count;
    bool in_settings, uncertain;
    int64_t began, took; /* microseconds */
} Ask;

/* A pool with two connections a lane on a database of its own. */
Driver *driver_new(void);
/* As driver_new(), but the pool is made by driver_start(), after @settings were changed. */
Driver *driver_prepare(void);
void driver_start(Driver *driver);
void driver_free(Driver *driver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Driver, driver_free)

/* (transfer none): a request of one or more statements without parameters, ended by NULL; not
 * submitted yet. Its deadline is in 5 s. */
Ask *driver_ask(Driver *driver, PoolLane lane, ...) G_GNUC_NULL_TERMINATED;

/* The same, submitted. */
Ask *driver_submit(Driver *driver, PoolLane lane, const char *sql);
void driver_submit_ask(Ask *ask);

/* Turns the loop until all that was submitted has ended. */
void driver_run(Driver *driver);

/* Turns the loop until @until holds; it is asked every few milliseconds. */
void driver_run_until(Driver *driver, bool (*until)(Driver *driver), void *data);

/* Submits, runs and gives the text of the answer, which must be POOL_DONE. */
const char *driver_value(Driver *driver, PoolLane lane, const char *sql);

/* The value of a query, by the fixture's own connection. */
char *driver_look(Driver *driver, const char *sql);

/* Sets what new sessions of the database begin with: "NAME to ''VALUE''". */
void driver_set_in_database(Driver *driver, const char *setting);
