/*
 * What the server serves: endpoints, their routes and statements, the documents about them, and
 * who may ask. Built as a whole, then only read, by all threads; a reload builds another.
 */
#pragma once
#include "access/cors.h"
#include "api/encode_row.h"
#include "api/route.h"
#include "pool/pool.h"
#include "serve/column_limits.h"
#include "serve/constraints.h"
#include "serve/describe.h"
#include "serve/key_table.h"
#include "serve/metrics.h"
#include "serve/serve_settings.h"

/* What the server answers by itself. */
typedef enum Builtin {
    BUILTIN_NONE,
    BUILTIN_ROOT,
    BUILTIN_HEALTH,
    BUILTIN_LIVE,
    BUILTIN_READY,
    BUILTIN_STARTUP,
    BUILTIN_METRICS,
    BUILTIN_OPENAPI,
    BUILTIN_DOCS,
} Builtin;

/* One route: an endpoint and what is worked out of it once. Texts without a comment are borrowed
 * from the endpoint. */
typedef struct Route {
    const Endpoint *endpoint;      /* (nullable): %NULL for a built-in one */
    const struct Handler *handler; /* (nullable): a function of C answers */
    Builtin builtin;
    unsigned index; /* of metrics_route() */
    HttpMethod method;
    const char *path;
    PoolLane lane;
    unsigned deadline;         /* milliseconds */
    bool patient;              /* longer than the lane's */
    PoolStatement *statements; /* own: one for each of the endpoint, see application.c */
    PoolStatement first;       /* own texts: a page of a list; sql %NULL: none */
    PoolStatement after;       /* own texts: the page behind a cursor; sql %NULL: none */
    ApiRowShape *shape;        /* own (nullable) */
    char *broken;              /* own (nullable): what of it does not fit the database */
} Route;

typedef struct Application Application;

/* What an application is made of; all outlive it. */
typedef struct ApplicationSource {
    const Config *config;
    const Environment *environment;
    const ServeSettings *settings;
    const GPtrArray *handlers; /* (nullable) (element-type Handler) */
    bool lenient; /* endpoints that do not fit the database cost nothing but themselves */
} ApplicationSource;

/**
 * application_load:
 * @db: describes the endpoints; in no transaction
 *
 * Returns: (transfer full): with one reference; %NULL with APP_ERROR_INPUT if files are malformed
 * or endpoints do not fit the database (all of them are named; with @source->lenient their routes
 * are broken instead), or as database_execute().
 */
Application *application_load(const ApplicationSource *source, Database *db, GError **error);

/* Counts references; any thread. */
Application *application_ref(Application *application);
void application_unref(Application *application);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Application, application_unref)

/* All (transfer none). */
const Router *application_router(const Application *application);
AccessBox *application_access(const Application *application);
const Cors *application_cors(const Application *application);
const Constraints *application_constraints(const Application *application);
const ColumnLimits *application_column_limits(const Application *application);

/* How many endpoints there are, those that do not fit the database among them. */
unsigned application_endpoints(const Application *application);

/* (nullable): what of the endpoints does not fit the database, as endpoint_set_findings(). */
const char *application_findings(const Application *application);

const char *application_openapi(const Application *application, size_t *out_length);
const char *application_openapi_tag(const Application *application); /* its ETag */

/* (transfer none) (element-type Route): in no order. */
const GPtrArray *application_routes(const Application *application);

/* Gives each route its number for counting, before any loop uses @application. */
void application_number_routes(const Application *application, Metrics *metrics);

/* (transfer none) (array length=out_count): all statements, for pool_forget_statements(). */
const PoolStatement *const *application_statements(const Application *application,
                                                   unsigned *out_count);
