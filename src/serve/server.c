#include "serve/server.h"

#include "base/terminal.h"
#include "http/listener.h"
#include "serve/control.h"
#include "serve/descriptors.h"
#include "serve/end_time.h"
#include "serve/memory.h"
#include "serve/notify.h"
#include "serve/reload.h"
#include "serve/shared.h"
#include "serve/start.h"
#include "serve/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of log lines that may wait for whoever reads them. */
enum { LOG_LIMIT = 4 * 1024 * 1024 };

/* Seconds from the last answer to the end of the process: that of the log takes 2 at most. */
enum { END_TIME = 4 };

/* Between two readings of outdated endpoints, in microseconds; after one that failed. */
enum { OUTDATED_PACE = 1000000, OUTDATED_FAILED_PACE = 10000000 };

/* Whether broken endpoints fit the database by now is looked at so often, in microseconds. */
enum { MEND_PACE = 1000000 };

typedef struct Server {
    const ServerOptions *options;
    Shared shared;
    PoolSettings pool;
    Loop *loop; /* of the main thread */
    Control *control;
    Notify *notify;
    Lanes *lanes;
    Application *application;
    RevisionGraph *revisions; /* (nullable): until the control has them */
    AccessLogSettings log;
    char *title;
    Reload *reload;
    KeyTable *keys;
    BackupWatch *backups;
    Crew *crew;
    GPtrArray *workers; /* (element-type Worker) */
    GPtrArray *urls;    /* where it listens */
    GPtrArray *files;   /* (element-type ListenerFile): there, of Unix sockets */
    int signals;        /* a signalfd; -1 */
    LoopWatch *signal_watch;
    LoopTimer stop_timer;
    LoopTimer watchdog;
    Memory memory;
    unsigned draining; /* workers that have not told that they are idle */
    bool stopping;
    LoopTimer mend_timer;
    bool mending;                  /* what is being read now was not asked for */
    _Atomic int64_t outdated_next; /* of the monotonic clock: not read again before */
} Server;

static void server_clear(Server *server)
{
    g_clear_pointer(&server->files, g_ptr_array_unref); /* before they are closed */
    reload_free(server->reload);
    key_table_free(server->keys);
    backup_watch_free(server->backups);
    g_clear_pointer(&server->workers, g_ptr_array_unref);
    crew_free(server->crew);
    loop_watch_free(server->signal_watch);
    if (server->signals >= 0)
        close(server->signals);
    control_free(server->control);
    memory_leave(&server->memory);
    loop_free(server->loop);
    application_unref(server->application);
    revision_graph_free(server->revisions);
    g_free(server->title);
    http_trusted_free(server->shared.inside);
    metrics_free(server->shared.metrics);
    access_log_free(server->shared.log);
    rate_limits_free(server->shared.limits);
    lanes_free(server->lanes);
    notify_close(server->notify);
    g_clear_pointer(&server->urls, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Server, server_clear)

static void stop_loop(void *data)
{
    const Server *server = data;
    loop_stop(server->loop);
}

static void one_is_idle(void *data)
{
    Server *server = data;
    if (--server->draining == 0)
        loop_stop(server->loop);
}

/* In the worker's thread. */
static void tell_idle(void *data)
{
    const Server *server = data;
    loop_call(server->loop, one_is_idle, data);
}

static void stop_is_overdue(LoopTimer *timer, void *data)
{
    (void)timer;
    const Server *server = data;
    g_autofree char *text = g_strdup_printf("requests still ran after %u ms, and were cut off",
                                            server->options->settings->stop_time);
    g_warning("%s", text);
    access_log_event(server->shared.log, ACCESS_LOG_WARNING, "cut_off", text, NULL);
    stop_loop(data);
}

/* The second signal does not wait. */
static void stop(Server *server)
{
    if (server->stopping) {
        loop_stop(server->loop);
        return;
    }
    server->stopping = true;
    g_ptr_array_set_size(server->files, 0);
    notify_stopping(server->notify, "answering what runs");
    access_log_event(server->shared.log, ACCESS_LOG_INFO, "stop", "answering what runs", NULL);
    control_stop(server->control);
    reload_stop(server->reload);
    key_table_stop(server->keys);
    backup_watch_stop(server->backups);
    server->draining = server->workers->len;
    for (unsigned i = 0; i < server->workers->len; i++)
        worker_drain(server->workers->pdata[i]);
    loop_timer_start(server->loop, &server->stop_timer,
                     loop_now(server->loop) + (int64_t)server->options->settings->stop_time * 1000,
                     stop_is_overdue, server);
}

static void signal_came(unsigned events, void *data)
{
    (void)events;
    Server *server = data;
    struct signalfd_siginfo signal = {0};
    while (read(server->signals, &signal, sizeof signal) == sizeof signal)
        if (signal.ssi_signo != SIGHUP)
            stop(server);
        else if (!server->stopping)
            reload_begin(server->reload);
}

/* Before any thread is started: all of them inherit the mask. */
static bool watch_signals(Server *server, GError **error)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &wanted, NULL);
    signal(SIGPIPE, SIG_IGN);
    server->signals = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    if (server->signals < 0) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_PROGRAM, "no descriptors are left");
        return false;
    }
    server->signal_watch =
        loop_watch_new(server->loop, server->signals, LOOP_READ, signal_came, server);
    return true;
}

