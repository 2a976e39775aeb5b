#include "serve/application.h"

#include "api/endpoint_file.h"
#include "api/openapi.h"
#include "base/references.h"
#include "serve/handlers.h"

#include <string.h>

struct Application {
    References references;
    EndpointSet *set;
    Router *router;
    GPtrArray *routes;     /* (element-type Route) */
    GPtrArray *statements; /* (element-type PoolStatement): borrowed from the routes */
    GHashTable *handlers;  /* Endpoint → Handler, both borrowed */
    AccessBox *access;
    Cors *cors;
    Constraints *constraints;
    ColumnLimits *column_limits;
    char *findings; /* (nullable) */
    char *openapi;
    char *openapi_tag;
};

static const struct {
    const char *path;
    Builtin builtin;
    bool documents; /* there only where [serve] docs says so */
} builtins[] = {
    {"/", BUILTIN_ROOT, false},
    {"/health", BUILTIN_HEALTH, false},
    {"/health/live", BUILTIN_LIVE, false},
    {"/health/ready", BUILTIN_READY, false},
    {"/health/startup", BUILTIN_STARTUP, false},
    {"/metrics", BUILTIN_METRICS, false},
    {"/openapi.json", BUILTIN_OPENAPI, true},
    {"/docs", BUILTIN_DOCS, true},
    {"/docs/page.js", BUILTIN_DOCS, true},
    {"/docs/page.css", BUILTIN_DOCS, true},
};

static void route_free(void *data)
{
    Route *route = data;
    g_free((char *)route->first.name);
    g_free((char *)route->after.name);
    g_free(route->statements);
    api_row_shape_free(route->shape);
    g_free(route->broken);
    g_free(route);
}

/* A name that no other text has on the same connection. */
static char *statement_name(const char *sql)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, sql, -1);
    return g_strdup_printf("retort_%.24s", sum);
}

/* Its @types are inferred by the server, as they were when it was described. */
static PoolStatement wrapped_statement(const ApiStatement *of, const char *sql, unsigned more)
{
    return (PoolStatement){
        .name = statement_name(sql),
        .sql = sql,
        .parameters = of->params->len + more,
        .stains = of->stains,
    };
}

static PoolLane lane_of(const Endpoint *endpoint)
{
    switch (endpoint->lane) {
    case LANE_FAST:
        return POOL_FAST;
    case LANE_WRITE:
        return POOL_WRITE;
    case LANE_SLOW:
        return POOL_SLOW;
    case LANE_DEFAULT:
        break;
    }
    return endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD ? POOL_FAST : POOL_WRITE;
}

/* The statement of a list with its LIMIT, and behind a cursor. */
static void add_pages(Route *route, const Endpoint *endpoint)
{
    const ApiStatement *last = endpoint->statements->pdata[endpoint->statements->len - 1];
    if (endpoint->paging != NULL) {
        const ApiPaging *paging = endpoint->paging;
        route->first = wrapped_statement(last, paging->first, 1);
        route->after = wrapped_statement(last, paging->after, 1 + paging->keys->len);
    } else if (endpoint->limited != NULL) {
        route->first = wrapped_statement(last, endpoint->limited, 1);
    }
}

/* What a handler gets is not cut into pages. */
static Route *route_new(const Endpoint *endpoint, const Handler *handler,
                        const ServeSettings *settings)
{
    Route *route = g_new0(Route, 1);
    *route = (Route){
        .endpoint = endpoint,
        .handler = handler,
        .method = endpoint->method,
        .path = endpoint->path,
        .lane = lane_of(endpoint),
    };
    route->deadline =
        endpoint->deadline != 0 ? endpoint->deadline : settings->deadline[route->lane];
    route->patient = route->deadline > settings->deadline[route->lane];
    route->statements = g_new0(PoolStatement, MAX(endpoint->statements->len, 1));
    for (unsigned i = 0; i < endpoint->statements->len; i++) {
        const ApiStatement *statement = endpoint->statements->pdata[i];
        route->statements[i] = (PoolStatement){
            .name = statement->name,
            .sql = statement->sql,
            .parameters = statement->params->len,
            .stains = statement->stains,
        };
    }
    if (endpoint->statements->len > 0 && handler == NULL)
        add_pages(route, endpoint);
    if (endpoint->columns != NULL && endpoint->columns->len > 0)
        route->shape = api_row_shape_new(endpoint->columns, &settings->rules.forms);
    return route;
}

