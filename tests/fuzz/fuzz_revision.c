/*
 * Any bytes as a revision file: refused with a place, or read so that what is written of it reads
 * the same.
 */
#include "fuzz.h"
#include "revision/parse.h"
#include "revision/write.h"

static void check_written(const Revision *revision)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = revision_write(revision);
    g_autoptr(Revision) again = revision_parse(text, strlen(text), "again.sql", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again->id, ==, revision->id);
    g_assert_cmpstr(again->checksum, ==, revision->checksum);
    g_assert_cmpuint(again->upgrade->len, ==, revision->upgrade->len);
    g_assert_cmpuint(again->downgrade->len, ==, revision->downgrade->len);
    g_autofree char *text_again = revision_write(again);
    g_assert_cmpstr(text_again, ==, text);
}

/* A new proof changes nothing else. */
static void check_proof(const char *text, const Revision *revision)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *proof = revision_proof(revision, "fuzz");
    g_autofree char *proven = revision_replace_proof(text, proof);
    g_autoptr(Revision) again = revision_parse(proven, strlen(proven), "proven.sql", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again->checksum, ==, revision->checksum);
    g_assert_cmpint(revision_proof_state(again), ==, PROOF_GOOD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_copy(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Revision) header = revision_parse_part(text, size, "x.sql", REVISION_HEADER, NULL);
    g_autoptr(Revision) revision = revision_parse(text, size, "x.sql", &error);
    g_assert_true((revision == NULL) == (error != NULL));
    if (revision == NULL) {
        g_assert_true(g_str_has_prefix(error->message, "x.sql:"));
        return 0;
    }
    g_assert_nonnull(header);
    check_written(revision);
    check_proof(text, revision);
    return 0;
}
