/*
 * The settings of the server: [serve] of retort.ini.
 */
#pragma once
#include "api/bind.h"
#include "api/problem.h"
#include "base/config.h"
#include "http/server.h"
#include "pool/pool.h"

/* What to do about a database that is not at the revisions at hand. */
typedef enum ServeRevision { REVISION_WARN, REVISION_REFUSE } ServeRevision;

/* A value with texts of its own: begin with {0}. Times in milliseconds. */
typedef struct ServeSettings {
    char **listen;
    unsigned threads;
    HttpSettings http;
    unsigned connections[POOL_LANES]; /* of one loop */
    unsigned deadline[POOL_LANES];
    unsigned queue;
    size_t max_answer;  /* bytes of rows as JSON */
    unsigned stop_time; /* to answer what runs, once told to stop */
    ApiRules rules;
    ApiErrors errors;
    ServeRevision revision;
    char **inside; /* who may see metrics and the details of health */
    char *title;
    char *version;
    bool docs;         /* there are documents */
    bool docs_open;    /* for everybody, whatever [access] says */
    bool verify_pages; /* ask the database for pages of our own, too */
} ServeSettings;

/**
 * serve_settings_load:
 * @out_settings: is {0}
 *
 * Returns: whether all of [serve] could be read; else APP_ERROR_INPUT with the place.
 */
bool serve_settings_load(const Config *config, ServeSettings *out_settings, GError **error);
void serve_settings_clear(ServeSettings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ServeSettings, serve_settings_clear)
