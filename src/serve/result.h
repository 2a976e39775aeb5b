/*
 * The rows of a statement made into the body and the headers of an answer.
 */
#pragma once
#include "serve/application.h"

/* Whether @rows have the columns that the endpoint was described with: not if the schema has
 * changed since. Only such rows may be given to what follows. */
bool result_fits(const Route *route, const PGresult *rows);

/* Where an answer is written to. */
typedef struct ResultAnswer {
    GString *body;    /* empty */
    GString *headers; /* gets ETag, Link and Cache-Control where they are due */
    size_t most;      /* bytes of the body */
    bool exact;       /* out: the ETag is strong */
} ResultAnswer;

/**
 * result_write:
 *
 * Returns: the status: that of the endpoint, 404 if there is no row, or 0 if the body would be
 *   longer than @answer->most; what is in the buffers then is of no use.
 */
unsigned result_write(const Route *route, const ApiForms *forms, const PGresult *rows,
                      const ApiPage *page, const HttpRequest *request, ResultAnswer *answer);

/* Whether the last statement of @route found nothing to answer with. */
bool result_is_missing(const Route *route, const PGresult *rows);
