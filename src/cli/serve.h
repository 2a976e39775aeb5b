/*
 * What `retort serve` and `retort dev` have in common.
 */
#pragma once
#include "cli/project.h"
#include "serve/server.h"

/* Their words. A value: begin with {0}. */
typedef struct ServeWords {
    char **listen;
    int threads;
    int wait;
    char *log;
    gboolean allow_owner;
} ServeWords;

void serve_words_clear(ServeWords *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ServeWords, serve_words_clear)

/* The rows of an array of GOptionEntry that fill @words. */
#define SERVE_ENTRIES(words)                                                                       \
    {"listen",                                                                                     \
     0,                                                                                            \
     0,                                                                                            \
     G_OPTION_ARG_STRING_ARRAY,                                                                    \
     &(words).listen,                                                                              \
     "listen here; may be given several times",                                                    \
     "ADDRESS"},                                                                                   \
        {"threads", 0, 0, G_OPTION_ARG_INT, &(words).threads, "event loops", "N"},                 \
        {"wait", 0, 0, G_OPTION_ARG_INT, &(words).wait, "wait for the database", "SECONDS"},       \
        {"log",                                                                                    \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_STRING,                                                                      \
         &(words).log,                                                                             \
         "what is logged, and how: off, errors, all; json, text; with commas between",             \
         "WORDS"},                                                                                 \
    {                                                                                              \
        "allow-owner", 0, 0, G_OPTION_ARG_NONE, &(words).allow_owner,                              \
            "serve as a role that could change the schema", NULL                                   \
    }

/**
 * serve_project:
 * @database: (transfer full)
 * @develop: as ServerOptions.develop
 *
 * Serves until it is told to stop.
 */
bool serve_project(const Project *project, const ServeWords *words, ConnectionSettings *database,
                   bool develop, GError **error);
