/*
 * retort key: a new API key. It is shown once; what stays is its hash.
 */
#include "access/db_roles.h"
#include "access/key_file.h"
#include "access/word_list.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/project.h"
#include "cli/run.h"

#include <stdio.h>

/* The options of the command. A value: begin with {0}. */
typedef struct KeyOptions {
    char **roles;  /* (nullable) */
    char *db_role; /* (nullable) */
    gboolean no_file;
    gboolean dry_run;
    gboolean json;
} KeyOptions;

static void key_options_clear(KeyOptions *options)
{
    g_strfreev(options->roles);
    g_free(options->db_role);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(KeyOptions, key_options_clear)

static bool refuse(const char *message, GError **error)
{
    g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE, message);
    return false;
}

/* The file of keys; %NULL with @out_path for --no-file. */
static bool find_file(const Project *project, const KeyOptions *options, char **out_path,
                      GError **error)
{
    const Config *config = project_config(project);
    if (options->no_file)
        return true;
    if (*config_get(config, "access", "keys") == '\0') {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "no file of keys is named\n"
                    "hint: write keys = keys.txt into [access] of %s, or add --no-file",
                    CONFIG_FILE);
        return false;
    }
    *out_path = config_path(config, "access", "keys");
    return true;
}

static bool check_roles(const Project *project, const KeyOptions *options, GError **error)
{
    for (char **role = options->roles; role != NULL && *role != NULL; role++) {
        g_auto(GStrv) words = word_list(*role);
        if (g_strv_length(words) != 1 || !g_str_equal(words[0], *role))
            return refuse("a role is one word, without blanks and commas\n"
                          "hint: --role reader --role editor",
                          error);
    }
    if (options->db_role == NULL)
        return true;
    g_autoptr(DbRoles) db_roles = db_roles_load(project_config(project), error);
    if (db_roles == NULL)
        return false;
    if (db_roles_allow(db_roles, options->db_role) != NULL)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "database role \"%s\" is not in \"db_roles\" of [access]\n"
                "hint: add it to that setting in %s",
                options->db_role, CONFIG_FILE);
    return false;
}

static void print_key(const KeyOptions *options, const KeyText *text, const char *key,
                      const char *path)
{
    g_autofree char *line = key_line(text);
    if (options->json) {
        g_autoptr(json_t) result = json_object();
        json_object_set_new(result, "name", output_string(text->name));
        json_object_set_new(result, "key", output_string(key));
        json_object_set_new(result, "hash", output_string(text->hash));
        json_object_set_new(result, "file", output_string(path));
        output_json(result);
        return;
    }
    printf("%s\n", key);
    if (path == NULL)
        printf("%s", line);
    g_message("the key is shown this once; its hash is %s",
              path != NULL ? "in the file of keys" : "behind it, for the file or table of keys");
}

static bool make_key(const Project *project, const char *name, const KeyOptions *options,
                     GError **error)
{
    g_autofree char *path = NULL;
    if (!key_name_is_good(name))
        return refuse("a name is 1 to 64 letters, digits and . _ @ -", error);
    if (!find_file(project, options, &path, error) || !check_roles(project, options, error))
        return false;
    if (options->dry_run) {
        printf("Adding key %s to %s ...  not done (dry run)\n", name, path != NULL ? path : "-");
        return true;
    }
    g_autofree char *roles = options->roles != NULL ? g_strjoinv(",", options->roles) : NULL;
    g_autofree char *key = key_make();
    g_autofree char *hash = key_hash_text(key);
    KeyText text = {.name = name, .hash = hash, .roles = roles, .db_role = options->db_role};
    if (path != NULL && !key_file_add(path, &text, error))
        return false;
    print_key(options, &text, key, path);
    return true;
}

bool run_key(int argc, char **argv, GError **error)
{
    g_auto(KeyOptions) own = {0};
    const GOptionEntry entries[] = {
        {"role", 0, 0, G_OPTION_ARG_STRING_ARRAY, &own.roles,
         "what it may do: a role that endpoints ask for; several times", "ROLE"},
        {"db-role", 0, 0, G_OPTION_ARG_STRING, &own.db_role,
         "role to work as in the database, one of db_roles", "ROLE"},
        {"no-file", 0, 0, G_OPTION_ARG_NONE, &own.no_file,
         "print its line, for a table of keys, and add it to no file", NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &own.dry_run, "make no key, say where it would go",
         NULL},
        OPTION_JSON(own.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    return project != NULL && make_key(project, words[0], &own, error);
}
