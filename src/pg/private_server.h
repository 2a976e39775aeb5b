/*
 * The private server: a PostgreSQL that this program makes and starts for one project.
 *
 * Its data lies in .retort/ of the project and outlives every run. It listens on a Unix socket
 * alone, in a folder that only its user (and root) can enter; therefore it asks for no password.
 * It has an owner role, for migrations, an app role, for the application, and one database. Its
 * superuser is for this program only.
 *
 * PostgreSQL refuses root: started by root it runs as the project folder's owner, or as the user
 * "postgres" where that is root. If that user cannot enter the project, the data lies under
 * /var/lib/retort/.
 */
#pragma once
#include "base/environment.h"
#include "pg/settings.h"

typedef struct PrivateServer PrivateServer;

/* Who connects to the private server. */
typedef enum PrivateRole {
    PRIVATE_OWNER, /* owns the database, may make others, and roles: for migrations */
    PRIVATE_APP,   /* for the application: has what the models grant */
    PRIVATE_ADMIN, /* the superuser: not for models and revisions */
} PrivateRole;

/**
 * private_server_new:
 * @folder: the project's
 * @name: (nullable): what database and roles are named after; %NULL or "": the folder
 * @major: the version of PostgreSQL; 0: of the data that is there, else the newest installed
 *
 * Works out where the server of a project is. Starts and writes nothing.
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT if the folder does not exist, or
 *   APP_ERROR_PROGRAM if root has no user to run it as.
 */
PrivateServer *private_server_new(const char *folder, const char *name,
                                  const Environment *environment, int major, GError **error);
void private_server_free(PrivateServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PrivateServer, private_server_free)

/**
 * private_server_start:
 *
 * Makes the server where there is none, starts it where it does not run, and waits until it takes
 * connections. Safe beside others who do the same. Cut off anywhere, the next call goes on.
 * Removes PGSERVICE and PGHOSTADDR from the environment of this process, since libpq has no
 * other way not to mix them in; settings of other servers (pg/find.h) hold them already.
 *
 * Returns: whether it takes connections; else APP_ERROR_PROGRAM (no programs, no room, no rights:
 *   the message says which).
 */
bool private_server_start(PrivateServer *server, GError **error);

/* Stops it, and waits until it has gone; none is fine. Else APP_ERROR_PROGRAM. */
bool private_server_stop(PrivateServer *server, GError **error);

/* Whether it takes connections now. */
bool private_server_is_running(const PrivateServer *server);

/* Whether there is one, running or not. */
bool private_server_exists(const PrivateServer *server);

/**
 * private_server_settings:
 *
 * Returns: (transfer full): how @role connects, whether the server runs or not.
 */
ConnectionSettings *private_server_settings(const PrivateServer *server, PrivateRole role);

/* (transfer none): where it is. Of a server that does not exist yet, where it will be. */
const char *private_server_data(const PrivateServer *server);
const char *private_server_socket(const PrivateServer *server);
const char *private_server_log(const PrivateServer *server);

/* (transfer none): the user of the operating system whose it is. */
const char *private_server_user(const PrivateServer *server);

/* Its process; 0 if it does not run. */
int private_server_pid(const PrivateServer *server);

/* Its major version; 0 if there is none yet. */
int private_server_major(const PrivateServer *server);
