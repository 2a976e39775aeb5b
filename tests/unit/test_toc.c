#include "archive/toc.h"

#include <string.h>

enum { CUSTOM = 1, TAR = 3 };

/* --- A writer of what pg_dump writes, of any version --- */

typedef struct Writer {
    GString *bytes;
    int minor, format, int_size, offset_size;
} Writer;

static void put_int(Writer *to, int value)
{
    g_string_append_c(to->bytes, value < 0 ? 1 : 0);
    guint64 size = value < 0 ? (guint64)-value : (guint64)value;
    for (int i = 0; i < to->int_size; i++)
        g_string_append_c(to->bytes, (char)(size >> (8 * i) & 0xff));
}

static void put_text(Writer *to, const char *text)
{
    put_int(to, text == NULL ? -1 : (int)strlen(text));
    if (text != NULL)
        g_string_append(to->bytes, text);
}

static Writer begin_of_sizes(int minor, int format, int int_size, int offset_size)
{
    Writer to = {g_string_new("PGDMP"), minor, format, int_size, offset_size};
    const char head[] = {1, (char)minor, 0, (char)int_size, (char)offset_size, (char)format};
    g_string_append_len(to.bytes, head, sizeof(head));
    if (minor < 15)
        put_int(&to, -1);
    else
        g_string_append_c(to.bytes, 1);
    for (int i = 0; i < 7; i++)
        put_int(&to, i * 20);
    put_text(&to, "shop");
    put_text(&to, "15.18 (Debian 15.18-1)");
    put_text(&to, "16.2");
    return to;
}

static Writer begin(int minor, int format)
{
    return begin_of_sizes(minor, format, 4, 8);
}

static void put_entry(Writer *to, const TocEntry *entry)
{
    put_int(to, entry->id);
    put_int(to, 1);
    put_text(to, "1259");
    put_text(to, "16384");
    put_text(to, entry->name);
    put_text(to, entry->type);
    put_int(to, (int)entry->section);
    put_text(to, entry->statement);
    put_text(to, "DROP TABLE x;\n");
    put_text(to, entry->copy);
    put_text(to, entry->schema);
    put_text(to, "");
    put_text(to, NULL);
    if (to->minor >= 16)
        put_int(to, 'r');
    put_text(to, entry->owner);
    put_text(to, "false");
    put_text(to, "12");
    put_text(to, "13");
    put_text(to, NULL);
    if (to->format == CUSTOM)
        g_string_append_c(to->bytes, 2);
    for (int i = 0; to->format == CUSTOM && i < to->offset_size; i++)
        g_string_append_c(to->bytes, (char)i);
    if (to->format != CUSTOM)
        put_text(to, entry->file != NULL ? entry->file : "");
}

static const TocEntry sample[] = {
    {7, TOC_BEFORE_DATA, (char *)"TABLE", (char *)"public", (char *)"odd \"name\"\n;",
     (char *)"Big Boss", (char *)"CREATE TABLE x ();\n", NULL, NULL},
    {2147483647, TOC_BEFORE_DATA, (char *)"ENCODING", NULL, (char *)"ENCODING", (char *)"",
     (char *)"SET client_encoding = 'UTF8';\n", NULL, NULL},
    {9, TOC_DATA, (char *)"TABLE DATA", (char *)"", (char *)"", NULL, (char *)"",
     (char *)"COPY x FROM stdin;\n", (char *)"3001.dat"},
};

static Writer write_sample(int minor, int format)
{
    Writer to = begin(minor, format);
    put_int(&to, G_N_ELEMENTS(sample));
    for (size_t i = 0; i < G_N_ELEMENTS(sample); i++)
        put_entry(&to, &sample[i]);
    return to;
}

/* --- */

static void assert_error(const GError *error, const char *message)
{
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    if (!g_str_has_prefix(error->message, message))
        g_assert_cmpstr(error->message, ==, message);
}

