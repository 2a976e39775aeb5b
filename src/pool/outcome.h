/*
 * What an error of the server means for a request, by its SQLSTATE.
 */
#pragma once
#include <libpq-fe.h>
#include <stdbool.h>

typedef enum Meaning {
    MEANS_REFUSED,     /* the statement's own fault */
    MEANS_UNAVAILABLE, /* the server's, for now */
    MEANS_READ_ONLY,   /* it would write, and the session cannot */
    MEANS_OVERDUE,     /* statement_timeout, or cancelled */
    MEANS_CONFLICT,    /* with another transaction: may succeed when run again */
    MEANS_UNPREPARED,  /* the prepared statement is not there */
    MEANS_PREPARED,    /* it is there already */
    MEANS_OUTDATED,    /* its result has another shape by now: to be prepared again */
    MEANS_LOST,        /* the connection ends, or is out of step */
} Meaning;

Meaning outcome_of(const PGresult *error);

/* (transfer none): a word or two for the log; "lost" for what has no SQLSTATE. */
const char *outcome_reason(const char *sqlstate);

/**
 * outcome_connect_sqlstate:
 * @message: of a connection that failed, with PQERRORS_SQLSTATE as its verbosity
 *
 * Fills @out_sqlstate, "" if the server has not said anything. libpq has no other way to tell.
 */
void outcome_connect_sqlstate(const char *message, char out_sqlstate[6]);