static void tell_reload(Server *server, const char *reason)
{
    metrics_count_reload(server->shared.metrics, reason == NULL);
    notify_ready(server->notify, NULL);
    if (reason == NULL) {
        access_log_event(server->shared.log, ACCESS_LOG_INFO, "reload",
                         "the endpoints were read again", NULL);
        return;
    }
    access_log_event(server->shared.log, ACCESS_LOG_ERROR, "reload_failed", reason, NULL);
    atomic_store(&server->outdated_next, g_get_monotonic_time() + OUTDATED_FAILED_PACE);
}

static void mend(LoopTimer *timer, void *data)
{
    (void)timer;
    Server *server = data;
    if (server->stopping || !reload_is_idle(server->reload))
        return;
    server->mending = true;
    reload_begin(server->reload);
}

/* The database may change without a sign while endpoints do not fit it. */
static void look_again(Server *server)
{
    if (application_findings(server->application) != NULL)
        loop_timer_start(server->loop, &server->mend_timer, loop_now(server->loop) + MEND_PACE,
                         mend, server);
}

/* Whether a look at broken endpoints has found nothing new. */
static bool is_as_before(Server *server, const Application *application)
{
    bool mending = server->mending;
    server->mending = false;
    return mending &&
           (application == NULL || g_strcmp0(application_findings(application),
                                             application_findings(server->application)) == 0);
}

static void tell_broken(const Server *server)
{
    const char *findings = application_findings(server->application);
    if (findings != NULL)
        access_log_event(server->shared.log, ACCESS_LOG_WARNING, "broken", findings, NULL);
}

/* In the main thread. */
static void use_application(Server *server, Application *application)
{
    application_number_routes(application, server->shared.metrics);
    for (unsigned i = 0; i < server->workers->len; i++)
        worker_use(server->workers->pdata[i], application_ref(application));
    control_use(server->control, application);
    key_table_use(server->keys, access_box_ref(application_access(application)));
    application_unref(server->application);
    server->application = application;
    tell_broken(server);
}

static void use(Reloaded loaded, const char *reason, void *data)
{
    Server *server = data;
    bool as_before = is_as_before(server, loaded.application);
    if (as_before)
        notify_ready(server->notify, NULL);
    else if (!server->stopping)
        tell_reload(server, reason);
    if (loaded.application != NULL)
        control_expect(server->control, loaded.revisions);
    if (loaded.application == NULL || server->stopping || as_before)
        application_unref(loaded.application);
    else
        use_application(server, loaded.application);
    look_again(server);
}

/* The keys of the table, read again: @box is (transfer full). */
static void know(AccessBox *box, void *data)
{
    const Server *server = data;
    for (unsigned i = 0; i < server->workers->len; i++)
        worker_know(server->workers->pdata[i], access_box_ref(box));
    access_box_unref(box);
}

static void warn_of_keys(const char *fault, void *data)
{
    const Server *server = data;
    access_log_event(server->shared.log, ACCESS_LOG_WARNING, "keys", fault, NULL);
}

static void begin_reload(void *data)
{
    const Server *server = data;
    notify_reloading(server->notify);
}

static void read_outdated(void *data)
{
    const Server *server = data;
    if (server->stopping)
        return;
    access_log_event(server->shared.log, ACCESS_LOG_WARNING, "outdated",
                     "the database answers in another shape than the endpoints were read with",
                     NULL);
    reload_begin(server->reload);
}

