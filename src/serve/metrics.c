#include "serve/metrics.h"

#include "serve/usage.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Upper bounds of the histogram's buckets, in microseconds. */
static const int64_t bounds[] = {500,    1000,   2500,   5000,    10000,   25000,   50000,
                                 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};
enum { BOUNDS = G_N_ELEMENTS(bounds), CODES = 16, CODE_OTHER = CODES - 1 };

/* Written by one thread, read by any. */
typedef _Atomic uint64_t Count;

/* What one loop has counted of one route. */
typedef struct RouteCounts {
    Count buckets[BOUNDS + 1];
    Count duration; /* microseconds */
    _Atomic uint16_t codes[CODES];
    Count by_code[CODES]; /* the last is all that found no place */
} RouteCounts;

struct MetricsLoop {
    RouteCounts *_Atomic routes[METRICS_ROUTES]; /* made when first counted */
    Count refusals[METRICS_REFUSALS];
    Count received, sent, accepted;
    atomic_uint connections;
};

typedef struct RouteName {
    char *method;
    char *route;
    char *labels; /* method="GET",route="/items/{id}" */
} RouteName;

struct Metrics {
    const Lanes *lanes;
    char *version;
    GPtrArray *loops;                /* (element-type MetricsLoop) */
    RouteName names[METRICS_ROUTES]; /* the last is of those that found no place */
    atomic_uint name_count;
    pthread_mutex_t lock; /* of what follows */
    MetricsHealth health;
    uint64_t probes[3];
    uint64_t reloads[2];
};

static const char *const refusal_names[METRICS_REFUSALS] = {
    "malformed", "too_large",  "slow_client", "identity", "forbidden", "rate",
    "invalid",   "queue_full", "unavailable", "overdue",  "stopping",  "gone",
};

static void add(Count *count, uint64_t more)
{
    uint64_t now = atomic_load_explicit(count, memory_order_relaxed);
    atomic_store_explicit(count, now + more, memory_order_relaxed);
}

static uint64_t get(const Count *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

/* Label values: backslash, quote and line break are escaped, the rest is UTF-8 as it is. */
static void append_label(GString *out, const char *name, const char *value)
{
    g_autofree char *text = g_utf8_make_valid(value, -1);
    g_string_append_printf(out, "%s=\"", name);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n') {
            g_string_append(out, "\\n");
            continue;
        }
        if (*c == '\\' || *c == '"')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *c);
    }
    g_string_append_c(out, '"');
}

static void set_name(RouteName *name, const char *method, const char *route)
{
    g_autoptr(GString) labels = g_string_new(NULL);
    append_label(labels, "method", method);
    g_string_append_c(labels, ',');
    append_label(labels, "route", route);
    name->method = g_strdup(method);
    name->route = g_strdup(route);
    name->labels = g_strdup(labels->str);
}

Metrics *metrics_new(const Lanes *lanes, const char *version)
{
    Metrics *metrics = g_new0(Metrics, 1);
    metrics->lanes = lanes;
    metrics->version = g_strdup(version);
    metrics->loops = g_ptr_array_new();
    metrics->health =
        (MetricsHealth){.status = 2, .lag = -1, .behind = -1, .backup_age = -1, .proven_age = -1};
    pthread_mutex_init(&metrics->lock, NULL);
    set_name(&metrics->names[METRICS_UNMATCHED], "", "unmatched");
    set_name(&metrics->names[METRICS_ROUTES - 1], "", "other");
    metrics->name_count = 1;
    return metrics;
}

static void loop_block_free(MetricsLoop *loop)
{
    for (unsigned i = 0; i < METRICS_ROUTES; i++)
        g_free(loop->routes[i]);
    g_free(loop);
}

