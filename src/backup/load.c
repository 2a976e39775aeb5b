#include "backup/load.h"

#include "backup/archive_list.h"
#include "backup/origin.h"
#include "backup/plain_load.h"
#include "backup/verify.h"
#include "base/child.h"
#include "base/file.h"
#include "pg/binaries.h"

#include <poll.h>

enum {
    BLOCK = 262144,
    LOOK_EACH = 500, /* milliseconds between two looks at how large the database is */
};

/* (transfer full): what database_lift_limits() does, for a program; pg_restore itself does the
 * rest.
 */
static ConnectionSettings *lift_limits(const LoadOptions *options, const Database *db)
{
    const bool knows_idle = database_version(db) >= 140000;
    g_autoptr(ConnectionSettings) resolved = database_settings(db);
    const char *said = settings_get(resolved, "options");
    g_autofree char *words =
        g_strconcat(said != NULL ? said : "", " -c default_transaction_read_only=off",
                    knows_idle ? " -c idle_session_timeout=0" : "", NULL);
    ConnectionSettings *lifted = settings_copy(options->settings);
    settings_set(lifted, "options", words);
    return lifted;
}

/* pg_restore of the server's major version or a newer one; it reads what its own and older pg_dumps
 * wrote. @out_settings: (transfer full): for it */
static char *find_program(const LoadOptions *options, ConnectionSettings **out_settings,
                          GError **error)
{
    g_autoptr(Database) db = database_open(options->settings, error);
    if (db == NULL)
        return NULL;
    char *program = binaries_find_client(options->environment, "pg_restore",
                                         database_version(db) / 10000, error);
    if (program != NULL)
        *out_settings = lift_limits(options, db);
    return program;
}

static void add(GPtrArray *words, const char *word)
{
    g_ptr_array_add(words, g_strdup(word));
}

/* @path: (nullable): a folder; else the dump comes by a pipe. @list: (nullable): what of it. */
static Child *start_restore(const LoadOptions *options, const char *path, const char *list,
                            GError **error)
{
    g_autoptr(ConnectionSettings) settings = NULL;
    g_autofree char *program = find_program(options, &settings, error);
    if (program == NULL)
        return NULL;
    g_autofree char *conninfo = settings_conninfo(settings);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    add(words, program);
    add(words, "--exit-on-error");
    add(words, "--no-password");
    g_ptr_array_add(words, g_strconcat("--dbname=", conninfo, NULL));
    if (options->without_owners) {
        add(words, "--no-owner");
        add(words, "--no-privileges");
    }
    if (list != NULL)
        add(words, "--use-list=" PROCESS_LIST);
    if (path != NULL) {
        g_ptr_array_add(words, g_strdup_printf("--jobs=%u", options->jobs));
        add(words, path);
    }
    g_ptr_array_add(words, NULL);
    g_auto(GStrv) ours = g_get_environ();
    g_auto(GStrv) variables = settings_environment(settings, ours);
    const ProcessStart how = {
        .words = (const char *const *)words->pdata, .environment = variables, .list = list};
    return child_start(&how, path == NULL ? CHILD_IN : CHILD_OUT, error);
}

/* What pg_restore refuses, the server refuses, or it is no dump: not the program's own end. */
static bool end_restore(Child *child, GError **error)
{
    bool ended = child_end(child, error);
    if (!ended && error != NULL && child_refused(child))
        (*error)->code = APP_ERROR_SQL;
    return ended;
}

/* What takes the dump: pg_restore, or a session. */
typedef struct Loader {
    const LoadOptions *options;
    ArchiveList *list; /* (nullable): what of an archive is needed is not known yet */
    Child *child;      /* (nullable) */
    Database *db;      /* (nullable) */
    PlainLoad *plain;  /* (nullable): of @db */
    Toc *toc;          /* (nullable): while it is read */
    size_t skip;       /* bytes before the table of contents */
    bool finished;     /* pg_restore has all that it wants */
    int64_t bytes;
} Loader;

static void clear_loader(Loader *loader)
{
    archive_list_free(loader->list);
    child_free(loader->child);
    toc_free(loader->toc);
    plain_load_free(loader->plain);
    database_close(loader->db);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Loader, clear_loader)

