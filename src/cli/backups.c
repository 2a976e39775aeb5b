/*
 * retort backups: what backups there are, and how good they are.
 */
#include "backup/repository.h"
#include "base/duration.h"
#include "cli/backup_age.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"

static const OutputColumn columns[] = {
    {"id", "backup", false},   {"database", "database", false}, {"state", "state", false},
    {"age", "age", true},      {"size", "size", true},          {"revisions", "revision", false},
    {"drill", "drill", false}, {"pinned", "pinned", false},     {NULL},
};

/* (transfer full) (nullable): what the last drill found, in a word. */
static char *drill_text(const BackupResult *drill)
{
    if (drill == NULL)
        return NULL;
    return drill->good ? g_strdup_printf("restored in %.1f s", drill->seconds) : g_strdup("failed");
}

static json_t *result_object(const BackupResult *result)
{
    if (result == NULL)
        return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "at", output_string(result->at));
    json_object_set_new(object, "good", json_boolean(result->good));
    json_object_set_new(object, "fault", output_string(result->fault));
    json_object_set_new(object, "seconds", json_real(result->seconds));
    return object;
}

static json_t *word_array(const GPtrArray *words)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < words->len; i++)
        json_array_append_new(array, output_string(words->pdata[i]));
    return array;
}

/* What the manifest tells. */
static void add_manifest(json_t *row, const Manifest *manifest)
{
    g_autofree char *size = output_bytes(manifest->stored_bytes);
    json_object_set_new(row, "size", output_string(size));
    json_object_set_new(row, "bytes", json_integer(manifest->stored_bytes));
    json_object_set_new(row, "revisions", word_array(manifest->revisions));
    json_object_set_new(row, "database", output_string(manifest->database));
    json_object_set_new(row, "format", output_string(manifest->format));
    json_object_set_new(row, "encryption", output_string(manifest->encryption));
    json_object_set_new(row, "server_version", output_string(manifest->server_version_text));
}

static json_t *make_row(const Backup *backup, const BackupAges *ages, int64_t now)
{
    json_t *row = json_object();
    g_autofree char *began = moment_format(backup->time);
    g_autofree char *age = duration_in_words(now - backup->time);
    g_autofree char *drill = drill_text(backup->drill);
    bool silent = backup->pinned != NULL && *backup->pinned == '\0';
    json_object_set_new(row, "id", output_string(backup->id));
    json_object_set_new(row, "state", output_string(backup_state_name(backup->state)));
    json_object_set_new(row, "fault", output_string(backup->fault));
    json_object_set_new(row, "began", output_string(began));
    json_object_set_new(row, "age", output_string(age));
    json_object_set_new(row, "age_seconds", json_integer(now - backup->time));
    if (backup->manifest != NULL)
        add_manifest(row, backup->manifest);
    json_object_set_new(row, "drill", output_string(drill));
    json_object_set_new(row, "last_drill", result_object(backup->drill));
    json_object_set_new(row, "last_verify", result_object(backup->verified));
    json_object_set_new(row, "pinned", output_string(silent ? "yes" : backup->pinned));
    json_object_set_new(row, "folder", output_string(backup->folder));
    json_object_set_new(row, "last_good", json_boolean(g_strcmp0(backup->id, ages->good) == 0));
    json_object_set_new(row, "last_proven", json_boolean(g_strcmp0(backup->id, ages->proven) == 0));
    return row;
}

/* What they are, and how old, at a moment. */
typedef struct Found {
    const GPtrArray *backups; /* (element-type Backup) */
    const BackupAges *ages;
    const GPtrArray *faults; /* (element-type utf8): of their ages */
    int64_t now;
} Found;

static void print_backups(const Found *found, const char *folder, bool json)
{
    g_autoptr(json_t) rows = json_array();
    for (unsigned i = 0; i < found->backups->len; i++)
        json_array_append_new(rows, make_row(found->backups->pdata[i], found->ages, found->now));
    output_rows(rows, columns, json);
    g_autofree char *text = backup_age_text(found->ages, found->now);
    if (found->backups->len == 0)
        g_message("there are no backups in \"%s\"", folder);
    else
        g_message("%s", text);
    for (unsigned i = 0; i < found->backups->len; i++) {
        const Backup *backup = found->backups->pdata[i];
        if (backup->fault != NULL)
            g_warning("backup \"%s\" is broken: %s", backup->id, backup->fault);
    }
    for (unsigned i = 0; i < found->faults->len; i++)
        g_warning("%s", (const char *)found->faults->pdata[i]);
}

static json_t *last_object(const char *id, int64_t time, int64_t most, int64_t now)
{
    json_t *object = json_object();
    json_object_set_new(object, "id", output_string(id));
    json_object_set_new(object, "age_seconds",
                        id != NULL ? json_integer(MAX(now - time, 0)) : json_null());
    json_object_set_new(object, "most_seconds", most > 0 ? json_integer(most) : json_null());
    return object;
}

static void print_check(const BackupAges *ages, const BackupLimits *limits, const GPtrArray *faults,
                        int64_t now)
{
    g_autoptr(json_t) object = json_object();
    json_object_set_new(object, "good", last_object(ages->good, ages->good_time, limits->age, now));
    json_object_set_new(object, "proven",
                        last_object(ages->proven, ages->proven_time, limits->proven_age, now));
    json_object_set_new(object, "faults", word_array(faults));
    output_json(object);
}

/* For monitoring: without a good one something is wrong, whatever the limits. */
static bool check(const Config *config, const BackupLimits *limits, bool json, GError **error)
{
    g_autofree char *folder = config_path(config, "backup", "folder");
    const int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    g_auto(BackupAges) ages = {0};
    if (!backup_ages_read(folder, NULL, now, &ages, error))
        return false;
    const BackupLimits least = {limits->age > 0 ? limits->age : G_MAXINT64, limits->proven_age};
    g_autoptr(GPtrArray) faults = backup_age_faults(&ages, &least, now);
    g_autofree char *text = backup_age_text(&ages, now);
    if (json)
        print_check(&ages, limits, faults, now);
    else
        g_print("%s\n", text);
    if (faults->len == 0)
        return true;
    g_ptr_array_add(faults, NULL);
    g_autofree char *all = g_strjoinv("; ", (char **)faults->pdata);
    g_set_error_literal(error, APP_ERROR, APP_ERROR_VERIFY, all);
    return false;
}

static bool list(const Config *config, const BackupLimits *limits, bool json, GError **error)
{
    g_autofree char *folder = config_path(config, "backup", "folder");
    g_autoptr(GPtrArray) backups = repository_list(folder, error);
    if (backups == NULL)
        return false;
    g_auto(BackupAges) ages = {0};
    const int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    backup_ages_find(backups, NULL, now, &ages);
    g_autoptr(GPtrArray) faults = backup_age_faults(&ages, limits, now);
    print_backups(&(Found){backups, &ages, faults, now}, folder, json);
    return true;
}

bool run_backups(int argc, char **argv, GError **error)
{
    gboolean json = FALSE, only_check = FALSE;
    const GOptionEntry entries[] = {
        {"check", 0, 0, G_OPTION_ARG_NONE, &only_check,
         "only say how old the last ones are, and fail if that is too old", NULL},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    const Config *config = project != NULL ? project_config(project) : NULL;
    BackupLimits limits = {0};
    if (config == NULL || !backup_limits_read(config, &limits, error))
        return false;
    return (only_check ? check : list)(config, &limits, json, error);
}
