/*
 * What a drill looks at beside the content: the schema, and whether the endpoints fit it.
 */
#pragma once
#include "backup/drill.h"
#include "cli/project.h"

/* (transfer full): SHA-256 of what `retort inspect` prints of the database; %NULL as
 * catalog_read(). */
char *restored_hash_schema(const Project *project, Database *db, GError **error);

/* For DrillOptions.data. A value. */
typedef struct RestoredLook {
    const Project *project;
    const Manifest *manifest;
} RestoredLook;

/**
 * restored_look:
 * @look: (type RestoredLook)
 *
 * A DrillLook: a fault where the schema is another one than the backup's, and for each endpoint
 * that does not fit, if the backup is of the revision that the project is at; a note where that
 * cannot be told.
 */
bool restored_look(const ConnectionSettings *settings, DrillReport *report, void *look,
                   GError **error);
