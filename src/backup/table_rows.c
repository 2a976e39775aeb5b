#include "backup/table_rows.h"

#include "backup/copy_in.h"
#include "backup/row_file.h"
#include "base/interrupt.h"
#include "base/thread.h"

#include <time.h>

enum {
    TICK_EACH = 500,          /* milliseconds */
    WORTH_HELP = 1024 * 1024, /* stored bytes that another session is made busy for */
};

/* The rows of one table. */
typedef struct Rows {
    const RowFile *file;

    pthread_mutex_t lock; /* of the reader, while a block is read */
    RowReader *reader;    /* (nullable) */

    /* Under the lock of all: */
    unsigned sessions; /* that put rows now */
    bool begun, ended;
    uint64_t taken; /* rows that the server has */
} Rows;

struct TableRows {
    GPtrArray *files;    /* (element-type RowFile): largest first */
    GPtrArray *all;      /* (element-type Rows): of each */
    GHashTable *entries; /* (element-type TocEntry): set of theirs */
    GHashTable *wanted;  /* (element-type ManifestFile): set of theirs */

    const LoadOptions *options;
    char *settings; /* SQL that each session begins with */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t ended;
    unsigned running; /* threads */
    GError *error;    /* (nullable): the first */
};

static Rows *rows_new(const RowFile *file)
{
    Rows *rows = g_new0(Rows, 1);
    rows->file = file;
    pthread_mutex_init(&rows->lock, NULL);
    return rows;
}

static void rows_free(void *data)
{
    Rows *rows = data;
    row_reader_free(rows->reader);
    pthread_mutex_destroy(&rows->lock);
    g_free(rows);
}

/* (transfer full): what pg_restore sets, too, as far as COPY knows of it. */
static char *settings_sql(const GPtrArray *entries)
{
    static const char *const types[] = {"ENCODING", "STDSTRINGS", "SEARCHPATH", NULL};
    GString *sql = g_string_new("SET synchronous_commit = off; SET client_min_messages = warning;"
                                "SET xmloption = content; SET row_security = off;");
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        if (entry->type != NULL && g_strv_contains(types, entry->type) && entry->statement != NULL)
            g_string_append(sql, entry->statement);
    }
    return g_string_free(sql, FALSE);
}

TableRows *table_rows_new(const GPtrArray *entries, GHashTable *but, const Manifest *manifest,
                          const char *folder)
{
    g_autoptr(GPtrArray) files = row_files_list(entries, but, manifest, folder);
    if (files->len == 0)
        return NULL;
    TableRows *run = g_new0(TableRows, 1);
    run->all = g_ptr_array_new_with_free_func(rows_free);
    run->entries = g_hash_table_new(NULL, NULL);
    run->wanted = g_hash_table_new(NULL, NULL);
    for (unsigned i = 0; i < files->len; i++) {
        const RowFile *file = files->pdata[i];
        g_hash_table_add(run->entries, (void *)file->entry);
        g_hash_table_add(run->wanted, (void *)file->wanted);
        g_ptr_array_add(run->all, rows_new(file));
    }
    run->files = g_steal_pointer(&files);
    run->settings = settings_sql(entries);
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->ended, NULL);
    return run;
}

void table_rows_free(TableRows *rows)
{
    if (rows == NULL)
        return;
    g_ptr_array_unref(rows->all);
    g_ptr_array_unref(rows->files);
    g_hash_table_unref(rows->entries);
    g_hash_table_unref(rows->wanted);
    g_free(rows->settings);
    g_clear_error(&rows->error);
    pthread_mutex_destroy(&rows->lock);
    pthread_cond_destroy(&rows->ended);
    g_free(rows);
}

bool table_rows_have(const TableRows *rows, const TocEntry *entry)
{
    return rows != NULL && g_hash_table_contains(rows->entries, entry);
}

bool table_rows_check(const TableRows *rows, const ManifestFile *file)
{
    return g_hash_table_contains(rows->wanted, file);
}

/* --- Who does what --- */

static bool may_be_helped(const Rows *rows)
{
    return rows->begun && !rows->ended && row_reader_left(rows->reader) >= WORTH_HELP;
}

/* The one with the fewest sessions, and of these with most left. */
static Rows *choose_to_help(const TableRows *run)
{
    Rows *best = NULL;
    for (unsigned i = 0; i < run->all->len; i++) {
        Rows *rows = run->all->pdata[i];
        if (may_be_helped(rows) &&
            (best == NULL || rows->sessions < best->sessions ||
             (rows->sessions == best->sessions &&
              row_reader_left(rows->reader) > row_reader_left(best->reader))))
            best = rows;
    }
    return best;
}

/* @out_rows: (nullable): what is to do next; %NULL: nothing. */
static bool next(TableRows *run, Rows **out_rows, GError **error)
{
    bool good = true;
    *out_rows = NULL;
    pthread_mutex_lock(&run->lock);
    for (unsigned i = 0; i < run->all->len && *out_rows == NULL; i++)
        if (!((Rows *)run->all->pdata[i])->begun)
            *out_rows = run->all->pdata[i];
    if (run->error != NULL)
        *out_rows = NULL;
    else if (*out_rows == NULL)
        *out_rows = choose_to_help(run);
    else
        good = ((*out_rows)->reader = row_file_open((*out_rows)->file, error)) != NULL;
    if (good && *out_rows != NULL) {
        (*out_rows)->begun = true;
        (*out_rows)->sessions++;
    }
    pthread_mutex_unlock(&run->lock);
    return good;
}

