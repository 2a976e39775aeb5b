#include "backup/plain_load.h"

#include "archive/plain.h"
#include "backup/about_database.h"
#include "backup/copy_in.h"
#include "base/interrupt.h"

#include <string.h>

struct PlainLoad {
    Database *db;
    bool without_owners;
    GPtrArray *about; /* (nullable) (not owned) */
    Plain *plain;
    unsigned long copy_line; /* where the COPY that is going on began */
    char *connected;         /* (nullable): what \connect named */
};

/* Says where in the dump it was. */
static bool fail_at(unsigned long line, GError **error)
{
    g_prefix_error(error, "line %lu of the dump: ", line);
    return false;
}

static bool begins_with(const char *text, const char *words)
{
    return g_ascii_strncasecmp(text, words, strlen(words)) == 0;
}

/* Newer pg_dumps set it at the top; older servers do not know it. */
static bool is_unknown_here(const Database *db, const char *statement)
{
    return database_version(db) < 170000 && begins_with(statement, "SET transaction_timeout = 0");
}

/* It would change the server for all, whatever becomes of the restore. */
static bool refuse_server(const PlainPiece *piece, GError **error)
{
    g_auto(GStrv) words = g_strsplit(piece->text, " ", 3);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "%s %s is about the whole server, and was not run\n"
                "hint: restore a dump of one database, as pg_dump makes it; roles and tablespaces "
                "are for psql",
                words[0], words[1]);
    return fail_at(piece->line, error);
}

static bool run(PlainLoad *load, const PlainPiece *piece, GError **error)
{
    /* The database has a name of its own here, and is there. */
    if (about_database(piece->text)) {
        if (load->about != NULL)
            g_ptr_array_add(load->about, g_strdup(piece->text));
        return true;
    }
    if (is_unknown_here(load->db, piece->text) ||
        (load->without_owners && about_owners(piece->text)))
        return true;
    if (about_server(piece->text))
        return refuse_server(piece, error);
    return database_execute(load->db, piece->text, error) || fail_at(piece->line, error);
}

static bool begin_copy(PlainLoad *load, const PlainPiece *piece, GError **error)
{
    load->copy_line = piece->line;
    return copy_in_begin(load->db, piece->text, error) || fail_at(piece->line, error);
}

static bool put_rows(const PlainLoad *load, const PlainPiece *piece, GError **error)
{
    if (!interrupt_check(error))
        return false;
    return copy_in_put(load->db, piece->text, piece->length, error) || fail_at(piece->line, error);
}

/* Whether the server has as many rows as the dump. */
static bool check_rows(const PlainLoad *load, guint64 taken, guint64 rows, GError **error)
{
    if (taken == rows)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                "the server took %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " rows", taken, rows);
    return fail_at(load->copy_line, error);
}

static bool end_copy(const PlainLoad *load, const PlainPiece *piece, GError **error)
{
    uint64_t rows = 0;
    if (!copy_in_end(load->db, &rows, error))
        return fail_at(load->copy_line, error);
    return check_rows(load, rows, piece->rows, error);
}

/* pg_dump --create connects to the database that it has made, and again when it is set up. */
static bool connect(PlainLoad *load, const PlainPiece *piece, GError **error)
{
    if (load->connected != NULL && !g_str_equal(load->connected, piece->text)) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "it is a dump of several databases (pg_dumpall)\n"
                    "hint: restore a dump of one database, as pg_dump makes it");
        return fail_at(piece->line, error);
    }
    g_free(load->connected);
    load->connected = g_strdup(piece->text);
    return true;
}

static bool take(const PlainPiece *piece, void *data, GError **error)
{
    PlainLoad *load = data;
    switch (piece->kind) {
    case PLAIN_STATEMENT:
        return run(load, piece, error);
    case PLAIN_COPY:
        return begin_copy(load, piece, error);
    case PLAIN_ROWS:
        return put_rows(load, piece, error);
    case PLAIN_ROWS_END:
        return end_copy(load, piece, error);
    case PLAIN_CONNECT:
        return connect(load, piece, error);
    case PLAIN_FINISHED:
        break;
    }
    return true;
}

PlainLoad *plain_load_new(Database *db, bool without_owners, GPtrArray *about)
{
    PlainLoad *load = g_new0(PlainLoad, 1);
    load->db = db;
    load->without_owners = without_owners;
    load->about = about;
    load->plain = plain_new(take, load);
    return load;
}

void plain_load_free(PlainLoad *load)
{
    if (load == NULL)
        return;
    plain_free(load->plain);
    g_free(load->connected);
    g_free(load);
}

bool plain_load_feed(PlainLoad *load, const char *bytes, size_t length, GError **error)
{
    return plain_feed(load->plain, bytes, length, error);
}

bool plain_load_end(PlainLoad *load, GError **error)
{
    return plain_end(load->plain, error);
}
