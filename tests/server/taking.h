/*
 * Fingerprints of the database of a test, and what they say.
 */
#pragma once
#include "backup/fingerprint.h"
#include "fixture.h"

/* (transfer full): begun in the background; @snapshot (nullable). */
FingerprintRun *taking_begin(Fixture *fixture, const char *snapshot, unsigned jobs);

/* (transfer full): whole; an error fails the test. */
Fingerprint *take_at(Fixture *fixture, const char *snapshot, unsigned jobs);
Fingerprint *take(Fixture *fixture);

/* (transfer none) */
const TableFingerprint *taken_table(const Fingerprint *fingerprint, size_t i);

/* @expected: the lines of what differs; "" if nothing does. */
void assert_differences(const Fingerprint *wanted, const Fingerprint *found, const char *expected);
