/*
 * A restore: a new database beside the old one, checked, then in its place; or in a place that
 * nobody has, with the settings and rights that the dump knows of.
 *
 * The old one stays under a dated name. Whatever fails before the swap leaves it as it was, and
 * removes the new one; what a crash leaves the next run that makes a scratch database removes.
 */
#pragma once
#include "backup/drill.h"
#include "backup/origin.h"

/* (transfer none): a database of every server that is not @name: to work from. */
const char *restore_neighbour(const char *name);

/* A value: begin with {0}. */
typedef struct RestoreOptions {
    const Config *config;
    const ConnectionSettings *target; /* the database that is replaced; of the server itself */
    const Environment *environment;
    const char *identities; /* (nullable) */
    unsigned jobs;          /* from 1 */
    const Origin *origin;   /* (nullable): there is no such database: it is made, as this says */
    const char *beside;     /* (nullable): a database of the server to work from; NULL: chosen */
    bool without_owners;    /* all belongs to the session's role, and rights are left out */
    bool may_be_empty;      /* what a dump without any row replaces is not to be kept */
    LoadProgress *progress; /* (nullable) */
    void *data;
} RestoreOptions;

/* What a restore did. A plain value, cleared by restore_report_clear(). */
typedef struct RestoreReport {
    char *aside;      /* what the old database is called now; NULL: there was none */
    GPtrArray *notes; /* (element-type utf8): what the new one could not be given */
    double seconds;   /* until the new one was in its place */
    bool compared;    /* with a fingerprint */
} RestoreReport;

void restore_report_clear(RestoreReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RestoreReport, restore_report_clear)

/**
 * restore_run:
 * @out_report: begin with {0}
 *
 * Returns: whether the new database is in its place, with the old one's settings, rights and owner,
 * and an empty lease; else the old one is as it was: APP_ERROR_VERIFY (what was restored is not
 * what the backup says), APP_ERROR_LOCKED (sessions that could not be ended), or an error of
 * backup/load.h and pg/scratch.h.
 */
bool restore_run(const RestoreOptions *options, const RestoreFrom *from, RestoreReport *out_report,
                 GError **error);

/**
 * restore_list_asides:
 * @db: to the same server
 *
 * Returns: (transfer full) (array zero-terminated=1): names of databases that restores of @database
 * put aside, oldest first.
 */
char **restore_list_asides(Database *db, const char *database, GError **error);

/* Drops one of them. APP_ERROR_SQL: in use, or not ours to drop. */
bool restore_drop_aside(Database *db, const char *name, GError **error);