/* From any thread, for each answer that does not fit: one of them has the endpoints read again. */
static void tell_outdated(void *data)
{
    Server *server = data;
    int64_t now = g_get_monotonic_time();
    int64_t next = atomic_load(&server->outdated_next);
    if (now >= next &&
        atomic_compare_exchange_strong(&server->outdated_next, &next, now + OUTDATED_PACE))
        loop_call(server->loop, read_outdated, server);
}

/* The server of the database ends a statement before its request is overdue, so that it need not be
 * cancelled, and reads with the usual deadline need no setting of their own. */
static void set_pool(Server *server)
{
    const ServeSettings *settings = server->options->settings;
    server->pool = (PoolSettings){
        .primary = server->options->database,
        .reads = server->options->reads,
        .search_path = config_get(server->options->config, "migrate", "search_path"),
        .application_name = "retort serve",
        .batch = 64,
        .queue = settings->queue,
        .connect_time = 5000,
        .retry_time = 100,
    };
    for (int lane = 0; lane < POOL_LANES; lane++) {
        server->pool.connections[lane] = settings->connections[lane];
        server->pool.timeout[lane] = settings->deadline[lane] / 5 * 4 + 1;
    }
}

static bool make_workers(Server *server, GError **error)
{
    server->workers = g_ptr_array_new_with_free_func((GDestroyNotify)worker_free);
    for (unsigned i = 0; i < server->options->settings->threads; i++) {
        Worker *worker = worker_new(&server->shared, &server->pool, i, server->application, error);
        if (worker == NULL)
            return false;
        g_ptr_array_add(server->workers, worker);
    }
    return true;
}

/* One listener for each worker, but the file of a Unix socket is shared. The address is first taken
 * alone, so that two servers never share it by accident; the port may be the system's choice. */
static bool listen_at(Server *server, const char *address, GError **error)
{
    bool unix_socket = g_str_has_prefix(address, "unix:");
    int alone = listener_open(address, false, error);
    if (alone < 0)
        return false;
    g_autofree char *url = listener_url(alone);
    if (!unix_socket)
        close(alone);
    else
        g_ptr_array_add(server->files, listener_file_new(alone));
    for (unsigned i = 0; i < server->workers->len; i++) {
        int descriptor = alone;
        if (!unix_socket)
            descriptor = listener_open(url + strlen("http://"), true, error);
        else if (i > 0)
            descriptor = fcntl(alone, F_DUPFD_CLOEXEC, 0);
        if (descriptor < 0)
            return false;
        worker_listen(server->workers->pdata[i], descriptor);
    }
    g_ptr_array_add(server->urls, g_steal_pointer(&url));
    return true;
}

static bool listen_everywhere(Server *server, GError **error)
{
    server->urls = g_ptr_array_new_with_free_func(g_free);
    server->files = g_ptr_array_new_with_free_func((GDestroyNotify)listener_file_remove);
    for (char **address = server->options->settings->listen; *address != NULL; address++)
        if (!listen_at(server, *address, error))
            return false;
    return true;
}

/* A folder that is misspelt or not mounted looks like one without files. */
static void warn_of_none(const Server *server)
{
    g_autofree char *folder = config_path(server->options->config, "retort", "api");
    if (application_endpoints(server->application) == 0)
        g_warning("there is no endpoint: folder \"%s\" %s\n"
                  "hint: [retort] api names another; \"retort scaffold TABLE\" writes some",
                  folder,
                  g_file_test(folder, G_FILE_TEST_IS_DIR) ? "has no file with one"
                                                          : "does not exist");
}

static bool verify_and_load(Server *server, GError **error)
{
    if (!start_revisions(server->options, &server->revisions, error))
        return false;
    g_autoptr(Database) db = start_connect(server->options, error);
    if (db == NULL || !start_verify(server->options, server->revisions, db, error))
        return false;
    server->application = start_load(server->options, db, error);
    if (server->application == NULL ||
        !start_verify_db_roles(application_access(server->application)->access, db, error))
        return false;
    if (application_findings(server->application) != NULL)
        g_warning("%s", application_findings(server->application));
    warn_of_none(server);
    return true;
}

static bool make_log(Server *server, GError **error)
{
    server->log = (AccessLogSettings){
        .descriptor = STDOUT_FILENO,
        .format = server->options->log_format,
        .level = server->options->log_level,
        .color = terminal_has_color(STDOUT_FILENO),
        .limit = LOG_LIMIT,
        .patience = 2000,
    };
    server->shared.log = access_log_new(&server->log, error);
    return server->shared.log != NULL;
}

