#include "backup/dump.h"

#include "archive/plain.h"
#include "archive/sequence_set.h"
#include "archive/toc.h"
#include "backup/checksum.h"
#include "backup/dump_file.h"
#include "backup/dump_program.h"
#include "backup/facts.h"
#include "backup/fingerprint.h"
#include "backup/globals.h"
#include "backup/lock_watch.h"
#include "backup/moment.h"
#include "backup/tree.h"
#include "base/file.h"
#include "sql/quote.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum {
    BLOCK = 262144,  /* bytes read at once */
    TELL_EACH = 200, /* milliseconds between two reports */
    TRIES = 6,       /* until changes of tables leave time for a dump */
    PAUSE = 250000,  /* microseconds before the second: others often have several to make */
};

/* A dump that is being taken. */
typedef struct Dump {
    const DumpOptions *options;
    Manifest *manifest;  /* (nullable): of a stream */
    FingerprintRun *run; /* (nullable) */
    Toc *toc;            /* (nullable): while it is read */
    Plain *plain;        /* (nullable): of a plain dump */
    LockWatch *locks;
    ConnectionSettings *settings; /* by whose application_name our sessions are known */
    DumpOptions named;            /* with those */
    int64_t bytes;
} Dump;

static void free_dump(Dump *dump)
{
    fingerprint_run_free(dump->run);
    toc_free(dump->toc);
    plain_free(dump->plain);
    lock_watch_free(dump->locks);
    settings_free(dump->settings);
    manifest_free(dump->manifest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Dump, free_dump)

/* pg_dump's session and those of the fingerprint: to see what they wait for. */
static void name_sessions(Dump *dump, const DumpOptions *options, const Database *db)
{
    g_autofree char *name = g_strdup_printf("retort backup %d", database_backend_pid(db));
    dump->settings = settings_copy(options->settings);
    settings_set(dump->settings, "application_name", name);
    dump->named = *options;
    dump->named.settings = dump->settings;
    dump->options = &dump->named;
    dump->locks = lock_watch_new(options->settings, name, &options->meeting);
}

static void keep_sequence(Dump *dump, const char *statement)
{
    g_autoptr(SequenceSet) set = sequence_set_parse(statement);
    if (set == NULL || dump->manifest == NULL)
        return;
    ManifestSequence *sequence = g_new0(ManifestSequence, 1);
    sequence->name = g_steal_pointer(&set->name);
    sequence->value = set->value;
    sequence->called = set->called;
    g_ptr_array_add(dump->manifest->sequences, sequence);
}

static bool take_piece(const PlainPiece *piece, void *data, GError **error)
{
    (void)error;
    if (piece->kind == PLAIN_STATEMENT)
        keep_sequence(data, piece->text);
    return true;
}

static bool feed_toc(Dump *dump, const char *bytes, size_t length, GError **error)
{
    TocProgress progress = TOC_MORE;
    if (!toc_feed(dump->toc, bytes, length, &progress, error))
        return false;
    if (progress == TOC_MORE)
        return true;
    const GPtrArray *entries = toc_entries(dump->toc);
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        if (g_strcmp0(entry->type, "SEQUENCE SET") == 0 && entry->statement != NULL)
            keep_sequence(dump, entry->statement);
    }
    g_clear_pointer(&dump->toc, toc_free);
    return true;
}

/* Reads along what pg_dump writes. */
static bool look_into(Dump *dump, const char *bytes, size_t length, GError **error)
{
    if (dump->toc != NULL)
        return feed_toc(dump, bytes, length, error);
    return dump->plain == NULL || plain_feed(dump->plain, bytes, length, error);
}

static void tell(const Dump *dump)
{
    DumpStanding standing = {.dumped = dump->bytes};
    if (dump->run != NULL)
        fingerprint_progress(dump->run, &standing.fingerprinted, &standing.whole);
    if (dump->options->progress != NULL)
        dump->options->progress(&standing, dump->options->data);
}