static bool add_route(Application *application, Route *route, GError **error)
{
    g_ptr_array_add(application->routes, route);
    return router_add(application->router, route->method, route->path, route, error);
}

static void add_statements(Application *application, const Route *route)
{
    for (unsigned i = 0; i < route->endpoint->statements->len; i++)
        g_ptr_array_add(application->statements, &route->statements[i]);
    if (route->first.sql != NULL)
        g_ptr_array_add(application->statements, (void *)&route->first);
    if (route->after.sql != NULL)
        g_ptr_array_add(application->statements, (void *)&route->after);
}

static bool has_root(const EndpointSet *set)
{
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        const Endpoint *endpoint = set->endpoints->pdata[i];
        if (endpoint->method == HTTP_GET && g_str_equal(endpoint->path, "/"))
            return true;
    }
    return false;
}

/* An endpoint for "/" goes before ours. */
static bool add_builtins(Application *application, const ServeSettings *settings, GError **error)
{
    bool root = !has_root(application->set);
    for (size_t i = 0; i < G_N_ELEMENTS(builtins); i++) {
        if ((builtins[i].documents && !settings->docs) ||
            (builtins[i].builtin == BUILTIN_ROOT && !root))
            continue;
        Route *route = g_new0(Route, 1);
        *route =
            (Route){.builtin = builtins[i].builtin, .method = HTTP_GET, .path = builtins[i].path};
        if (!add_route(application, route, error))
            return false;
    }
    return true;
}

static bool add_endpoints(Application *application, const ServeSettings *settings, GError **error)
{
    for (unsigned i = 0; i < application->set->endpoints->len; i++) {
        const Endpoint *endpoint = application->set->endpoints->pdata[i];
        const Handler *handler = g_hash_table_lookup(application->handlers, endpoint);
        Route *route = route_new(endpoint, handler, settings);
        route->broken = endpoint_set_findings_of(application->set, endpoint);
        bool added = add_route(application, route, error);
        if (route->broken == NULL)
            add_statements(application, route);
        if (!added) {
            g_prefix_error(error, "%s:%u: ", endpoint->file, endpoint->line);
            return false;
        }
    }
    return true;
}

static bool describe(Application *application, bool lenient, Database *db, GError **error)
{
    if (!endpoint_set_describe(application->set, db, error))
        return false;
    if (application->set->findings->len == 0)
        return true;
    application->findings = endpoint_set_findings(application->set);
    if (!lenient)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT, application->findings);
    return lenient;
}

static bool load_access(Application *application, const ApplicationSource *source, Database *db,
                        GError **error)
{
    g_autoptr(Access) access = access_load(source->config, source->environment, error);
    if (access == NULL)
        return false;
    if (access_key_table(access) != NULL) {
        g_autofree char *faults = NULL; /* the server's key table says them */
        Access *whole = key_table_read(access, db, &faults, error);
        if (whole == NULL)
            return false;
        access_free(access);
        access = whole;
    }
    application->access = access_box_new(g_steal_pointer(&access));
    return true;
}

static char *title_of(const ApplicationSource *source)
{
    if (*source->settings->title != '\0')
        return g_strdup(source->settings->title);
    return g_path_get_basename(config_folder(source->config));
}

static bool has_rates(const Config *config)
{
    return *config_get(config, "access", "rate_address") != '\0' ||
           *config_get(config, "access", "rate_key") != '\0';
}

/* (element-type Endpoint): nothing is known of the others' parameters and columns. */
static GPtrArray *whole_endpoints(const GPtrArray *routes)
{
    GPtrArray *whole = g_ptr_array_new();
    for (unsigned i = 0; i < routes->len; i++) {
        const Route *route = routes->pdata[i];
        if (route->endpoint != NULL && route->broken == NULL)
            g_ptr_array_add(whole, (Endpoint *)route->endpoint);
    }
    return whole;
}

