#include "serve/visit.h"

#include "serve/start.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct Visit {
    const ServerOptions *options;
    ConnectionSettings *settings;
    pthread_mutex_t lock;
    Database *db; /* (nullable): the thread's */
    int socket;   /* a dup() of its own, so that it is that one for sure; -1 */
    bool cut;
};

Visit *visit_new(const ServerOptions *options)
{
    Visit *visit = g_new0(Visit, 1);
    visit->options = options;
    visit->settings = settings_copy(options->database);
    settings_set(visit->settings, "connect_timeout", "2");
    visit->socket = -1;
    pthread_mutex_init(&visit->lock, NULL);
    return visit;
}

void visit_free(Visit *visit)
{
    if (visit == NULL)
        return;
    visit_end(visit);
    settings_free(visit->settings);
    pthread_mutex_destroy(&visit->lock);
    g_free(visit);
}

/* Whether @db may be used. */
static bool keep(Visit *visit, const Database *db)
{
    pthread_mutex_lock(&visit->lock);
    bool wanted = !visit->cut;
    if (wanted)
        visit->socket = fcntl(PQsocket(database_connection((Database *)db)), F_DUPFD_CLOEXEC, 0);
    pthread_mutex_unlock(&visit->lock);
    return wanted;
}

Database *visit_begin(Visit *visit, GError **error)
{
    if (visit->db != NULL)
        return visit->db;
    g_autoptr(Database) db = database_open(visit->settings, error);
    if (db == NULL)
        return NULL;
    if (!keep(visit, db)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_CONNECT, "the server stops");
        return NULL;
    }
    visit->db = g_steal_pointer(&db);
    if (start_set_path(visit->options, visit->db, error))
        return visit->db;
    visit_end(visit);
    return NULL;
}

void visit_end(Visit *visit)
{
    pthread_mutex_lock(&visit->lock);
    if (visit->socket >= 0)
        close(visit->socket);
    visit->socket = -1;
    pthread_mutex_unlock(&visit->lock);
    g_clear_pointer(&visit->db, database_close);
}

void visit_cut(Visit *visit)
{
    pthread_mutex_lock(&visit->lock);
    visit->cut = true;
    if (visit->socket >= 0)
        shutdown(visit->socket, SHUT_RDWR);
    pthread_mutex_unlock(&visit->lock);
}

bool visit_is_cut(Visit *visit)
{
    pthread_mutex_lock(&visit->lock);
    bool cut = visit->cut;
    pthread_mutex_unlock(&visit->lock);
    return cut;
}
