#include "pg/private_server.h"

#include "base/file.h"
#include "base/process.h"
#include "pg/binaries.h"
#include "pg/postmaster.h"
#include "pg/private_place.h"
#include "pg/private_roles.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUPERUSER "postgres"
#define PORT "5432"
#define READY "2\n"                  /* which form of roles and database: see private_roles.c */
#define LOG_BYTES (16 * 1024 * 1024) /* a log longer than that begins anew */

/* What is put at the end of postgresql.conf; the socket's folder is on the command line. */
static const char configuration[] =
    "\n# A private server: reached by its socket alone, by its user alone.\n"
    "listen_addresses = ''\n"
    "unix_socket_permissions = 0700\n"
    "timezone = 'UTC'\n"
    "log_timezone = 'UTC'\n"
    "log_line_prefix = '%m [%p] %q%u@%d '\n"
    "# Schemas are loaded and dropped in few transactions.\n"
    "max_locks_per_transaction = 512\n";

/* The folder of the socket lets in only who may do everything anyway. */
static const char access_rules[] = "# TYPE  DATABASE  USER  METHOD\n"
                                   "local   all       all   trust\n";

struct PrivateServer {
    PrivatePlace *place;
    const Environment *environment; /* (transfer none) */
    int major;                      /* 0 until it is known */
    char *data;
    char *log;
};

static void set_major(PrivateServer *server, int major)
{
    g_autofree char *name = g_strdup_printf("pg%d", major);
    g_autofree char *log = g_strconcat(name, ".log", NULL);
    g_free(server->data);
    g_free(server->log);
    server->major = major;
    server->data = g_build_filename(server->place->home, name, NULL);
    server->log = g_build_filename(server->place->home, log, NULL);
}

PrivateServer *private_server_new(const char *folder, const char *name,
                                  const Environment *environment, int major, GError **error)
{
    PrivatePlace *place = private_place_find(folder, name, error);
    if (place == NULL)
        return NULL;
    PrivateServer *server = g_new0(PrivateServer, 1);
    server->place = place;
    server->environment = environment;
    set_major(server, major != 0 ? major : private_place_major(place));
    return server;
}

void private_server_free(PrivateServer *server)
{
    if (server == NULL)
        return;
    private_place_free(server->place);
    g_free(server->data);
    g_free(server->log);
    g_free(server);
}

bool private_server_exists(const PrivateServer *server)
{
    return server->major != 0 && g_file_test(server->data, G_FILE_TEST_IS_DIR);
}

/* The roles and the database are there: written last, so that a start cut off is taken up again. */
static char *ready_path(const PrivateServer *server)
{
    return g_strconcat(server->data, ".", server->place->database, ".ready", NULL);
}

/* What an earlier version of this program made is made up to what it is now. */
static bool is_ready(const PrivateServer *server)
{
    g_autofree char *path = ready_path(server);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && g_str_equal(text, READY);
}

static const char *best_locale(void)
{
    static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        locale_t found = newlocale(LC_ALL_MASK, names[i], (locale_t)0);
        if (found != (locale_t)0) {
            freelocale(found);
            return names[i];
        }
    }
    return "C";
}

/* "initdb: error: could not …" is told without initdb's prefix; its hints are left out. */
static void set_initdb_error(const PrivateServer *server, char *output, GError **error)
{
    const char *found = strstr(output, "error: ");
    found = found != NULL ? found : strstr(output, "FATAL:  ");
    const char *reason = found != NULL ? strchr(found, ' ') : g_strchomp(output);
    g_autofree char *line = g_strndup(reason, strcspn(reason, "\n"));
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                "the private server could not be made in \"%s\": %s", server->data,
                g_strstrip(line));
}

static bool run_initdb(const PrivateServer *server, const Binaries *binaries, const char *folder,
                       GError **error)
{
    g_autofree char *program = g_build_filename(binaries->folder, "initdb", NULL);
    g_autofree char *locale = g_strconcat("--locale=", best_locale(), NULL);
    const char *words[] = {program, "-D", folder, "-U",   SUPERUSER,          "-A",
                           "trust", "-E", "UTF8", locale, "--data-checksums", NULL};
    g_auto(GStrv) environment = postmaster_environment();
    ProcessStart start = {
        .words = words, .environment = environment, .folder = "/", .user = server->place->user};
    g_auto(ProcessResult) result = {0};
    if (!process_run(&start, &result, error))
        return false;
    if (result.status == 0)
        return true;
    g_autofree char *output = g_strconcat(result.err, result.out, NULL);
    set_initdb_error(server, output, error);
    return false;
}