void metrics_free(Metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (unsigned i = 0; i < metrics->loops->len; i++)
        loop_block_free(metrics->loops->pdata[i]);
    g_ptr_array_unref(metrics->loops);
    for (unsigned i = 0; i < METRICS_ROUTES; i++) {
        g_free(metrics->names[i].method);
        g_free(metrics->names[i].route);
        g_free(metrics->names[i].labels);
    }
    pthread_mutex_destroy(&metrics->lock);
    g_free(metrics->version);
    g_free(metrics);
}

MetricsLoop *metrics_add_loop(Metrics *metrics)
{
    MetricsLoop *loop = g_new0(MetricsLoop, 1);
    g_ptr_array_add(metrics->loops, loop);
    return loop;
}

unsigned metrics_route(Metrics *metrics, const char *method, const char *route)
{
    unsigned count = metrics->name_count;
    for (unsigned i = 1; i < count; i++) {
        const RouteName *name = &metrics->names[i];
        if (g_str_equal(name->method, method) && g_str_equal(name->route, route))
            return i;
    }
    if (count == METRICS_ROUTES - 1)
        return METRICS_ROUTES - 1;
    set_name(&metrics->names[count], method, route);
    atomic_store_explicit(&metrics->name_count, count + 1, memory_order_release);
    return count;
}

static RouteCounts *route_of(MetricsLoop *loop, unsigned route)
{
    RouteCounts *counts = atomic_load_explicit(&loop->routes[route], memory_order_relaxed);
    if (G_LIKELY(counts != NULL))
        return counts;
    counts = g_new0(RouteCounts, 1);
    atomic_store_explicit(&loop->routes[route], counts, memory_order_release);
    return counts;
}

static unsigned code_place(RouteCounts *counts, unsigned status)
{
    for (unsigned i = 0; i < CODE_OTHER; i++) {
        unsigned code = atomic_load_explicit(&counts->codes[i], memory_order_relaxed);
        if (code == status)
            return i;
        if (code == 0) {
            atomic_store_explicit(&counts->codes[i], (uint16_t)status, memory_order_relaxed);
            return i;
        }
    }
    return CODE_OTHER;
}

void metrics_count_request(MetricsLoop *loop, unsigned route, unsigned status, int64_t duration)
{
    g_assert(route < METRICS_ROUTES);
    RouteCounts *counts = route_of(loop, route);
    unsigned bucket = 0;
    while (bucket < BOUNDS && duration > bounds[bucket])
        bucket++;
    add(&counts->buckets[bucket], 1);
    add(&counts->duration, (uint64_t)MAX(duration, 0));
    add(&counts->by_code[code_place(counts, status)], 1);
}

void metrics_count_bytes(MetricsLoop *loop, uint64_t received, uint64_t sent)
{
    add(&loop->received, received);
    add(&loop->sent, sent);
}

void metrics_count_refusal(MetricsLoop *loop, MetricsRefusal refusal)
{
    add(&loop->refusals[refusal], 1);
}

void metrics_count_accepted(MetricsLoop *loop, unsigned connections)
{
    add(&loop->accepted, connections);
}

void metrics_set_connections(MetricsLoop *loop, unsigned connections)
{
    atomic_store_explicit(&loop->connections, connections, memory_order_relaxed);
}

void metrics_set_health(Metrics *metrics, const MetricsHealth *health)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->health = *health;
    metrics->probes[CLAMP(health->status, 0, 2)]++;
    pthread_mutex_unlock(&metrics->lock);
}

void metrics_count_reload(Metrics *metrics, bool done)
{
    pthread_mutex_lock(&metrics->lock);
    metrics->reloads[done]++;
    pthread_mutex_unlock(&metrics->lock);
}

/* A family: what is said of it before its samples. */
static void append_family(GString *out, const char *name, const char *type, const char *help)
{
    g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void append_seconds(GString *out, uint64_t microseconds)
{
    g_string_append_printf(out, "%" PRIu64 ".%06" PRIu64 "\n", microseconds / G_USEC_PER_SEC,
                           microseconds % G_USEC_PER_SEC);
}

static void append_double(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out, g_ascii_dtostr(text, sizeof text, value));
    g_string_append_c(out, '\n');
}

