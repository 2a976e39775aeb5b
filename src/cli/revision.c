/*
 * retort revision: makes a new revision, empty or from what the models want.
 */
#include "cli/autogenerate.h"
#include "cli/new_revision.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/revisions.h"
#include "cli/run.h"

/* What the command line asks for. Begin with {0}. */
typedef struct RevisionWords {
    NewRevision wanted;
    char *head;
    char **renames;
    char *against;
    gboolean autogenerate, without_proof, sql;
} RevisionWords;

static void revision_words_clear(RevisionWords *words)
{
    new_revision_clear(&words->wanted);
    g_clear_pointer(&words->head, g_free);
    g_clear_pointer(&words->renames, g_strfreev);
    g_clear_pointer(&words->against, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RevisionWords, revision_words_clear)

static bool check_words(RevisionWords *words, GError **error)
{
    if (words->sql) {
        g_set_error_literal(
            error, APP_ERROR, APP_ERROR_USAGE,
            words->autogenerate
                ? "Using --sql with --autogenerate does not make any sense\n"
                  "hint: \"--dry-run\" prints the revision, \"retort diff database models\" its SQL"
                : "Using --sql with the revision command when revision_environment is not "
                  "configured does not make any sense\nhint: \"--dry-run\" prints the revision");
        return false;
    }
    if (!words->autogenerate &&
        (words->renames != NULL || words->against != NULL || words->without_proof)) {
        g_set_error_literal(error, APP_ERROR, APP_ERROR_USAGE,
                            "--rename, --against and --no-proof go with --autogenerate\n"
                            "hint: without it the revision is empty, to be written by hand");
        return false;
    }
    if (words->against != NULL && !g_str_equal(words->against, "revisions") &&
        !g_str_equal(words->against, "database")) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "--against takes \"database\" or \"revisions\", not \"%s\"", words->against);
        return false;
    }
    if (words->head != NULL) {
        words->wanted.heads = g_new0(char *, 2);
        words->wanted.heads[0] = g_strdup(words->head);
    }
    return true;
}

static bool make_revision(Project *project, const RevisionWords *words, GError **error)
{
    g_autoptr(RevisionGraph) graph =
        revisions_load(project, words->autogenerate ? REVISION_WHOLE : REVISION_HEADER, error);
    if (graph == NULL)
        return false;
    g_autofree char *path = NULL;
    g_autoptr(Revision) revision = new_revision_make(project, graph, &words->wanted, &path, error);
    if (revision == NULL)
        return false;
    if (words->autogenerate) {
        AutogenerateOptions options = {
            .renames = (const char *const *)words->renames,
            .against_revisions = g_strcmp0(words->against, "revisions") == 0,
            .without_proof = words->without_proof,
        };
        bool found = false;
        if (!autogenerate(project, revision, &options, &found, error))
            return false;
        if (!found) {
            g_message("No changes in schema detected; no revision is written.");
            return true;
        }
    }
    return new_revision_write(revision, path, &words->wanted, error);
}

bool run_revision(int argc, char **argv, GError **error)
{
    g_auto(RevisionWords) asked = {0};
    NewRevision *wanted = &asked.wanted;
    const GOptionEntry entries[] = {
        {"message", 'm', 0, G_OPTION_ARG_STRING, &wanted->message, "what it does", "MESSAGE"},
        {"autogenerate", 0, 0, G_OPTION_ARG_NONE, &asked.autogenerate,
         "compare the models with the database", NULL},
        {"rename", 0, 0, G_OPTION_ARG_STRING_ARRAY, &asked.renames,
         "what was renamed, not dropped: item.price=cost", "OLD=NEW"},
        {"against", 0, 0, G_OPTION_ARG_STRING, &asked.against,
         "compare with the \"database\" (default) or what the \"revisions\" make", "WHAT"},
        {"no-proof", 0, 0, G_OPTION_ARG_NONE, &asked.without_proof, "write it unproven", NULL},
        {"sql", 0, 0, G_OPTION_ARG_NONE, &asked.sql, "makes no sense here", NULL},
        {"head", 0, 0, G_OPTION_ARG_STRING, &asked.head, "what it revises; base for a new base",
         "REVISION"},
        {"splice", 0, 0, G_OPTION_ARG_NONE, &wanted->splice, "allow a --head that is no head",
         NULL},
        {"branch-label", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wanted->labels,
         "name the branch that begins here", "LABEL"},
        {"version-path", 0, 0, G_OPTION_ARG_FILENAME, &wanted->version_path,
         "which of several folders", "PATH"},
        {"rev-id", 0, 0, G_OPTION_ARG_STRING, &wanted->id, "its id", "ID"},
        {"depends-on", 0, 0, G_OPTION_ARG_STRING_ARRAY, &wanted->depends_on,
         "a revision that must be applied before", "REVISION"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wanted->dry_run, "print it, write no file", NULL},
        OPTION_JSON(wanted->json),
        {NULL},
    };
    g_auto(Options) options = {0};
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect(argv[0], words, 0, 0, error) ||
        !check_words(&asked, error))
        return false;
    wanted->quiet = options.quiet;
    g_autoptr(Project) project = project_open(&options, error);
    return project != NULL && make_revision(project, &asked, error);
}
