/*
 * The words of a command line: options that all commands know, options of one, and the rest.
 *
 * Unlike GOption alone it takes "-1" as a word, not an option, since a revision may be written
 * so; knows the command's help; and answers a mistyped option with the nearest one.
 */
#pragma once
#include "base/error.h"

/* What every command understands. A value: begin with {0}. */
typedef struct Options {
    char *config;            /* (nullable): --config */
    char *database_url;      /* (nullable): --database-url */
    gboolean private_server; /* --private */
    gboolean quiet;          /* --quiet; the log writer knows it already */
    gboolean no_color;       /* --no-color */
} Options;

void options_clear(Options *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* The option of a command that prints data: --json sets @variable (a gboolean). */
#define OPTION_JSON(variable)                                                                      \
    {                                                                                              \
        "json", 0, 0, G_OPTION_ARG_NONE, &(variable), "print the result as JSON", NULL             \
    }

/**
 * options_parse:
 * @argv: the command's words; argv[0] is its name
 * @entries: the command's own options, ended by {NULL}; they fill the caller's variables
 * @options: filled with the common ones
 *
 * `--help` prints the help of the command and ends the program.
 *
 * Returns: (transfer full): the words that are no options, in their order, those after `--`
 *   included; %NULL with APP_ERROR_USAGE if an option is unknown or lacks its value.
 */
char **options_parse(int argc, char **argv, const GOptionEntry *entries, Options *options,
                     GError **error);

/**
 * options_expect:
 * @words: what options_parse() returned
 *
 * Returns: whether there are @least to @most words; else APP_ERROR_USAGE with the usage line of
 *   @command.
 */
bool options_expect(const char *command, char **words, unsigned least, unsigned most,
                    GError **error);
