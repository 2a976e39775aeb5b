#include "backup/row_reader.h"

#include <string.h>

enum { BLOCK = 262144 };

struct RowReader {
    Source *source;
    GByteArray *begun; /* a row whose end was not read yet */
    bool ended;        /* "\." was read */
    bool is_empty;     /* all was read */
    uint64_t rows;
};

RowReader *row_reader_new(Source *source)
{
    RowReader *reader = g_new0(RowReader, 1);
    reader->source = source;
    reader->begun = g_byte_array_new();
    return reader;
}

void row_reader_free(RowReader *reader)
{
    if (reader == NULL)
        return;
    source_free(reader->source);
    g_byte_array_unref(reader->begun);
    g_free(reader);
}

/* Appends a block, or what there is up to the end. */
static bool read_more(RowReader *reader, GByteArray *block, GError **error)
{
    const unsigned had = block->len;
    g_byte_array_set_size(block, had + BLOCK);
    size_t length = 0;
    while (length < BLOCK && !reader->is_empty) {
        ssize_t got =
            source_read(reader->source, block->data + had + length, BLOCK - length, error);
        if (got < 0)
            return false;
        reader->is_empty = got == 0;
        length += (size_t)got;
    }
    g_byte_array_set_size(block, had + (unsigned)length);
    return true;
}

/* The bytes of whole rows at the begin of @block, which are counted. @searched: as many bytes hold
 * no end of a line. @out_end: behind "\.", if that was found; else 0. */
static size_t count_rows(RowReader *reader, const GByteArray *block, size_t searched,
                         size_t *out_end)
{
    const char *bytes = (const char *)block->data;
    const char *end;
    size_t at = 0;
    *out_end = 0;
    while ((end = memchr(bytes + searched, '\n', block->len - searched)) != NULL) {
        const size_t next = (size_t)(end - bytes) + 1;
        searched = next;
        if (next - at == 3 && memcmp(bytes + at, "\\.", 2) == 0) {
            *out_end = next;
            break;
        }
        reader->rows++;
        at = next;
    }
    return at;
}

static bool set_malformed(const char *what, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "the rows %s", what);
    return false;
}

static bool has_only_line_ends(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != '\n')
            return false;
    return true;
}

/* Nothing else may follow; the source's own end is where its checksum is compared. */
static bool read_end(RowReader *reader, const unsigned char *bytes, size_t length, GError **error)
{
    g_autoptr(GByteArray) rest = g_byte_array_new();
    reader->ended = true;
    g_byte_array_append(rest, bytes, (unsigned)length);
    while (has_only_line_ends(rest->data, rest->len)) {
        if (reader->is_empty)
            return true;
        g_byte_array_set_size(rest, 0);
        if (!read_more(reader, rest, error))
            return false;
    }
    return set_malformed("go on behind their end", error);
}

bool row_reader_next(RowReader *reader, GByteArray *block, GError **error)
{
    size_t whole = 0, end = 0;
    g_byte_array_set_size(block, 0);
    if (reader->ended)
        return true;
    g_byte_array_append(block, reader->begun->data, reader->begun->len);
    while (whole == 0 && end == 0) {
        const size_t searched = block->len;
        if (reader->is_empty)
            return set_malformed("are cut off", error);
        if (!read_more(reader, block, error))
            return false;
        whole = count_rows(reader, block, searched, &end);
    }
    g_byte_array_set_size(reader->begun, 0);
    if (end == 0)
        g_byte_array_append(reader->begun, block->data + whole, block->len - (unsigned)whole);
    else if (!read_end(reader, block->data + end, block->len - end, error))
        return false;
    g_byte_array_set_size(block, (unsigned)whole);
    return true;
}

uint64_t row_reader_rows(const RowReader *reader)
{
    return reader->rows;
}

int64_t row_reader_left(const RowReader *reader)
{
    int64_t taken = 0, whole = 0;
    source_progress(reader->source, &taken, &whole);
    return whole - taken;
}
