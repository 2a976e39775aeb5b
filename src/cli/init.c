/*
 * retort init: the files of a new project.
 */
#include "base/config.h"
#include "base/file.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"
#include "pg/find.h"
#include "pg/private_place.h"

#include <stdio.h>
#include <string.h>

static const char env_example[] =
    "# Copy this file to .env, which git ignores. Without DATABASE_URL a private server is used.\n"
    "# Migrations connect as the owner of the tables.\n"
    "DATABASE_URL=postgresql://%s_owner:password@localhost:5432/%s\n"
    "# The server connects as a role that owns nothing: see models/grants.sql.\n"
    "SERVE_DATABASE_URL=postgresql://%s_app:password@localhost:5432/%s\n";

/* What follows is commented out by @prefix where the role is not there yet. */
static const char grants[] =
    "%sGRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %s_app;\n"
    "%sGRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %s_app;\n";
static const char grants_head[] = "-- What the application may do, that is the role that `retort "
                                  "serve` and `retort dev` connect\n"
                                  "-- as. ALL covers every table of the models, those of other "
                                  "files, too; a REVOKE on one table\n"
                                  "-- is an exception.\n";
static const char grants_private[] = "-- The private server has made this role. Another server "
                                     "needs it before a revision runs there:\n"
                                     "-- CREATE ROLE %s_app LOGIN PASSWORD '...';\n\n";
static const char grants_named[] =
    "-- The role belongs to the whole server, so it is made there, once, and named in\n"
    "-- SERVE_DATABASE_URL: CREATE ROLE %s_app LOGIN PASSWORD '...';\n"
    "-- Then take away the comment marks below.\n\n";

static const char *const ignored[] = {".env", ".retort/", "backups/", NULL};

/* Where the project is made, and how. */
typedef struct NewProject {
    const char *folder;
    gboolean dry_run; /* make nothing, say what would be made */
    bool quiet;
    char *name;       /* of its private database, and what the roles are named after */
    bool has_private; /* no other database is named */
} NewProject;

static void tell(const NewProject *project, const char *what, const char *path)
{
    if (project->dry_run)
        printf("%s %s ...  not done (dry run)\n", what, path);
    else if (!project->quiet)
        printf("%s %s ...  done\n", what, path);
}

static char *path_in(const NewProject *project, const char *name)
{
    const char *folder = project->folder;
    return g_str_equal(folder, ".") ? g_strdup(name) : g_build_filename(folder, name, NULL);
}

static bool make_folder(const NewProject *project, const char *name, GError **error)
{
    g_autofree char *path = path_in(project, name);
    g_autofree char *keep = g_build_filename(path, ".gitkeep", NULL);
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_message("%s is there already and stays as it is", path);
        return true;
    }
    if (!project->dry_run &&
        (!file_make_folder(path, 0777, error) || !file_write(keep, "", FILE_CREATE, error)))
        return false;
    tell(project, "Creating directory", path);
    return true;
}

static bool make_file(const NewProject *project, const char *name, const char *text, GError **error)
{
    g_autofree char *path = path_in(project, name);
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_message("%s is there already and stays as it is", path);
        return true;
    }
    if (!project->dry_run && !file_write(path, text, FILE_CREATE, error))
        return false;
    tell(project, "Generating", path);
    return true;
}

/* What is there already says how the database is named, and whether there is one. */
static bool look_around(NewProject *project, const Options *options, GError **error)
{
    g_autofree char *folder = g_canonicalize_filename(project->folder, NULL);
    g_autofree char *path = g_build_filename(folder, CONFIG_FILE, NULL);
    g_autofree char *base = g_path_get_basename(folder);
    bool exists = g_file_test(path, G_FILE_TEST_EXISTS);
    g_autoptr(Config) config = exists ? config_load(path, error) : config_new(folder);
    g_autoptr(Environment) environment = config == NULL ? NULL : environment_load(folder, error);
    if (environment == NULL)
        return false;
    const char *name = config_get(config, "private", "name");
    project->name = private_database_name(*name != '\0' ? name : base);
    FindOptions find = {
        .database_url = options->database_url,
        .environment = environment,
        .config = config,
    };
    g_autoptr(ConnectionSettings) named = NULL;
    if (!options->private_server && !settings_find(&find, &named, error))
        return false;
    project->has_private = named == NULL;
    return true;
}

