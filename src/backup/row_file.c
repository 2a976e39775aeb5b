#include "backup/row_file.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

static void row_file_free(void *data)
{
    RowFile *file = data;
    g_free(file->path);
    g_free(file);
}

static const ManifestFile *find_wanted(const Manifest *manifest, const char *name)
{
    g_autofree char *below = g_strconcat("dump/", name, NULL);
    for (unsigned i = 0; i < manifest->files->len; i++) {
        const ManifestFile *file = manifest->files->pdata[i];
        if (g_str_equal(file->name, below))
            return file;
    }
    return NULL;
}

/* Its table of contents does not say how it is compressed: its name on the disk does. */
static RowFile *find(const TocEntry *entry, Compression compression, const Manifest *manifest,
                     const char *folder)
{
    g_autofree char *name = g_strconcat(entry->file, compression_suffix(compression), NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    GStatBuf there;
    if (g_lstat(path, &there) != 0 || !S_ISREG(there.st_mode))
        return NULL;
    RowFile *file = g_new0(RowFile, 1);
    *file = (RowFile){
        .entry = entry,
        .path = g_steal_pointer(&path),
        .compression = compression,
        .wanted = manifest != NULL ? find_wanted(manifest, name) : NULL,
        .bytes = there.st_size,
    };
    return file;
}

static bool has_rows(const TocEntry *entry)
{
    return g_strcmp0(entry->type, "TABLE DATA") == 0 && entry->schema != NULL &&
           entry->name != NULL && entry->copy != NULL && entry->file != NULL &&
           strchr(entry->file, '/') == NULL;
}

static int largest_first(const void *left, const void *right)
{
    const RowFile *l = *(const RowFile *const *)left;
    const RowFile *r = *(const RowFile *const *)right;
    return l->bytes != r->bytes ? (l->bytes < r->bytes) - (l->bytes > r->bytes)
                                : (l->entry->id > r->entry->id) - (l->entry->id < r->entry->id);
}

GPtrArray *row_files_list(const GPtrArray *entries, GHashTable *but, const Manifest *manifest,
                          const char *folder)
{
    static const Compression compressions[] = {COMPRESSION_NONE, COMPRESSION_GZIP,
                                               COMPRESSION_ZSTD};
    GPtrArray *files = g_ptr_array_new_with_free_func(row_file_free);
    for (unsigned i = 0; i < entries->len; i++) {
        RowFile *file = NULL;
        if (!has_rows(entries->pdata[i]) || g_hash_table_contains(but, entries->pdata[i]))
            continue;
        for (size_t j = 0; j < G_N_ELEMENTS(compressions) && file == NULL; j++)
            file = find(entries->pdata[i], compressions[j], manifest, folder);
        if (file != NULL)
            g_ptr_array_add(files, file);
    }
    g_ptr_array_sort(files, largest_first);
    return files;
}

RowReader *row_file_open(const RowFile *file, GError **error)
{
    Source *source = source_file_new(file->path, file->wanted, error);
    if (source == NULL)
        return NULL;
    if (file->compression != COMPRESSION_NONE)
        source = source_decompress_new(file->compression, source);
    return row_reader_new(source);
}
