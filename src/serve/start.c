#include "serve/start.h"

#include "migrate/revision_folder.h"
#include "migrate/version_table.h"
#include "serve/db_role_check.h"
#include "serve/health.h"
#include "serve/prepare.h"
#include "serve/role_check.h"

/* Between two attempts to connect, in microseconds. */
enum { PAUSE = 200000 };

static bool is_later(int64_t deadline)
{
    return g_get_monotonic_time() + PAUSE > deadline;
}

bool start_set_path(const ServerOptions *options, Database *db, GError **error)
{
    const char *path = config_get(options->config, "migrate", "search_path");
    return prepare_set_patience(db, MAX(options->wait, PREPARE_PATIENCE), error) &&
           database_set_search_path(db, path, error);
}

Database *start_connect(const ServerOptions *options, GError **error)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)options->wait * G_USEC_PER_SEC;
    bool told = false;
    for (;;) {
        g_autoptr(GError) reason = NULL; /* while there is time, it is no failure yet */
        g_autoptr(Database) db = database_open(options->database, &reason);
        if (db != NULL)
            return start_set_path(options, db, error) ? g_steal_pointer(&db) : NULL;
        if (!g_error_matches(reason, APP_ERROR, APP_ERROR_CONNECT) || is_later(deadline)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return NULL;
        }
        if (!told)
            g_message("waiting for the database: %s", reason->message);
        told = true;
        g_usleep(PAUSE);
    }
}

static bool verify_role(const ServerOptions *options, Database *db, GError **error)
{
    g_autoptr(GPtrArray) findings = role_check(db, error);
    if (findings == NULL)
        return false;
    g_autofree char *refused = role_check_text(findings, true);
    g_autofree char *warned = role_check_text(findings, false);
    if (warned != NULL)
        g_warning("%s", warned);
    if (refused == NULL)
        return true;
    if (options->allow_owner)
        g_warning("%s", refused);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "%s\nhint: \"--allow-owner\" serves all the same", refused);
    return options->allow_owner;
}

static bool any_exists(char **folders)
{
    for (char **folder = folders; *folder != NULL; folder++)
        if (g_file_test(*folder, G_FILE_TEST_IS_DIR))
            return true;
    return false;
}

bool start_revisions(const ServerOptions *options, RevisionGraph **out_graph, GError **error)
{
    g_auto(GStrv) folders = config_paths(options->config, "retort", "migrations");
    if (!any_exists(folders))
        return true;
    *out_graph = revision_folder_load(folders, REVISION_HEADER, error);
    return *out_graph != NULL;
}

/* What is to be said of @found, if it is not what is expected. */
static char *describe_revisions(const RevisionGraph *revisions, char **found)
{
    HealthRevisions standing = health_compare_revisions(revisions, (const char *const *)found);
    if (!standing.checked)
        return NULL;
    if (standing.unknown > 0)
        return g_strdup("the database is at a revision that is not among the files here\n"
                        "hint: [retort] migrations names their folder");
    if (standing.behind > 0)
        return g_strdup_printf("the database lacks %u revision%s\n"
                               "hint: \"retort upgrade head\" runs what is missing",
                               standing.behind, standing.behind == 1 ? "" : "s");
    return NULL;
}

/* The role of a server need not be allowed to look; health then says that it does not know. */
static bool verify_revision(const ServerOptions *options, const RevisionGraph *revisions,
                            Database *db, GError **error)
{
    const char *name = config_get(options->config, "migrate", "version_table");
    g_autoptr(VersionTable) table = version_table_new(name, error);
    if (table == NULL)
        return false;
    bool must = options->settings->revision == REVISION_REFUSE;
    g_autoptr(GError) reason = NULL; /* a warning, unless it must be known */
    g_auto(GStrv) found = version_table_load(table, db, &reason);
    g_autofree char *text =
        found != NULL ? describe_revisions(revisions, found) : g_strdup(reason->message);
    if (text == NULL)
        return true;
    if (must)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_REFUSED, text);
    else
        g_warning("%s", text);
    return !must;
}

bool start_verify(const ServerOptions *options, const RevisionGraph *revisions, Database *db,
                  GError **error)
{
    return verify_role(options, db, error) && verify_revision(options, revisions, db, error);
}

bool start_verify_db_roles(const Access *access, Database *db, GError **error)
{
    g_auto(GStrv) roles = access_db_roles(access);
    if (*roles == NULL)
        return true;
    g_autoptr(GPtrArray) findings = db_role_check(db, (const char *const *)roles, error);
    if (findings == NULL)
        return false;
    g_autofree char *text = role_check_text(findings, false);
    if (text != NULL)
        g_warning("%s", text);
    return true;
}

Application *start_load(const ServerOptions *options, Database *db, GError **error)
{
    ApplicationSource source = {
        .config = options->config,
        .environment = options->environment,
        .settings = options->settings,
        .handlers = options->handlers,
        .lenient = options->develop,
    };
    return application_load(&source, db, error);
}