static void append_whole(GString *out, const char *name, const char *type, const char *help,
                         uint64_t value)
{
    append_family(out, name, type, help);
    g_string_append_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void append_number(GString *out, const char *name, const char *type, const char *help,
                          double value)
{
    append_family(out, name, type, help);
    g_string_append_printf(out, "%s ", name);
    append_double(out, value);
}

/* One route over all loops. */
typedef struct RouteSum {
    uint64_t buckets[BOUNDS + 1];
    uint64_t count, duration;
    uint64_t codes[1000]; /* by status; 0: other */
} RouteSum;

static void sum_route(const Metrics *metrics, unsigned route, RouteSum *sum)
{
    *sum = (RouteSum){0};
    for (unsigned i = 0; i < metrics->loops->len; i++) {
        const MetricsLoop *loop = metrics->loops->pdata[i];
        const RouteCounts *counts =
            atomic_load_explicit(&loop->routes[route], memory_order_acquire);
        for (unsigned j = 0; counts != NULL && j <= BOUNDS; j++) {
            uint64_t here = get(&counts->buckets[j]);
            sum->buckets[j] += here;
            sum->count += here;
        }
        for (unsigned j = 0; counts != NULL && j < CODES; j++) {
            unsigned code = atomic_load_explicit(&counts->codes[j], memory_order_relaxed);
            if (code != 0 || j == CODE_OTHER) /* else: taken just now, counted next time */
                sum->codes[code < 1000 ? code : 0] += get(&counts->by_code[j]);
        }
        if (counts != NULL)
            sum->duration += get(&counts->duration);
    }
}

/* The routes that were ever counted: @append is called for each. */
static void each_route(GString *out, const Metrics *metrics,
                       void (*append)(GString *, const RouteSum *, const char *labels))
{
    g_autofree RouteSum *sum = g_new(RouteSum, 1);
    unsigned count = atomic_load_explicit(&metrics->name_count, memory_order_acquire);
    for (unsigned i = 0; i < METRICS_ROUTES; i++) {
        if (i >= count && i != METRICS_ROUTES - 1)
            continue;
        sum_route(metrics, i, sum);
        if (sum->count > 0)
            append(out, sum, metrics->names[i].labels);
    }
}

static void append_codes(GString *out, const RouteSum *sum, const char *labels)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(sum->codes); i++) {
        if (sum->codes[i] == 0)
            continue;
        g_string_append_printf(out, "retort_http_requests_total{%s,code=\"", labels);
        if (i == 0)
            g_string_append(out, "other");
        else
            g_string_append_printf(out, "%u", i);
        g_string_append_printf(out, "\"} %" PRIu64 "\n", sum->codes[i]);
    }
}

static void append_histogram(GString *out, const RouteSum *sum, const char *labels)
{
    static const char name[] = "retort_http_request_duration_seconds";
    uint64_t below = 0;
    for (unsigned i = 0; i < BOUNDS; i++) {
        below += sum->buckets[i];
        char bound[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_formatd(bound, sizeof bound, "%g", (double)bounds[i] / 1e6);
        g_string_append_printf(out, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name, labels, bound,
                               below);
    }
    g_string_append_printf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels,
                           sum->count);
    g_string_append_printf(out, "%s_sum{%s} ", name, labels);
    append_seconds(out, sum->duration);
    g_string_append_printf(out, "%s_count{%s} %" PRIu64 "\n", name, labels, sum->count);
}

