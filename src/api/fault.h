/*
 * What is wrong with a request: one fault a parameter, all of them at once.
 *
 * Reused from request to request. A request can be wrong in a hundred thousand places, so only the
 * first FAULTS_MOST are kept, and no text of it is repeated beyond some length.
 */
#pragma once
#include "api/endpoint.h"

enum { FAULTS_MOST = 64 };

typedef struct ApiFault {
    ApiPlace place;
    char *pointer;    /* RFC 6901 into the body: "/price", "/lines/0", "" for all of it; else the
                         parameter's name with "/" and "~" escaped likewise, and a pointer into its
                         value behind it: "tags/1" */
    char *message;    /* "is missing", "is not an integer", … : lower case, no full stop */
    const char *kind; /* FastAPI's type: "missing", "int_parsing", "extra_forbidden" … */
} ApiFault;

typedef struct ApiFaults ApiFaults;
ApiFaults *api_faults_new(void);
void api_faults_free(ApiFaults *faults);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiFaults, api_faults_free)

/* Forgets all. */
void api_faults_clear(ApiFaults *faults);

/* @pointer: (transfer full); @kind: lives for ever */
void api_faults_add(ApiFaults *faults, ApiPlace place, char *pointer, const char *kind,
                    const char *format, ...) G_GNUC_PRINTF(5, 6);
unsigned api_faults_count(const ApiFaults *faults);
const ApiFault *api_faults_get(const ApiFaults *faults, unsigned index);
