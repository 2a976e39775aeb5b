/*
 * Any bytes as a manifest, as they are and with the right checksum: refused with a place, or read
 * so that what is written of it reads the same.
 */
#include "backup/manifest.h"
#include "backup/record.h"
#include "fuzz.h"

static void check(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Manifest) manifest = manifest_parse("m.json", text, &error);
    g_assert_true((manifest == NULL) == (error != NULL));
    if (manifest == NULL) {
        g_assert_true(g_str_has_prefix(error->message, "m.json:"));
        return;
    }
    for (unsigned i = 0; i < manifest->files->len; i++) {
        const ManifestFile *file = manifest->files->pdata[i];
        g_assert_true(file->name[0] != '/' && strstr(file->name, "/../") == NULL &&
                      !g_str_has_prefix(file->name, "../") && !g_str_has_suffix(file->name, "/.."));
    }
    g_autofree char *written = manifest_format(manifest);
    g_autoptr(Manifest) again = manifest_parse("again.json", written, &error);
    g_assert_no_error(error);
    g_autofree char *written_again = manifest_format(again);
    g_assert_cmpstr(written_again, ==, written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_copy(data, size);
    check(text);
    g_autofree char *sealed = record_seal(text);
    check(sealed);
    return 0;
}