/* What it says of the database as a whole. One that is not understood here pg_restore may know. */
static void read_toc(Loader *loader, const char *bytes, size_t length)
{
    g_autoptr(GError) unknown = NULL;
    TocProgress progress = TOC_MORE;
    if (loader->toc == NULL)
        return;
    bool good = toc_feed(loader->toc, bytes, length, &progress, &unknown);
    if (good && progress == TOC_WHOLE)
        origin_list_statements(loader->toc, loader->options->about);
    if (!good || progress == TOC_WHOLE)
        g_clear_pointer(&loader->toc, toc_free);
}

/* The first bytes tell who is to take it. */
static bool begin(Loader *loader, const char *bytes, size_t length, GError **error)
{
    int head = origin_archive_head(bytes, length);
    if (head >= 0 && loader->options->tables != NULL) {
        loader->list = archive_list_new(loader->options->tables, (size_t)head);
        return true;
    }
    if (head >= 0) {
        loader->toc = loader->options->about != NULL ? toc_new() : NULL;
        loader->skip = (size_t)head;
        loader->child = start_restore(loader->options, NULL, NULL, error);
        return loader->child != NULL;
    }
    loader->db = database_open(loader->options->settings, error);
    if (loader->db == NULL || !database_lift_limits(loader->db, error) ||
        !database_execute(loader->db, "SET synchronous_commit = off", error))
        return false;
    loader->plain =
        plain_load_new(loader->db, loader->options->without_owners, loader->options->about);
    return true;
}

static bool give_child(Loader *loader, const void *bytes, size_t length, GError **error)
{
    /* Behind the last object a tar has more. That pg_restore takes no more is no error if it ends
     * well. */
    if (loader->finished || child_write(loader->child, bytes, length, NULL))
        return true;
    loader->finished = end_restore(loader->child, error);
    return loader->finished;
}

/* What is needed is known: pg_restore begins, and gets what was held back for that. */
static bool begin_listed(Loader *loader, GError **error)
{
    g_autoptr(ArchiveList) list = g_steal_pointer(&loader->list);
    g_autofree char *text = archive_list_text(list);
    loader->child = start_restore(loader->options, NULL, text, error);
    const GByteArray *held = archive_list_bytes(list);
    return loader->child != NULL && give_child(loader, held->data, held->len, error);
}

static bool give(Loader *loader, const char *bytes, size_t length, GError **error)
{
    if (loader->plain != NULL)
        return plain_load_feed(loader->plain, bytes, length, error);
    if (loader->list != NULL)
        return archive_list_feed(loader->list, bytes, length) || begin_listed(loader, error);
    read_toc(loader, bytes + loader->skip, length - loader->skip);
    loader->skip = 0;
    return give_child(loader, bytes, length, error);
}

static bool end(Loader *loader, GError **error)
{
    if (loader->plain != NULL)
        return plain_load_end(loader->plain, error);
    if (loader->list != NULL && !begin_listed(loader, error))
        return false;
    if (loader->child != NULL)
        return loader->finished || end_restore(loader->child, error);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "there is nothing to restore: it is empty");
    return false;
}

