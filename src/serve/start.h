/*
 * What is verified before the server takes its first request.
 */
#pragma once
#include "revision/graph.h"
#include "serve/application.h"
#include "serve/server.h"

/* (transfer full): a connection of the serving role; waits for it as long as the options say. %NULL
 * as database_open(). */
Database *start_connect(const ServerOptions *options, GError **error);

/* Sets the search_path that the project's statements are meant for, and how long they wait for a
 * lock: as long as for the database, and at least PREPARE_PATIENCE. */
bool start_set_path(const ServerOptions *options, Database *db, GError **error);

/* The revisions at hand; @out_graph is %NULL where there is no folder of them. Else as
 * revision_folder_load(). */
bool start_revisions(const ServerOptions *options, RevisionGraph **out_graph, GError **error);

/**
 * start_verify:
 * @revisions: (nullable): those at hand
 * @db: of start_connect()
 *
 * Whether the role holds no more rights than a server should, and the database is at the expected
 * revisions; what is only to be warned of is said by g_warning().
 *
 * Returns: else APP_ERROR_REFUSED, with the SQL that mends it, or as database_query().
 */
bool start_verify(const ServerOptions *options, const RevisionGraph *revisions, Database *db,
                  GError **error);

/* Warns of the database roles of @access that requests cannot work as, and of those for which
 * row-level security does not hold. False as database_query(). */
bool start_verify_db_roles(const Access *access, Database *db, GError **error);

/* (transfer full): the endpoints, described by @db. %NULL as application_load(). */
Application *start_load(const ServerOptions *options, Database *db, GError **error);
