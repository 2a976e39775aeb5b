#include "serve/health.h"

#include "graphs.h"
#include "serve/ready.h"

#include <jansson.h>

static const char *const head[] = {"c", NULL};

/* A database at its best. */
static ProbeResult answered(void)
{
    return (ProbeResult){.outcome = PROBE_ANSWERED,
                         .time = G_GINT64_CONSTANT(1795372200123456),
                         .duration = 1500,
                         .message = "",
                         .server_version = 150004,
                         .lag = -1,
                         .revisions = head};
}

static ProbeResult failed(ProbeOutcome outcome, const char *sqlstate, const char *message)
{
    ProbeResult result = {.outcome = outcome, .duration = 100, .message = message};
    g_strlcpy(result.sqlstate, sqlstate, sizeof result.sqlstate);
    return result;
}

static HealthInputs inputs_of(const ProbeResult *probe)
{
    HealthInputs inputs = {.probe = probe, .revisions = {.checked = true}};
    for (unsigned i = 0; i < POOL_LANES; i++)
        inputs.lanes[i] = (LaneSummary){.connections = 4, .ready = 4, .loops = 2};
    return inputs;
}

static json_t *document_of(const Health *health)
{
    HealthService service = {.version = "1", .release_id = "0.1.0", .description = "shop"};
    g_autoptr(GString) out = g_string_new(NULL);
    health_append(out, health, &service);
    json_error_t error;
    json_t *document = json_loads(out->str, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        g_error("%s: %s", error.text, out->str);
    g_assert_cmpstr(json_string_value(json_object_get(document, "status")), ==,
                    health_status_name(health_status(health)));
    return document;
}

/* The verdict and its cause, by the words in it; "" where all is well. */
static void expect(const HealthInputs *inputs, HealthStatus status, const char *words)
{
    g_autoptr(Health) health = health_judge(inputs, &health_policy_default);
    const char *cause = health_cause(health);
    if (health_status(health) != status || (cause == NULL) != (*words == '\0') ||
        (cause != NULL && strstr(cause, words) == NULL))
        g_error("%s: \"%s\", not %s: \"%s\"", health_status_name(health_status(health)), cause,
                health_status_name(status), words);
    json_decref(document_of(health));
}

static void passes_when_all_is_well(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    expect(&inputs, HEALTH_PASS, "");
    g_assert_cmpuint(health_http_status(HEALTH_PASS), ==, 200);
    g_assert_cmpuint(health_http_status(HEALTH_WARN), ==, 200);
    g_assert_cmpuint(health_http_status(HEALTH_FAIL), ==, 503);
}

static void says_why_the_server_refuses(void)
{
    static const struct {
        ProbeOutcome outcome;
        const char *sqlstate;
        const char *words;
    } cases[] = {
        {PROBE_NONE, "", "not been asked"},
        {PROBE_REFUSED, "57P03", "starting, stopping or in crash recovery (57P03): the words"},
        {PROBE_REFUSED, "53300", "all connection slots are taken"},
        {PROBE_REFUSED, "53100", "disk of the server is full"},
        {PROBE_REFUSED, "53400", "lacks resources"},
        {PROBE_REFUSED, "28P01", "password"},
        {PROBE_REFUSED, "28000", "does not let this role in"},
        {PROBE_REFUSED, "3D000", "does not exist"},
        {PROBE_REFUSED, "99999", "refuses the probe (99999): the words"},
        {PROBE_UNREACHABLE, "", "cannot be reached: the words"},
        {PROBE_OVERDUE, "", "does not answer in time"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ProbeResult probe = failed(cases[i].outcome, cases[i].sqlstate, "the words");
        HealthInputs inputs = inputs_of(&probe);
        expect(&inputs, HEALTH_FAIL, cases[i].words);
        g_autoptr(Health) health = health_judge(&inputs, &health_policy_default);
        g_assert_cmpstr(health_sqlstate(health), ==, cases[i].sqlstate);
    }
}

static void knows_what_cannot_be_written(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    probe.read_only = true;
    expect(&inputs, HEALTH_FAIL, "read-only");
    probe.in_recovery = true;
    expect(&inputs, HEALTH_FAIL, "in recovery");
    HealthPolicy reads = health_policy_default;
    reads.read_only = HEALTH_PASS;
    inputs.lanes[POOL_WRITE] = (LaneSummary){
        .connections = 1, .loops = 1, .down = 1, .down_for = G_MAXINT64, .read_only = true};
    g_autoptr(Health) health = health_judge(&inputs, &reads);
    g_assert_cmpint(health_status(health), ==, HEALTH_PASS);
}

static void judges_the_lag_of_a_standby(void)
{
    ProbeResult probe = answered();
    probe.in_recovery = probe.read_only = true;
    HealthInputs inputs = inputs_of(&probe);
    HealthPolicy reads = health_policy_default;
    reads.read_only = HEALTH_PASS;
    static const struct {
        double lag;
        HealthStatus status;
    } cases[] = {{-1, HEALTH_PASS}, {0, HEALTH_PASS}, {10, HEALTH_WARN}, {60, HEALTH_FAIL}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        probe.lag = cases[i].lag;
        g_autoptr(Health) health = health_judge(&inputs, &reads);
        g_assert_cmpint(health_status(health), ==, cases[i].status);
    }
}

static void warns_of_a_slow_answer(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    probe.duration = health_policy_default.slow;
    expect(&inputs, HEALTH_WARN, "answers slowly");
}

static void compares_revisions(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RevisionGraph) graph =
        revision_graph_new(graphs_revisions("a b<a c<b d<a e<d"), &error);
    g_assert_no_error(error);
    static const struct {
        const char *found;
        unsigned behind, unknown;
    } cases[] = {{"c,e", 0, 0}, {"c", 2, 0},    {"a", 4, 0},   {"", 5, 0},
                 {"zz", 0, 1},  {"c,zz", 2, 1}, {"c,d", 1, 0}, {"y,zz", 0, 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) found = g_strsplit(cases[i].found, ",", -1);
        HealthRevisions got = health_compare_revisions(graph, (const char *const *)found);
        g_assert_true(got.checked);
        g_assert_cmpuint(got.behind, ==, cases[i].behind);
        g_assert_cmpuint(got.unknown, ==, cases[i].unknown);
    }
    /* No files here: nothing to say, unless the database has been migrated by some. */
    static const char *const none[] = {NULL};
    g_assert_false(health_compare_revisions(NULL, none).checked);
    const HealthRevisions strange = health_compare_revisions(NULL, head);
    g_assert_true(strange.checked);
    g_assert_cmpuint(strange.unknown, ==, 1);
}

static void judges_revisions(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    inputs.revisions.behind = 2;
    expect(&inputs, HEALTH_WARN, "2 revisions behind");
    inputs.revisions.unknown = 1;
    expect(&inputs, HEALTH_WARN, "lacks 2 revisions and has 1");
    inputs.revisions.behind = 0;
    expect(&inputs, HEALTH_WARN, "ahead");
    probe.version = PROBE_VERSION_FORBIDDEN;
    expect(&inputs, HEALTH_WARN, "may not read the version table");
    inputs.revisions.checked = false;
    expect(&inputs, HEALTH_PASS, "");
    HealthPolicy strict = health_policy_default;
    strict.revision = HEALTH_FAIL;
    probe.version = PROBE_VERSION_READ;
    inputs.revisions = (HealthRevisions){.checked = true, .behind = 1};
    g_autoptr(Health) health = health_judge(&inputs, &strict);
    g_assert_cmpint(health_status(health), ==, HEALTH_FAIL);
}

static void judges_the_pool(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    LaneSummary *fast = &inputs.lanes[POOL_FAST];
    *fast = (LaneSummary){.connections = 4, .ready = 2, .loops = 2, .down = 1, .reason = "lost"};
    fast->down_for = health_policy_default.wedged - 1;
    expect(&inputs, HEALTH_WARN, "connecting: lost");
    fast->down_for = 12 * G_USEC_PER_SEC;
    expect(&inputs, HEALTH_FAIL, "1 of 2 loops have no verified connection for 12 s");
    inputs.lanes[POOL_SLOW] = *fast;
    *fast = (LaneSummary){.connections = 4, .ready = 4, .loops = 2, .waiting = 999};
    expect(&inputs, HEALTH_WARN, "1 of 2 loops");
    inputs.lanes[POOL_SLOW] = (LaneSummary){0};
    expect(&inputs, HEALTH_PASS, "");
    fast->waiting = 1000;
    expect(&inputs, HEALTH_WARN, "saturated: 1000 requests wait for 4 connections");
}

static void tells_the_state_of_a_wedged_pool(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    inputs.lanes[POOL_FAST] = (LaneSummary){.connections = 2,
                                            .loops = 1,
                                            .down = 1,
                                            .down_for = G_USEC_PER_SEC * 60,
                                            .sqlstate = "53300"};
    g_autoptr(Health) health = health_judge(&inputs, &health_policy_default);
    g_assert_cmpint(health_status(health), ==, HEALTH_FAIL);
    g_assert_cmpstr(health_sqlstate(health), ==, "53300");
}

static json_t *check_at(json_t *document, const char *name, unsigned index)
{
    json_t *list = json_object_get(json_object_get(document, "checks"), name);
    g_assert_nonnull(json_array_get(list, index));
    return json_array_get(list, index);
}

static void expect_member(json_t *object, const char *name, const char *value)
{
    g_assert_cmpstr(json_string_value(json_object_get(object, name)), ==, value);
}

static void tells_the_ages_of_backups(void)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    inputs.backups = (HealthBackups){.known = true, .age = 3600, .proven_age = -1};
    g_autoptr(Health) health = health_judge(&inputs, &health_policy_default);
    g_assert_cmpint(health_status(health), ==, HEALTH_PASS);
    json_t *document = document_of(health);
    json_t *good = check_at(document, "backup:age", 0);
    expect_member(good, "componentId", "good");
    g_assert_cmpint(json_integer_value(json_object_get(good, "observedValue")), ==, 3600);
    json_t *proven = check_at(document, "backup:age", 1);
    expect_member(proven, "componentId", "proven");
    expect_member(proven, "observedValue", "none");
    expect_member(proven, "status", "pass");
    json_decref(document);
}

