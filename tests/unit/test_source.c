/* What sinks have written is read again, or it is told why not. */
#include "backup/source.h"
#include "base/file.h"
#include "base/process.h"

#include <string.h>

typedef struct Case {
    char *folder, *path, *key;
    char *recipient; /* (nullable): until there is a key */
    ManifestFile file;
    GString *bytes;
} Case;

static void set_up(Case *test, const void *unused)
{
    (void)unused;
    test->folder = g_dir_make_tmp("source-XXXXXX", NULL);
    test->path = g_build_filename(test->folder, "file", NULL);
    test->key = g_build_filename(test->folder, "key", NULL);
    test->bytes = g_string_new(NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(4);
    for (unsigned i = 0; i < 600000; i++)
        g_string_append_c(test->bytes, (char)g_rand_int_range(random, 'a', 'g'));
}

static void tear_down(Case *test, const void *unused)
{
    (void)unused;
    g_assert_true(file_remove_tree(test->folder, NULL));
    g_string_free(test->bytes, TRUE);
    g_free(test->folder);
    g_free(test->path);
    g_free(test->key);
    g_free(test->recipient);
    g_free(test->file.name);
    g_free(test->file.sha256);
}

static char *run(const char *const *words)
{
    g_auto(ProcessResult) result = {0};
    g_autoptr(GError) error = NULL;
    process_check(&(ProcessStart){.words = words}, &result, &error);
    g_assert_no_error(error);
    return g_strchomp(g_steal_pointer(&result.out));
}

static void make_key(Case *test)
{
    g_free(run((const char *const[]){"age-keygen", "-o", test->key, NULL}));
    test->recipient = run((const char *const[]){"age-keygen", "-y", test->key, NULL});
}

static void store(Case *test, Compression compression)
{
    g_autoptr(GError) error = NULL;
    Sink *sink = sink_file_new(test->folder, "file", &test->file, &error);
    if (test->recipient != NULL)
        sink = sink_age_new("age", (const char *const[]){test->recipient, NULL}, sink, &error);
    if (compression != COMPRESSION_NONE)
        sink = sink_compress_new(compression, 0, sink);
    g_assert_true(sink_write(sink, test->bytes->str, test->bytes->len, &error));
    g_assert_true(sink_end(sink, &error));
    g_assert_no_error(error);
    sink_free(sink);
}

/* Reads all of it in pieces of @size; %NULL with the error. */
static GString *read_all(Case *test, size_t size, GError **error)
{
    g_autoptr(Source) source = source_file_new(test->path, &test->file, error);
    g_assert_nonnull(source);
    source =
        source_open(g_steal_pointer(&source), test->recipient != NULL ? test->key : NULL, error);
    g_autofree char *piece = g_malloc(size);
    g_autoptr(GString) all = g_string_new(NULL);
    ssize_t got = source != NULL ? 1 : -1;
    while (got > 0) {
        got = source_read(source, piece, size, error);
        g_string_append_len(all, piece, MAX(got, 0));
    }
    return got == 0 ? g_steal_pointer(&all) : NULL;
}

static void assert_same(Case *test, Compression compression)
{
    store(test, compression);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) whole = read_all(test, 100000, &error);
    g_assert_no_error(error);
    g_assert_true(g_string_equal(whole, test->bytes));
    g_autoptr(GString) again = read_all(test, 7, &error);
    g_assert_no_error(error);
    g_assert_true(g_string_equal(again, test->bytes));
}

static void gives_back_what_was_stored(Case *test, gconstpointer compression)
{
    assert_same(test, GPOINTER_TO_UINT(compression));
}

static void gives_back_what_was_encrypted(Case *test, gconstpointer compression)
{
    make_key(test);
    assert_same(test, GPOINTER_TO_UINT(compression));
}

/* Replaces what is stored by @length bytes of it, with a bit of one flipped. */
static void damage(Case *test, size_t length, ssize_t place)
{
    size_t stored = 0;
    g_autofree char *bytes = file_read(test->path, &stored, NULL);
    g_autofree char *other = g_malloc0(length + 1);
    memcpy(other, bytes, MIN(length, stored));
    if (place >= 0)
        other[place] ^= 4;
    g_assert_true(g_file_set_contents(test->path, other, (gssize)length, NULL));
}

