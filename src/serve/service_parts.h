/*
 * What the way of a request may ask of its service.
 */
#pragma once
#include "serve/service.h"

/* Buffers of the loop. */
typedef struct ServiceBuffers {
    GString *body;        /* of an answer */
    GString *headers;     /* its own lines */
    GString *all_headers; /* with those that every answer has */
    GString *problem;     /* the body of an error */
    ApiFaults *faults;    /* of the request that is being read */
} ServiceBuffers;

Pool *service_pool(Service *service);
Loop *service_loop(Service *service);
const Shared *service_shared(const Service *service);
const ApiRules *service_rules(const Service *service);
TraceIds *service_trace_ids(Service *service);

/* Microseconds of the loop's clock. */
int64_t service_now(const Service *service);

/* Whether anybody can be known: there are keys or tokens. */
bool service_may_know(const Service *service);

/* How long a request without a statement waits for its proof: microseconds. */
int64_t service_proof_time(const Service *service);

ServiceBuffers *service_buffers(Service *service);

/* The same; body and headers are emptied, for the next answer. */
ServiceBuffers *service_empty_buffers(Service *service);

/* "retort ID", in @texts: what pg_stat_activity shows of a request; 63 bytes of it. */
const char *service_application_name(const Service *service, HttpText id, GStringChunk *texts);

/* Counts and logs what a call is answered with. */
void service_count(Call *call, unsigned status, size_t bytes);

/* A call that is not used, and back. */
Call *service_take_call(Service *service);
void service_give_call(Service *service, Call *call);

/* The control loop will call back for @call, which cannot end before; and it has. */
void service_owe(Call *call);
void service_pay(Call *call);
