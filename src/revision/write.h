/*
 * A Revision → the text of its file.
 *
 * Byte-stable, and what revision_parse() reads back as the same revision.
 */
#pragma once
#include "revision/revision.h"

/* (transfer full): the text of @revision. */
char *revision_write(const Revision *revision);

/**
 * revision_replace_proof:
 * @text: of a revision file that revision_parse() accepts
 * @proof: (nullable): the new value of the header key; %NULL takes it away
 *
 * Returns: (transfer full): @text with that line changed and no other byte.
 */
char *revision_replace_proof(const char *text, const char *proof);
