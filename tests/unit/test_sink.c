/* Where the bytes of a dump go. */
#include "backup/sink.h"
#include "base/file.h"
#include "base/process.h"

#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

typedef struct Case {
    char *folder;
    ManifestFile file;
} Case;

static void set_up(Case *test, const void *unused)
{
    (void)unused;
    test->folder = g_dir_make_tmp("sink-XXXXXX", NULL);
}

static void tear_down(Case *test, const void *unused)
{
    (void)unused;
    g_assert_true(file_remove_tree(test->folder, NULL));
    g_free(test->folder);
    g_free(test->file.name);
    g_free(test->file.sha256);
}

static Sink *open_file(Case *test)
{
    g_autoptr(GError) error = NULL;
    Sink *sink = sink_file_new(test->folder, "file", &test->file, &error);
    g_assert_no_error(error);
    return sink;
}

/* What is in the file now. */
static char *read_file(const Case *test, size_t *out_length)
{
    g_autofree char *path = g_build_filename(test->folder, "file", NULL);
    g_autoptr(GError) error = NULL;
    char *bytes = file_read(path, out_length, &error);
    g_assert_no_error(error);
    return bytes;
}

/* A million bytes that can be compressed, in pieces of many lengths. */
static void write_much(Sink *sink, GString *out_bytes)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    while (out_bytes->len < 1000000) {
        size_t from = out_bytes->len;
        unsigned length = (unsigned)g_rand_int_range(random, 0, 9000);
        for (unsigned i = 0; i < length; i++)
            g_string_append_c(out_bytes, (char)g_rand_int_range(random, 'a', 'e'));
        g_assert_true(sink_write(sink, out_bytes->str + from, length, NULL));
    }
    g_autoptr(GError) error = NULL;
    sink_end(sink, &error);
    g_assert_no_error(error);
}

static void file_has_its_checksum(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(Sink) sink = open_file(test);
    g_assert_true(sink_write(sink, "ab", 2, NULL));
    g_assert_true(sink_write(sink, "c", 1, NULL));
    g_assert_true(sink_end(sink, NULL));
    size_t length = 0;
    g_autofree char *bytes = read_file(test, &length);
    g_assert_cmpmem(bytes, length, "abc", 3);
    g_assert_cmpstr(test->file.name, ==, "file");
    g_assert_cmpint(test->file.bytes, ==, 3);
    /* FIPS 180-2, B.1 */
    g_assert_cmpstr(test->file.sha256, ==,
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void file_that_is_there_is_not_touched(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(Sink) first = open_file(test);
    g_autoptr(GError) error = NULL;
    g_assert_null(sink_file_new(test->folder, "file", NULL, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "File exists"));
}

static void full_disk_is_an_error(void)
{
    g_autoptr(GError) error = NULL;
    FILE *full = g_fopen("/dev/full", "we");
    g_assert_nonnull(full);
    g_autoptr(Sink) sink =
        sink_compress_new(COMPRESSION_ZSTD, 0, sink_descriptor_new(fileno(full)));
    g_assert_true(sink_write(sink, "abc", 3, NULL));
    g_assert_false(sink_end(sink, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, "could not write to the output: No space left on device");
    fclose(full);
}

static void zstd_gives_back_what_it_took(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(Sink) sink = sink_compress_new(COMPRESSION_ZSTD, 0, open_file(test));
    write_much(sink, bytes);
    size_t length = 0;
    g_autofree char *stored = read_file(test, &length);
    g_assert_cmpuint(length, <, bytes->len / 2);
    g_autofree char *out = g_malloc(bytes->len);
    size_t got = ZSTD_decompress(out, bytes->len, stored, length);
    g_assert_false(ZSTD_isError(got));
    g_assert_cmpmem(out, got, bytes->str, bytes->len);
}

static void gzip_gives_back_what_it_took(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(Sink) sink = sink_compress_new(COMPRESSION_GZIP, 1, open_file(test));
    write_much(sink, bytes);
    g_autofree char *path = g_build_filename(test->folder, "file", NULL);
    g_autofree char *out = g_malloc(bytes->len + 1);
    gzFile file = gzopen(path, "rb");
    int got = gzread(file, out, (unsigned)bytes->len + 1);
    g_assert_cmpint(gzclose(file), ==, Z_OK);
    g_assert_cmpmem(out, (size_t)got, bytes->str, bytes->len);
}

/* Runs a program that must succeed; its output. */
static char *run(const char *const *words)
{
    g_auto(ProcessResult) result = {0};
    g_autoptr(GError) error = NULL;
    process_check(&(ProcessStart){.words = words}, &result, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&result.out);
}

static void age_gives_back_what_it_took(Case *test, const void *unused)
{
    (void)unused;
    g_autofree char *key = g_build_filename(test->folder, "key", NULL);
    g_autofree char *plain = g_build_filename(test->folder, "plain", NULL);
    g_autofree char *path = g_build_filename(test->folder, "file", NULL);
    g_free(run((const char *const[]){"age-keygen", "-o", key, NULL}));
    g_autofree char *recipient = run((const char *const[]){"age-keygen", "-y", key, NULL});
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(Sink) sink = sink_age_new("age", (const char *const[]){g_strchomp(recipient), NULL},
                                        open_file(test), &error);
    g_assert_no_error(error);
    write_much(sink, bytes);
    size_t length = 0;
    g_autofree char *stored = read_file(test, &length);
    g_assert_cmpint(test->file.bytes, ==, (int64_t)length);
    g_assert_null(g_strstr_len(stored, (gssize)length, "abcd"));
    g_free(run((const char *const[]){"age", "-d", "-i", key, "-o", plain, path, NULL}));
    g_autofree char *out = file_read(plain, &length, NULL);
    g_assert_cmpmem(out, length, bytes->str, bytes->len);
}

static void refused_recipient_is_told(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_autoptr(Sink) sink =
        sink_age_new("age", (const char *const[]){"nobody", NULL}, open_file(test), &error);
    g_assert_no_error(error);
    g_autofree char *much = g_malloc0(1 << 20);
    bool done = sink_write(sink, much, 1 << 20, &error) && sink_end(sink, &error);
    g_assert_false(done);
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_nonnull(strstr(error->message, "nobody"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(function) g_test_add("/sink/" #function, Case, NULL, set_up, function, tear_down)
    ADD(file_has_its_checksum);
    ADD(file_that_is_there_is_not_touched);
    g_test_add_func("/sink/full_disk_is_an_error", full_disk_is_an_error);
    ADD(zstd_gives_back_what_it_took);
    ADD(gzip_gives_back_what_it_took);
    ADD(age_gives_back_what_it_took);
    ADD(refused_recipient_is_told);
    return g_test_run();
}
