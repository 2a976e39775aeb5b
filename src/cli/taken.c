#include "cli/taken.h"

#include "cli/output.h"

#include <inttypes.h>

char *taken_text(const Manifest *manifest)
{
    g_autofree char *size = output_bytes(manifest->stored_bytes);
    return g_strdup_printf("%u tables with %" PRId64 " rows in %s, in %.1f s",
                           manifest->tables->len, manifest_count_rows(manifest), size,
                           manifest->seconds);
}

char *taken_path(const char *folder, const Manifest *manifest)
{
    return g_build_filename(folder, manifest->id, NULL);
}

json_t *taken_object(const char *folder, const Manifest *manifest)
{
    g_autofree char *path = taken_path(folder, manifest);
    json_t *row = json_object();
    json_object_set_new(row, "id", output_string(manifest->id));
    json_object_set_new(row, "folder", output_string(path));
    json_object_set_new(row, "bytes", json_integer(manifest->stored_bytes));
    json_object_set_new(row, "seconds", json_real(manifest->seconds));
    json_object_set_new(row, "tables", json_integer(manifest->tables->len));
    json_object_set_new(row, "rows", json_integer(manifest_count_rows(manifest)));
    return row;
}
