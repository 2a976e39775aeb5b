/*
 * Renames that the user has decided on: --rename old=new.
 */
#pragma once
#include "base/error.h"
#include "schema/schema.h"

typedef struct RenamePlan {
    char **forward;  /* statements that rename, in order */
    char **backward; /* those that give the old names back, in order */
} RenamePlan;

void rename_plan_clear(RenamePlan *plan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RenamePlan, rename_plan_clear)

/**
 * rename_plan_make:
 * @words: (array zero-terminated=1): OLD=NEW each, OLD being a table, view, sequence, type or
 *   index, with its schema if that is not public; or TABLE.COLUMN; or ENUM.VALUE. NEW is the new
 *   name alone, or as OLD with another last word.
 * @now: in which OLD is looked up
 *
 * Returns: whether all are understood; else APP_ERROR_USAGE if a word is none or the name
 *   is not there.
 */
bool rename_plan_make(const char *const *words, const Schema *now, RenamePlan *out_plan,
                      GError **error);
