/*
 * The server on one loop: HTTP connections, database connections, and the calls between.
 */
#pragma once
#include "access/access.h"
#include "http/server.h"
#include "serve/application.h"
#include "serve/call.h"

/* What all services share; outlives them. */
typedef struct Shared Shared; /* serve/shared.h */

/**
 * service_new:
 * @pool: settings of its database connections; outlive it
 * @number: of the loop, from 0, for Lanes
 *
 * Returns: (transfer full): %NULL as pool_new().
 */
Service *service_new(Loop *loop, const Shared *shared, const PoolSettings *pool, unsigned number,
                     Application *application, GError **error);
void service_free(Service *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Service, service_free)

/* Accepts HTTP connections of @descriptor, which it closes in the end. */
void service_listen(Service *service, int descriptor);

/* New calls use @application (transfer full); those that run keep the old one. */
void service_use(Service *service, Application *application);

/* From now on @box (transfer full) tells who asks. */
void service_know(Service *service, AccessBox *box);

/* Ends as http_server_drain(); service_is_idle() tells when. */
void service_drain(Service *service);
bool service_is_idle(const Service *service);
