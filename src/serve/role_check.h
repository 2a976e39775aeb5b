/*
 * Whether the role that the server connects as can do what a server should not: change the schema.
 *
 * A role that owns nothing and creates nothing can do no DDL, whatever a request makes it run.
 */
#pragma once
#include "pg/database.h"

typedef struct RoleFinding {
    bool refused;  /* the server does not start with it; else it only warns */
    char *message; /* "role \"shop\" is a superuser" */
    char *mend;    /* SQL that mends it, line by line */
} RoleFinding;

/* (transfer full): no findings. */
GPtrArray *role_findings_new(void);

/* Adds one; the texts are copied. */
void role_finding_add(GPtrArray *findings, bool refused, const char *message, const char *mend);

/**
 * role_check:
 * @db: connected as the server connects; in no transaction
 *
 * Refused are a superuser, an owner of the database or of anything in it, and CREATE on the
 * database or on one of its schemas, by itself, by membership or as PUBLIC. Warned of are BYPASSRLS
 * (row-level security does not hold), REPLICATION (all data can be copied), CREATEROLE, CREATEDB,
 * and predefined roles that reach the server's files and programs.
 *
 * Returns: (transfer full) (element-type RoleFinding): the refused ones first; %NULL as
 *   database_execute() if the server could not be asked.
 */
GPtrArray *role_check(Database *db, GError **error);

/**
 * role_check_text:
 * @refused: those that are refused, or the others
 *
 * Returns: (transfer full) (nullable): the findings of that sort with their SQL as hints, for a
 *   message; %NULL if there are none.
 */
char *role_check_text(const GPtrArray *findings, bool refused);
