/*
 * The header of a revision file: a message line, then "-- key: value" lines.
 */
#pragma once
#include "revision/revision.h"

#include "base/error.h"

/* The sections of a file and what ends a step, as "-- NAME" lines of their own. */
typedef enum Marker {
    MARKER_NONE,
    MARKER_UPGRADE,
    MARKER_STEP,
    MARKER_DOWNGRADE,
    MARKER_MISSPELT, /* means one of them and is not written as it must be */
} Marker;

/* Which marker the comment @text of @length bytes is, as it begins with its dashes. */
Marker marker_of_comment(const char *text, size_t length);

/* "-- upgrade" and so on. */
const char *marker_text(Marker marker);

/**
 * header_parse:
 * @text: of the file, without byte order mark, lines ended by LF
 * @revision: filled with what the header says
 * @path: what messages call the file
 * @out_length: bytes of the header with its last line end
 * @out_lines: lines of the header
 *
 * Returns: whether the header is right; else APP_ERROR_INPUT with file:line.
 */
bool header_parse(const char *text, size_t length, Revision *revision, const char *path,
                  size_t *out_length, unsigned *out_lines, GError **error);

/* The header of @revision, with its last line end. */
void header_append(GString *text, const Revision *revision);

/* Whether @line is a comment, as header lines are, and if so whether it is the key "proof". */
bool header_has_line(const char *line, size_t length, bool *out_proof);
