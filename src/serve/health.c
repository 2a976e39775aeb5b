#include "serve/health.h"

#include "base/duration.h"

#include <jansson.h>
#include <string.h>

const HealthPolicy health_policy_default = {
    .revision = HEALTH_WARN,
    .read_only = HEALTH_FAIL,
    .slow = 250000,
    .wedged = 2 * G_USEC_PER_SEC,
    .queue = 1000,
    .lag_warn = 10,
    .lag_fail = 60,
};

/* One check of the document. */
typedef struct Check {
    const char *name; /* "database:connection" */
    HealthStatus status;
    json_t *members;  /* of the document, but for status and output */
    char *output;     /* (nullable): what is wrong, in one line */
    const char *hint; /* (nullable): what to do */
} Check;

struct Health {
    HealthStatus status;
    GPtrArray *checks; /* (element-type Check) */
    char time[sizeof "2026-11-22T18:30:00.123456Z"];
    char sqlstate[6];
};

/* What a SQLSTATE says of a server; a class of two characters stands for all of it. */
static const struct {
    const char *sqlstate;
    const char *what;
    const char *hint;
} facts[] = {
    {"57P03", "the server is starting, stopping or in crash recovery",
     "it accepts connections by itself when it is done; its log tells how far it is"},
    {"57P01", "the server is shutting down", "start it again, or wait for its restart"},
    {"57P02", "the server has crashed and recovers", "its log tells which process ended and why"},
    {"57014", "the probe was cancelled", "see who cancels: a statement_timeout of the role?"},
    {"53300", "all connection slots are taken",
     "raise max_connections, or lower the connections of [serve]; pg_stat_activity tells who "
     "holds them"},
    {"53100", "the disk of the server is full",
     "free space on it; the server's log names the file"},
    {"53200", "the server is out of memory", "lower max_connections or work_mem"},
    {"28P01", "the password is wrong, or was changed",
     "mend DATABASE_URL (or SERVE_DATABASE_URL) and restart"},
    {"28000", "the server does not let this role in", "see pg_hba.conf and the role's LOGIN"},
    {"3D000", "the database does not exist", "create or restore it, or mend DATABASE_URL"},
    {"55000", "the database does not accept connections",
     "see pg_database.datallowconn: is it being replaced or dropped?"},
    {"42501", "a right is missing", "grant it to the role of the server"},
    {"25006", "the server cannot be written to", "is it a standby, or set read-only?"},
    {"53", "the server lacks resources", "its log tells which"},
    {"08", "the connection was lost", "see the server's log, and what is between"},
    {"XX", "the server reports damage or a bug", "see its log at once; check the last backup"},
    {"58", "the operating system of the server reports an error", "see the server's log"},
};

const char *health_status_name(HealthStatus status)
{
    static const char *const names[] = {"pass", "warn", "fail"};
    return names[status];
}

unsigned health_http_status(HealthStatus status)
{
    return status == HEALTH_FAIL ? 503 : 200;
}

static GPtrArray *known_of(const RevisionGraph *graph, const char *const *found, unsigned *unknown)
{
    GPtrArray *known = g_ptr_array_new();
    for (unsigned i = 0; found[i] != NULL; i++) {
        RevisionNode *node = revision_graph_find(graph, found[i]);
        if (node != NULL)
            g_ptr_array_add(known, node);
        else
            ++*unknown;
    }
    return known;
}

HealthRevisions health_compare_revisions(const RevisionGraph *graph, const char *const *found)
{
    HealthRevisions result = {0};
    if (graph == NULL || revision_graph_nodes(graph)->len == 0) {
        result.unknown = g_strv_length((char **)found);
        result.checked = result.unknown > 0;
        return result;
    }
    result.checked = true;
    g_autoptr(GPtrArray) known = known_of(graph, found, &result.unknown);
    g_autofree NodeSet *applied = revision_graph_ancestors(graph, known, true);
    /* Of an unknown revision nobody knows what it follows: only what is known is behind. */
    bool ahead_alone = result.unknown > 0 && known->len == 0;
    for (unsigned i = 0; i < revision_graph_nodes(graph)->len && !ahead_alone; i++)
        result.behind += !applied[i];
    return result;
}

static void check_free(void *data)
{
    Check *check = data;
    json_decref(check->members);
    g_free(check->output);
    g_free(check);
}

static Check *add_check(Health *health, const char *name, const char *component)
{
    Check *check = g_new0(Check, 1);
    check->name = name;
    check->members = json_object();
    json_object_set_new(check->members, "componentType", json_string(component));
    g_ptr_array_add(health->checks, check);
    return check;
}