/* Returns: whether there is something to read, or the end of it. */
static bool wait_a_little(const Child *child)
{
    struct pollfd one = {.fd = child_out(child), .events = POLLIN};
    return poll(&one, 1, TELL_EACH) > 0;
}

/* Who holds the lock up is said, where it is known. */
static bool fail_fingerprint(const Dump *dump, GError **error)
{
    const char *who = lock_watch_who(dump->locks);
    fingerprint_free(fingerprint_end(dump->run, error));
    if (who != NULL && error != NULL && g_error_matches(*error, APP_ERROR, APP_ERROR_LOCKED))
        error_add_hint(error, "it waited for %s", who);
    return false;
}

/* Nothing comes: it may wait for a lock. Returns: whether there is still something to wait for. */
static bool look_around(Dump *dump, GError **error)
{
    if (dump->run != NULL && fingerprint_has_failed(dump->run))
        return fail_fingerprint(dump, error);
    lock_watch_look(dump->locks);
    return true;
}

/* All that the child writes goes to @sink; NULL where it writes files of its own. */
static bool pump(Dump *dump, Child *child, Sink *sink, GError **error)
{
    g_autofree char *block = g_malloc(BLOCK);
    gint64 told = g_get_monotonic_time();
    for (;;) {
        ssize_t got = 0;
        if (wait_a_little(child)) {
            got = child_read(child, block, BLOCK, error);
            if (got <= 0)
                return got == 0;
            dump->bytes += got;
            if (!look_into(dump, block, (size_t)got, error) ||
                (sink != NULL && !sink_write(sink, block, (size_t)got, error)))
                return false;
        } else if (!look_around(dump, error)) {
            return false;
        }
        if (g_get_monotonic_time() - told >= (gint64)TELL_EACH * 1000) {
            told = g_get_monotonic_time();
            tell(dump);
        }
    }
}

/* Pumps until the child has ended well. What it says itself goes before what follows from its end.
 */
static bool run_child(Dump *dump, Child *child, Sink *sink, GError **error)
{
    return pump(dump, child, sink, error) && child_end(child, error);
}

static bool dump_to_file(Dump *dump, Child *child, const char *folder, const char *stem,
                         GError **error)
{
    ManifestFile *file = g_new0(ManifestFile, 1);
    g_ptr_array_add(dump->manifest->files, file);
    g_autoptr(Sink) sink = dump_file_open(dump->options, folder, stem, file, error);
    return sink != NULL && run_child(dump, child, sink, error) && sink_end(sink, error);
}

static bool read_directory_toc(Dump *dump, const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "dump", "toc.dat", NULL);
    size_t length = 0;
    g_autofree char *bytes = file_read(path, &length, error);
    return bytes != NULL && look_into(dump, bytes, length, error);
}

/* Its files are pg_dump's own: they are read once more for their checksums. */
static bool dump_to_directory(Dump *dump, Child *child, const char *folder, GError **error)
{
    if (!run_child(dump, child, NULL, error) || !read_directory_toc(dump, folder, error))
        return false;
    return checksum_folder(folder, "dump", dump->manifest->files, error);
}

/* A transaction that shows what all others see. */
static bool share_snapshot(Database *db, const char *snapshot, GError **error)
{
    g_autoptr(GString) sql = g_string_new("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;");
    sql_append(sql, "SET TRANSACTION SNAPSHOT %L;", snapshot);
    g_string_append(sql, "SET LOCAL search_path = pg_catalog");
    return database_execute(db, sql->str, error);
}

static char *now_text(void)
{
    return moment_format(g_get_real_time() / G_USEC_PER_SEC);
}

static void begin_reading(Dump *dump)
{
    if (dump->options->format == DUMP_PLAIN)
        dump->plain = plain_new(take_piece, dump);
    else
        dump->toc = toc_new();
}

static bool end_reading(Dump *dump, GError **error)
{
    if (dump->plain != NULL)
        return plain_end(dump->plain, error);
    if (dump->toc == NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                "pg_dump ended in the middle of its table of contents");
    return false;
}

