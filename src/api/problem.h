/*
 * Errors as RFC 9457 problem+json, or in the shape that FastAPI gives them.
 */
#pragma once
#include "api/fault.h"

typedef enum ApiErrors { ERRORS_PROBLEM, ERRORS_FASTAPI } ApiErrors;

/* The media type: "application/problem+json" or "application/json". */
const char *problem_type(ApiErrors shape);

typedef struct Problem {
    unsigned status;
    const char *detail; /* (nullable): one sentence for people; never SQL */
    bool telling;       /* @detail says what the status does not: FastAPI's clients get it, too */
    const char *request_id;  /* (nullable) */
    const char *code;        /* (nullable): SQLSTATE of a constraint's violation */
    const char *constraint;  /* (nullable): its name */
    const ApiFaults *faults; /* (nullable) */
} Problem;

/**
 * problem_append:
 *
 * Appends the document. As a problem, each fault is {"pointer": …, "detail": …, "code": …}, where a
 * parameter's name is "parameter" and "pointer" is there if the fault lies inside its value. In
 * FastAPI's shape faults are a list, {"type": …, "loc": ["body", "price"], "msg": …}, with
 * pydantic's own words where they always are the same; without faults the detail is a text and
 * there is nothing else: the status's phrase, unless the problem is telling. A 422 that is not has
 * a list there, whatever is known of it.
 */
void problem_append(GString *out, ApiErrors shape, const Problem *problem);