/* Also of text that is no UTF-8, as messages from before the encoding is agreed on may be. */
static json_t *text_value(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static void set_text(Check *check, const char *name, const char *value)
{
    json_object_set_new(check->members, name, text_value(value));
}

static void set_observed(Check *check, double value, const char *unit)
{
    bool whole = value == (double)(int64_t)value;
    json_object_set_new(check->members, "observedValue",
                        whole ? json_integer((int64_t)value) : json_real(value));
    set_text(check, "observedUnit", unit);
}

static void set_routes(Check *check, const char *const *routes)
{
    if (routes == NULL || check->status == HEALTH_PASS)
        return;
    json_t *affected = json_array();
    for (unsigned i = 0; routes[i] != NULL; i++)
        json_array_append_new(affected, text_value(routes[i]));
    json_object_set_new(check->members, "affectedEndpoints", affected);
}

/* @output: (transfer full) */
static void find(Check *check, HealthStatus status, char *output, const char *hint)
{
    check->status = status;
    check->output = output;
    check->hint = hint;
}

static void explain_refusal(Check *check, const ProbeResult *probe)
{
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
        if (!g_str_has_prefix(probe->sqlstate, facts[i].sqlstate))
            continue;
        find(check, HEALTH_FAIL,
             g_strdup_printf("%s (%s): %s", facts[i].what, probe->sqlstate, probe->message),
             facts[i].hint);
        return;
    }
    find(check, HEALTH_FAIL,
         g_strdup_printf("the server refuses the probe (%s): %s", probe->sqlstate, probe->message),
         "the server's log may tell more");
}

static void judge_outcome(Check *check, const ProbeResult *probe, const HealthPolicy *policy)
{
    switch (probe->outcome) {
    case PROBE_NONE:
        find(check, HEALTH_FAIL, g_strdup("the database has not been asked yet"), NULL);
        break;
    case PROBE_ANSWERED:
        if (policy->slow > 0 && probe->duration >= policy->slow)
            find(check, HEALTH_WARN, g_strdup("the database answers slowly"),
                 "is its machine, or the network, busy?");
        break;
    case PROBE_REFUSED:
        explain_refusal(check, probe);
        break;
    case PROBE_UNREACHABLE:
        find(check, HEALTH_FAIL,
             g_strdup_printf("the database cannot be reached: %s", probe->message),
             "is the server running, and is the address right?");
        break;
    case PROBE_OVERDUE:
        find(check, HEALTH_FAIL, g_strdup("the database does not answer in time"),
             "is the server frozen, overloaded, or behind a network that swallows packets?");
        break;
    }
}

static void judge_connection(Health *health, const ProbeResult *probe, const HealthPolicy *policy)
{
    Check *check = add_check(health, "database:connection", "datastore");
    judge_outcome(check, probe, policy);
    if (probe->outcome != PROBE_NONE)
        set_observed(check, (double)probe->duration / 1000, "ms");
}

static void judge_role(Health *health, const HealthInputs *inputs, const HealthPolicy *policy)
{
    const ProbeResult *probe = inputs->probe;
    Check *check = add_check(health, "database:role", "datastore");
    set_text(check, "observedValue",
             probe->in_recovery ? "standby"
             : probe->read_only ? "read-only"
                                : "writable");
    if (probe->in_recovery)
        find(check, policy->read_only,
             g_strdup("the server is in recovery: a standby, or a primary that was demoted"),
             "name the primary; with several hosts, add target_session_attrs=read-write");
    else if (probe->read_only)
        find(check, policy->read_only, g_strdup("transactions are read-only"),
             "see default_transaction_read_only of server, database and role");
    set_routes(check, inputs->write_routes);
}

static void judge_lag(Health *health, const ProbeResult *probe, const HealthPolicy *policy)
{
    if (!probe->in_recovery || probe->lag < 0)
        return;
    Check *check = add_check(health, "database:replicationLag", "datastore");
    set_observed(check, probe->lag, "s");
    HealthStatus status = policy->lag_fail > 0 && probe->lag >= policy->lag_fail   ? HEALTH_FAIL
                          : policy->lag_warn > 0 && probe->lag >= policy->lag_warn ? HEALTH_WARN
                                                                                   : HEALTH_PASS;
    if (status != HEALTH_PASS)
        find(check, status, g_strdup_printf("the standby is %.0f seconds behind", probe->lag),
             "see pg_stat_replication on the primary");
}

static const char *revisions_word(unsigned count)
{
    return count == 1 ? "revision" : "revisions";
}