static TocProgress feed(Toc *toc, const void *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    TocProgress progress = TOC_MORE;
    bool good = toc_feed(toc, bytes, length, &progress, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return progress;
}

/* "" is the same as NULL where either says that there is none. */
static const char *or_null(const char *text)
{
    return text != NULL && *text == '\0' ? NULL : text;
}

static void assert_sample(const Toc *toc, int format)
{
    g_assert_cmpstr(toc_database(toc), ==, "shop");
    g_assert_cmpstr(toc_server_version(toc), ==, "15.18 (Debian 15.18-1)");
    g_assert_cmpstr(toc_program_version(toc), ==, "16.2");
    const GPtrArray *entries = toc_entries(toc);
    g_assert_cmpuint(entries->len, ==, G_N_ELEMENTS(sample));
    for (unsigned i = 0; i < entries->len; i++) {
        const TocEntry *entry = entries->pdata[i];
        g_assert_cmpint(entry->id, ==, sample[i].id);
        g_assert_cmpstr(entry->type, ==, sample[i].type);
        g_assert_cmpstr(entry->name, ==, sample[i].name);
        g_assert_cmpstr(entry->schema, ==, or_null(sample[i].schema));
        g_assert_cmpstr(entry->owner, ==, or_null(sample[i].owner));
        g_assert_cmpstr(entry->statement, ==, or_null(sample[i].statement));
        g_assert_cmpint(entry->section, ==, sample[i].section);
        g_assert_cmpstr(entry->copy, ==, sample[i].copy);
        g_assert_cmpstr(entry->file, ==, format == CUSTOM ? NULL : sample[i].file);
    }
}

static const int versions[] = {14, 15, 16};
static const int formats[] = {CUSTOM, TAR};

static void reads_each_version_and_format(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(versions) * G_N_ELEMENTS(formats); i++) {
        Writer to = write_sample(versions[i / 2], formats[i % 2]);
        g_string_append(to.bytes, "data that follows");
        g_autoptr(Toc) toc = toc_new();
        g_assert_cmpint(feed(toc, to.bytes->str, to.bytes->len), ==, TOC_WHOLE);
        assert_sample(toc, formats[i % 2]);
        g_assert_cmpint(feed(toc, "more", 4), ==, TOC_WHOLE);
        g_string_free(to.bytes, TRUE);
    }
}

static void byte_by_byte_is_the_same(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(versions) * G_N_ELEMENTS(formats); i++) {
        Writer to = write_sample(versions[i / 2], formats[i % 2]);
        g_autoptr(Toc) toc = toc_new();
        for (size_t at = 0; at < to.bytes->len; at++)
            g_assert_cmpint(feed(toc, to.bytes->str + at, 1), ==,
                            at + 1 < to.bytes->len ? TOC_MORE : TOC_WHOLE);
        assert_sample(toc, formats[i % 2]);
        g_string_free(to.bytes, TRUE);
    }
}

static void reads_other_sizes_of_numbers(void)
{
    Writer to = begin_of_sizes(16, CUSTOM, 8, 4);
    put_int(&to, 1);
    put_entry(&to, &sample[0]);
    g_autoptr(Toc) toc = toc_new();
    g_assert_cmpint(feed(toc, to.bytes->str, to.bytes->len), ==, TOC_WHOLE);
    g_assert_cmpuint(toc_entries(toc)->len, ==, 1);
    g_string_free(to.bytes, TRUE);
}

static void dump_of_nothing_is_whole(void)
{
    Writer to = begin(16, CUSTOM);
    put_int(&to, 0);
    g_autoptr(Toc) toc = toc_new();
    g_assert_cmpint(feed(toc, to.bytes->str, to.bytes->len - 1), ==, TOC_MORE);
    g_assert_cmpint(feed(toc, to.bytes->str + to.bytes->len - 1, 1), ==, TOC_WHOLE);
    g_assert_cmpuint(toc_entries(toc)->len, ==, 0);
    g_string_free(to.bytes, TRUE);
}