static void append_http(GString *out, const Metrics *metrics)
{
    append_family(out, "retort_http_requests_total", "counter", "Answers given.");
    each_route(out, metrics, append_codes);
    append_family(out, "retort_http_request_duration_seconds", "histogram",
                  "From the first byte of a request to its answer.");
    each_route(out, metrics, append_histogram);
    uint64_t refusals[METRICS_REFUSALS] = {0};
    uint64_t received = 0, sent = 0, accepted = 0, connections = 0;
    for (unsigned i = 0; i < metrics->loops->len; i++) {
        const MetricsLoop *loop = metrics->loops->pdata[i];
        for (unsigned j = 0; j < METRICS_REFUSALS; j++)
            refusals[j] += get(&loop->refusals[j]);
        received += get(&loop->received);
        sent += get(&loop->sent);
        accepted += get(&loop->accepted);
        connections += atomic_load_explicit(&loop->connections, memory_order_relaxed);
    }
    append_family(out, "retort_http_refusals_total", "counter", "Requests that were not run.");
    for (unsigned i = 0; i < METRICS_REFUSALS; i++)
        g_string_append_printf(out, "retort_http_refusals_total{reason=\"%s\"} %" PRIu64 "\n",
                               refusal_names[i], refusals[i]);
    append_whole(out, "retort_http_received_bytes_total", "counter", "Bytes of request bodies.",
                 received);
    append_whole(out, "retort_http_sent_bytes_total", "counter", "Bytes of answers' bodies.", sent);
    append_whole(out, "retort_http_accepted_total", "counter", "Connections accepted.", accepted);
    append_whole(out, "retort_http_connections", "gauge", "Connections now.", connections);
}

typedef uint64_t LaneNumber(const LaneSummary *sum);

static uint64_t lane_connections(const LaneSummary *sum)
{
    return sum->connections;
}

static uint64_t lane_ready(const LaneSummary *sum)
{
    return sum->ready;
}

static uint64_t lane_busy(const LaneSummary *sum)
{
    return sum->busy;
}

static uint64_t lane_waiting(const LaneSummary *sum)
{
    return sum->waiting;
}

static uint64_t lane_down(const LaneSummary *sum)
{
    return sum->down;
}

static void append_lanes(GString *out, const Metrics *metrics, int64_t now)
{
    static const struct {
        const char *name;
        const char *help;
        LaneNumber *number;
    } families[] = {
        {"retort_pool_connections", "Connections to the database.", lane_connections},
        {"retort_pool_ready", "Connections that are verified.", lane_ready},
        {"retort_pool_busy", "Connections with a batch in flight.", lane_busy},
        {"retort_pool_waiting", "Requests that wait for a connection.", lane_waiting},
        {"retort_pool_loops_down", "Loops without any verified connection.", lane_down},
    };
    LaneSummary sums[POOL_LANES];
    for (unsigned i = 0; i < POOL_LANES; i++)
        lanes_sum(metrics->lanes, (PoolLane)i, now, &sums[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        append_family(out, families[i].name, "gauge", families[i].help);
        for (unsigned j = 0; j < POOL_LANES; j++) {
            if (sums[j].loops > 0)
                g_string_append_printf(out, "%s{lane=\"%s\"} %" PRIu64 "\n", families[i].name,
                                       lane_name((PoolLane)j), families[i].number(&sums[j]));
        }
    }
}

static void append_pool(GString *out, const Metrics *metrics)
{
    PoolCounts counts;
    lanes_counts(metrics->lanes, &counts);
    const struct {
        const char *name;
        const char *help;
        uint64_t value;
    } families[] = {
        {"retort_pool_requests_total", "Requests that asked the database.", counts.requests},
        {"retort_pool_batches_total", "Batches sent.", counts.batches},
        {"retort_pool_syncs_total", "Transactions sent.", counts.syncs},
        {"retort_pool_connects_total", "Connections made.", counts.connects},
        {"retort_pool_failures_total", "Connections lost or not had.", counts.failures},
        {"retort_pool_cancels_total", "Statements cancelled.", counts.cancels},
        {"retort_pool_overdue_total", "Requests whose deadline came first.", counts.overdue},
        {"retort_pool_refused_total", "Requests the server refused.", counts.refused},
        {"retort_pool_rescued_total", "Reads sent again because their batch was late.",
         counts.rescued},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++)
        append_whole(out, families[i].name, "counter", families[i].help, families[i].value);
}

static void append_known(GString *out, const char *name, const char *help, double value)
{
    if (value >= 0)
        append_number(out, name, "gauge", help, value);
}

static void append_counted(GString *out, const char *name, const char *label,
                           const char *const *values, const uint64_t *counts, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, values[i],
                               counts[i]);
}