static void judge_revisions(Health *health, const HealthInputs *inputs, const HealthPolicy *policy)
{
    const ProbeResult *probe = inputs->probe;
    const HealthRevisions *revisions = &inputs->revisions;
    if (!revisions->checked)
        return;
    Check *check = add_check(health, "database:revision", "datastore");
    if (probe->version == PROBE_VERSION_FORBIDDEN) {
        find(check, HEALTH_WARN, g_strdup("the role may not read the version table"),
             "grant usage on its schema and select on it");
        return;
    }
    g_autofree char *found = g_strjoinv(" ", (char **)probe->revisions);
    set_text(check, "observedValue", *found != '\0' ? found : "base");
    if (revisions->behind > 0 && revisions->unknown > 0)
        find(check, policy->revision,
             g_strdup_printf("the schema lacks %u %s and has %u that are not known here",
                             revisions->behind, revisions_word(revisions->behind),
                             revisions->unknown),
             "two versions of the application have migrated it: merge their revisions");
    else if (revisions->behind > 0)
        find(check, policy->revision,
             g_strdup_printf("the schema is %u %s behind", revisions->behind,
                             revisions_word(revisions->behind)),
             "run retort upgrade");
    else if (revisions->unknown > 0)
        find(check, policy->revision,
             g_strdup_printf("the schema is ahead: %u of its %s not known here", revisions->unknown,
                             revisions->unknown == 1 ? "revisions is" : "revisions are"),
             "deploy the version of the application that belongs to it");
}

/* A loop without connections: is it the database, its role, a restart, or the pool itself? */
static void judge_down(Check *check, const LaneSummary *lane, PoolLane which,
                       const HealthInputs *inputs, const HealthPolicy *policy)
{
    const ProbeResult *probe = inputs->probe;
    const char *reason = lane->reason != NULL ? lane->reason : "no connection";
    if (probe->outcome != PROBE_ANSWERED) {
        find(check, HEALTH_FAIL, g_strdup_printf("no verified connection: %s", reason), NULL);
        return;
    }
    if (which == POOL_WRITE && (lane->read_only || probe->in_recovery || probe->read_only)) {
        find(check, policy->read_only, g_strdup("the server cannot be written to"), NULL);
        return;
    }
    if (lane->down_for < policy->wedged) {
        find(check, HEALTH_WARN, g_strdup_printf("connecting: %s", reason), NULL);
        return;
    }
    find(check, which == POOL_SLOW ? HEALTH_WARN : HEALTH_FAIL,
         g_strdup_printf("%u of %u loops have no verified connection for %.0f s, though the "
                         "database answers: %s",
                         lane->down, lane->loops, (double)lane->down_for / G_USEC_PER_SEC, reason),
         "compare connection limits of role and database with [serve]; else restart this server");
}

static void judge_lane(Health *health, PoolLane which, const HealthInputs *inputs,
                       const HealthPolicy *policy)
{
    const LaneSummary *lane = &inputs->lanes[which];
    if (lane->loops == 0)
        return;
    Check *check = add_check(health, "pool:connections", "component");
    set_text(check, "componentId", lane_name(which));
    set_observed(check, lane->ready, "connections");
    uint64_t room = (uint64_t)policy->queue * lane->loops;
    if (lane->down > 0) {
        judge_down(check, lane, which, inputs, policy);
        if (*health->sqlstate == '\0')
            g_strlcpy(health->sqlstate, lane->sqlstate, sizeof health->sqlstate);
    } else if (room > 0 && (uint64_t)lane->waiting * 2 >= room)
        find(check, HEALTH_WARN,
             g_strdup_printf("saturated: %u requests wait for %u connections", lane->waiting,
                             lane->connections),
             "see which statements are slow; more connections help only if the server has room");
    if (which == POOL_WRITE)
        set_routes(check, inputs->write_routes);
}

/* @which: "good" or "proven"; @age: of the last one, negative: there is none */
static void judge_age(Health *health, const char *which, double age, double most)
{
    Check *check = add_check(health, "backup:age", "system");
    set_text(check, "componentId", which);
    if (age < 0) {
        set_text(check, "observedValue", "none");
        if (most > 0)
            find(check, HEALTH_WARN, g_strdup_printf("there is no %s backup", which),
                 "see why the schedule has not made one");
        return;
    }
    set_observed(check, age, "s");
    g_autofree char *words = duration_in_words((int64_t)age);
    if (most > 0 && age >= most)
        find(check, HEALTH_WARN, g_strdup_printf("the last %s backup is %s old", which, words),
             "see why the schedule has not made one");
}

/* Never worse than a warning: old backups are no reason not to answer. */
static void judge_backups(Health *health, const HealthInputs *inputs, const HealthPolicy *policy)
{
    const HealthBackups *backups = &inputs->backups;
    if (!backups->known)
        return;
    if (backups->fault == NULL) {
        judge_age(health, "good", backups->age, policy->backup_warn);
        judge_age(health, "proven", backups->proven_age, policy->proven_warn);
    } else if (policy->backup_warn > 0 || policy->proven_warn > 0)
        find(add_check(health, "backup:age", "system"), HEALTH_WARN,
             g_strdup_printf("the age of the backups is not known: %s", backups->fault),
             "let the server's user read [backup] folder");
}

