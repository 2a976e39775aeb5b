#include "cli/take_backup.h"

#include "backup/dump.h"
#include "backup/partial.h"
#include "backup/repository.h"
#include "backup/tree.h"
#include "cli/chosen_backup.h"
#include "cli/output.h"
#include "cli/restored.h"

enum { MOST_JOBS = 64, MEGABYTE = 1000000 };

/* A setting, and what the command line says in its place. */
typedef struct Said {
    const Config *config;
    const char *key;
    const char *option; /* (nullable): the value of the command line */
} Said;

static const char *value_of(const Said *said)
{
    return said->option != NULL ? said->option : config_get(said->config, "backup", said->key);
}

static bool refuse(const Said *said, const char *fault, GError **error)
{
    if (said->option == NULL)
        return config_refuse(said->config, "backup", said->key, fault, error);
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "--%s: \"%s\" %s", said->key, said->option,
                fault);
    return false;
}

static bool read_format(const Said *said, DumpFormat *out_format, GError **error)
{
    for (DumpFormat format = DUMP_CUSTOM; format <= DUMP_PLAIN; format++)
        if (g_str_equal(value_of(said), dump_format_name(format))) {
            *out_format = format;
            return true;
        }
    return refuse(said, "must be custom, directory or plain", error);
}

static bool read_jobs(const Said *said, unsigned *out_jobs, GError **error)
{
    guint64 jobs = 0;
    if (!g_ascii_string_to_unsigned(value_of(said), 10, 1, MOST_JOBS, &jobs, NULL))
        return refuse(said, "must be a whole number from 1 to 64", error);
    *out_jobs = (unsigned)jobs;
    return true;
}

/* "zstd", "gzip:6" */
static bool read_compression(const Said *said, DumpOptions *dump, GError **error)
{
    static const gint64 most[] = {
        [COMPRESSION_NONE] = 0, [COMPRESSION_GZIP] = 9, [COMPRESSION_ZSTD] = 19};
    g_auto(GStrv) words = g_strsplit(value_of(said), ":", 2);
    for (Compression kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
        if (g_strcmp0(words[0], compression_name(kind)) != 0)
            continue;
        gint64 level = 0;
        if (words[1] != NULL && (most[kind] == 0 || !g_ascii_string_to_signed(
                                                        words[1], 10, 1, most[kind], &level, NULL)))
            break;
        dump->compression = kind;
        dump->level = (int)level;
        return true;
    }
    return refuse(said, "must be none, gzip or zstd, with a level from 1 to 9 or to 19: zstd:9",
                  error);
}

/* @wanted: by an option */
static bool read_globals(const Said *said, bool wanted, DumpGlobals *out_globals, GError **error)
{
    static const char *const words[] = {"no", "yes", "passwords"};
    for (DumpGlobals globals = GLOBALS_NONE; globals <= GLOBALS_WITH_PASSWORDS; globals++)
        if (g_str_equal(value_of(said), words[globals])) {
            *out_globals = wanted ? MAX(globals, GLOBALS_WITHOUT_PASSWORDS) : globals;
            return true;
        }
    return refuse(said, "must be no, yes or passwords", error);
}

/* Where somebody waits to change a table, it does not wait behind. */
static char *hash_schema(void *data, GError **error)
{
    Project *project = data;
    g_autoptr(Database) db = project_open_database(project, error);
    if (db == NULL || !database_execute(db, "SET lock_timeout = '3s'", error))
        return NULL;
    return restored_hash_schema(project, db, error);
}

/* What is told while it goes on. */
typedef struct Telling {
    Progress *progress;
    gint64 began;
} Telling;

static void tell(const DumpStanding *standing, void *data)
{
    const Telling *telling = data;
    double seconds = (double)(g_get_monotonic_time() - telling->began) / G_USEC_PER_SEC;
    double rate = (double)standing->fingerprinted / MAX(seconds, 0.1);
    double left = (double)(standing->whole - standing->fingerprinted) / MAX(rate, 1);
    g_autofree char *detail =
        standing->whole > 0
            ? g_strdup_printf("MB, %.0f MB/s, about %.0f s left", rate / MEGABYTE, left)
            : g_strdup("MB");
    progress_update(telling->progress, (size_t)(standing->fingerprinted / MEGABYTE),
                    (size_t)(standing->whole / MEGABYTE), detail);
}