static void expect_backups(HealthBackups backups, const HealthPolicy *policy, const char *words)
{
    ProbeResult probe = answered();
    HealthInputs inputs = inputs_of(&probe);
    inputs.backups = backups;
    g_autoptr(Health) health = health_judge(&inputs, policy);
    g_assert_cmpint(health_status(health), ==, *words == '\0' ? HEALTH_PASS : HEALTH_WARN);
    g_assert_cmpstr(health_cause(health), ==, *words == '\0' ? NULL : words);
}

static void warns_of_old_backups(void)
{
    HealthPolicy policy = health_policy_default;
    HealthBackups none = {.known = true, .age = -1, .proven_age = -1};
    HealthBackups old = {.known = true, .age = 7200, .proven_age = 400000};
    HealthBackups unreadable = {.known = true, .fault = "no right"};
    expect_backups(none, &policy, "");
    expect_backups(old, &policy, "");
    expect_backups(unreadable, &policy, "");
    policy.proven_warn = 400000;
    expect_backups(old, &policy, "the last proven backup is 4 days old");
    expect_backups(none, &policy, "there is no proven backup");
    expect_backups(unreadable, &policy, "the age of the backups is not known: no right");
    policy.proven_warn = 400001;
    expect_backups(old, &policy, "");
    policy.backup_warn = 7200;
    expect_backups(old, &policy, "the last good backup is 2 hours old");
    expect_backups((HealthBackups){0}, &policy, "");
}

