/*
 * One database takes the place of another: two renames in one transaction.
 *
 * A database is renamed only while nobody is connected to it. The first rename locks it, so that
 * new sessions wait, and waits itself for those that there are; meanwhile a second session ends
 * them.
 */
#pragma once
#include "pg/database.h"

/* Which databases. A value. */
typedef struct Swap {
    const char *live;  /* has the name that applications connect to */
    const char *fresh; /* is to have it */
    const char *aside; /* what the live one is called then */
} Swap;

/**
 * swap_carry:
 * @admin: to a third database of the same server
 *
 * Gives the fresh database what the live one has beside its content: owner, rights, settings,
 * limits, comment. Returns: whether all of it could be given; else APP_ERROR_SQL with the
 * statement.
 */
bool swap_carry(Database *admin, const Swap *swap, GError **error);

/**
 * swap_run:
 * @admin: as above
 * @settings: of a second session, to the same database as @admin
 *
 * Returns: whether both have their new names; else neither has: APP_ERROR_LOCKED if sessions could
 * not be ended (whose they are, is said), or as database_query().
 */
bool swap_run(Database *admin, const ConnectionSettings *settings, const Swap *swap,
              GError **error);