static void assert_refused(Case *test)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(read_all(test, 65536, &error));
    g_assert_true(g_error_matches(error, APP_ERROR, APP_ERROR_VERIFY) ||
                  g_error_matches(error, APP_ERROR, APP_ERROR_INPUT) ||
                  g_error_matches(error, APP_ERROR, APP_ERROR_PROGRAM));
}

static void damage_is_found(Case *test, gconstpointer compression)
{
    store(test, GPOINTER_TO_UINT(compression));
    size_t length = (size_t)test->file.bytes;
    g_autofree char *good = file_read(test->path, NULL, NULL);
    static const unsigned parts[] = {0, 1, 2, 3};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        damage(test, length, (ssize_t)(length / 4 * parts[i] + 50));
        assert_refused(test);
        g_assert_true(g_file_set_contents(test->path, good, (gssize)length, NULL));
    }
    damage(test, length - 1, -1);
    assert_refused(test);
    damage(test, length + 1, -1);
    assert_refused(test);
    damage(test, 0, -1);
    assert_refused(test);
}

static void missing_key_is_told(Case *test, const void *unused)
{
    (void)unused;
    make_key(test);
    store(test, COMPRESSION_ZSTD);
    g_autoptr(GError) error = NULL;
    g_assert_null(source_open(source_file_new(test->path, NULL, NULL), NULL, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_USAGE);
}

static void other_key_is_told(Case *test, const void *unused)
{
    (void)unused;
    make_key(test);
    store(test, COMPRESSION_ZSTD);
    g_assert_true(file_remove_tree(test->key, NULL));
    g_free(run((const char *const[]){"age-keygen", "-o", test->key, NULL}));
    g_autoptr(GError) error = NULL;
    g_assert_null(read_all(test, 65536, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_nonnull(strstr(error->message, "no identity matched"));
}

/* Who reads may leave in the middle: the thread and age end, too. */
static void reader_may_leave(Case *test, const void *unused)
{
    (void)unused;
    make_key(test);
    store(test, COMPRESSION_NONE);
    g_autoptr(Source) source = source_file_new(test->path, &test->file, NULL);
    source = source_open(g_steal_pointer(&source), test->key, NULL);
    char some[10];
    g_assert_cmpint(source_read(source, some, sizeof some, NULL), >, 0);
}

/* As `cat a.gz b.gz` makes it. */
static void members_follow_each_other(Case *test, gconstpointer compression)
{
    store(test, GPOINTER_TO_UINT(compression));
    size_t length = 0;
    g_autofree char *bytes = file_read(test->path, &length, NULL);
    g_autoptr(GString) twice = g_string_new_len(bytes, (gssize)length);
    g_string_append_len(twice, bytes, (gssize)length);
    g_assert_true(g_file_set_contents(test->path, twice->str, (gssize)twice->len, NULL));
    g_autoptr(Source) source = source_open(source_file_new(test->path, NULL, NULL), NULL, NULL);
    g_autofree char *piece = g_malloc(65536);
    size_t sum = 0;
    for (ssize_t got; (got = source_read(source, piece, 65536, NULL)) != 0; sum += (size_t)got)
        g_assert_cmpint(got, >, 0);
    g_assert_cmpuint(sum, ==, 2 * test->bytes->len);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, compression, function)                                                           \
    g_test_add("/source/" name, Case, GUINT_TO_POINTER(compression), set_up, function, tear_down)
    ADD("gives_back/none", COMPRESSION_NONE, gives_back_what_was_stored);
    ADD("gives_back/gzip", COMPRESSION_GZIP, gives_back_what_was_stored);
    ADD("gives_back/zstd", COMPRESSION_ZSTD, gives_back_what_was_stored);
    ADD("gives_back/none/age", COMPRESSION_NONE, gives_back_what_was_encrypted);
    ADD("gives_back/zstd/age", COMPRESSION_ZSTD, gives_back_what_was_encrypted);
    ADD("damage_is_found/none", COMPRESSION_NONE, damage_is_found);
    ADD("damage_is_found/gzip", COMPRESSION_GZIP, damage_is_found);
    ADD("damage_is_found/zstd", COMPRESSION_ZSTD, damage_is_found);
    ADD("missing_key_is_told", 0, missing_key_is_told);
    ADD("other_key_is_told", 0, other_key_is_told);
    ADD("reader_may_leave", 0, reader_may_leave);
    ADD("members_follow_each_other/gzip", COMPRESSION_GZIP, members_follow_each_other);
    ADD("members_follow_each_other/zstd", COMPRESSION_ZSTD, members_follow_each_other);
    return g_test_run();
}
