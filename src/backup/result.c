#include "backup/result.h"

#include "backup/moment.h"
#include "backup/record.h"
#include "backup/tree.h"
#include "base/file.h"

enum { LONGEST = 1 << 20 };

static bool is_time(const char *text)
{
    return moment_parse(text, NULL);
}

static const Field fields[] = {
    {"at", FIELD_TEXT, offsetof(BackupResult, at), .is_good = is_time,
     .rule = "must be a time in UTC as 2026-11-22T18:30:00Z"},
    {"good", FIELD_FLAG, offsetof(BackupResult, good)},
    {"fault", FIELD_TEXT_OR_NULL, offsetof(BackupResult, fault)},
    {"seconds", FIELD_SECONDS, offsetof(BackupResult, seconds)},
    {NULL},
};

static const RecordShape shape = {sizeof(BackupResult), fields, NULL, .kind = "result",
                                  .version = 1};

void backup_result_free(BackupResult *result)
{
    if (result == NULL)
        return;
    record_clear(&shape, result);
    g_free(result);
}

bool backup_result_load(const char *folder, const char *file, BackupResult **out_result,
                        GError **error)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        *out_result = NULL;
        return true;
    }
    g_autofree char *text = tree_read_text(path, LONGEST, error);
    g_autoptr(BackupResult) result = g_new0(BackupResult, 1);
    if (text == NULL || !record_parse(&shape, path, text, result, error))
        return false;
    *out_result = g_steal_pointer(&result);
    return true;
}

bool backup_result_write(const char *folder, const char *file, const BackupResult *result,
                         GError **error)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *text = record_format(&shape, result);
    return file_write(path, text, FILE_PRIVATE, error);
}