/* Whether messages and log lines come together, as on a terminal. */
static bool log_is_beside_messages(void)
{
    struct stat out, err;
    return fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
           out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static void announce_url(const Server *server, const char *url)
{
    g_autofree char *text = g_strdup_printf("serving on %s", url);
    g_printerr("%s\n", text);
    /* People need not read it twice. */
    if (server->options->log_format == ACCESS_LOG_TEXT && log_is_beside_messages())
        return;
    access_log_event(server->shared.log, ACCESS_LOG_INFO, "start", text, "version", RETORT_VERSION,
                     NULL);
}

/* After the first look at the database: /health/ready knows its verdict by now. */
static void announce(void *data)
{
    const Server *server = data;
    if (server->stopping)
        return;
    for (unsigned i = 0; i < server->urls->len; i++)
        announce_url(server, server->urls->pdata[i]);
    notify_ready(server->notify, "serving");
}

static bool make_control(Server *server, GError **error)
{
    const ServerOptions *options = server->options;
    server->title = *options->settings->title != '\0'
                        ? g_strdup(options->settings->title)
                        : g_path_get_basename(config_folder(options->config));
    server->backups = backup_watch_new(server->loop, &options->backups);
    ControlOptions control = {
        .config = options->config,
        .database = options->database,
        .settings = options->settings,
        .lanes = server->lanes,
        .metrics = server->shared.metrics,
        .log = server->shared.log,
        .backups = server->backups,
        .backup_source = &options->backups,
        .title = server->title,
        .began = announce,
        .data = server,
    };
    server->control = control_new(server->loop, &control, error);
    if (server->control == NULL)
        return false;
    control_expect(server->control, g_steal_pointer(&server->revisions));
    control_use(server->control, server->application);
    server->shared.control = server->control;
    return true;
}

static bool make_shared(Server *server, GError **error)
{
    const ServeSettings *settings = server->options->settings;
    server->shared.tell_outdated = tell_outdated;
    server->shared.server = server;
    server->lanes = lanes_new(settings->threads);
    server->shared.settings = settings;
    server->shared.reads_elsewhere = server->options->reads != NULL;
    server->shared.lanes = server->lanes;
    server->shared.metrics = metrics_new(server->lanes, RETORT_VERSION);
    application_number_routes(server->application, server->shared.metrics);
    server->shared.limits = rate_limits_load(server->options->config, error);
    if (server->shared.limits == NULL)
        return false;
    server->shared.inside = http_trusted_new((const char *const *)settings->inside, error);
    return server->shared.inside != NULL && make_log(server, error) && make_control(server, error);
}

static void stay_alive(LoopTimer *timer, void *data)
{
    Server *server = data;
    notify_alive(server->notify);
    loop_timer_start(server->loop, timer,
                     loop_now(server->loop) + notify_watchdog(server->notify) / 2, stay_alive,
                     server);
}

static void end_heaps(void *data)
{
    const Server *server = data;
    for (unsigned i = 0; i < server->workers->len; i++)
        worker_end_heap(server->workers->pdata[i]);
}

static void serve(Server *server)
{
    for (unsigned i = 0; i < server->workers->len; i++)
        worker_start(server->workers->pdata[i], server->crew, tell_idle, server);
    if (notify_watchdog(server->notify) > 0)
        stay_alive(&server->watchdog, server);
    memory_watch(&server->memory, server->loop, end_heaps, server);
    loop_run(server->loop);
    end_time_begin(END_TIME);
}

bool server_run(const ServerOptions *options, GError **error)
{
    g_auto(Server) server = {.options = options, .signals = -1};
    memory_prepare();
    server.notify = notify_open(options->environment, error);
    if (server.notify == NULL || !verify_and_load(&server, error))
        return false;
    server.loop = loop_new(error);
    if (server.loop == NULL || !watch_signals(&server, error))
        return false;
    server.crew = crew_new(options->settings->threads, error);
    if (server.crew == NULL || !make_shared(&server, error))
        return false;
    set_pool(&server);
    if (!descriptors_prepare(options->settings, error) || !make_workers(&server, error) ||
        !listen_everywhere(&server, error))
        return false;
    const KeyTableCalls key_calls = {.tell = know, .warn = warn_of_keys};
    server.keys = key_table_new(server.loop, options, &key_calls, &server);
    key_table_use(server.keys, access_box_ref(application_access(server.application)));
    const ReloadCalls calls = {.begun = begin_reload, .done = use};
    server.reload = reload_new(server.loop, options, server.application, &calls, &server);
    look_again(&server);
    serve(&server);
    return true;
}
