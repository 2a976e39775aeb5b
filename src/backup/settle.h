/*
 * A new database gets its name, and what a dump says of the database as a whole.
 */
#pragma once
#include "pg/database.h"

/* Which database, and what it shall be. A value. */
typedef struct Settle {
    const char *fresh;      /* its name now */
    const char *name;       /* that it gets; no database has it */
    const GPtrArray *about; /* (element-type utf8): statements of the dump: see about_database.h */
    bool without_owners;    /* those about owner and rights are left out */
} Settle;

/**
 * settle_database:
 * @admin: to another database of the same server
 * @notes: (element-type utf8): gets a line for each statement that the server refused, such as of a
 *   role that is missing
 *
 * All in one transaction. Returns: whether it has its name; else nothing has changed:
 * APP_ERROR_LOCKED if there is such a database now, or as database_execute().
 */
bool settle_database(Database *admin, const Settle *settle, GPtrArray *notes, GError **error);
