#include "serve/metrics.h"

#include "serve/usage.h"

#include <string.h>

typedef struct Bench {
    Lanes *lanes;
    Metrics *metrics;
    MetricsLoop *loops[2];
} Bench;

static Bench bench_new(void)
{
    Bench bench = {.lanes = lanes_new(2)};
    bench.metrics = metrics_new(bench.lanes, "1.2");
    for (unsigned i = 0; i < 2; i++)
        bench.loops[i] = metrics_add_loop(bench.metrics);
    return bench;
}

static void bench_clear(Bench *bench)
{
    metrics_free(bench->metrics);
    lanes_free(bench->lanes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static char *written(const Bench *bench)
{
    GString *out = g_string_new(NULL);
    metrics_write(out, bench->metrics, 1000000);
    return g_string_free(out, FALSE);
}

static void expect_line(const char *text, const char *line)
{
    g_autofree char *whole = g_strdup_printf("\n%s\n", line);
    if (strstr(text, whole) == NULL)
        g_error("no line \"%s\" in:\n%s", line, text);
}

static void sums_requests_of_all_loops(void)
{
    g_auto(Bench) bench = bench_new();
    unsigned item = metrics_route(bench.metrics, "GET", "/items/{id}");
    metrics_count_request(bench.loops[0], item, 200, 300);
    metrics_count_request(bench.loops[1], item, 200, 500);
    metrics_count_request(bench.loops[1], item, 503, 700000);
    metrics_count_request(bench.loops[1], item, 503, 60000000);
    metrics_count_request(bench.loops[0], METRICS_UNMATCHED, 404, 10);
    g_autofree char *text = written(&bench);
#define ITEM "method=\"GET\",route=\"/items/{id}\""
    expect_line(text, "retort_http_requests_total{" ITEM ",code=\"200\"} 2");
    expect_line(text, "retort_http_requests_total{" ITEM ",code=\"503\"} 2");
    expect_line(text, "retort_http_requests_total{method=\"\",route=\"unmatched\",code=\"404\"} 1");
    expect_line(text, "retort_http_request_duration_seconds_bucket{" ITEM ",le=\"0.0005\"} 2");
    expect_line(text, "retort_http_request_duration_seconds_bucket{" ITEM ",le=\"0.5\"} 2");
    expect_line(text, "retort_http_request_duration_seconds_bucket{" ITEM ",le=\"1\"} 3");
    expect_line(text, "retort_http_request_duration_seconds_bucket{" ITEM ",le=\"10\"} 3");
    expect_line(text, "retort_http_request_duration_seconds_bucket{" ITEM ",le=\"+Inf\"} 4");
    expect_line(text, "retort_http_request_duration_seconds_sum{" ITEM "} 60.700800");
    expect_line(text, "retort_http_request_duration_seconds_count{" ITEM "} 4");
}

static void keeps_the_number_of_a_route(void)
{
    g_auto(Bench) bench = bench_new();
    unsigned get = metrics_route(bench.metrics, "GET", "/items");
    unsigned post = metrics_route(bench.metrics, "POST", "/items");
    g_assert_cmpuint(get, !=, METRICS_UNMATCHED);
    g_assert_cmpuint(get, !=, post);
    g_assert_cmpuint(metrics_route(bench.metrics, "GET", "/items"), ==, get);
    unsigned last = 0;
    for (unsigned i = 0; i < METRICS_ROUTES + 5; i++) {
        g_autofree char *route = g_strdup_printf("/%u", i);
        last = metrics_route(bench.metrics, "GET", route);
        g_assert_cmpuint(last, <, METRICS_ROUTES);
    }
    metrics_count_request(bench.loops[0], last, 200, 1);
    g_autofree char *text = written(&bench);
    expect_line(text, "retort_http_requests_total{method=\"\",route=\"other\",code=\"200\"} 1");
}

static void counts_more_codes_than_there_are_places(void)
{
    g_auto(Bench) bench = bench_new();
    for (unsigned status = 200; status < 230; status++)
        metrics_count_request(bench.loops[0], METRICS_UNMATCHED, status, 1);
    g_autofree char *text = written(&bench);
    expect_line(text, "retort_http_requests_total{method=\"\",route=\"unmatched\",code=\"214\"} 1");
    expect_line(text,
                "retort_http_requests_total{method=\"\",route=\"unmatched\",code=\"other\"} 15");
}

static void escapes_labels(void)
{
    g_auto(Bench) bench = bench_new();
    unsigned odd = metrics_route(bench.metrics, "GET", "/a\"b\\c\nd\xff");
    metrics_count_request(bench.loops[0], odd, 200, 1);
    g_autofree char *text = written(&bench);
    g_assert_nonnull(strstr(text, "route=\"/a\\\"b\\\\c\\nd\xef\xbf\xbd\""));
    g_assert_true(g_utf8_validate(text, -1, NULL));
}

static void tells_all_the_rest(void)
{
    g_auto(Bench) bench = bench_new();
    metrics_count_refusal(bench.loops[0], REFUSED_RATE);
    metrics_count_refusal(bench.loops[1], REFUSED_RATE);
    metrics_count_bytes(bench.loops[0], 10, 200);
    metrics_count_bytes(bench.loops[1], 1, 2);
    metrics_count_accepted(bench.loops[0], 3);
    metrics_set_connections(bench.loops[0], 2);
    metrics_set_connections(bench.loops[1], 5);
    metrics_count_reload(bench.metrics, true);
    MetricsHealth health = {.status = 1,
                            .up = true,
                            .duration = 1500,
                            .lag = -1,
                            .behind = 2,
                            .backup_age = 60,
                            .proven_age = -1,
                            .log_drops = 7};
    metrics_set_health(bench.metrics, &health);
    PoolLaneState states[POOL_LANES] = {{.connections = 2, .ready = 1, .busy = 1, .waiting = 4}};
    PoolCounts counts = {.requests = 9};
    lanes_publish(bench.lanes, 1, states, &counts, 1);
    g_autofree char *text = written(&bench);
    static const char *const lines[] = {
        "retort_build_info{version=\"1.2\"} 1",
        "retort_http_refusals_total{reason=\"rate\"} 2",
        "retort_http_refusals_total{reason=\"gone\"} 0",
        "retort_http_received_bytes_total 11",
        "retort_http_sent_bytes_total 202",
        "retort_http_accepted_total 3",
        "retort_http_connections 7",
        "retort_reloads_total{outcome=\"done\"} 1",
        "retort_health_status 1",
        "retort_database_up 1",
        "retort_probes_total{status=\"warn\"} 1",
        "retort_database_revisions_behind 2",
        "retort_backup_age_seconds 60",
        "retort_log_dropped_lines_total 7",
        "retort_pool_waiting{lane=\"fast\"} 4",
        "retort_pool_requests_total 9",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        expect_line(text, lines[i]);
    g_assert_null(strstr(text, "retort_database_lag_seconds"));
    g_assert_null(strstr(text, "retort_backup_proven_age_seconds"));
    g_assert_null(strstr(text, "lane=\"slow\""));
}

/* Each sample belongs to the family above it, each family is there once. */
static void groups_families(void)
{
    g_auto(Bench) bench = bench_new();
    metrics_count_request(bench.loops[0], METRICS_UNMATCHED, 404, 10);
    g_autofree char *text = written(&bench);
    g_assert_true(g_str_has_suffix(text, "\n"));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *family = g_strdup("");
    for (unsigned i = 0; lines[i + 1] != NULL; i++) {
        if (g_str_has_prefix(lines[i], "# HELP ")) {
            g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);
            g_autofree char *type = g_strdup_printf("# TYPE %s ", words[2]);
            g_assert_true(g_str_has_prefix(lines[i + 1], type));
            g_assert_true(g_hash_table_add(seen, g_strdup(words[2])));
            g_free(family);
            family = g_strdup(words[2]);
        } else if (!g_str_has_prefix(lines[i], "# TYPE ")) {
            g_assert_true(g_str_has_prefix(lines[i], family));
        }
    }
}

static void reads_what_the_process_uses(void)
{
    Usage usage;
    g_assert_true(usage_read(&usage));
    g_assert_cmpuint(usage.resident, >, 100000);
    g_assert_cmpuint(usage.virtual_size, >=, usage.resident);
    g_assert_cmpuint(usage.threads, >=, 1);
    g_assert_cmpuint(usage.descriptors, >=, 3);
    double now = (double)g_get_real_time() / 1e6;
    g_assert_cmpfloat(usage.start_seconds, <, now + 1);
    g_assert_cmpfloat(usage.start_seconds, >, now - 3600);
}

static void *count_many(void *data)
{
    Bench *bench = data;
    for (unsigned i = 0; i < 20000; i++)
        metrics_count_request(bench->loops[0], METRICS_UNMATCHED, 200 + i % 20, i);
    return NULL;
}

static void is_read_while_it_counts(void)
{
    g_auto(Bench) bench = bench_new();
    GThread *counter = g_thread_new("counter", count_many, &bench);
    for (unsigned i = 0; i < 20; i++) {
        g_autofree char *text = written(&bench);
        g_assert_nonnull(strstr(text, "retort_http_requests_total"));
    }
    g_thread_join(counter);
    g_autofree char *text = written(&bench);
    expect_line(text, "retort_http_request_duration_seconds_count{method=\"\",route=\"unmatched\"}"
                      " 20000");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metrics/sums_requests_of_all_loops", sums_requests_of_all_loops);
    g_test_add_func("/metrics/keeps_the_number_of_a_route", keeps_the_number_of_a_route);
    g_test_add_func("/metrics/counts_more_codes", counts_more_codes_than_there_are_places);
    g_test_add_func("/metrics/escapes_labels", escapes_labels);
    g_test_add_func("/metrics/tells_all_the_rest", tells_all_the_rest);
    g_test_add_func("/metrics/groups_families", groups_families);
    g_test_add_func("/metrics/reads_what_the_process_uses", reads_what_the_process_uses);
    g_test_add_func("/metrics/is_read_while_it_counts", is_read_while_it_counts);
    return g_test_run();
}
