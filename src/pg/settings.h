/*
 * How to reach a database: a host or socket, a database, a role, a password.
 *
 * The values are libpq's own keywords. What is not set here, libpq fills in by itself from the
 * environment and its defaults. A password is in no text that functions here return, but for
 * settings_environment() and settings_values(). Where settings come from: see pg/target.h.
 */
#pragma once
#include "base/error.h"

typedef struct ConnectionSettings ConnectionSettings;

/* (transfer full): settings that name nothing yet. */
ConnectionSettings *settings_new(void);

/**
 * settings_parse:
 * @conninfo: a URI (postgresql://, postgres://, postgresql+DRIVER://) or a key=value string
 *
 * Of a URI with a driver, what only that driver understands is left out, such as
 * prepared_statement_cache_size.
 *
 * Returns: (transfer full): or %NULL with APP_ERROR_USAGE; the message shows no password.
 */
ConnectionSettings *settings_parse(const char *conninfo, GError **error);
void settings_free(ConnectionSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConnectionSettings, settings_free)

/* (transfer full): the same in every value. */
ConnectionSettings *settings_copy(const ConnectionSettings *settings);

/* (transfer full): the same server and role, but database @name. */
ConnectionSettings *settings_for_database(const ConnectionSettings *settings, const char *name);

/* (nullable) (transfer none): the value of libpq's keyword @key, such as "dbname". */
const char *settings_get(const ConnectionSettings *settings, const char *key);

/* Sets libpq's keyword @key; @value NULL removes it. */
void settings_set(ConnectionSettings *settings, const char *key, const char *value);

/* (transfer none): where the settings come from, for messages: "DATABASE_URL"; "" if unknown. */
const char *settings_source(const ConnectionSettings *settings);
void settings_set_source(ConnectionSettings *settings, const char *source);

/* Whether a password (or another secret) is among them. */
bool settings_have_secret(const ConnectionSettings *settings);

/* (transfer full): postgresql://user:***@host:port/database, for messages. */
char *settings_describe(const ConnectionSettings *settings);

/* (transfer full): a URL that other programs understand, without password and timeouts. */
char *settings_url(const ConnectionSettings *settings);

/*
 * (transfer full): key='value' … of all but secrets, for the --dbname of a libpq program beside
 * settings_environment(): it holds also what no variable can say.
 */
char *settings_conninfo(const ConnectionSettings *settings);

/*
 * (transfer full): the environment for a libpq program such as pg_dump: a copy of @environment
 * with PGHOST … PGPASSWORD set, so that no password is on a command line.
 */
char **settings_environment(const ConnectionSettings *settings, char **environment);

/* (array zero-terminated=1) (transfer container): keywords and values for PQconnectdbParams. */
const char **settings_keywords(const ConnectionSettings *settings);
const char **settings_values(const ConnectionSettings *settings);