static void write_openapi(Application *application, const ApplicationSource *source)
{
    g_autofree char *title = title_of(source);
    OpenapiInfo info = {
        .title = title,
        .version = *source->settings->version != '\0' ? source->settings->version : "1",
        .rules = &source->settings->rules,
        .errors = source->settings->errors,
        .keys = access_takes_keys(application->access->access),
        .tokens = access_takes_tokens(application->access->access),
        .required = access_is_required(application->access->access),
        .db_roles = access_uses_db_roles(application->access->access),
        .rates = has_rates(source->config),
    };
    g_autoptr(GPtrArray) whole = whole_endpoints(application->routes);
    application->openapi = openapi_document(whole, &info);
    g_autofree char *sum =
        g_compute_checksum_for_string(G_CHECKSUM_SHA256, application->openapi, -1);
    application->openapi_tag = g_strdup_printf("W/\"%.16s\"", sum);
}

Application *application_load(const ApplicationSource *source, Database *db, GError **error)
{
    g_autoptr(Application) application = g_new0(Application, 1);
    references_begin(&application->references);
    application->routes = g_ptr_array_new_with_free_func(route_free);
    application->statements = g_ptr_array_new();
    application->router = router_new();
    application->handlers = g_hash_table_new(NULL, NULL);
    g_autofree char *folder = config_path(source->config, "retort", "api");
    application->set = endpoint_set_load(folder, config_folder(source->config), error);
    if (application->set == NULL ||
        !handlers_add(application->set, source->handlers, application->handlers, error) ||
        !describe(application, source->lenient, db, error))
        return NULL;
    if (!load_access(application, source, db, error))
        return NULL;
    application->cors = cors_load(source->config, error);
    if (application->cors == NULL || !add_builtins(application, source->settings, error) ||
        !add_endpoints(application, source->settings, error))
        return NULL;
    application->constraints = constraints_load(db, error);
    if (application->constraints == NULL)
        return NULL;
    application->column_limits = column_limits_load(db, error);
    if (application->column_limits == NULL)
        return NULL;
    write_openapi(application, source);
    return g_steal_pointer(&application);
}

Application *application_ref(Application *application)
{
    references_add(&application->references);
    return application;
}

void application_unref(Application *application)
{
    if (application == NULL || !references_drop(&application->references))
        return;
    g_free(application->findings);
    g_free(application->openapi);
    g_free(application->openapi_tag);
    constraints_free(application->constraints);
    column_limits_free(application->column_limits);
    access_box_unref(application->access);
    cors_free(application->cors);
    g_clear_pointer(&application->statements, g_ptr_array_unref);
    g_clear_pointer(&application->routes, g_ptr_array_unref);
    router_free(application->router);
    g_clear_pointer(&application->handlers, g_hash_table_unref);
    endpoint_set_free(application->set);
    g_free(application);
}

const Router *application_router(const Application *application)
{
    return application->router;
}

AccessBox *application_access(const Application *application)
{
    return application->access;
}

const Cors *application_cors(const Application *application)
{
    return application->cors;
}

const Constraints *application_constraints(const Application *application)
{
    return application->constraints;
}

const ColumnLimits *application_column_limits(const Application *application)
{
    return application->column_limits;
}

unsigned application_endpoints(const Application *application)
{
    return application->set->endpoints->len;
}

const char *application_findings(const Application *application)
{
    return application->findings;
}

const char *application_openapi(const Application *application, size_t *out_length)
{
    *out_length = strlen(application->openapi);
    return application->openapi;
}

const char *application_openapi_tag(const Application *application)
{
    return application->openapi_tag;
}

const GPtrArray *application_routes(const Application *application)
{
    return application->routes;
}

const PoolStatement *const *application_statements(const Application *application,
                                                   unsigned *out_count)
{
    *out_count = application->statements->len;
    return (const PoolStatement *const *)application->statements->pdata;
}

void application_number_routes(const Application *application, Metrics *metrics)
{
    for (unsigned i = 0; i < application->routes->len; i++) {
        Route *route = application->routes->pdata[i];
        route->index = metrics_route(metrics, http_method_name(route->method), route->path);
    }
}
