/*
 * What PostgreSQL says of the endpoints: parameter types, result columns, what may be NULL, how a
 * list can be paged; and what is wrong with them.
 */
#pragma once
#include "api/endpoint.h"
#include "pg/database.h"

/* What is wrong with one endpoint. */
typedef struct EndpointFinding {
    const Endpoint *endpoint; /* borrowed from the set */
    unsigned line;            /* in its file */
    char *message;            /* "relation \"itm\" does not exist"; may have a "detail: …" line */
    char *hint;               /* (nullable) */
} EndpointFinding;

/* All endpoints of a project. Built, described, then only read. */
typedef struct EndpointSet {
    GPtrArray *endpoints; /* (element-type Endpoint): by file, then in their order there */
    ApiTypes *types;      /* %NULL before it is described */
    GPtrArray *findings;  /* (element-type EndpointFinding): of the last description, in order */
} EndpointSet;

/**
 * endpoint_set_load:
 * @folder: absolute; its .sql files and those of its folders; none is fine
 * @project: the project's folder, for names relative to it
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT as file:line if a file is malformed or two
 *   endpoints have one route.
 */
EndpointSet *endpoint_set_load(const char *folder, const char *project, GError **error);
void endpoint_set_free(EndpointSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EndpointSet, endpoint_set_free)

/**
 * endpoint_set_describe:
 * @db: its search_path is the project's; in no transaction; nothing stays there
 *
 * Prepares every statement, by SQL's own PREPARE too, so that none is DDL, and reads the types.
 * Nothing runs. An endpoint with a finding is not described: its columns are %NULL, as before the
 * first description; the columns of others are not, but may be none. Described again, a set forgets
 * what it was told before.
 *
 * Returns: whether it could look; else as database_execute().
 */
bool endpoint_set_describe(EndpointSet *set, Database *db, GError **error);

/* (transfer full): one text of all findings, file:line first, hints below; "" if there are none.
 * What the server says alike of several endpoints is said once, with those that it breaks. */
char *endpoint_set_findings(const EndpointSet *set);

/* (transfer full) (nullable): the same of one endpoint; %NULL if there are none. */
char *endpoint_set_findings_of(const EndpointSet *set, const Endpoint *endpoint);
