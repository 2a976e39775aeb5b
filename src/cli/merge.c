/*
 * retort merge: makes a revision that joins several heads.
 */
#include "cli/new_revision.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/revisions.h"
#include "cli/run.h"

static bool make_merge(const Project *project, const NewRevision *wanted, GError **error)
{
    g_autoptr(RevisionGraph) graph = revisions_load(project, REVISION_HEADER, error);
    if (graph == NULL)
        return false;
    g_autofree char *path = NULL;
    g_autoptr(Revision) revision = new_revision_make(project, graph, wanted, &path, error);
    if (revision == NULL)
        return false;
    if (g_strv_length(revision->parents) < 2) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "there is nothing to merge: only one revision is named\nhint: "
                            "\"retort heads\" lists the heads, \"retort merge heads\" joins them");
        return false;
    }
    return new_revision_write(revision, path, wanted, error);
}

bool run_merge(int argc, char **argv, GError **error)
{
    g_auto(NewRevision) wanted = {0};
    const GOptionEntry entries[] = {
        {"message", 'm', 0, G_OPTION_ARG_STRING, &wanted.message, "what it does", "MESSAGE"},
        {"branch-label", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wanted.labels,
         "name the branch that begins here", "LABEL"},
        {"rev-id", 0, 0, G_OPTION_ARG_STRING, &wanted.id, "its id", "ID"},
        {"version-path", 0, 0, G_OPTION_ARG_FILENAME, &wanted.version_path,
         "which of several folders", "PATH"},
        {"splice", 0, 0, G_OPTION_ARG_NONE, &wanted.splice, "allow revisions that are no heads",
         NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wanted.dry_run, "print it, write no file", NULL},
        OPTION_JSON(wanted.json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 1, 1000, error))
        return false;
    wanted.quiet = options.quiet;
    wanted.heads = g_steal_pointer(&words);
    g_autoptr(Project) project = project_open(&options, error);
    return project != NULL && make_merge(project, &wanted, error);
}
