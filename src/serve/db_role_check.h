/*
 * Whether requests can work as the roles of the database that [access] names, and whether row-level
 * security holds for them.
 */
#pragma once
#include "serve/role_check.h"

/**
 * db_role_check:
 * @db: connected as the server connects; in no transaction
 * @roles: names, ended by %NULL
 *
 * Warned of are roles that do not exist or that the server's role may not set, superusers, and
 * BYPASSRLS.
 *
 * Returns: (transfer full) (element-type RoleFinding): none of them refused, in the order of
 *   @roles; %NULL as database_execute() if the server could not be asked.
 */
GPtrArray *db_role_check(Database *db, const char *const *roles, GError **error);