static void nothing_is_known_before_it_is_read(void)
{
    g_autoptr(Toc) toc = toc_new();
    g_assert_cmpint(feed(toc, NULL, 0), ==, TOC_MORE);
    g_assert_cmpstr(toc_database(toc), ==, "");
    g_assert_cmpstr(toc_server_version(toc), ==, "");
    g_assert_cmpstr(toc_program_version(toc), ==, "");
    g_assert_cmpuint(toc_entries(toc)->len, ==, 0);
    toc_free(NULL);
}

/* Takes the bytes. */
static void refuse(GString *bytes, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Toc) toc = toc_new();
    TocProgress progress = TOC_MORE;
    g_assert_false(toc_feed(toc, bytes->str, bytes->len, &progress, &error));
    assert_error(error, message);
    g_string_free(bytes, TRUE);
}

static void refuses_what_is_no_dump(void)
{
    refuse(g_string_new("--\n-- PostgreSQL database dump\n"), "not a dump in format custom, ");
    refuse(g_string_new("PGDMQ"), "not a dump in format custom, ");
    refuse(g_string_new("toc.dat"), "not a dump in format custom, ");
}

static void refuse_version(int major, int minor, const char *message)
{
    GString *bytes = g_string_new("PGDMP");
    g_string_append_c(bytes, (char)major);
    g_string_append_c(bytes, (char)minor);
    refuse(bytes, message);
}

static void refuses_other_versions(void)
{
    refuse_version(1, 13,
                   "the dump is of archive version 1.13, which is too old\nhint: known are 1.14 to "
                   "1.16, which pg_dump 13 to 18 write: dump again");
    refuse_version(1, 17, "the dump is of archive version 1.17, which is too new\nhint: ");
    refuse_version(0, 14, "the dump is of archive version 0.14, which is too old");
    refuse_version(2, 0, "the dump is of archive version 2.0, which is too new");
}

static void refuses_odd_sizes(void)
{
    refuse(begin_of_sizes(14, CUSTOM, 3, 8).bytes,
           "the dump's table of contents is damaged at byte 8: numbers of 3 bytes");
    refuse(begin_of_sizes(14, CUSTOM, 4, 33).bytes,
           "the dump's table of contents is damaged at byte 9: offsets of 33 bytes");
    refuse(begin(14, 4).bytes,
           "the dump's table of contents is damaged at byte 10: unknown format 4");
}

/* A dump of 1.16 that goes on with @length bytes instead of the number of its objects: byte 93. */
static void refuse_count(const char *bytes, size_t length, const char *message)
{
    Writer to = begin(16, CUSTOM);
    g_string_append_len(to.bytes, bytes, (gssize)length);
    refuse(to.bytes, message);
}

static void refuses_odd_numbers(void)
{
    refuse_count("\1\1\0\0\0", 5, "the dump's table of contents is damaged at byte 92: -1 objects");
    refuse_count("\2\1\0\0\0", 5,
                 "the dump's table of contents is damaged at byte 92: not a number");
    refuse_count("\0\0\0\0\200", 5,
                 "the dump's table of contents is damaged at byte 92: not a number");
    refuse_count("\0\1\0\0\0\0\0\0\0\0", 10,
                 "the dump's table of contents is damaged at byte 97: an object of number 0");
}

/* A dump whose only object is @entry. */
static void refuse_entry(const TocEntry *entry, const char *message)
{
    Writer to = begin(16, CUSTOM);
    put_int(&to, 1);
    put_entry(&to, entry);
    refuse(to.bytes, message);
}

static void refuses_odd_objects(void)
{
    refuse_entry(&(TocEntry){.id = -4, .type = (char *)"x", .name = (char *)"x"},
                 "the dump's table of contents is damaged at byte 97: an object of number -4");
    refuse_entry(
        &(TocEntry){.id = 4, .name = (char *)"x"},
        "the dump's table of contents is damaged at byte 132: object 4 has no name or no ");
    refuse_entry(
        &(TocEntry){.id = 4, .type = (char *)"x"},
        "the dump's table of contents is damaged at byte 126: object 4 has no name or no ");
}

