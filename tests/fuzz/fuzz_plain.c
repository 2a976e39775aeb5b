/*
 * Any bytes as a plain dump: pieces lie in order, none is empty but where one may be, and the same
 * come when the bytes come in pieces.
 */
#include "archive/plain.h"
#include "fuzz.h"

typedef struct Seen {
    GString *text;      /* of all pieces, each after its kind and line */
    GString *rows;      /* of all rows */
    unsigned long line; /* of the last */
    guint64 line_ends;  /* in the rows of this COPY */
    bool in_rows;
} Seen;

static void see_rows(Seen *seen, const PlainPiece *piece)
{
    g_assert_true(seen->in_rows);
    g_assert_cmpuint(piece->length, >, 0);
    for (size_t i = 0; i < piece->length; i++)
        seen->line_ends += piece->text[i] == '\n';
    g_string_append_len(seen->rows, piece->text, (gssize)piece->length);
}

static bool see(const PlainPiece *piece, void *data, GError **error G_GNUC_UNUSED)
{
    Seen *seen = data;
    g_assert_cmpuint(piece->line, >=, seen->line);
    seen->line = piece->line;
    g_assert_null(memchr(piece->text, '\0', piece->length));
    if (piece->kind == PLAIN_ROWS) {
        see_rows(seen, piece);
        return true;
    }
    g_assert_cmpuint(strlen(piece->text), ==, piece->length);
    g_assert_true(seen->in_rows == (piece->kind == PLAIN_ROWS_END));
    if (seen->in_rows)
        g_assert_cmpuint(piece->rows, ==, seen->line_ends);
    seen->in_rows = piece->kind == PLAIN_COPY;
    seen->line_ends = 0;
    g_string_append_printf(seen->text, "%d %lu %s\n", piece->kind, piece->line, piece->text);
    return true;
}

/* Returns: (transfer full) (nullable): the error. */
static GError *feed_in_pieces(Seen *seen, const char *text, size_t size, size_t step)
{
    GError *error = NULL;
    g_autoptr(Plain) plain = plain_new(see, seen);
    *seen = (Seen){.text = g_string_new(NULL), .rows = g_string_new(NULL)};
    for (size_t at = 0; at < size; at += step)
        if (!plain_feed(plain, text + at, MIN(step, size - at), &error))
            return error;
    plain_end(plain, &error);
    return error;
}

static void seen_free(Seen *seen)
{
    g_string_free(seen->text, TRUE);
    g_string_free(seen->rows, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_copy(data, size);
    Seen whole;
    Seen pieces;
    g_autoptr(GError) error = feed_in_pieces(&whole, text, size, MAX(size, 1));
    g_autoptr(GError) error_in_pieces = feed_in_pieces(&pieces, text, size, 1 + size % 7);
    g_assert_cmpstr(error == NULL ? NULL : error->message, ==,
                    error_in_pieces == NULL ? NULL : error_in_pieces->message);
    g_assert_cmpstr(whole.text->str, ==, pieces.text->str);
    g_assert_cmpstr(whole.rows->str, ==, pieces.rows->str);
    seen_free(&whole);
    seen_free(&pieces);
    return 0;
}
