/*
 * retort prove: revisions run up, down and up again on a scratch database.
 */
#include "migrate/prove.h"
#include "base/file.h"
#include "cli/output.h"
#include "cli/run.h"
#include "cli/workplace.h"
#include "revision/path.h"
#include "revision/write.h"

#include <string.h>

typedef struct Results {
    json_t *rows;
    bool json;
    bool dry_run; /* leave the files as they are */
    unsigned failed;
} Results;

static const char *describe_downgrade(const Revision *revision, const Proof *proof)
{
    if (proof->downgraded)
        return "restores";
    if (revision->irreversible != NULL)
        return "irreversible";
    return proof->upgraded ? "does not hold" : "not tried";
}

/* Writes the proof into the header of the file; a proof that does not hold is taken away. */
static bool record(const Revision *revision, const Proof *proof, GError **error)
{
    g_autofree char *line = proof_format(proof, revision);
    if (g_strcmp0(line, revision->proof) == 0)
        return true;
    g_autofree char *text = file_read(revision->path, NULL, error);
    if (text == NULL)
        return false;
    g_autofree char *changed = revision_replace_proof(text, line);
    return file_write(revision->path, changed, FILE_REPLACE, error);
}

static bool report(const Revision *revision, const Proof *proof, void *data, GError **error)
{
    Results *results = data;
    results->failed += proof->problem != NULL;
    json_t *row = json_object();
    json_object_set_new(row, "revision", output_string(revision->id));
    json_object_set_new(row, "message", output_string(revision->message));
    json_object_set_new(row, "upgrade", json_string(proof->upgraded ? "runs" : "does not hold"));
    json_object_set_new(row, "downgrade", json_string(describe_downgrade(revision, proof)));
    json_object_set_new(row, "witness", output_string(proof->witness));
    json_object_set_new(row, "problem", output_string(proof->problem));
    json_array_append_new(results->rows, row);
    if (proof->problem != NULL && !results->json)
        g_print("%s (%s): %s\n\n", revision->id, revision->message, proof->problem);
    return results->dry_run || record(revision, proof, error);
}

/* Whether the proof in the header is of the text as it is now. */
static bool is_proven(const Revision *revision)
{
    const char *last = revision->proof == NULL ? NULL : strrchr(revision->proof, ' ');
    return last != NULL && strlen(last + 1) >= 8 && g_str_has_prefix(revision->checksum, last + 1);
}

/* The revisions that @word names; without a word all that are not proven. */
static GPtrArray *select_revisions(Workplace *workplace, const RevisionGraph *graph,
                                   const char *word, GError **error)
{
    g_auto(GStrv) rows = version_table_load(workplace_version_table(workplace),
                                            workplace_database(workplace), error);
    if (rows == NULL)
        return NULL;
    g_autofree char *range = NULL;
    if (word != NULL)
        range = strchr(word, ':') != NULL ? g_strdup(word) : g_strdup_printf("%s:%s", word, word);
    g_autoptr(GPtrArray) nodes = path_history(graph, (const char *const *)rows, range, error);
    if (nodes == NULL)
        return NULL;
    GPtrArray *selected = g_ptr_array_new();
    for (unsigned i = 0; i < nodes->len; i++) {
        const Revision *revision = ((RevisionNode *)g_ptr_array_index(nodes, i))->revision;
        if (word != NULL || !is_proven(revision))
            g_ptr_array_add(selected, (void *)revision);
    }
    return selected;
}

static bool prove(Workplace *workplace, const char *word, Results *results, GError **error)
{
    static const OutputColumn columns[] = {
        {"revision", "REVISION", false},   {"upgrade", "UPGRADE", false},
        {"downgrade", "DOWNGRADE", false}, {"witness", "WITNESS", false},
        {"message", "MESSAGE", false},     {NULL},
    };
    const RevisionGraph *graph = workplace_graph(workplace, error);
    g_autoptr(GPtrArray) wanted =
        graph == NULL ? NULL : select_revisions(workplace, graph, word, error);
    if (wanted == NULL)
        return false;
    g_autoptr(GPtrArray) ordered = workplace_ordered(graph);
    bool done =
        prove_revisions(workplace_rehearsal(workplace), ordered, wanted, report, results, error);
    output_rows(results->rows, columns, results->json);
    if (done && wanted->len == 0)
        g_message("All revisions are proven.");
    return done;
}

bool run_prove(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    gboolean json = FALSE, dry_run = FALSE;
    const GOptionEntry entries[] = {
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "leave the proofs in the files as they are",
         NULL},
        OPTION_JSON(json),
        {NULL},
    };
    g_auto(GStrv) words = options_parse(argc, argv, entries, &options, error);
    if (words == NULL || !options_expect("prove", words, 0, 1, error))
        return false;
    g_autoptr(Project) project = project_open(&options, error);
    g_autoptr(Workplace) workplace = project == NULL ? NULL : workplace_open(project, error);
    g_autoptr(json_t) rows = json_array();
    Results results = {.rows = rows, .json = json, .dry_run = dry_run};
    if (workplace == NULL || !prove(workplace, words[0], &results, error))
        return false;
    if (results.failed == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "%u of %zu revisions are not proven",
                results.failed, json_array_size(rows));
    return false;
}
