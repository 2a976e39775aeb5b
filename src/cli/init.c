/*
 * retort init: the files of a new project.
 */
#include "base/config.h"
#include "base/file.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/run.h"

#include <stdio.h>
#include <string.h>

static const char env_example[] =
    "# Copy this file to .env, which git ignores. Without DATABASE_URL a private server is used.\n"
    "DATABASE_URL=postgresql://user:password@localhost:5432/database\n";

static const char *const ignored[] = {".env", ".retort/", NULL};

/* Where the project is made, and how. */
typedef struct NewProject {
    const char *folder;
    gboolean dry_run; /* make nothing, say what would be made */
    bool quiet;
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

/* All settings with their defaults, as comments. */
static char *config_text(void)
{
    GString *text = g_string_new("# Settings of Retort. What is commented out shows the default.\n"
                                 "# No password belongs here: see .env.example.\n");
    const char *section = "";
    for (const ConfigSetting *setting = config_settings; setting->key != NULL; setting++) {
        if (!g_str_equal(setting->section, section))
            g_string_append_printf(text, "\n[%s]\n", setting->section);
        section = setting->section;
        g_string_append_printf(text, "# %s\n#%s = %s\n", setting->summary, setting->key,
                               setting->fallback);
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

static bool make_project(const NewProject *project, GError **error)
{
    g_autofree char *config = config_text();
    return (project->dry_run || file_make_folder(project->folder, 0777, error)) &&
           make_file(project, CONFIG_FILE, config, error) &&
           make_folder(project, "models", error) && make_folder(project, "migrations", error) &&
           make_folder(project, "api", error) &&
           make_file(project, ".env.example", env_example, error) &&
           extend_gitignore(project, error);
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
    if (!make_project(&project, error))
        return false;
    if (!project.dry_run)
        g_message("Write tables as SQL files under models/, then type: "
                  "retort revision --autogenerate -m \"first tables\"");
    return true;
}
