/*
 * The models: SQL files that say what should exist.
 *
 * Reading finds the files, splits them into statements and refuses what no model may hold;
 * running makes their objects in an empty scratch database, in whatever order works.
 */
#pragma once
#include "base/error.h"
#include "pg/database.h"

typedef struct Models Models;

/**
 * models_read:
 * @path: a folder, read with all folders below it, or one .sql file
 * @shown: how messages name @path: models
 *
 * Returns: (transfer full): or %NULL with APP_ERROR_INPUT and file:line, if a file cannot be
 *   read or holds a statement that no model may hold.
 */
Models *models_read(const char *path, const char *shown, GError **error);
void models_free(Models *models);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Models, models_free)

/* (transfer none): a digest of the files' names and contents, 64 hex digits. */
const char *models_digest(const Models *models);

/* The number of statements. */
unsigned models_count(const Models *models);

/**
 * models_run:
 * @scratch: an empty database
 * @search_path: SQL list, set anew for each file
 *
 * Each statement runs in a transaction of its own. What fails because something does not exist
 * yet is tried again after the rest, until nothing moves.
 *
 * Returns: whether all ran; else APP_ERROR_INPUT with one "models/x.sql:12: …" for each
 *   statement that failed for a reason of its own, or APP_ERROR_CONNECT.
 */
bool models_run(const Models *models, Database *scratch, const char *search_path, GError **error);
