#include "backup/swap.h"

#include "base/interrupt.h"
#include "sql/quote.h"

#include "backup_queries.h"

#include <poll.h>

enum {
    TRIES = 2,     /* the server waits 5 seconds for sessions to end, each time */
    END_EACH = 50, /* milliseconds between two rounds of ending them */
};

bool swap_carry(Database *admin, const Swap *swap, GError **error)
{
    const char *names[] = {swap->live, swap->fresh};
    g_autoptr(PGresult) rows =
        database_query(admin, sql_database_properties, names, G_N_ELEMENTS(names), error);
    if (rows == NULL)
        return false;
    for (int i = 0; i < PQntuples(rows); i++)
        if (!database_execute(admin, PQgetvalue(rows, i, 0), error)) {
            g_prefix_error(error, "%s: ", PQgetvalue(rows, i, 0));
            return false;
        }
    return true;
}

/* Both statements are one transaction: they are sent as one text. */
static char *format_renames(const Swap *swap)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "ALTER DATABASE %I RENAME TO %I; ALTER DATABASE %I RENAME TO %I", swap->live,
               swap->aside, swap->fresh, swap->live);
    return g_strdup(sql->str);
}

/* Those that it may not end stay, and the rename tells of them. */
static bool end_sessions(Database *ender, const Swap *swap, GError **error)
{
    static const char find[] = "SELECT pid FROM pg_catalog.pg_stat_activity"
                               " WHERE datname IN ($1, $2)";
    const char *names[] = {swap->live, swap->fresh};
    g_autoptr(PGresult) rows = database_query(ender, find, names, G_N_ELEMENTS(names), error);
    for (int i = 0; rows != NULL && i < PQntuples(rows); i++) {
        const char *pid = PQgetvalue(rows, i, 0);
        g_autoptr(GError) refused = NULL;
        g_autoptr(PGresult) ended =
            database_query(ender, "SELECT pg_catalog.pg_terminate_backend($1::pg_catalog.int4)",
                           &pid, 1, &refused);
        if (ended == NULL)
            g_debug("process %s: %s", pid, refused->message);
    }
    return rows != NULL;
}

/* Whether the answer to what @admin was sent is there, or came within a moment. */
static bool has_answer(PGconn *admin)
{
    struct pollfd one = {.fd = PQsocket(admin), .events = POLLIN};
    if (poll(&one, 1, END_EACH) > 0 && PQconsumeInput(admin) == 0)
        return true; /* the answer tells that it is lost */
    return PQisBusy(admin) == 0;
}

/* The results of all statements are read; the first that failed is told. */
static bool take_answer(Database *admin, GError **error)
{
    PGconn *conn = database_connection(admin);
    bool good = true;
    for (PGresult *next; (next = PQgetResult(conn)) != NULL;) {
        g_autoptr(PGresult) result = next;
        if (good && PQresultStatus(result) != PGRES_COMMAND_OK) {
            database_set_error(admin, result, error);
            good = false;
        }
    }
    return good;
}

static bool rename_both(Database *admin, Database *ender, const Swap *swap, GError **error)
{
    g_autofree char *sql = format_renames(swap);
    PGconn *conn = database_connection(admin);
    g_autoptr(GError) failed = NULL; /* what the rename says goes before */
    if (PQsendQuery(conn, sql) == 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_CONNECT, "the connection was lost: %s",
                    PQerrorMessage(conn));
        return false;
    }
    do {
        if (failed == NULL)
            end_sessions(ender, swap, &failed);
    } while (!has_answer(conn));
    return take_answer(admin, error);
}

static bool refuse(Database *ender, const Swap *swap, GError **error)
{
    const char *names[] = {swap->live, swap->fresh};
    g_autoptr(PGresult) rows =
        database_query(ender, sql_sessions_there, names, G_N_ELEMENTS(names), error);
    if (rows == NULL)
        return false;
    g_autoptr(GString) who = g_string_new(NULL);
    for (int i = 0; i < PQntuples(rows); i++)
        g_string_append_printf(who, "%s%s", i > 0 ? "; " : "", PQgetvalue(rows, i, 0));
    g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                "database \"%s\" is in use, and cannot be replaced: %s\n"
                "hint: end these sessions, or let a role do it that may (pg_signal_backend)",
                swap->live, who->len > 0 ? who->str : "by sessions that come again at once");
    return false;
}

bool swap_run(Database *admin, const ConnectionSettings *settings, const Swap *swap, GError **error)
{
    g_autoptr(Database) ender = database_open(settings, error);
    if (ender == NULL || !interrupt_check(error))
        return false;
    database_shield(admin);
    database_shield(ender);
    for (unsigned try = 0; try < TRIES; try++) {
        g_autoptr(GError) failed = NULL;
        if (rename_both(admin, ender, swap, &failed))
            return true;
        if (!g_str_equal(database_error(admin)->sqlstate, "55006")) { /* object_in_use */
            g_propagate_error(error, g_steal_pointer(&failed));
            return false;
        }
    }
    return refuse(ender, swap, error);
}
