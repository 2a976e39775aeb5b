#include "cli/named_dump.h"

#include "cli/backup_before.h"
#include "cli/chosen_backup.h"

#include <unistd.h>

void named_dump_clear(NamedDump *named)
{
    if (named->held >= 0)
        close(named->held);
    backup_free(named->backup);
    source_free(named->source);
    g_free(named->directory);
}

static bool has_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static bool find_backup(const char *folder, const char *name, NamedDump *named, GError **error)
{
    named->backup = chosen_backup(folder, name, &named->held, error);
    return named->backup != NULL;
}

/* A folder: a backup, wherever it lies, or what pg_dump wrote. */
static bool find_folder(const char *path, NamedDump *named, GError **error)
{
    g_autofree char *canonical = g_canonicalize_filename(path, NULL);
    g_autofree char *parent = g_path_get_dirname(canonical);
    g_autofree char *name = g_path_get_basename(canonical);
    if (has_file(path, MANIFEST_FILE))
        return find_backup(parent, name, named, error);
    if (has_file(path, "toc.dat")) {
        named->directory = g_strdup(path);
        return true;
    }
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "folder \"%s\" is neither a backup nor a dump: it has no " MANIFEST_FILE
                " and no toc.dat",
                path);
    return false;
}

/* What was taken before a revision was applied. */
static bool find_before(Project *project, const DumpName *dump, NamedDump *named, GError **error)
{
    g_autofree char *folder = chosen_folder(project, dump->folder);
    g_autofree char *id = backup_before(project, folder, dump->before, error);
    return id != NULL && find_backup(folder, id, named, error);
}

static bool find_source(Project *project, const DumpName *dump, NamedDump *named, GError **error)
{
    const char *name = dump->name;
    Source *stored = g_str_equal(name, "-") ? source_descriptor_new(STDIN_FILENO)
                                            : source_file_new(name, NULL, error);
    named->source = stored != NULL
                        ? source_open(stored, chosen_identities(project, dump->identities), error)
                        : NULL;
    return named->source != NULL;
}

bool named_dump_find(Project *project, const DumpName *dump, NamedDump *named, GError **error)
{
    const char *name = dump->name;
    if (dump->before != NULL)
        return find_before(project, dump, named, error);
    if (g_str_equal(name, "-") || g_file_test(name, G_FILE_TEST_IS_REGULAR))
        return find_source(project, dump, named, error);
    if (g_file_test(name, G_FILE_TEST_IS_DIR))
        return find_folder(name, named, error);
    g_autofree char *folder = chosen_folder(project, dump->folder);
    return find_backup(folder, name, named, error);
}

bool named_dump_origin(NamedDump *named, Origin *origin, GError **error)
{
    if (named->backup != NULL)
        origin_of_manifest(named->backup->manifest, origin);
    else if (named->source != NULL)
        return origin_of_source(&named->source, origin, error);
    else
        return origin_of_directory(named->directory, origin, error);
    return true;
}