static bool write_configuration(const PrivateServer *server, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "postgresql.conf", NULL);
    g_autofree char *rules = g_build_filename(folder, "pg_hba.conf", NULL);
    g_autofree char *defaults = file_read_text(path, error);
    if (defaults == NULL)
        return false;
    g_autofree char *name =
        g_strdup_printf("cluster_name = 'retort %s'\n", server->place->database);
    g_autofree char *text = g_strconcat(defaults, configuration, name, NULL);
    return file_write(path, text, FILE_REPLACE, error) &&
           file_write(rules, access_rules, FILE_REPLACE, error) &&
           private_place_give(server->place, path, error) &&
           private_place_give(server->place, rules, error);
}

static bool move_into_place(const char *from, const char *path, GError **error)
{
    if (g_rename(from, path) == 0)
        return true;
    int reason = errno;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not rename \"%s\" to \"%s\": %s", from,
                path, g_strerror(reason));
    return false;
}

/* (transfer full): a new, empty folder for initdb; %NULL on error. */
static char *make_aside(const PrivateServer *server, GError **error)
{
    g_autofree char *aside = g_strconcat(server->data, ".new-XXXXXX", NULL);
    if (g_mkdtemp_full(aside, 0700) == NULL) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not create folder \"%s\": %s",
                    aside, g_strerror(reason));
        return NULL;
    }
    return private_place_give(server->place, aside, error) ? g_steal_pointer(&aside) : NULL;
}

/* Removes what an initdb that was cut off left; one that is still ending is swept next time. */
static void sweep_aside(const PrivateServer *server)
{
    g_autoptr(GDir) home = g_dir_open(server->place->home, 0, NULL);
    const char *name = NULL;
    while (home != NULL && (name = g_dir_read_name(home)) != NULL) {
        g_autofree char *path = g_build_filename(server->place->home, name, NULL);
        if (g_str_has_prefix(name, "pg") && strstr(name, ".new-") != NULL)
            file_remove_tree(path, NULL);
    }
}

/*
 * Made aside and renamed when it is whole, so that a data folder is never half a one. Each in a
 * folder of its own name: the initdb of a killed run may still be writing to another.
 */
static bool make_data(PrivateServer *server, const Binaries *binaries, GError **error)
{
    g_autofree char *aside = make_aside(server, error);
    if (aside == NULL)
        return false;
    bool made = run_initdb(server, binaries, aside, error) &&
                write_configuration(server, aside, error) &&
                move_into_place(aside, server->data, error);
    if (!made)
        file_remove_tree(aside, NULL); /* the first error is the one to tell */
    return made;
}

static bool prepare_databases(const PrivateServer *server, GError **error)
{
    if (is_ready(server))
        return true;
    g_autofree char *path = ready_path(server);
    g_autoptr(ConnectionSettings) admin = private_server_settings(server, PRIVATE_ADMIN);
    return private_roles_make(server->place, admin, error) &&
           file_write(path, READY, FILE_REPLACE, error) &&
           private_place_give(server->place, path, error);
}

/* The log is the server's user's, so that it can go on with what root began. */
static bool prepare_log(const PrivateServer *server, GError **error)
{
    GStatBuf found;
    g_autofree char *old = g_strconcat(server->log, ".1", NULL);
    if (g_stat(server->log, &found) == 0 && found.st_size > LOG_BYTES)
        g_rename(server->log, old);
    int file = open(server->log, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0)
        close(file); /* if not, the start says why */
    return file < 0 || private_place_give(server->place, server->log, error);
}

static bool launch(const PrivateServer *server, const Binaries *binaries, GError **error)
{
    if (!prepare_log(server, error))
        return false;
    PostmasterStart start = {.programs = binaries->folder,
                             .data = server->data,
                             .socket = server->place->socket,
                             .log = server->log,
                             .user = server->place->user};
    return postmaster_start(&start, error);
}