static void writes_the_whole_document(void)
{
    static const char *const routes[] = {"POST /items", NULL};
    ProbeResult probe = answered();
    probe.read_only = true;
    HealthInputs inputs = inputs_of(&probe);
    inputs.write_routes = routes;
    g_autoptr(Health) health = health_judge(&inputs, &health_policy_default);
    json_t *document = document_of(health);
    expect_member(document, "version", "1");
    expect_member(document, "releaseId", "0.1.0");
    expect_member(document, "description", "shop");
    expect_member(document, "output", "transactions are read-only");
    g_assert_cmpuint(json_array_size(json_object_get(document, "notes")), ==, 1);
    json_t *connection = check_at(document, "database:connection", 0);
    expect_member(connection, "componentType", "datastore");
    expect_member(connection, "status", "pass");
    expect_member(connection, "observedUnit", "ms");
    expect_member(connection, "time", "2026-11-22T18:30:00.123456Z");
    g_assert_cmpfloat(json_number_value(json_object_get(connection, "observedValue")), ==, 1.5);
    json_t *role = check_at(document, "database:role", 0);
    expect_member(role, "observedValue", "read-only");
    expect_member(role, "status", "fail");
    g_assert_cmpuint(json_array_size(json_object_get(role, "affectedEndpoints")), ==, 1);
    expect_member(check_at(document, "database:revision", 0), "observedValue", "c");
    expect_member(check_at(document, "pool:connections", 2), "componentId", "slow");
    json_decref(document);
}