static void refuses_odd_texts(void)
{
    Writer to = begin(16, CUSTOM);
    put_int(&to, 1);
    put_int(&to, 1);
    put_int(&to, 1);
    GString *before = g_string_new_len(to.bytes->str, (gssize)to.bytes->len);
    put_int(&to, -2);
    refuse(to.bytes, "the dump's table of contents is damaged at byte 107: a text of -2 bytes");
    to.bytes = g_string_new_len(before->str, (gssize)before->len);
    put_int(&to, 0x40000000);
    refuse(to.bytes, "the dump's table of contents is damaged at byte 107: a text of 1073741824 ");
    to.bytes = before;
    put_int(&to, 3);
    g_string_append_len(to.bytes, "1\0002", 3);
    refuse(to.bytes,
           "the dump's table of contents is damaged at byte 107: a text that holds a NUL");
}

static void refuses_odd_offset(void)
{
    Writer to = begin(16, CUSTOM);
    put_int(&to, 1);
    put_entry(&to, &sample[0]);
    size_t place = to.bytes->len - 9;
    g_autofree char *message = g_strdup_printf(
        "the dump's table of contents is damaged at byte %zu: an offset of kind 4", place);
    to.bytes->str[place] = 4;
    refuse(to.bytes, message);
}

/* Had the reader believed it, it would have taken a gigabyte for each. */
static void length_is_not_believed(void)
{
    Writer to = begin(16, CUSTOM);
    put_int(&to, 0x7fffffff);
    put_int(&to, 1);
    put_int(&to, 1);
    put_int(&to, 0x3fffffff);
    GPtrArray *many = g_ptr_array_new_with_free_func((GDestroyNotify)toc_free);
    for (int i = 0; i < 2000; i++) {
        Toc *toc = toc_new();
        g_assert_cmpint(feed(toc, to.bytes->str, to.bytes->len), ==, TOC_MORE);
        g_ptr_array_add(many, toc);
    }
    g_ptr_array_unref(many);
    g_string_free(to.bytes, TRUE);
}

static void any_byte_may_be_wrong(void)
{
    Writer to = write_sample(16, CUSTOM);
    for (size_t at = 0; at < to.bytes->len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            g_autoptr(GString) bytes = g_string_new_len(to.bytes->str, (gssize)to.bytes->len);
            bytes->str[at] = (char)(bytes->str[at] ^ 1 << bit);
            g_autoptr(Toc) toc = toc_new();
            g_autoptr(GError) error = NULL;
            TocProgress progress = TOC_MORE;
            bool good = toc_feed(toc, bytes->str, bytes->len, &progress, &error);
            g_assert_true(good == (error == NULL));
        }
    }
    g_string_free(to.bytes, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/toc/reads", reads_each_version_and_format);
    g_test_add_func("/toc/bytes", byte_by_byte_is_the_same);
    g_test_add_func("/toc/sizes", reads_other_sizes_of_numbers);
    g_test_add_func("/toc/empty", dump_of_nothing_is_whole);
    g_test_add_func("/toc/before", nothing_is_known_before_it_is_read);
    g_test_add_func("/toc/no_dump", refuses_what_is_no_dump);
    g_test_add_func("/toc/versions", refuses_other_versions);
    g_test_add_func("/toc/odd_sizes", refuses_odd_sizes);
    g_test_add_func("/toc/odd_numbers", refuses_odd_numbers);
    g_test_add_func("/toc/odd_objects", refuses_odd_objects);
    g_test_add_func("/toc/odd_texts", refuses_odd_texts);
    g_test_add_func("/toc/odd_offset", refuses_odd_offset);
    g_test_add_func("/toc/length", length_is_not_believed);
    g_test_add_func("/toc/any_byte", any_byte_may_be_wrong);
    return g_test_run();
}
