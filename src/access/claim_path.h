/*
 * Where in a token's claims the roles are: names with dots between, `realm_access.roles`; a name
 * that holds a dot or quote of its own in double quotes, "https://example.org/roles".
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/**
 * claim_path_parse:
 *
 * Returns: (transfer full) (nullable): the names, outermost first; %NULL if @text is no path of 1
 *   to 8 names.
 */
char **claim_path_parse(const char *text);

/* (nullable) (transfer none): what @claims has there. */
const json_t *claim_path_find(char **path, const json_t *claims);

/**
 * claim_roles:
 * @value: (nullable): a string of words with blanks between, or an array of strings
 *
 * Returns: (transfer full) (nullable): the roles, each once, in their order; empty for a missing
 *   value or null; %NULL if @value is something else or names more than ROLES_MOST.
 */
char **claim_roles(const json_t *value);

#define ROLES_MOST 256
