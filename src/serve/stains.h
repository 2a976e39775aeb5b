/*
 * Which statements of endpoints may leave something behind in the session that runs them: settings,
 * locks, temporary tables. Such a statement shares its transaction with no other request, and the
 * session is set up again before the next one.
 *
 * A statement is taken for clean if all functions that it mentions are PostgreSQL's or an
 * extension's, and not volatile (but for harmless ones), and so are those of what it sets off: of
 * views that it reads; and if it may write, of triggers, rules, defaults, checks, policies … of all
 * relations that it mentions, and of those that a write reaches from there. What cannot be told is
 * not clean.
 */
#pragma once
#include "pg/database.h"
#include "serve/describe.h"

/* Sets ApiStatement.stains of all statements of @set. Else as database_query(). */
bool stains_mark(EndpointSet *set, Database *db, GError **error);
