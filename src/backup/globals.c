#include "backup/globals.h"

#include "backup/dump_file.h"
#include "base/child.h"
#include "pg/binaries.h"

#include <string.h>

enum { BLOCK = 65536 };

static bool refuse(const char *fault, GError **error)
{
    g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE, fault);
    return false;
}

bool globals_check(const DumpOptions *options, Database *db, GError **error)
{
    if (options->globals != GLOBALS_WITH_PASSWORDS)
        return true;
    if (options->recipients == NULL)
        return refuse("hashes of passwords are kept in encrypted backups alone\n"
                      "hint: set [backup] recipients, or globals = yes, which leaves them out",
                      error);
    const char *superuser = PQparameterStatus(database_connection(db), "is_superuser");
    return g_strcmp0(superuser, "on") == 0 ||
           refuse("only a superuser may read the hashes of passwords\n"
                  "hint: set [backup] globals = yes, which leaves them out",
                  error);
}

static Child *start(const DumpOptions *options, Database *db, GError **error)
{
    g_autofree char *path = binaries_find_client(options->environment, "pg_dumpall",
                                                 database_version(db) / 10000, error);
    if (path == NULL)
        return NULL;
    g_autofree char *conninfo = settings_conninfo(options->settings);
    g_autofree char *where = g_strconcat("--dbname=", conninfo, NULL);
    /* Else it looks for "postgres" or "template1", which the role may not be let into. A name that
     * has "=" in it would be taken for a connection string: so it is one. */
    g_autoptr(ConnectionSettings) there =
        settings_for_database(options->settings, PQdb(database_connection(db)));
    g_autofree char *name = settings_conninfo(there);
    g_autofree char *database = g_strconcat("--database=", name, NULL);
    const char *const words[] = {
        path,
        "--globals-only",
        "--no-password",
        where,
        database,
        options->globals == GLOBALS_WITH_PASSWORDS ? NULL : "--no-role-passwords",
        NULL,
    };
    g_auto(GStrv) ours = g_get_environ();
    g_auto(GStrv) variables = settings_environment(options->settings, ours);
    const ProcessStart how = {.words = words, .environment = variables};
    return child_start(&how, CHILD_OUT, error);
}

static bool pump(Child *child, Sink *sink, GError **error)
{
    g_autofree char *block = g_malloc(BLOCK);
    ssize_t got = 0;
    while ((got = child_read(child, block, BLOCK, error)) > 0)
        if (!sink_write(sink, block, (size_t)got, error))
            return false;
    return got == 0 && child_end(child, error) && sink_end(sink, error);
}

bool globals_dump(const DumpOptions *options, Database *db, const char *folder, Manifest *manifest,
                  GError **error)
{
    if (options->globals == GLOBALS_NONE)
        return true;
    ManifestFile *file = g_new0(ManifestFile, 1);
    g_ptr_array_add(manifest->files, file);
    g_autoptr(Sink) sink = dump_file_open(options, folder, GLOBALS_FILE, file, error);
    g_autoptr(Child) child = sink != NULL ? start(options, db, error) : NULL;
    return child != NULL && pump(child, sink, error);
}

static const ManifestFile *find_file(const Manifest *manifest)
{
    for (unsigned i = 0; i < manifest->files->len; i++) {
        const ManifestFile *file = manifest->files->pdata[i];
        if (g_str_has_prefix(file->name, GLOBALS_FILE))
            return file;
    }
    return NULL;
}

char *globals_command(const Backup *backup)
{
    const ManifestFile *file = backup->manifest != NULL ? find_file(backup->manifest) : NULL;
    if (file == NULL)
        return NULL;
    g_autofree char *path = g_build_filename(backup->folder, file->name, NULL);
    g_autofree char *quoted = g_shell_quote(path);
    const char *unpack = strstr(file->name, ".zst") != NULL  ? "zstd -dc"
                         : strstr(file->name, ".gz") != NULL ? "gzip -dc"
                                                             : NULL;
    if (g_str_has_suffix(file->name, ".age"))
        return g_strdup_printf("age -d -i KEY %s%s%s | psql -X -d postgres", quoted,
                               unpack != NULL ? " | " : "", unpack != NULL ? unpack : "");
    return unpack != NULL ? g_strdup_printf("%s %s | psql -X -d postgres", unpack, quoted)
                          : g_strdup_printf("psql -X -d postgres -f %s", quoted);
}
