/*
 * The database that a restore is for: one that is replaced, or one that is not there any more.
 */
#pragma once
#include "cli/project.h"

/* A plain value: begin with {0}. */
typedef struct RestoreTarget {
    ConnectionSettings *settings; /* its name among them, which is known once it is asked */
    Database *db;                 /* to it; NULL if it is missing */
    Database *beside;             /* to another database of the server, if it is missing */
} RestoreTarget;

void restore_target_clear(RestoreTarget *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RestoreTarget, restore_target_clear)

/**
 * restore_target_find:
 *
 * Returns: whether the database is there, or its server says that there is none of that name; else
 * as project_open_database().
 */
bool restore_target_find(Project *project, RestoreTarget *out_target, GError **error);
