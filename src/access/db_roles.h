/*
 * Which database role somebody works as: the first of the listed ones that they have.
 *
 * A token or key names roles; only those of `db_roles` become roles of the database. None that
 * is not listed there can ever be set.
 */
#pragma once
#include "base/config.h"

typedef struct DbRoles DbRoles;

/**
 * db_roles_load:
 *
 * Reads `db_roles` and `anonymous_role` of [access].
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT with the place.
 */
DbRoles *db_roles_load(const Config *config, GError **error);
void db_roles_free(DbRoles *roles);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbRoles, db_roles_free)
DbRoles *db_roles_copy(const DbRoles *roles);

/* Whether there are any. */
bool db_roles_is_used(const DbRoles *roles);

/* (nullable) (transfer none): the database role of whoever has @names (ended by NULL), in the order
 * of the setting; %NULL if none of them has one. */
const char *db_roles_find(const DbRoles *roles, char **names);

/* (nullable) (transfer none): @name, if it is a database role that is listed. */
const char *db_roles_allow(const DbRoles *roles, const char *name);

/* (transfer full): all database roles, each once, in the order of the settings. */
char **db_roles_list(const DbRoles *roles);

/* (nullable) (transfer none): the database role of nobody and of those without one. */
const char *db_roles_anonymous(const DbRoles *roles);
