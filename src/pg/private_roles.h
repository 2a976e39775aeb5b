/*
 * The roles and the database of a private server, and what its new databases are like.
 */
#pragma once
#include "pg/private_place.h"
#include "pg/settings.h"

/**
 * private_roles_make:
 * @admin: how the superuser connects
 *
 * Makes what is missing: the owner role, which may make databases and roles, the app role, which
 * may do nothing yet, and the database. Before version 15 everybody may create in "public", and
 * its owner is the superuser: here it belongs to the owner role and is closed to others, in the
 * database and in those that are made later. May be done again.
 */
bool private_roles_make(const PrivatePlace *place, const ConnectionSettings *admin, GError **error);
