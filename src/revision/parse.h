/*
 * The text of a revision file → a Revision.
 *
 * A file is a header of "--" lines, then sections that begin with the marker lines "-- upgrade"
 * and "-- downgrade"; a "-- step" line ends a step. Markers count only at the start of a line,
 * outside statements, quotes and parentheses. All is checked strictly; errors name file:line.
 */
#pragma once
#include "revision/revision.h"

#include "base/error.h"

/**
 * revision_parse:
 * @text: of @length bytes; CR LF line ends and a byte order mark are accepted
 * @path: what messages call the file
 *
 * Returns: (transfer full): the revision with steps and checksum; %NULL with APP_ERROR_INPUT if
 *   the text is no revision.
 */
Revision *revision_parse(const char *text, size_t length, const char *path, GError **error);

/* How much of a file is read; what is not read has no steps and no checksum. */
typedef enum RevisionPart {
    REVISION_HEADER, /* the header alone: `has_body` is false */
    REVISION_PROOF,  /* the whole if the header has a proof, since that is for a checksum */
    REVISION_WHOLE,
} RevisionPart;

/* As revision_parse(), but reads no more than @part. */
Revision *revision_parse_part(const char *text, size_t length, const char *path, RevisionPart part,
                              GError **error);

/**
 * revision_check_id:
 * Returns: whether @id can name a revision: 1 to 32 printable characters without space, comma,
 *   "@", "-", "+" and ":", and none of the words that mean another ("head", "heads", "base",
 *   "current", "none"); else APP_ERROR_INPUT.
 */
bool revision_check_id(const char *id, GError **error);

/* The same for a branch label. */
bool revision_check_label(const char *label, GError **error);
