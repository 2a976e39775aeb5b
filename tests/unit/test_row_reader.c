#include "backup/row_reader.h"

#include <string.h>
#include <unistd.h>

enum { BLOCK = 262144 };

/* Its text comes by a file. */
static RowReader *reader_of(const char *text, size_t length)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("rows-XXXXXX", &path, NULL);
    g_assert_cmpint(write(file, text, length), ==, (ssize_t)length);
    close(file);
    g_autoptr(GError) error = NULL;
    Source *source = source_file_new(path, NULL, &error);
    g_assert_no_error(error);
    unlink(path);
    return row_reader_new(source);
}

/* All its rows; each block holds whole ones. */
static GString *read_all(RowReader *reader)
{
    GString *all = g_string_new("");
    g_autoptr(GByteArray) block = g_byte_array_new();
    do {
        g_autoptr(GError) error = NULL;
        g_assert_true(row_reader_next(reader, block, &error));
        g_assert_no_error(error);
        g_assert_true(block->len == 0 || block->data[block->len - 1] == '\n');
        g_string_append_len(all, (const char *)block->data, block->len);
    } while (block->len > 0);
    g_assert_true(row_reader_next(reader, block, NULL));
    g_assert_cmpuint(block->len, ==, 0);
    return all;
}

static void assert_rows(const GString *rows, uint64_t count)
{
    g_autoptr(GString) text = g_string_new_len(rows->str, (gssize)rows->len);
    g_string_append(text, "\\.\n\n\n");
    g_autoptr(RowReader) reader = reader_of(text->str, text->len);
    g_autoptr(GString) read = read_all(reader);
    g_assert_cmpuint(read->len, ==, rows->len);
    g_assert_cmpint(memcmp(read->str, rows->str, rows->len), ==, 0);
    g_assert_cmpuint(row_reader_rows(reader), ==, count);
    g_assert_cmpint(row_reader_left(reader), ==, 0);
}

static void rows_are_read_in_whole(void)
{
    g_autoptr(GString) rows = g_string_new("");
    assert_rows(rows, 0);
    g_string_append(rows, "1\ta\\nb\\\\.\n\n\\N\n\\.x\n.\n");
    assert_rows(rows, 5);
    for (int i = 0; i < 20000; i++)
        g_string_append_printf(rows, "%d\t%*d\n", i, i % 300, i);
    assert_rows(rows, 20005);
}

/* The end of the rows, and of one row, at each place around the end of a block. */
static void ends_of_blocks_are_anywhere(void)
{
    for (size_t length = BLOCK - 5; length < BLOCK + 5; length++) {
        g_autofree char *row = g_strnfill(length, 'x');
        g_autoptr(GString) rows = g_string_new(row);
        g_string_append_c(rows, '\n');
        assert_rows(rows, 1);
        g_string_append(rows, "\\\\.\n\n");
        assert_rows(rows, 3);
    }
}

static void a_row_may_be_longer_than_a_block(void)
{
    g_autofree char *row = g_strnfill(3 * BLOCK + 1, 'x');
    g_autoptr(GString) rows = g_string_new("first\n");
    g_string_append_printf(rows, "%s\nlast\n", row);
    assert_rows(rows, 3);
}

static const struct {
    const char *text, *message;
} damaged[] = {
    {"", "the rows are cut off"},
    {"1\n2\n", "the rows are cut off"},
    {"1\n2", "the rows are cut off"},
    {"1\n\\.", "the rows are cut off"},
    {"\\.\n1\n", "the rows go on behind their end"},
    {"1\n\\.\n\n\\.\n", "the rows go on behind their end"},
};

static void damage_is_told(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(damaged); i++) {
        g_autoptr(RowReader) reader = reader_of(damaged[i].text, strlen(damaged[i].text));
        g_autoptr(GByteArray) block = g_byte_array_new();
        g_autoptr(GError) error = NULL;
        bool good = true;
        do
            good = row_reader_next(reader, block, &error);
        while (good && block->len > 0);
        g_test_message("%s", damaged[i].text);
        g_assert_false(good);
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_assert_cmpstr(error->message, ==, damaged[i].message);
    }
}

/* Behind the first block's worth, too. */
static void more_behind_the_end_is_found_far_away(void)
{
    g_autoptr(GString) text = g_string_new("1\n\\.\n");
    for (int i = 0; i < BLOCK; i++)
        g_string_append_c(text, '\n');
    g_string_append(text, "2\n");
    g_autoptr(RowReader) reader = reader_of(text->str, text->len);
    g_autoptr(GByteArray) block = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(row_reader_next(reader, block, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/row_reader/whole", rows_are_read_in_whole);
    g_test_add_func("/row_reader/blocks", ends_of_blocks_are_anywhere);
    g_test_add_func("/row_reader/long", a_row_may_be_longer_than_a_block);
    g_test_add_func("/row_reader/damage", damage_is_told);
    g_test_add_func("/row_reader/behind", more_behind_the_end_is_found_far_away);
    return g_test_run();
}
