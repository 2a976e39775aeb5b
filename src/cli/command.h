/*
 * The commands of the program: one file a command, one row a command in commands.c.
 *
 * A command gets its words without the program's name: argv[0] is the command's own. It reads
 * them with options_parse() (cli/options.h). Results go to stdout, messages to stderr.
 */
#pragma once
#include "base/error.h"

typedef bool CommandRun(int argc, char **argv, GError **error);

typedef struct Command {
    const char *name;
    const char *arguments; /* as the usage line shows them: "REVISION"; "" if none */
    const char *summary;   /* one line, lower case, no full stop */
    const char *example;   /* one or more lines to type, with what they do */
    CommandRun *run;
} Command;

/* All commands in the order in which help lists them; the last has no name. */
extern const Command commands[];

/* (nullable): the command called @name. */
const Command *command_find(const char *name);

/* (nullable): the name of the command that @name was probably meant to be. */
const char *command_nearest(const char *name);

/* (transfer full): the text of `retort --help`. */
char *command_usage(void);
