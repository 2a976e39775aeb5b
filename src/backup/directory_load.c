#include "backup/directory_load.h"

#include "backup/archive_list.h"
#include "backup/member_rows.h"
#include "backup/origin.h"
#include "backup/restore_program.h"
#include "backup/table_rows.h"
#include "backup/verify.h"
#include "base/file.h"
#include "base/interrupt.h"

#include <poll.h>

enum { LOOK_EACH = 500 /* milliseconds between two looks at how large the database is */ };

/* What is loaded, and how far it is. */
typedef struct DirectoryLoad {
    const LoadOptions *options;
    const char *path;
    Database *db;  /* (nullable): to look with */
    int64_t whole; /* bytes of the database that was dumped; 0 if it is not known */
} DirectoryLoad;

static void directory_load_clear(DirectoryLoad *load)
{
    database_close(load->db);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DirectoryLoad, directory_load_clear)

/* The size of the database tells how far it is. */
static void look(void *data)
{
    const DirectoryLoad *load = data;
    const int64_t whole = load->whole;
    g_autofree char *size =
        load->db == NULL
            ? NULL
            : database_query_value(
                  load->db, "SELECT pg_catalog.pg_database_size(pg_catalog.current_database())",
                  NULL, 0, NULL);
    if (size == NULL)
        return;
    const int64_t bytes = g_ascii_strtoll(size, NULL, 10);
    load->options->progress(&(LoadStanding){bytes, whole > 0 ? MIN(bytes, whole) : bytes, whole},
                            load->options->data);
}

/* @list: (nullable): what of it. */
static bool run_program(DirectoryLoad *load, unsigned jobs, const char *list, GError **error)
{
    g_autoptr(Child) child = restore_program_start(load->options, load->path, jobs, list, error);
    if (child == NULL)
        return false;
    struct pollfd out = {.fd = child_out(child), .events = POLLIN};
    char said[256];
    for (;;) {
        if (poll(&out, 1, LOOK_EACH) <= 0)
            look(load);
        else if (child_read(child, said, sizeof said, NULL) <= 0)
            return restore_program_end(child, error);
    }
}

/* @out_toc: (transfer full) (nullable): %NULL if it is not understood here; pg_restore may. */
static bool read_toc(const char *path, Toc **out_toc, GError **error)
{
    g_autofree char *file = g_build_filename(path, "toc.dat", NULL);
    g_autoptr(GError) unknown = NULL;
    g_autoptr(Toc) toc = toc_new();
    TocProgress progress = TOC_MORE;
    size_t length = 0;
    g_autofree char *bytes = file_read(file, &length, error);
    if (bytes == NULL)
        return false;
    *out_toc = toc_feed(toc, bytes, length, &progress, &unknown) && progress == TOC_WHOLE
                   ? g_steal_pointer(&toc)
                   : NULL;
    return true;
}

static bool is_read_later(const ManifestFile *file, const void *data)
{
    return table_rows_check(data, file);
}

/* @rows: (nullable): what they read is left out. */
static bool verify_rest(const Backup *backup, const TableRows *rows, GError **error)
{
    g_autoptr(GPtrArray) faults = NULL;
    if (!backup_verify_rest(backup, rows != NULL ? is_read_later : NULL, rows, &faults, error))
        return false;
    if (faults->len > 0)
        g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "%s", (char *)faults->pdata[0]);
    return faults->len == 0;
}

/* The parts of a dump, one after the other. */
typedef enum Part {
    PART_TABLES,  /* and all else that rows need */
    PART_MEMBERS, /* rows of extensions' tables */
    PART_ROWS,    /* loaded here */
    PART_REST,    /* rights last, as pg_restore does: who restores may have none of them */
} Part;

/* @rows: (nullable): what is loaded here. */
typedef struct Parts {
    const GPtrArray *entries;
    GHashTable *members;
    TableRows *rows;
} Parts;

static Part part_of(const Parts *parts, const TocEntry *entry)
{
    if (entry->section == TOC_BEFORE_DATA)
        return PART_TABLES;
    if (g_hash_table_contains(parts->members, entry))
        return PART_MEMBERS;
    return table_rows_have(parts->rows, entry) ? PART_ROWS : PART_REST;
}

static bool run_part(DirectoryLoad *load, const Parts *parts, Part part, unsigned jobs,
                     GError **error)
{
    g_autoptr(GString) list = g_string_new("");
    for (unsigned i = 0; i < parts->entries->len; i++) {
        const TocEntry *entry = parts->entries->pdata[i];
        if (part_of(parts, entry) == part)
            g_string_append_printf(list, "%d;\n", entry->id);
    }
    return run_program(load, jobs, list->str, error);
}

static bool load_in_parts(DirectoryLoad *load, const Parts *parts, GError **error)
{
    return run_part(load, parts, PART_TABLES, 1, error) &&
           (g_hash_table_size(parts->members) == 0 ||
            run_part(load, parts, PART_MEMBERS, 1, error)) &&
           (parts->rows == NULL ||
            table_rows_load(parts->rows, load->options, look, load, error)) &&
           run_part(load, parts, PART_REST, load->options->jobs, error);
}

/* @backup: (nullable): that it is of. */
static bool load_toc(DirectoryLoad *load, const Toc *toc, const Backup *backup, GError **error)
{
    const LoadOptions *options = load->options;
    const GPtrArray *entries = toc_entries(toc);
    if (options->about != NULL)
        origin_list_statements(toc, options->about);
    g_autofree char *list =
        options->tables != NULL ? archive_list_choose(entries, options->tables) : NULL;
    const bool in_parts = options->tables == NULL && options->jobs > 1;
    const Manifest *manifest = backup != NULL ? backup->manifest : NULL;
    g_autoptr(GHashTable) members = member_rows_find(entries);
    g_autoptr(TableRows) rows =
        in_parts ? table_rows_new(entries, members, manifest, load->path) : NULL;
    if (backup != NULL && !verify_rest(backup, rows, error))
        return false;
    const Parts parts = {entries, members, rows};
    return in_parts ? load_in_parts(load, &parts, error)
                    : run_program(load, options->jobs, list, error);
}

static bool load_folder(const LoadOptions *options, const char *path, const Backup *backup,
                        GError **error)
{
    g_auto(DirectoryLoad) load = {
        .options = options,
        .path = path,
        .db = options->progress != NULL ? database_open(options->settings, NULL) : NULL,
        .whole = backup != NULL ? backup->manifest->database_bytes : 0,
    };
    g_autoptr(Toc) toc = NULL;
    if (!read_toc(path, &toc, error))
        return false;
    if (toc != NULL)
        return load_toc(&load, toc, backup, error);
    return (backup == NULL || verify_rest(backup, NULL, error)) &&
           run_program(&load, options->jobs, NULL, error);
}

bool directory_load(const LoadOptions *options, const char *path, GError **error)
{
    return load_folder(options, path, NULL, error);
}

/* What was read may have been damaged, whatever else was the first to say so. */
bool directory_load_backup(const LoadOptions *options, const Backup *backup, GError **error)
{
    g_autofree char *path = g_build_filename(backup->folder, "dump", NULL);
    g_autoptr(GError) reason = NULL;
    if (load_folder(options, path, backup, &reason))
        return true;
    if (interrupt_signal() == 0 && !verify_rest(backup, NULL, error))
        return false;
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}