static void tell_waiting(const char *other, void *data)
{
    (void)data;
    g_message("Waiting for %s", other);
}

static bool read_options(const TakeBackup *how, const Config *config, DumpOptions *dump,
                         GError **error)
{
    return read_format(&(Said){config, "format", how->format}, &dump->format, error) &&
           read_jobs(&(Said){config, "jobs", how->jobs}, &dump->jobs, error) &&
           read_globals(&(Said){config, "globals", NULL}, how->globals, &dump->globals, error) &&
           read_compression(&(Said){config, "compress", how->compress}, dump, error);
}

/* What a dump is told, with what it borrows. */
typedef struct Prepared {
    DumpOptions dump;
    VersionTable *table;
    char **recipients; /* of retort.ini */
} Prepared;

static void clear_prepared(Prepared *prepared)
{
    version_table_free(prepared->table);
    g_strfreev(prepared->recipients);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Prepared, clear_prepared)

static bool prepare(Project *project, const TakeBackup *how, Prepared *prepared, GError **error)
{
    const Config *config = project_config(project);
    DumpOptions *dump = &prepared->dump;
    prepared->table = version_table_new(config_get(config, "migrate", "version_table"), error);
    if (prepared->table == NULL || !read_options(how, config, dump, error))
        return false;
    prepared->recipients = g_strsplit_set(config_get(config, "backup", "recipients"), " \t,", -1);
    const char *const *recipients =
        how->recipients != NULL ? how->recipients : (const char *const *)prepared->recipients;
    dump->environment = project_environment(project);
    dump->version_table = prepared->table;
    dump->meeting = (MeetingOptions){how->wait, tell_waiting, NULL};
    dump->recipients = *recipients != NULL ? recipients : NULL;
    dump->settings = project_settings(project, error);
    return dump->settings != NULL;
}

static bool has_one_of(const GPtrArray *names, int64_t second)
{
    int64_t time = 0;
    for (unsigned i = names != NULL ? names->len : 0; i > 0; i--)
        if (backup_id_parse(names->pdata[i - 1], &time) && time == second)
            return true;
    return false;
}

/* (transfer full): of a second in which no other one began, which it may wait for: the ids of two
 * would not tell which is the newer. */
static char *new_id(const char *folder, GError **error)
{
    for (;;) {
        const int64_t now = g_get_real_time();
        g_autoptr(GPtrArray) names = NULL;
        if (!tree_names(folder, &names, error))
            return NULL;
        if (!has_one_of(names, now / G_USEC_PER_SEC))
            return backup_id_new(now / G_USEC_PER_SEC);
        g_usleep((gulong)(G_USEC_PER_SEC - now % G_USEC_PER_SEC));
    }
}

static Manifest *store(const DumpOptions *dump, const char *folder, GError **error)
{
    g_autofree char *id = new_id(folder, error);
    g_autoptr(PartialBackup) partial = id != NULL ? partial_begin(folder, id, error) : NULL;
    g_autoptr(Manifest) manifest =
        partial != NULL ? dump_into(dump, partial_folder(partial), id, error) : NULL;
    if (manifest == NULL || !partial_commit(partial, manifest, error))
        return NULL;
    return g_steal_pointer(&manifest);
}

Manifest *take_backup(Project *project, const TakeBackup *how, GError **error)
{
    g_auto(Prepared) prepared = {0};
    if (!prepare(project, how, &prepared, error))
        return NULL;
    g_autoptr(Progress) progress = progress_new("backup", how->quiet);
    Telling telling = {progress, g_get_monotonic_time()};
    g_autofree char *folder = chosen_folder(project, how->folder);
    prepared.dump.hash_schema = hash_schema;
    prepared.dump.hash_data = project;
    prepared.dump.progress = tell;
    prepared.dump.data = &telling;
    return store(&prepared.dump, folder, error);
}

bool take_backup_stream(Project *project, const TakeBackup *how, int descriptor, GError **error)
{
    g_auto(Prepared) prepared = {0};
    if (!prepare(project, how, &prepared, error))
        return false;
    prepared.dump.format = DUMP_PLAIN;
    return dump_stream(&prepared.dump, descriptor, error);
}
