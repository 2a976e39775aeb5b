/*
 * The environment of the program, with what the file .env of the project adds to it.
 *
 * A variable of the environment always wins, even an empty one: .env only fills gaps. The
 * environment itself is not changed.
 */
#pragma once
#include "base/error.h"

typedef struct Environment Environment;

/**
 * environment_load:
 * @folder: the project's folder, whose .env is read if there is one
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT as file:line if .env is malformed; the
 *   message repeats no value.
 */
Environment *environment_load(const char *folder, GError **error);

/**
 * environment_parse:
 * @path: name of the file in messages
 *
 * As environment_load(), from the text of a .env file: lines of KEY=VALUE, with `export` before
 * or not; # begins a comment; '…' holds text as it is, "…" text with \n, \t, \", \\ and \$;
 * both may span lines. Outside '…', ${NAME} and ${NAME:-default} are replaced.
 */
Environment *environment_parse(const char *path, const char *text, GError **error);
void environment_free(Environment *environment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Environment, environment_free)

/* (nullable) (transfer none): the value of @name; "" if it is set so. */
const char *environment_get(const Environment *environment, const char *name);

/* Whether @name comes from the .env file. */
bool environment_is_from_file(const Environment *environment, const char *name);

/* (transfer none): the path of .env, whether it exists or not. */
const char *environment_file(const Environment *environment);

/**
 * environment_find_deployment:
 *
 * Returns: (nullable) (transfer none): what shows that no developer sits here, for a message:
 *   "CI is set", "this is a container"; %NULL if nothing does.
 */
const char *environment_find_deployment(const Environment *environment);