/*
 * Waits for a server that is there already. One whose socket somebody removed cannot be reached:
 * it is stopped, to start afresh.
 */
static bool join_running(const PrivateServer *server, bool *out_joined, GError **error)
{
    *out_joined = false;
    if (!private_server_exists(server))
        return true;
    if (!postmaster_wait(server->data, out_joined, error))
        return false;
    g_autofree char *socket = g_build_filename(server->place->socket, ".s.PGSQL." PORT, NULL);
    if (!*out_joined || g_file_test(socket, G_FILE_TEST_EXISTS))
        return true;
    *out_joined = false;
    return postmaster_stop(server->data, error);
}

static bool make_and_launch(PrivateServer *server, GError **error)
{
    g_autoptr(Binaries) binaries = binaries_find(server->environment, server->major, error);
    if (binaries == NULL)
        return false;
    set_major(server, binaries->major);
    return (private_server_exists(server) || make_data(server, binaries, error)) &&
           launch(server, binaries, error);
}

static bool start_locked(PrivateServer *server, GError **error)
{
    bool joined = false;
    sweep_aside(server);
    return join_running(server, &joined, error) && (joined || make_and_launch(server, error)) &&
           prepare_databases(server, error);
}

/* libpq would mix what these say of another server into the settings of this one. */
static void forget_other_servers(void)
{
    g_unsetenv("PGSERVICE");
    g_unsetenv("PGHOSTADDR");
}

bool private_server_start(PrivateServer *server, GError **error)
{
    forget_other_servers();
    if (private_server_is_running(server) && is_ready(server))
        return true;
    if (!private_place_make(server->place, error))
        return false;
    g_autofree char *path = g_build_filename(server->place->home, "lock", NULL);
    int lock = file_lock(path, true, error);
    if (lock < 0)
        return false;
    bool started = private_place_give(server->place, path, error);
    if (started && server->major == 0) /* another may have made it while we waited */
        set_major(server, private_place_major(server->place));
    started = started && start_locked(server, error);
    close(lock);
    return started;
}

bool private_server_stop(PrivateServer *server, GError **error)
{
    if (!private_server_exists(server)) {
        g_rmdir(server->place->socket); /* what a start that failed may have left, if empty */
        return true;
    }
    g_autofree char *path = g_build_filename(server->place->home, "lock", NULL);
    int lock = file_lock(path, true, error);
    if (lock < 0)
        return false;
    bool stopped = postmaster_stop(server->data, error);
    close(lock);
    if (stopped)
        file_remove_tree(server->place->socket, NULL); /* a killed server leaves files in it */
    return stopped;
}

bool private_server_is_running(const PrivateServer *server)
{
    g_auto(PostmasterState) state = {0};
    g_autofree char *socket = g_build_filename(server->place->socket, ".s.PGSQL." PORT, NULL);
    postmaster_look(server->data, &state);
    return state.ready && g_file_test(socket, G_FILE_TEST_EXISTS);
}

ConnectionSettings *private_server_settings(const PrivateServer *server, PrivateRole role)
{
    const PrivatePlace *place = server->place;
    const char *const users[] = {
        [PRIVATE_OWNER] = place->owner, [PRIVATE_APP] = place->app, [PRIVATE_ADMIN] = SUPERUSER};
    ConnectionSettings *settings = settings_new();
    settings_set(settings, "host", place->socket);
    settings_set(settings, "port", PORT);
    settings_set(settings, "user", users[role]);
    settings_set(settings, "dbname", place->database);
    /* Nobody else's server may stand in for it. */
    settings_set(settings, "requirepeer", place->user->name);
    settings_set_source(settings, "private server");
    return settings;
}

const char *private_server_data(const PrivateServer *server)
{
    return server->data;
}

const char *private_server_socket(const PrivateServer *server)
{
    return server->place->socket;
}

const char *private_server_log(const PrivateServer *server)
{
    return server->log;
}

const char *private_server_user(const PrivateServer *server)
{
    return server->place->user->name;
}

int private_server_pid(const PrivateServer *server)
{
    g_auto(PostmasterState) state = {0};
    postmaster_look(server->data, &state);
    return state.is_here ? state.pid : 0;
}

int private_server_major(const PrivateServer *server)
{
    return server->major;
}
