#include "serve/control.h"

#include "serve/ready.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* Microseconds: between two looks of the steady pace; and how long the lanes may take to connect
 * before a warning is told. */
enum { PACE = 1000000, START_PERIOD = 3000000 };

struct Control {
    Loop *loop;
    ControlOptions options;
    VersionTable *version;
    Probe *probe;
    Application *application; /* (nullable) */
    GPtrArray *write_routes;  /* (element-type utf8): of it, ended by NULL */
    RevisionGraph *revisions; /* (nullable): those at hand */
    HealthPolicy policy;
    Ready ready;
    bool looked;       /* once at least */
    bool settled;      /* all was well once, or the start period is over */
    int64_t begun;     /* of the loop's clock */
    HealthStatus told; /* what the log knows */
    bool stopped;
    int64_t failed; /* when it began to fail: of the loop's clock */
    LoopTimer timer;
    atomic_bool is_ready, has_started; /* for other threads */
    pthread_mutex_t lock;              /* of what follows */
    GHashTable *asks;                  /* (element-type Ask): nobody was told yet */
};

/* One who asked. */
typedef struct Ask {
    Control *control;
    Loop *loop;
    ControlTell *tell;
    void *data;
    HealthStatus status;
    GString *document;
} Ask;

/* @time: 0: there is none */
static double age_of(int64_t time)
{
    const double now = (double)g_get_real_time() / G_USEC_PER_SEC;
    return time == 0 ? -1 : MAX(now - (double)time, 0);
}

static HealthBackups backups_of(const Control *control)
{
    const BackupStanding standing = backup_watch_standing(control->options.backups);
    return (HealthBackups){
        .known = standing.known,
        .fault = standing.fault,
        .age = age_of(standing.times.good),
        .proven_age = age_of(standing.times.proven),
    };
}

static HealthInputs inputs_of(const Control *control, const ProbeResult *probe)
{
    HealthInputs inputs = {
        .probe = probe,
        .backups = backups_of(control),
        .write_routes = (const char *const *)control->write_routes->pdata,
    };
    if (probe->outcome == PROBE_ANSWERED) /* of a table that may not be read, that it is so */
        inputs.revisions = health_compare_revisions(control->revisions, probe->revisions);
    for (int lane = 0; lane < POOL_LANES; lane++)
        lanes_sum(control->options.lanes, (PoolLane)lane, loop_now(control->loop),
                  &inputs.lanes[lane]);
    return inputs;
}

static HealthPolicy policy_of(const Control *control)
{
    HealthPolicy policy = health_policy_default;
    policy.queue = control->options.settings->queue;
    policy.backup_warn = control->options.backup_source->max_age;
    policy.proven_warn = control->options.backup_source->max_proven_age;
    if (control->options.settings->revision == REVISION_REFUSE)
        policy.revision = HEALTH_FAIL;
    policy.read_only = control->write_routes->len > 1 ? HEALTH_FAIL : HEALTH_PASS;
    return policy;
}

static void tell_metrics(const Control *control, const ProbeResult *probe, HealthStatus status,
                         const HealthInputs *inputs)
{
    bool known = probe->outcome == PROBE_ANSWERED;
    bool aged = inputs->backups.known && inputs->backups.fault == NULL;
    bool compared = inputs->revisions.checked && probe->version != PROBE_VERSION_FORBIDDEN;
    metrics_set_health(control->options.metrics,
                       &(MetricsHealth){
                           .status = (int)status,
                           .ready = control->ready.ready,
                           .up = known,
                           .duration = probe->duration,
                           .in_recovery = known && probe->in_recovery,
                           .read_only = known && probe->read_only,
                           .lag = known ? probe->lag : -1,
                           .behind = compared ? (int)inputs->revisions.behind : -1,
                           .backup_age = aged ? inputs->backups.age : -1,
                           .proven_age = aged ? inputs->backups.proven_age : -1,
                           .log_drops = access_log_dropped(control->options.log),
                       });
}

/* One line when the verdict changes, with its cause; the end of an outage says how long it was. */
static void log_change(Control *control, const Health *health)
{
    HealthStatus status = health_status(health), before = control->told;
    int64_t now = loop_now(control->loop);
    control->looked = true;
    control->settled |= status == HEALTH_PASS || now - control->begun >= START_PERIOD;
    bool connecting = !control->settled && status == HEALTH_WARN;
    if (status == before || connecting)
        return;
    const char *cause = health_cause(health) != NULL ? health_cause(health) : "all is well";
    const char *sqlstate = health_sqlstate(health);
    control->told = status;
    if (before == HEALTH_FAIL) {
        g_autofree char *lasted = g_strdup_printf("%.3f", (double)(now - control->failed) / 1e6);
        g_autofree char *over = g_strdup_printf("the outage is over: %s", cause);
        access_log_event(control->options.log, ACCESS_LOG_INFO, "outage_end", over, "seconds",
                         lasted, NULL);
    } else if (status == HEALTH_FAIL) {
        control->failed = now;
        access_log_event(control->options.log, ACCESS_LOG_ERROR, "outage", cause,
                         *sqlstate != '\0' ? "sqlstate" : NULL, sqlstate, NULL);
    } else {
        access_log_event(control->options.log,
                         status == HEALTH_WARN ? ACCESS_LOG_WARNING : ACCESS_LOG_INFO, "health",
                         cause, NULL);
    }
}

