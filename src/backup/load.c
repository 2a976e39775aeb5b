#include "backup/load.h"

#include "backup/archive_list.h"
#include "backup/directory_load.h"
#include "backup/origin.h"
#include "backup/plain_load.h"
#include "backup/restore_program.h"

enum { BLOCK = 262144 };

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
        loader->child = restore_program_start(loader->options, NULL, 1, NULL, error);
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
    loader->finished = restore_program_end(loader->child, error);
    return loader->finished;
}

/* What is needed is known: pg_restore begins, and gets what was held back for that. */
static bool begin_listed(Loader *loader, GError **error)
{
    g_autoptr(ArchiveList) list = g_steal_pointer(&loader->list);
    g_autofree char *text = archive_list_text(list);
    loader->child = restore_program_start(loader->options, NULL, 1, text, error);
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
        return loader->finished || restore_program_end(loader->child, error);
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

bool load_backup(const LoadOptions *options, const Backup *backup, GError **error)
{
    const Manifest *manifest = backup->manifest;
    if (g_str_equal(manifest->format, "directory"))
        return directory_load_backup(options, backup, error);
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
        return directory_load(options, from->directory, error);
    return load_backup(options, from->backup, error);
}