/* All settings with their defaults, as comments, but the name: the models name the roles. */
static char *config_text(const NewProject *project)
{
    GString *text = g_string_new("# Settings of Retort. What is commented out shows the default.\n"
                                 "# No password belongs here: see .env.example.\n");
    const char *section = "";
    for (const ConfigSetting *setting = config_settings; setting->key != NULL; setting++) {
        if (!g_str_equal(setting->section, section))
            g_string_append_printf(text, "\n[%s]\n", setting->section);
        section = setting->section;
        bool is_name = g_str_equal(section, "private") && g_str_equal(setting->key, "name");
        g_string_append_printf(text, "# %s\n%s%s = %s\n", setting->summary, is_name ? "" : "#",
                               setting->key, is_name ? project->name : setting->fallback);
    }
    return g_string_free(text, FALSE);
}

static bool has_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **word = lines; *word != NULL; word++)
        if (g_str_equal(g_strstrip(*word), line))
            return true;
    return false;
}

/* Adds the lines that .gitignore lacks; what is there stays. */
static bool extend_gitignore(const NewProject *project, GError **error)
{
    g_autofree char *path = path_in(project, ".gitignore");
    bool exists = g_file_test(path, G_FILE_TEST_EXISTS);
    g_autofree char *old = exists ? file_read_text(path, error) : g_strdup("");
    if (old == NULL)
        return false;
    g_autoptr(GString) text = g_string_new(old);
    for (const char *const *line = ignored; *line != NULL; line++) {
        if (has_line(old, *line))
            continue;
        if (text->len > 0 && text->str[text->len - 1] != '\n')
            g_string_append_c(text, '\n');
        g_string_append_printf(text, "%s\n", *line);
    }
    if (g_str_equal(text->str, old))
        return true;
    if (!project->dry_run && !file_write(path, text->str, FILE_REPLACE, error))
        return false;
    tell(project, exists ? "Adding to" : "Generating", path);
    return true;
}

static char *grants_text(const NewProject *project)
{
    const char *name = project->name, *prefix = project->has_private ? "" : "-- ";
    g_autoptr(GString) text = g_string_new(grants_head);
    g_string_append_printf(text, project->has_private ? grants_private : grants_named, name);
    g_string_append_printf(text, grants, prefix, name, prefix, name);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool make_project(const NewProject *project, GError **error)
{
    const char *name = project->name;
    g_autofree char *config = config_text(project);
    g_autofree char *roles = grants_text(project);
    g_autofree char *example = g_strdup_printf(env_example, name, name, name, name);
    g_autofree char *models = path_in(project, "models");
    bool has_models = g_file_test(models, G_FILE_TEST_EXISTS); /* which are not to change */
    return (project->dry_run || file_make_folder(project->folder, 0777, error)) &&
           make_file(project, CONFIG_FILE, config, error) &&
           make_folder(project, "models", error) &&
           (has_models || make_file(project, "models/grants.sql", roles, error)) &&
           make_folder(project, "migrations", error) && make_folder(project, "api", error) &&
           make_file(project, ".env.example", example, error) && extend_gitignore(project, error);
}

bool run_init(int argc, char **argv, GError **error)
{
    NewProject project = {0};
    const GOptionEntry entries[] = {
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &project.dry_run, "say what it would make", NULL},
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 1, error))
        return false;
    project.folder = words[0] != NULL ? words[0] : ".";
    project.quiet = options.quiet;
    bool good = look_around(&project, &options, error) && make_project(&project, error);
    g_free(project.name);
    if (good && !project.dry_run)
        g_message("Write tables as SQL files under models/, then type: "
                  "retort revision --autogenerate -m \"first tables\"");
    return good;
}
