/*
 * Any bytes as the table of contents of a dump: in pieces it is the same as at once.
 */
#include "archive/toc.h"
#include "fuzz.h"

/* Feeds all bytes in pieces of @step. */
static Toc *read_in_pieces(const uint8_t *data, size_t size, size_t step, TocProgress *out_progress,
                           GError **error)
{
    g_autoptr(Toc) toc = toc_new();
    for (size_t at = 0; at < size; at += step)
        if (!toc_feed(toc, data + at, MIN(step, size - at), out_progress, error))
            break;
    return g_steal_pointer(&toc);
}

static void check_entry(const TocEntry *one, const TocEntry *other)
{
    g_assert_cmpint(one->id, >, 0);
    g_assert_cmpint(one->id, ==, other->id);
    g_assert_nonnull(one->name);
    g_assert_cmpstr(one->name, ==, other->name);
    g_assert_nonnull(one->type);
    g_assert_cmpstr(one->type, ==, other->type);
    g_assert_cmpstr(one->schema, ==, other->schema);
    g_assert_cmpstr(one->owner, ==, other->owner);
    g_assert_cmpstr(one->statement, ==, other->statement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TocProgress progress[2] = {TOC_MORE, TOC_MORE};
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) error_in_pieces = NULL;
    g_autoptr(Toc) toc = read_in_pieces(data, size, MAX(size, 1), &progress[0], &error);
    g_autoptr(Toc) pieces =
        read_in_pieces(data, size, 1 + size % 5, &progress[1], &error_in_pieces);
    g_assert_cmpstr(error == NULL ? NULL : error->message, ==,
                    error_in_pieces == NULL ? NULL : error_in_pieces->message);
    g_assert_true(error != NULL || progress[0] == progress[1]);
    g_assert_cmpstr(toc_database(toc), ==, toc_database(pieces));
    g_assert_cmpuint(toc_entries(toc)->len, ==, toc_entries(pieces)->len);
    for (unsigned i = 0; i < toc_entries(toc)->len; i++)
        check_entry(toc_entries(toc)->pdata[i], toc_entries(pieces)->pdata[i]);
    return 0;
}
