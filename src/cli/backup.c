/*
 * retort backup: takes a backup.
 */
#include "base/duration.h"
#include "base/interrupt.h"
#include "cli/chosen_backup.h"
#include "cli/every.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"
#include "cli/take_backup.h"
#include "cli/taken.h"

#include <unistd.h>

typedef struct BackupOptions {
    char *format;      /* (nullable) */
    char *jobs;        /* (nullable) */
    char *compress;    /* (nullable) */
    char **recipients; /* (nullable) */
    char *output;      /* (nullable) */
    char *every;       /* (nullable) */
    gint wait;         /* seconds */
    gboolean globals;
    gboolean drill;
    gboolean prune;
    gboolean json;
} BackupOptions;

static void clear_options(BackupOptions *options)
{
    g_free(options->format);
    g_free(options->jobs);
    g_free(options->compress);
    g_strfreev(options->recipients);
    g_free(options->output);
    g_free(options->every);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(BackupOptions, clear_options)

static void report(const char *folder, const Manifest *manifest, bool json)
{
    g_autofree char *text = taken_text(manifest);
    g_autofree char *path = taken_path(folder, manifest);
    g_message("%s", text);
    if (!json) {
        g_print("%s\n", path);
        return;
    }
    g_autoptr(json_t) object = taken_object(folder, manifest);
    output_json(object);
}

/* A terminal is no place for a dump, and puts CR before each LF where it is asked for one. */
static bool check_output(GError **error)
{
    if (!isatty(STDOUT_FILENO))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                "a dump is not written to a terminal\n"
                "hint: retort backup -o - > backup.sql; with docker exec, without -t");
    return false;
}

static bool refuse_words(const char *fault, GError **error)
{
    g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE, fault);
    return false;
}

static bool again(const BackupOptions *wanted, const TakeBackup *how, const Options *options,
                  GError **error)
{
    Every every = {
        .how = how,
        .options = options,
        .drill = wanted->drill,
        .prune = wanted->prune,
        .json = wanted->json,
    };
    if (!duration_parse(wanted->every, &every.interval) || every.interval < 1000)
        return refuse_words("--every takes a time such as 30min, 24h or 7d", error);
    if (g_strcmp0(wanted->output, "-") == 0)
        return refuse_words("--every keeps backups: not with \"-o -\"", error);
    return every_run(&every, error);
}

/* What asks for anything but plain SQL: above all, nobody is to hold for encrypted what is not. */
static bool check_stream(const BackupOptions *wanted, GError **error)
{
    if (wanted->globals)
        return refuse_words("--globals writes a file beside the dump: not with \"-o -\"", error);
    if (wanted->recipients != NULL)
        return refuse_words("--recipient is not for \"-o -\", which prints plain SQL\n"
                            "hint: retort backup -o - | age -r KEY > backup.sql.age",
                            error);
    if (wanted->compress != NULL)
        return refuse_words("--compress is not for \"-o -\", which prints plain SQL\n"
                            "hint: retort backup -o - | zstd > backup.sql.zst",
                            error);
    if (wanted->format != NULL && !g_str_equal(wanted->format, "plain"))
        return refuse_words("\"-o -\" prints plain SQL: no other --format", error);
    return check_output(error);
}

static bool backup(const BackupOptions *wanted, const Options *options, GError **error)
{
    const bool stream = g_strcmp0(wanted->output, "-") == 0;
    const TakeBackup how = {
        .format = wanted->format,
        .jobs = wanted->jobs,
        .compress = wanted->compress,
        .recipients = (const char *const *)wanted->recipients,
        .folder = wanted->output,
        .globals = wanted->globals,
        .wait = (unsigned)MAX(wanted->wait, 0),
        .quiet = options->quiet,
    };
    if (wanted->every != NULL)
        return again(wanted, &how, options, error);
    if (wanted->drill || wanted->prune)
        return refuse_words("--drill and --prune are for --every: \"retort drill\" and \"retort "
                            "prune\" do it once",
                            error);
    if (stream && !check_stream(wanted, error))
        return false;
    g_autoptr(Project) project = project_open_anywhere(options, error);
    if (project == NULL)
        return false;
    project_expect_named(project);
    if (stream)
        return take_backup_stream(project, &how, STDOUT_FILENO, error);
    g_autoptr(Manifest) manifest = take_backup(project, &how, error);
    if (manifest == NULL)
        return false;
    g_autofree char *folder = chosen_folder(project, wanted->output);
    report(folder, manifest, wanted->json);
    return true;
}

bool run_backup(int argc, char **argv, GError **error)
{
    g_auto(BackupOptions) wanted = {.wait = TAKE_BACKUP_WAIT};
    const GOptionEntry entries[] = {
        {"format", 'f', 0, G_OPTION_ARG_STRING, &wanted.format,
         "custom, directory or plain (default: of retort.ini)", "FORMAT"},
        {"jobs", 'j', 0, G_OPTION_ARG_STRING, &wanted.jobs, "connections that read at once", "N"},
        {"compress", 0, 0, G_OPTION_ARG_STRING, &wanted.compress,
         "zstd, gzip or none, with a level: zstd:9", "HOW"},
        {"recipient", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wanted.recipients,
         "public key of age to encrypt to; may be given several times", "KEY"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &wanted.output,
         "folder of backups (default: of retort.ini); \"-\" prints plain SQL", "FOLDER"},
        {"globals", 0, 0, G_OPTION_ARG_NONE, &wanted.globals,
         "keep roles and tablespaces of the server, too", NULL},
        {"wait", 0, 0, G_OPTION_ARG_INT, &wanted.wait,
         "how long to wait for a run of revisions (default: 3600)", "SECONDS"},
        {"every", 0, 0, G_OPTION_ARG_STRING, &wanted.every,
         "go on, and take one whenever the last good one is as old: 24h", "TIME"},
        {"drill", 0, 0, G_OPTION_ARG_NONE, &wanted.drill,
         "with --every: then restore it on a scratch database and compare", NULL},
        {"prune", 0, 0, G_OPTION_ARG_NONE, &wanted.prune,
         "with --every: then remove what [backup] keep does not ask for", NULL},
        OPTION_JSON(wanted.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error))
        return false;
    return interrupt_watch(error) && backup(&wanted, &options, error);
}
