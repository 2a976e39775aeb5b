/*
 * Statements of a dump that are about the database as a whole: how it is made, its owner, settings,
 * rights and comment. Pure.
 *
 * They name the database that was dumped, so they are not run as they are.
 */
#pragma once
#include "pg/scratch.h"

/* Whether @statement makes, drops or changes a database, or grants rights on it. */
bool about_database(const char *statement);

/**
 * about_database_of:
 * @statement: one for which about_database() is true
 * @name: another database
 *
 * Returns: (transfer full) (nullable): the same about @name; %NULL if it makes or drops one.
 */
char *about_database_of(const char *statement, const char *name);

/* Reads CREATE DATABASE as pg_dump writes it. Returns: whether it is one; @out_shape is {0} else.
 */
bool about_database_shape(const char *statement, ScratchShape *out_shape);

/* Whether @statement is about roles, tablespaces or settings of the whole server: pg_dumpall writes
 * some, pg_dump none. */
bool about_server(const char *statement);

/* Whether @statement gives an object to a role, or rights to one or from one. */
bool about_owners(const char *statement);
