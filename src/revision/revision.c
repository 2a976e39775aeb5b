#include "revision/revision.h"

#include "sql/checksum.h"

#include <string.h>

#define PROOF_DIGITS 8 /* of the checksum, at the end of a proof */

Step *step_new(bool in_transaction)
{
    Step *step = g_new(Step, 1);
    step->statements = g_ptr_array_new_with_free_func((GDestroyNotify)statement_free);
    step->in_transaction = in_transaction;
    return step;
}

void step_free(Step *step)
{
    if (step == NULL)
        return;
    g_ptr_array_unref(step->statements);
    g_free(step);
}

Revision *revision_new(void)
{
    Revision *revision = g_new0(Revision, 1);
    revision->id = g_strdup("");
    revision->message = g_strdup("");
    revision->parents = g_new0(char *, 1);
    revision->depends_on = g_new0(char *, 1);
    revision->labels = g_new0(char *, 1);
    revision->checksum = g_strdup("");
    revision->upgrade = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    revision->downgrade = g_ptr_array_new_with_free_func((GDestroyNotify)step_free);
    return revision;
}

void revision_free(Revision *revision)
{
    if (revision == NULL)
        return;
    g_free(revision->id);
    g_free(revision->message);
    g_strfreev(revision->parents);
    g_strfreev(revision->depends_on);
    g_strfreev(revision->labels);
    g_free(revision->created);
    g_free(revision->irreversible);
    g_free(revision->proof);
    g_free(revision->checksum);
    g_free(revision->path);
    g_ptr_array_unref(revision->upgrade);
    g_ptr_array_unref(revision->downgrade);
    g_free(revision);
}

static void add_words(GChecksum *sum, const char *key, char **words)
{
    checksum_add_word(sum, key);
    for (; *words != NULL; words++)
        checksum_add_word(sum, *words);
}

static void add_steps(GChecksum *sum, const char *marker, const GPtrArray *steps)
{
    checksum_add_word(sum, marker);
    for (unsigned i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        if (i > 0)
            checksum_add_word(sum, "-- step");
        for (unsigned j = 0; j < step->statements->len; j++) {
            const Statement *statement = step->statements->pdata[j];
            checksum_add_statement(sum, statement->text);
        }
    }
}

char *revision_checksum(const Revision *revision)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    checksum_add_word(sum, revision->id);
    add_words(sum, "revises", revision->parents);
    add_words(sum, "depends on", revision->depends_on);
    add_words(sum, "labels", revision->labels);
    if (revision->irreversible != NULL)
        checksum_add_word(sum, "irreversible");
    add_steps(sum, "-- upgrade", revision->upgrade);
    add_steps(sum, "-- downgrade", revision->downgrade);
    return g_strdup(g_checksum_get_string(sum));
}

char *revision_proof(const Revision *revision, const char *facts)
{
    g_autofree char *checksum = revision_checksum(revision);
    return g_strdup_printf("%s; %.*s", facts, PROOF_DIGITS, checksum);
}

ProofState revision_proof_state(const Revision *revision)
{
    if (revision->proof == NULL)
        return PROOF_NONE;
    size_t length = strlen(revision->proof);
    if (length < PROOF_DIGITS)
        return PROOF_STALE;
    const char *digits = revision->proof + length - PROOF_DIGITS;
    return strncmp(digits, revision->checksum, PROOF_DIGITS) == 0 ? PROOF_GOOD : PROOF_STALE;
}

const char *proof_state_name(ProofState state)
{
    static const char *const names[] = {
        [PROOF_NONE] = "none", [PROOF_STALE] = "stale", [PROOF_GOOD] = "proven"};
    return names[state];
}
