#include "backup/origin.h"

#include "archive/plain.h"
#include "backup/about_database.h"
#include "base/file.h"
#include "sql/quote.h"
#include "sql/split.h"

#include <string.h>

enum {
    BLOCK = 262144,
    TAR_MAGIC = 257, /* where a tar's first header says "ustar" */
    TAR_HEAD = 512,  /* bytes of that header */
};

void origin_clear(Origin *origin)
{
    scratch_shape_clear(&origin->shape);
    g_clear_pointer(&origin->roles, g_ptr_array_unref);
}

static void add_role(Origin *origin, const char *name)
{
    if (origin->roles == NULL)
        origin->roles = g_ptr_array_new_with_free_func(g_free);
    if (name != NULL && *name != '\0' &&
        !g_ptr_array_find_with_equal_func(origin->roles, name, g_str_equal, NULL))
        g_ptr_array_add(origin->roles, g_strdup(name));
}

void origin_of_manifest(const Manifest *manifest, Origin *origin)
{
    origin->shape = (ScratchShape){
        .encoding = g_strdup(manifest->encoding),
        .collate = g_strdup(manifest->collate),
        .ctype = g_strdup(manifest->ctype),
        .provider = g_strdup(manifest->locale_provider),
        .locale = g_strdup(manifest->icu_locale),
    };
    for (unsigned i = 0; i < manifest->roles->len; i++)
        add_role(origin, manifest->roles->pdata[i]);
}

int origin_archive_head(const char *bytes, size_t length)
{
    static const char custom[] = "PGDMP", tar[] = "ustar";
    if (length >= strlen(custom) && memcmp(bytes, custom, strlen(custom)) == 0)
        return 0;
    bool is_tar = length >= TAR_HEAD && memcmp(bytes + TAR_MAGIC, tar, strlen(tar)) == 0;
    return is_tar ? TAR_HEAD : -1;
}

static bool is_database(const TocEntry *entry)
{
    return g_str_equal(entry->type, "DATABASE");
}

static void list_statements_of(const TocEntry *entry, GPtrArray *statements)
{
    g_autoptr(GPtrArray) parts =
        split_statements(entry->statement, strlen(entry->statement), 1, NULL);
    for (unsigned i = 0; parts != NULL && i < parts->len; i++) {
        const Statement *part = parts->pdata[i];
        if (about_database(part->text))
            g_ptr_array_add(statements, g_strdup(part->text));
    }
}

/* Only some kinds can be about the database: not all statements of a large dump are looked at. */
void origin_list_statements(const Toc *toc, GPtrArray *statements)
{
    static const char *const kinds[] = {"DATABASE PROPERTIES", "ACL", "COMMENT", "SECURITY LABEL",
                                        NULL};
    const GPtrArray *entries = toc_entries(toc);
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        if (is_database(entry) && entry->owner != NULL && *entry->owner != '\0') {
            g_autoptr(GString) sql = g_string_new(NULL);
            sql_append(sql, "ALTER DATABASE %I OWNER TO %I", entry->name, entry->owner);
            g_ptr_array_insert(statements, 0, g_strdup(sql->str));
        } else if (g_strv_contains(kinds, entry->type) && entry->statement != NULL &&
                   (entry->schema == NULL || *entry->schema == '\0')) {
            list_statements_of(entry, statements);
        }
    }
}

static void read_entries(const Toc *toc, Origin *origin)
{
    const GPtrArray *entries = toc_entries(toc);
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        add_role(origin, entry->owner);
        if (!is_database(entry) || entry->statement == NULL)
            continue;
        scratch_shape_clear(&origin->shape);
        about_database_shape(entry->statement, &origin->shape);
    }
}

static bool take_piece(const PlainPiece *piece, void *data, GError **error)
{
    (void)error;
    Origin *origin = data;
    ScratchShape shape = {0};
    if (piece->kind == PLAIN_STATEMENT && about_database(piece->text) &&
        about_database_shape(piece->text, &shape)) {
        scratch_shape_clear(&origin->shape);
        origin->shape = shape;
    }
    return true;
}

/* (transfer full): as many bytes as there are, up to a block. */
static bool read_more(Source *source, GByteArray *head, GError **error)
{
    g_autofree char *block = g_malloc(BLOCK);
    for (size_t length = 0; length < BLOCK;) {
        ssize_t got = source_read(source, block, BLOCK - length, error);
        if (got <= 0)
            return got == 0;
        g_byte_array_append(head, (const guint8 *)block, (guint)got);
        length += (size_t)got;
    }
    return true;
}

/* Reads on until the table of contents is whole. */
static bool read_archive(Source *source, GByteArray *head, size_t from, Origin *origin,
                         GError **error)
{
    g_autoptr(Toc) toc = toc_new();
    g_autoptr(GError) unknown = NULL; /* pg_restore may know it, or tells */
    TocProgress progress = TOC_MORE;
    while (head->len > from) {
        if (!toc_feed(toc, head->data + from, head->len - from, &progress, &unknown))
            return true;
        if (progress == TOC_WHOLE)
            break;
        from = head->len;
        if (!read_more(source, head, error))
            return false;
    }
    if (progress == TOC_WHOLE)
        read_entries(toc, origin);
    return true;
}

/* CREATE DATABASE is at the top, if it is there. */
static void read_plain(const GByteArray *head, Origin *origin)
{
    g_autoptr(Plain) plain = plain_new(take_piece, origin);
    g_autoptr(GError) unknown = NULL; /* it is told when it is loaded */
    if (!plain_feed(plain, (const char *)head->data, head->len, &unknown))
        g_debug("%s", unknown->message);
}

bool origin_of_source(Source **source, Origin *origin, GError **error)
{
    add_role(origin, NULL);
    g_autoptr(GByteArray) head = g_byte_array_new();
    if (!read_more(*source, head, error))
        return false;
    int from = origin_archive_head((const char *)head->data, head->len);
    if (from < 0)
        read_plain(head, origin);
    else if (!read_archive(*source, head, (size_t)from, origin, error))
        return false;
    *source = source_again_new(g_steal_pointer(&head), *source);
    return true;
}

bool origin_of_directory(const char *path, Origin *origin, GError **error)
{
    add_role(origin, NULL);
    g_autofree char *file = g_build_filename(path, "toc.dat", NULL);
    g_autoptr(Source) source = source_file_new(file, NULL, error);
    g_autoptr(GByteArray) head = g_byte_array_new();
    return source != NULL && read_more(source, head, error) &&
           read_archive(source, head, 0, origin, error);
}