static void publish(Control *control)
{
    atomic_store(&control->is_ready, control->ready.ready && !control->stopped);
    atomic_store(&control->has_started, control->ready.started);
}

static void look(LoopTimer *timer, void *data);

static void looked(const ProbeResult *probe, void *data)
{
    Control *control = data;
    HealthInputs inputs = inputs_of(control, probe);
    HealthPolicy policy = policy_of(control);
    g_autoptr(Health) health = health_judge(&inputs, &policy);
    ready_observe(&control->ready, &ready_settings_default, health_status(health),
                  loop_now(control->loop));
    publish(control);
    tell_metrics(control, probe, health_status(health), &inputs);
    bool first = !control->looked;
    log_change(control, health);
    if (first)
        control->options.began(control->options.data);
    loop_timer_start(control->loop, &control->timer, loop_now(control->loop) + PACE, look, control);
}

static void look(LoopTimer *timer, void *data)
{
    (void)timer;
    Control *control = data;
    probe_ask(control->probe, looked, control);
}

static void ask_free(void *data)
{
    Ask *ask = data;
    g_string_free(ask->document, TRUE);
    g_free(ask);
}

Control *control_new(Loop *loop, const ControlOptions *options, GError **error)
{
    g_autoptr(Control) control = g_new0(Control, 1);
    control->loop = loop;
    control->options = *options;
    control->begun = loop_now(loop);
    pthread_mutex_init(&control->lock, NULL);
    control->asks = g_hash_table_new_full(NULL, NULL, ask_free, NULL);
    control->write_routes = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(control->write_routes, NULL);
    control->version =
        version_table_new(config_get(options->config, "migrate", "version_table"), error);
    if (control->version == NULL)
        return NULL;
    ProbeSettings probe = {
        .server = options->database,
        .version = control->version,
        .application_name = "retort probe",
        .deadline = options->settings->deadline[POOL_FAST],
    };
    control->probe = probe_new(loop, &probe);
    probe_ask(control->probe, looked, control);
    return g_steal_pointer(&control);
}

void control_free(Control *control)
{
    if (control == NULL)
        return;
    loop_timer_stop(&control->timer);
    probe_free(control->probe);
    version_table_free(control->version);
    g_ptr_array_unref(control->write_routes);
    application_unref(control->application);
    revision_graph_free(control->revisions);
    g_hash_table_unref(control->asks); /* of loops that are gone */
    pthread_mutex_destroy(&control->lock);
    g_free(control);
}

void control_expect(Control *control, RevisionGraph *revisions)
{
    revision_graph_free(control->revisions);
    control->revisions = revisions;
}

void control_use(Control *control, Application *application)
{
    g_ptr_array_set_size(control->write_routes, 0);
    const GPtrArray *routes = application_routes(application);
    for (unsigned i = 0; i < routes->len; i++) {
        const Route *route = routes->pdata[i];
        bool reads = route->method == HTTP_GET || route->method == HTTP_HEAD;
        if (route->endpoint != NULL &&
            (route->lane == POOL_WRITE || (route->lane == POOL_SLOW && !reads)))
            g_ptr_array_add(control->write_routes,
                            g_strconcat(http_method_name(route->method), " ", route->path, NULL));
    }
    g_ptr_array_add(control->write_routes, NULL);
    application_ref(application);
    application_unref(control->application);
    control->application = application;
}

void control_stop(Control *control)
{
    control->stopped = true;
    publish(control);
}

static void tell(void *data)
{
    Ask *ask = data;
    pthread_mutex_lock(&ask->control->lock);
    g_hash_table_steal(ask->control->asks, ask);
    pthread_mutex_unlock(&ask->control->lock);
    ask->tell(&(ControlReport){.status = ask->status, .document = ask->document->str}, ask->data);
    ask_free(ask);
}

static void asked(const ProbeResult *probe, void *data)
{
    Ask *ask = data;
    const Control *control = ask->control;
    HealthInputs inputs = inputs_of(control, probe);
    HealthPolicy policy = policy_of(control);
    g_autoptr(Health) health = health_judge(&inputs, &policy);
    HealthService service = {
        .version =
            *control->options.settings->version != '\0' ? control->options.settings->version : NULL,
        .release_id = "retort " RETORT_VERSION,
        .service_id = g_get_host_name(),
        .description = control->options.title,
    };
    ask->status = health_status(health);
    health_append(ask->document, health, &service);
    loop_call(ask->loop, tell, ask);
}

static void begin(void *data)
{
    Ask *ask = data;
    probe_ask(ask->control->probe, asked, ask);
}

void control_ask(Control *control, Loop *loop, ControlTell *told, void *data)
{
    Ask *ask = g_new(Ask, 1);
    *ask = (Ask){
        .control = control,
        .loop = loop,
        .tell = told,
        .data = data,
        .document = g_string_sized_new(1024),
    };
    pthread_mutex_lock(&control->lock);
    g_hash_table_add(control->asks, ask);
    pthread_mutex_unlock(&control->lock);
    loop_call(control->loop, begin, ask);
}

bool control_is_ready(const Control *control)
{
    return atomic_load(&control->is_ready);
}

bool control_has_started(const Control *control)
{
    return atomic_load(&control->has_started);
}
