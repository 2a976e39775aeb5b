/*
 * Runs the kept inputs of a folder through a fuzz target, with any compiler; those that somebody
 * wrote also cut off at several places.
 */
#include "fuzz.h"

/* By tools/fuzz: the fuzzer names an input by its checksum. */
static bool was_found(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    return strlen(name) == 40 && strspn(name, "0123456789abcdef") == 40;
}

static void run_file(const void *data)
{
    const char *path = data;
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, &length, &error);
    g_assert_no_error(error);
    for (gsize cut = 0; cut < length && !was_found(path); cut += 1 + length / 64)
        LLVMFuzzerTestOneInput((const uint8_t *)text, cut);
    LLVMFuzzerTestOneInput((const uint8_t *)text, length);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(argv[1], 0, &error);
    g_assert_no_error(error);
    unsigned count = 0;
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *test = g_strconcat("/corpus/", name, NULL);
        g_test_add_data_func_full(test, g_build_filename(argv[1], name, NULL), run_file, g_free);
        count++;
    }
    g_assert_cmpuint(count, >, 0);
    return g_test_run();
}
