/*
 * A drill: restores a backup on a scratch database and compares what is there with what was.
 */
#pragma once
#include "backup/load.h"
#include "pg/scratch.h"

/* What a drill found. A plain value, cleared by drill_report_clear(). */
typedef struct DrillReport {
    GPtrArray *faults;      /* (element-type utf8): empty: it is proven */
    GPtrArray *notes;       /* (element-type utf8): what could not be looked at */
    bool without_owners;    /* roles are missing here: all belongs to the session's */
    double restore_seconds; /* until the data was there: what a restore takes (RTO) */
    double seconds;
} DrillReport;

void drill_report_clear(DrillReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DrillReport, drill_report_clear)

/**
 * DrillLook:
 * @settings: the restored database
 * @report: gets a line for each thing that is wrong, or that could not be looked at
 *
 * What else is to be looked at, such as models and endpoints: the backup knows neither. Returns:
 * whether it could look.
 */
typedef bool DrillLook(const ConnectionSettings *settings, DrillReport *report, void *data,
                       GError **error);

/* A value: begin with {0}. */
typedef struct DrillOptions {
    ScratchOptions scratch; /* where */
    const Environment *environment;
    const char *identities; /* (nullable) */
    unsigned jobs;          /* from 1 */
    bool analyze;           /* gather the planner's statistics beside the comparison */
    DrillLook *look;        /* (nullable) */
    void *look_data;
    LoadProgress *progress; /* (nullable) */
    void *data;
} DrillOptions;

/**
 * drill_run:
 * @out_report: begin with {0}
 *
 * Compared are rows and content of all tables, large objects and the positions of sequences. A dump
 * that cannot be restored is a fault, not an error. Nothing is recorded: backup_record_drill()
 * does.
 *
 * Returns: whether there is a result; else an error of scratch_new() and others, where nothing is
 * said about the backup.
 */
bool drill_run(const DrillOptions *options, const Backup *backup, DrillReport *out_report,
               GError **error);

/**
 * drill_compare:
 * @scratch: holds what was restored
 *
 * The second half of drill_run(): adds to the faults of @report what differs. Returns: whether it
 * could be compared.
 */
bool drill_compare(const DrillOptions *options, const Scratch *scratch, const Manifest *manifest,
                   DrillReport *report, GError **error);

/**
 * drill_missing_roles:
 * @db: to the server where it is to be restored
 * @roles: (element-type utf8): that objects of the backup name
 *
 * Returns: (transfer full) (array zero-terminated=1): those that the server has not.
 */
char **drill_missing_roles(Database *db, const GPtrArray *roles, GError **error);