static void set_time(Health *health, int64_t time)
{
    g_autoptr(GDateTime) second = g_date_time_new_from_unix_utc(time / G_USEC_PER_SEC);
    if (time <= 0 || second == NULL)
        return;
    g_autofree char *text = g_date_time_format(second, "%Y-%m-%dT%H:%M:%S");
    g_snprintf(health->time, sizeof health->time, "%s.%06dZ", text, (int)(time % G_USEC_PER_SEC));
}

Health *health_judge(const HealthInputs *inputs, const HealthPolicy *policy)
{
    Health *health = g_new0(Health, 1);
    health->checks = g_ptr_array_new_with_free_func(check_free);
    set_time(health, inputs->probe->time);
    g_strlcpy(health->sqlstate, inputs->probe->sqlstate, sizeof health->sqlstate);
    judge_connection(health, inputs->probe, policy);
    if (inputs->probe->outcome == PROBE_ANSWERED) {
        judge_role(health, inputs, policy);
        judge_lag(health, inputs->probe, policy);
        judge_revisions(health, inputs, policy);
    }
    for (unsigned i = 0; i < POOL_LANES; i++)
        judge_lane(health, (PoolLane)i, inputs, policy);
    judge_backups(health, inputs, policy);
    for (unsigned i = 0; i < health->checks->len; i++) {
        const Check *check = health->checks->pdata[i];
        health->status = MAX(health->status, check->status);
    }
    return health;
}

void health_free(Health *health)
{
    if (health == NULL)
        return;
    g_ptr_array_unref(health->checks);
    g_free(health);
}

HealthStatus health_status(const Health *health)
{
    return health->status;
}

static const Check *worst_check(const Health *health)
{
    for (unsigned i = 0; i < health->checks->len; i++) {
        const Check *check = health->checks->pdata[i];
        if (check->status == health->status && check->output != NULL)
            return check;
    }
    return NULL;
}

const char *health_cause(const Health *health)
{
    const Check *worst = health->status != HEALTH_PASS ? worst_check(health) : NULL;
    return worst != NULL ? worst->output : NULL;
}

const char *health_sqlstate(const Health *health)
{
    return health->sqlstate;
}

static json_t *check_document(const Health *health, const Check *check)
{
    json_t *document = json_copy(check->members);
    json_object_set_new(document, "status", json_string(health_status_name(check->status)));
    if (*health->time != '\0')
        json_object_set_new(document, "time", json_string(health->time));
    if (check->output != NULL && check->status != HEALTH_PASS)
        json_object_set_new(document, "output", text_value(check->output));
    return document;
}

/* Checks of one name are in one array. */
static json_t *all_checks(const Health *health)
{
    json_t *all = json_object();
    for (unsigned i = 0; i < health->checks->len; i++) {
        const Check *check = health->checks->pdata[i];
        json_t *list = json_object_get(all, check->name);
        if (list == NULL) {
            list = json_array();
            json_object_set_new(all, check->name, list);
        }
        json_array_append_new(list, check_document(health, check));
    }
    return all;
}

static json_t *all_notes(const Health *health)
{
    json_t *notes = json_array();
    for (unsigned i = 0; i < health->checks->len; i++) {
        const Check *check = health->checks->pdata[i];
        if (check->hint != NULL && check->status != HEALTH_PASS)
            json_array_append_new(notes, json_string(check->hint));
    }
    return notes;
}

static void set_known(json_t *document, const char *name, const char *value)
{
    if (value != NULL)
        json_object_set_new(document, name, text_value(value));
}

void health_append(GString *out, const Health *health, const HealthService *service)
{
    json_t *document = json_object();
    set_known(document, "status", health_status_name(health->status));
    set_known(document, "version", service->version);
    set_known(document, "releaseId", service->release_id);
    set_known(document, "serviceId", service->service_id);
    set_known(document, "description", service->description);
    set_known(document, "output", health_cause(health));
    json_t *notes = all_notes(health);
    if (json_array_size(notes) > 0)
        json_object_set(document, "notes", notes);
    json_decref(notes);
    json_object_set_new(document, "checks", all_checks(health));
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    g_string_append(out, text);
    g_string_append_c(out, '\n');
    free(text);
    json_decref(document);
}

void health_append_short(GString *out, HealthStatus status)
{
    g_string_append(out, "{\"status\":\"");
    g_string_append(out, health_status_name(status));
    g_string_append(out, "\"}\n");
}