static bool has_failed(TableRows *run)
{
    pthread_mutex_lock(&run->lock);
    bool failed = run->error != NULL;
    pthread_mutex_unlock(&run->lock);
    return failed;
}

/* @error: (transfer full): the first is kept. */
static void fail(TableRows *run, GError *error)
{
    pthread_mutex_lock(&run->lock);
    if (run->error == NULL)
        run->error = g_steal_pointer(&error);
    pthread_mutex_unlock(&run->lock);
    g_clear_error(&error);
}

/* --- One session at one table --- */

static bool read_block(Rows *rows, GByteArray *block, GError **error)
{
    pthread_mutex_lock(&rows->lock);
    bool good = row_reader_next(rows->reader, block, error);
    pthread_mutex_unlock(&rows->lock);
    return good;
}

/* Until there are no more, or another session has failed. @out_whole: it was the former. */
static bool put_rows(TableRows *run, Database *db, Rows *rows, bool *out_whole, GError **error)
{
    g_autoptr(GByteArray) block = g_byte_array_new();
    *out_whole = false;
    while (!has_failed(run)) {
        if (!interrupt_check(error) || !read_block(rows, block, error))
            return false;
        *out_whole = block->len == 0;
        if (*out_whole)
            return true;
        if (!copy_in_put(db, block->data, block->len, error))
            return false;
    }
    return true;
}

static bool copy_rows(TableRows *run, Database *db, Rows *rows, uint64_t *out_taken, GError **error)
{
    bool whole = false;
    if (!copy_in_begin(db, rows->file->entry->copy, error))
        return false;
    const bool put = put_rows(run, db, rows, &whole, error);
    if (whole)
        return copy_in_end(db, out_taken, error);
    copy_in_abandon(db);
    return put;
}

/* The last session that leaves it compares. */
static bool leave(TableRows *run, Rows *rows, uint64_t taken, GError **error)
{
    pthread_mutex_lock(&run->lock);
    rows->taken += taken;
    rows->ended = true; /* who has left found no more */
    bool is_over = --rows->sessions == 0 && run->error == NULL;
    const uint64_t whole = is_over ? row_reader_rows(rows->reader) : 0, there = rows->taken;
    pthread_mutex_unlock(&run->lock);
    if (!is_over || whole == there)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY,
                "the server took %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " rows", there,
                whole);
    return false;
}

static bool load_table(TableRows *run, Database *db, Rows *rows, GError **error)
{
    uint64_t taken = 0;
    g_autoptr(GError) reason = NULL;
    if (copy_rows(run, db, rows, &taken, &reason) && leave(run, rows, taken, &reason))
        return true;
    g_prefix_error(&reason, "table \"%s.%s\": ", rows->file->entry->schema,
                   rows->file->entry->name);
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

static Database *open_session(const TableRows *run, GError **error)
{
    g_autoptr(Database) db = database_open(run->options->settings, error);
    if (db == NULL || !database_lift_limits(db, error) ||
        !database_execute(db, run->settings, error))
        return NULL;
    return g_steal_pointer(&db);
}

static bool load_tables(TableRows *run, GError **error)
{
    g_autoptr(Database) db = open_session(run, error);
    Rows *rows = NULL;
    if (db == NULL)
        return false;
    while (next(run, &rows, error))
        if (rows == NULL)
            return true;
        else if (!load_table(run, db, rows, error))
            return false;
    return false;
}

static void *work(void *data)
{
    TableRows *run = data;
    GError *error = NULL;
    if (!load_tables(run, &error))
        fail(run, error);
    pthread_mutex_lock(&run->lock);
    run->running--;
    pthread_cond_signal(&run->ended);
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* --- All of them --- */

/* At least one, or none with an error. */
static unsigned start_threads(TableRows *run, GThread **threads, unsigned wanted, GError **error)
{
    unsigned count = 0;
    pthread_mutex_lock(&run->lock);
    while (count < wanted &&
           (threads[count] = thread_start("rows", work, run, count == 0 ? error : NULL)) != NULL)
        count++;
    run->running = count;
    pthread_mutex_unlock(&run->lock);
    return count;
}

static struct timespec after_milliseconds(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void await_end(TableRows *run, TableRowsTick *tick, void *data)
{
    pthread_mutex_lock(&run->lock);
    while (run->running > 0) {
        const struct timespec until = after_milliseconds(TICK_EACH);
        if (pthread_cond_timedwait(&run->ended, &run->lock, &until) == 0)
            continue;
        pthread_mutex_unlock(&run->lock);
        tick(data);
        pthread_mutex_lock(&run->lock);
    }
    pthread_mutex_unlock(&run->lock);
}

bool table_rows_load(TableRows *rows, const LoadOptions *options, TableRowsTick *tick, void *data,
                     GError **error)
{
    g_autofree GThread **threads = g_new0(GThread *, options->jobs);
    rows->options = options;
    const unsigned count = start_threads(rows, threads, options->jobs, error);
    await_end(rows, tick, data);
    for (unsigned i = 0; i < count; i++)
        g_thread_join(threads[i]);
    if (count == 0)
        return false;
    if (rows->error == NULL)
        return interrupt_check(error);
    g_propagate_error(error, g_steal_pointer(&rows->error));
    return false;
}