static void append_health(GString *out, Metrics *metrics)
{
    static const char *const statuses[] = {"pass", "warn", "fail"};
    static const char *const outcomes[] = {"failed", "done"};
    pthread_mutex_lock(&metrics->lock);
    MetricsHealth health = metrics->health;
    uint64_t probes[3], reloads[2];
    memcpy(probes, metrics->probes, sizeof probes);
    memcpy(reloads, metrics->reloads, sizeof reloads);
    pthread_mutex_unlock(&metrics->lock);
    append_whole(out, "retort_health_status", "gauge", "0 pass, 1 warn, 2 fail.",
                 (uint64_t)health.status);
    append_whole(out, "retort_ready", "gauge", "What /health/ready says.", health.ready);
    append_whole(out, "retort_database_up", "gauge", "Whether the probe was answered.", health.up);
    append_number(out, "retort_probe_duration_seconds", "gauge", "Of the last probe.",
                  (double)health.duration / 1e6);
    append_family(out, "retort_probes_total", "counter", "Probes by what they led to.");
    append_counted(out, "retort_probes_total", "status", statuses, probes, 3);
    append_whole(out, "retort_database_in_recovery", "gauge", "Whether it is a standby.",
                 health.in_recovery);
    append_whole(out, "retort_database_read_only", "gauge", "Whether it cannot be written to.",
                 health.read_only);
    append_known(out, "retort_database_lag_seconds", "How far a standby is behind.", health.lag);
    append_known(out, "retort_database_revisions_behind", "Revisions that it lacks.",
                 health.behind);
    append_known(out, "retort_backup_age_seconds", "Of the last good backup.", health.backup_age);
    append_known(out, "retort_backup_proven_age_seconds", "Of the last proven backup.",
                 health.proven_age);
    append_family(out, "retort_reloads_total", "counter", "Reloads of the endpoints.");
    append_counted(out, "retort_reloads_total", "outcome", outcomes, reloads, 2);
    append_whole(out, "retort_log_dropped_lines_total", "counter", "Lines the log has lost.",
                 health.log_drops);
}

static void append_process(GString *out)
{
    Usage usage;
    usage_read(&usage);
    append_number(out, "process_cpu_seconds_total", "counter", "User and system time.",
                  usage.cpu_seconds);
    append_number(out, "process_start_time_seconds", "gauge", "When it began, since 1970.",
                  usage.start_seconds);
    append_whole(out, "process_resident_memory_bytes", "gauge", "Memory in use.", usage.resident);
    append_whole(out, "process_virtual_memory_bytes", "gauge", "Address space.",
                 usage.virtual_size);
    append_whole(out, "process_threads", "gauge", "Threads.", usage.threads);
    append_whole(out, "process_open_fds", "gauge", "Descriptors in use.", usage.descriptors);
    append_whole(out, "process_max_fds", "gauge", "Descriptors at most.", usage.descriptor_limit);
}

void metrics_write(GString *out, Metrics *metrics, int64_t now)
{
    append_family(out, "retort_build_info", "gauge", "Which program this is.");
    g_string_append(out, "retort_build_info{");
    append_label(out, "version", metrics->version);
    g_string_append(out, "} 1\n");
    append_http(out, metrics);
    append_lanes(out, metrics, now);
    append_pool(out, metrics);
    append_health(out, metrics);
    append_process(out);
}
