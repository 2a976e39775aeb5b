/*
 * How to reach a database: a host or socket, a database, a role, a password.
 *
 * Collected in the order of DESIGN.md: the command line, DATABASE_URL, DATABASE_URL_FILE,
 * libpq's PG* variables, else the private server.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct ConnectionSettings ConnectionSettings;

/**
 * settings_parse:
 * @conninfo: a URI (postgresql://, postgres://, postgresql+DRIVER://) or a key=value string
 *
 * Returns: (transfer full): or %NULL with APP_ERROR_USAGE; the message shows no password.
 */
ConnectionSettings *settings_parse(const char *conninfo, GError **error);
void settings_free(ConnectionSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConnectionSettings, settings_free)

/* (transfer full): the same server and role, but database @name. */
ConnectionSettings *settings_for_database(const ConnectionSettings *settings, const char *name);

/* (nullable) (transfer none): the value of libpq's keyword @key, such as "dbname". */
const char *settings_get(const ConnectionSettings *settings, const char *key);

/* Sets libpq's keyword @key; @value NULL removes it. */
void settings_set(ConnectionSettings *settings, const char *key, const char *value);

/* (transfer full): postgresql://user:***@host:port/database, for messages. */
char *settings_describe(const ConnectionSettings *settings);

/*
 * (transfer full): the environment for a libpq program such as pg_dump: a copy of @environment
 * with PGHOST … PGPASSWORD set, so that no password is on a command line.
 */
char **settings_environment(const ConnectionSettings *settings, char **environment);

/* (array zero-terminated=1) (transfer container): keywords and values for PQconnectdbParams. */
const char **settings_keywords(const ConnectionSettings *settings);
const char **settings_values(const ConnectionSettings *settings);