/* As many bytes as there are, up to the whole block: so the first tells what it is. */
static ssize_t read_block(Source *source, char *block, GError **error)
{
    size_t length = 0;
    while (length < BLOCK) {
        ssize_t got = source_read(source, block + length, BLOCK - length, error);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    return (ssize_t)length;
}

/* How much of the stored file was read tells how far it is, however it is compressed. */
static void tell(const Loader *loader, const Source *source)
{
    LoadStanding standing = {.bytes = loader->bytes};
    source_progress(source, &standing.taken, &standing.whole);
    if (loader->options->progress != NULL)
        loader->options->progress(&standing, loader->options->data);
}

static bool load_source(const LoadOptions *options, Source *source, GError **error)
{
    g_auto(Loader) loader = {.options = options};
    g_autofree char *block = g_malloc(BLOCK);
    for (;;) {
        ssize_t got = read_block(source, block, error);
        if (got < 0)
            return false;
        if (got == 0)
            return end(&loader, error);
        if (loader.bytes == 0 && !begin(&loader, block, (size_t)got, error))
            return false;
        loader.bytes += got;
        tell(&loader, source);
        if (!give(&loader, block, (size_t)got, error))
            return false;
    }
}

/* How large the database is now tells how far pg_restore is, which reads the files itself. */
static void look(const LoadOptions *options, Database *db, int64_t whole)
{
    g_autofree char *size =
        db == NULL ? NULL
                   : database_query_value(
                         db, "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())",
                         NULL, 0, NULL);
    if (size == NULL || options->progress == NULL)
        return;
    gint64 bytes = g_ascii_strtoll(size, NULL, 10);
    options->progress(&(LoadStanding){bytes, whole > 0 ? MIN(bytes, whole) : bytes, whole},
                      options->data);
}

static bool await_end(const LoadOptions *options, Child *child, int64_t whole, GError **error)
{
    g_autoptr(Database) db =
        options->progress != NULL ? database_open(options->settings, NULL) : NULL;
    struct pollfd out = {.fd = child_out(child), .events = POLLIN};
    char said[256];
    for (;;) {
        if (poll(&out, 1, LOOK_EACH) <= 0)
            look(options, db, whole);
        else if (child_read(child, said, sizeof said, NULL) <= 0)
            return end_restore(child, error);
    }
}

/* @out_list: (transfer full) (nullable): what of it is needed; %NULL: all. */
static bool read_directory_toc(Loader *loader, const char *path, char **out_list, GError **error)
{
    g_autofree char *file = g_build_filename(path, "toc.dat", NULL);
    size_t length = 0;
    g_autofree char *bytes = file_read(file, &length, error);
    if (bytes == NULL)
        return false;
    read_toc(loader, bytes, length);
    if (loader->options->tables == NULL)
        return true;
    g_autoptr(ArchiveList) list = archive_list_new(loader->options->tables, 0);
    archive_list_feed(list, bytes, length);
    *out_list = archive_list_text(list);
    return true;
}

static bool load_directory(const LoadOptions *options, const char *path, int64_t size,
                           GError **error)
{
    g_auto(Loader) loader = {.options = options, .toc = options->about != NULL ? toc_new() : NULL};
    g_autofree char *list = NULL;
    if ((loader.toc != NULL || options->tables != NULL) &&
        !read_directory_toc(&loader, path, &list, error))
        return false;
    loader.child = start_restore(options, path, list, error);
    return loader.child != NULL && await_end(options, loader.child, size, error);
}

static bool load_checked_directory(const LoadOptions *options, const Backup *backup, GError **error)
{
    g_autoptr(GPtrArray) faults = NULL;
    if (!backup_verify(backup, NULL, NULL, &faults, error))
        return false;
    if (faults->len > 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "%s", (char *)faults->pdata[0]);
        return false;
    }
    g_autofree char *path = g_build_filename(backup->folder, "dump", NULL);
    return load_directory(options, path, backup->manifest->database_bytes, error);
}

bool load_backup(const LoadOptions *options, const Backup *backup, GError **error)
{
    const Manifest *manifest = backup->manifest;
    if (g_str_equal(manifest->format, "directory"))
        return load_checked_directory(options, backup, error);
    const ManifestFile *file = NULL;
    for (unsigned i = 0; i < manifest->files->len && file == NULL; i++) {
        const ManifestFile *one = manifest->files->pdata[i];
        file = g_str_has_prefix(one->name, "dump.") ? one : NULL;
    }
    if (file == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "backup \"%s\" names no dump", backup->id);
        return false;
    }
    g_autofree char *path = g_build_filename(backup->folder, file->name, NULL);
    g_autoptr(Source) source = source_file_new(path, file, error);
    if (source != NULL)
        source = source_open(g_steal_pointer(&source), options->identities, error);
    return source != NULL && load_source(options, source, error);
}

bool load_from(const LoadOptions *options, const RestoreFrom *from, GError **error)
{
    if (from->source != NULL)
        return load_source(options, from->source, error);
    if (from->directory != NULL)
        return load_directory(options, from->directory, 0, error);
    return load_backup(options, from->backup, error);
}