static bool take_fingerprint(Dump *dump, GError **error)
{
    g_autoptr(Fingerprint) fingerprint = fingerprint_end(dump->run, error);
    if (fingerprint == NULL)
        return false;
    g_ptr_array_unref(dump->manifest->tables);
    dump->manifest->tables = g_ptr_array_ref(fingerprint->tables);
    dump->manifest->large_objects = fingerprint->large_objects;
    fingerprint->large_objects.hash = NULL;
    return true;
}

static void describe(Manifest *manifest, const DumpOptions *options, const char *id)
{
    manifest->id = g_strdup(id);
    manifest->engine = g_strdup("pg_dump");
    manifest->format = g_strdup(dump_format_name(options->format));
    manifest->compression = g_strdup(compression_name(options->compression));
    manifest->encryption = options->recipients != NULL ? g_strdup("age") : NULL;
    for (const char *const *to = options->recipients; to != NULL && *to != NULL; to++)
        g_ptr_array_add(manifest->recipients, g_strdup(*to));
    manifest->retort = g_strdup(RETORT_VERSION);
    manifest->began = now_text();
}

static bool dump_files(Dump *dump, const DumpProgram *program, const char *snapshot,
                       const char *folder, GError **error)
{
    const DumpOptions *options = dump->options;
    const bool directory = options->format == DUMP_DIRECTORY;
    g_autofree char *below = directory ? g_build_filename(folder, "dump", NULL) : NULL;
    g_autoptr(Child) child = dump_program_start(program, options, snapshot, below, error);
    if (child == NULL)
        return false;
    if (directory)
        return dump_to_directory(dump, child, folder, error);
    return dump_to_file(dump, child, folder,
                        options->format == DUMP_PLAIN ? "dump.sql" : "dump.pgdump", error);
}

static int64_t sum_of_files(const Manifest *manifest)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < manifest->files->len; i++)
        sum += ((const ManifestFile *)manifest->files->pdata[i])->bytes;
    return sum;
}

/* The session lasts as long as the dump, most of it idle. */
static Database *open_session(const DumpOptions *options, GError **error)
{
    g_autoptr(Database) db = database_open(options->settings, error);
    return db != NULL && database_lift_limits(db, error) ? g_steal_pointer(&db) : NULL;
}

/* (nullable) (transfer none): the snapshot, in which all tables are locked. */
static const char *hold(Dump *dump, GError **error)
{
    const unsigned jobs = dump->options->jobs;
    dump->run = fingerprint_begin(&(FingerprintOptions){dump->settings, NULL, jobs});
    while (!fingerprint_hold(dump->run, TELL_EACH))
        lock_watch_look(dump->locks);
    const char *snapshot = fingerprint_snapshot(dump->run);
    if (snapshot == NULL)
        fail_fingerprint(dump, error);
    return snapshot;
}

/* Whether a session waits to change a table that the dump holds: pg_dump does not get past it. */
static bool is_waited_for(Database *db)
{
    static const char sql[] =
        "SELECT count(*) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d"
        " ON d.oid = l.database WHERE d.datname = pg_catalog.current_database()"
        " AND NOT l.granted AND l.mode = 'AccessExclusiveLock'";
    g_autofree char *count = database_query_value(db, sql, NULL, 0, NULL);
    return count != NULL && !g_str_equal(count, "0");
}

/* Where and by what it is dumped. */
typedef struct Place {
    Database *db;
    const DumpProgram *program;
    const char *folder, *id;
} Place;

static bool hash_schema(const DumpOptions *options, Manifest *manifest, GError **error)
{
    if (options->hash_schema == NULL)
        return true;
    manifest->schema_hash = options->hash_schema(options->hash_data, error);
    return manifest->schema_hash != NULL;
}