static void any_message_makes_a_document(void)
{
    ProbeResult probe = failed(PROBE_UNREACHABLE, "", "a \"b\" \xff\xfe\n\tc");
    HealthInputs inputs = inputs_of(&probe);
    expect(&inputs, HEALTH_FAIL, "cannot be reached");
}

static void tells_strangers_the_status_alone(void)
{
    g_autoptr(GString) out = g_string_new(NULL);
    health_append_short(out, HEALTH_FAIL);
    g_assert_cmpstr(out->str, ==, "{\"status\":\"fail\"}\n");
}

static const ReadySettings thrice = {.failures = 3, .failing = 10, .successes = 2};

static void is_ready_from_the_first_success(void)
{
    Ready ready = {0};
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 1));
    g_assert_false(ready.started || ready.ready);
    g_assert_true(ready_observe(&ready, &thrice, HEALTH_WARN, 2));
    g_assert_true(ready.started && ready.ready);
    g_assert_cmpint(ready.changed, ==, 2);
}

static void is_not_ready_after_some_failures(void)
{
    Ready ready = {.started = true, .ready = true};
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 1));
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 2));
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_PASS, 3));
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 4));
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 5));
    g_assert_true(ready.ready);
    g_assert_true(ready_observe(&ready, &thrice, HEALTH_FAIL, 6));
    g_assert_false(ready.ready);
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_PASS, 7));
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 8));
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_PASS, 9));
    g_assert_true(ready_observe(&ready, &thrice, HEALTH_PASS, 10));
    g_assert_true(ready.ready && ready.started);
}

static void is_not_ready_after_some_time(void)
{
    Ready ready = {.started = true, .ready = true};
    g_assert_false(ready_observe(&ready, &thrice, HEALTH_FAIL, 1));
    g_assert_true(ready_observe(&ready, &thrice, HEALTH_FAIL, 11));
    ReadySettings count_alone = {.failures = 3, .successes = 1};
    ready = (Ready){.started = true, .ready = true};
    g_assert_false(ready_observe(&ready, &count_alone, HEALTH_FAIL, 1));
    g_assert_false(ready_observe(&ready, &count_alone, HEALTH_FAIL, 1000));
    g_assert_true(ready_observe(&ready, &count_alone, HEALTH_FAIL, 1001));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/health/passes_when_all_is_well", passes_when_all_is_well);
    g_test_add_func("/health/says_why_the_server_refuses", says_why_the_server_refuses);
    g_test_add_func("/health/knows_what_cannot_be_written", knows_what_cannot_be_written);
    g_test_add_func("/health/judges_the_lag_of_a_standby", judges_the_lag_of_a_standby);
    g_test_add_func("/health/warns_of_a_slow_answer", warns_of_a_slow_answer);
    g_test_add_func("/health/compares_revisions", compares_revisions);
    g_test_add_func("/health/judges_revisions", judges_revisions);
    g_test_add_func("/health/judges_the_pool", judges_the_pool);
    g_test_add_func("/health/tells_the_state_of_a_wedged_pool", tells_the_state_of_a_wedged_pool);
    g_test_add_func("/health/tells_the_ages_of_backups", tells_the_ages_of_backups);
    g_test_add_func("/health/warns_of_old_backups", warns_of_old_backups);
    g_test_add_func("/health/writes_the_whole_document", writes_the_whole_document);
    g_test_add_func("/health/any_message_makes_a_document", any_message_makes_a_document);
    g_test_add_func("/health/tells_strangers_the_status", tells_strangers_the_status_alone);
    g_test_add_func("/ready/from_the_first_success", is_ready_from_the_first_success);
    g_test_add_func("/ready/not_after_some_failures", is_not_ready_after_some_failures);
    g_test_add_func("/ready/not_after_some_time", is_not_ready_after_some_time);
    return g_test_run();
}
