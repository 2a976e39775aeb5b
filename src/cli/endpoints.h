/*
 * The endpoints of a project, for the commands that tell whether a schema fits them.
 */
#pragma once
#include "cli/project.h"
#include "serve/describe.h"

#include <jansson.h>

/* (transfer full): of the setting "api", not described; %NULL as endpoint_set_load(). */
EndpointSet *endpoints_load(const Project *project, GError **error);

/* As endpoint_set_describe(), with the project's search_path, which stays. */
bool endpoints_describe(const Project *project, EndpointSet *endpoints, Database *db,
                        GError **error);

/* Appends a row for each finding; @against: "models" or "database". */
void endpoints_append_rows(json_t *rows, const EndpointSet *endpoints, const char *against);

/* How many of @endpoints do not fit what they were described by. */
unsigned endpoints_count_wrong(const EndpointSet *endpoints);

/* Says which lists of @endpoints, that are described, have one page only. */
void endpoints_note_lists(const EndpointSet *endpoints);

/**
 * endpoints_warn:
 * @db: of a schema that the endpoints shall fit; in no transaction
 * @when: for the message: "after this revision"
 *
 * Warns of endpoints that do not fit, and of files that cannot be read. Never an error: whoever
 * changes a schema may have reasons to change the endpoints later.
 */
void endpoints_warn(const Project *project, Database *db, const char *when);

/* Whether the project has endpoints at all, as far as its folder tells. */
bool endpoints_exist(const Project *project);