/* @out_again: whether another attempt may do, once this one's locks are gone. */
static Manifest *attempt(const DumpOptions *options, const Place *at, bool *out_again,
                         GError **error)
{
    g_auto(Dump) dump = {.manifest = manifest_new()};
    name_sessions(&dump, options, at->db);
    describe(dump.manifest, options, at->id);
    dump.manifest->program = g_strdup(at->program->version);
    if (!globals_dump(options, at->db, at->folder, dump.manifest, error))
        return NULL;
    const char *snapshot = hold(&dump, error);
    if (snapshot == NULL || !share_snapshot(at->db, snapshot, error) ||
        !facts_read(at->db, options->version_table, dump.manifest, error))
        return NULL;
    begin_reading(&dump);
    if (!hash_schema(options, dump.manifest, error) ||
        !dump_files(&dump, at->program, snapshot, at->folder, error)) {
        *out_again = is_waited_for(at->db);
        return NULL;
    }
    if (!end_reading(&dump, error) || !take_fingerprint(&dump, error) ||
        !database_execute(at->db, "COMMIT", error))
        return NULL;
    dump.manifest->stored_bytes = sum_of_files(dump.manifest);
    return g_steal_pointer(&dump.manifest);
}

/* What an attempt has written: all names that a dump's files can have. */
static bool clear_folder(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;
    if (!tree_names(folder, &names, error))
        return false;
    for (unsigned i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        bool ours = g_str_has_prefix(names->pdata[i], "dump") ||
                    g_str_has_prefix(names->pdata[i], "globals");
        if (ours && !file_remove_tree(path, error))
            return false;
    }
    return true;
}

/*
 * Behind a session that waits to change a table pg_dump would wait for it, it for us, and everybody
 * who reads the table for both. So pg_dump gives up soon; the change goes first, and all begins
 * again with a new snapshot.
 */
static Manifest *attempt_often(const DumpOptions *options, const Place *at, GError **error)
{
    for (unsigned tries = 1;; tries++) {
        bool again = false;
        g_autoptr(GError) reason = NULL;
        Manifest *manifest = attempt(options, at, &again, &reason);
        if (manifest != NULL)
            return manifest;
        if (!again || tries == TRIES || !database_execute(at->db, "ROLLBACK", NULL)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return NULL;
        }
        if (options->meeting.waiting != NULL)
            options->meeting.waiting("a change of a table, and begins again",
                                     options->meeting.data);
        if (!clear_folder(at->folder, error))
            return NULL;
        g_usleep((gulong)PAUSE << tries);
    }
}

Manifest *dump_into(const DumpOptions *options, const char *folder, const char *id, GError **error)
{
    gint64 began = g_get_monotonic_time();
    g_autoptr(Database) db = open_session(options, error);
    g_autoptr(DumpProgram) program =
        db == NULL ? NULL : dump_program_find(options->environment, database_version(db), error);
    if (program == NULL || !dump_program_check(program, options, error) ||
        !globals_check(options, db, error) ||
        !meeting_enter(db, MEETING_DUMP, &options->meeting, error))
        return NULL;
    Manifest *manifest = attempt_often(options, &(Place){db, program, folder, id}, error);
    if (manifest == NULL)
        return NULL;
    /* Not only with the session, whose end the server sees later than who runs revisions now. */
    meeting_leave(db, MEETING_DUMP);
    manifest->ended = now_text();
    manifest->seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
    return manifest;
}

bool dump_stream(const DumpOptions *options, int descriptor, GError **error)
{
    g_assert(options->format == DUMP_PLAIN);
    g_autoptr(Database) db = open_session(options, error);
    g_autoptr(DumpProgram) program =
        db == NULL ? NULL : dump_program_find(options->environment, database_version(db), error);
    g_auto(Dump) dump = {0};
    if (program == NULL)
        return false;
    name_sessions(&dump, options, db);
    bool ready = meeting_enter(db, MEETING_DUMP, &options->meeting, error);
    g_autoptr(Child) child =
        !ready ? NULL : dump_program_start(program, dump.options, NULL, NULL, error);
    if (child == NULL)
        return false;
    begin_reading(&dump);
    g_autoptr(Sink) sink = sink_descriptor_new(descriptor);
    return run_child(&dump, child, sink, error) && end_reading(&dump, error) &&
           sink_end(sink, error);
}
