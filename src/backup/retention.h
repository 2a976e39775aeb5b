/*
 * Which backups may go: "7 daily, 4 weekly, 12 monthly". Pure.
 */
#pragma once
#include "backup/repository.h"

/* How many of each are kept. A value. */
typedef struct Retention {
    unsigned last, hourly, daily, weekly, monthly, yearly;
} Retention;

/**
 * retention_parse:
 *
 * Reads the setting; else APP_ERROR_INPUT: which word is wrong. "" keeps all: returns true, all 0;
 * a number that is written is not 0.
 */
bool retention_parse(const char *text, Retention *out_retention, GError **error);

/**
 * retention_explain:
 * @backups: (element-type Backup): oldest first
 *
 * Each database is looked at by itself: several may share a folder. One whose manifest cannot be
 * read goes if it would for each of them.
 *
 * For each of the newest N days (weeks by ISO 8601, months …; UTC) that have a good backup, its
 * newest is kept. Kept always: the newest good one, the newest proven one, pinned ones, those that
 * began later than @now; broken ones go only if a good one is newer. All 0: nothing goes. Those
 * later than @now do not count for the others.
 *
 * Returns: (element-type utf8) (transfer full): for each of @backups why it stays: "newest good,
 * daily"; %NULL if it goes.
 */
GPtrArray *retention_explain(const GPtrArray *backups, const Retention *retention, int64_t now);

/* (element-type Backup) (transfer container): those that go, oldest first. */
GPtrArray *retention_select(const GPtrArray *backups, const Retention *retention, int64_t now);
