/*
 * Databases for tests: made beside the server of DATABASE_URL, dropped when they go out of scope.
 */
#pragma once
#include "pg/database.h"

typedef struct Fixture {
    Database *maker;              /* connected to DATABASE_URL */
    Database *db;                 /* connected to a new, empty database */
    ConnectionSettings *settings; /* of that database */
} Fixture;

/* (transfer full): with an empty database of its own. */
Fixture *fixture_new(void);
void fixture_free(Fixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

/*
 * Runs @sql, which must succeed. What a server's major version does not know yet is written in
 * the older way: the same objects where there is one, else without the property.
 */
void fixture_run(Database *db, const char *sql);

/* Ends the server process @pid and waits until it is gone. */
void fixture_end_backend(Database *db, int pid);

/* Whether DATABASE_URL names a server; if not, says in TAP that the program is skipped. */
bool fixture_has_server(void);
