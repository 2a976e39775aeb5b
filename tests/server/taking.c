#include "taking.h"

FingerprintRun *taking_begin(Fixture *fixture, const char *snapshot, unsigned jobs)
{
    const FingerprintOptions options = {
        .settings = fixture->settings, .snapshot = snapshot, .jobs = jobs};
    return fingerprint_begin(&options);
}

Fingerprint *take_at(Fixture *fixture, const char *snapshot, unsigned jobs)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(FingerprintRun) run = taking_begin(fixture, snapshot, jobs);
    Fingerprint *fingerprint = fingerprint_end(run, &error);
    g_assert_no_error(error);
    return fingerprint;
}

Fingerprint *take(Fixture *fixture)
{
    return take_at(fixture, NULL, 1);
}

/* (transfer full): the lines of what differs, "" if nothing does. */
static char *differences(const Fingerprint *wanted, const Fingerprint *found)
{
    g_autoptr(GPtrArray) lines = fingerprint_compare(wanted->tables, &wanted->large_objects, found);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

void assert_differences(const Fingerprint *wanted, const Fingerprint *found, const char *expected)
{
    g_autofree char *said = differences(wanted, found);
    g_assert_cmpstr(said, ==, expected);
}

const TableFingerprint *taken_table(const Fingerprint *fingerprint, size_t i)
{
    return g_ptr_array_index(fingerprint->tables, i);
}
