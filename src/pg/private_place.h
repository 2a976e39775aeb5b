/*
 * Where the private server of a project is, and whose: its folders, its user, its names.
 */
#pragma once
#include "base/environment.h"
#include "base/user.h"

/* A plain value, freed by private_place_free(). */
typedef struct PrivatePlace {
    char *folder;   /* of the project; canonical, links followed */
    char *home;     /* folder of everything that is kept: .retort, or below /var/lib/retort */
    char *socket;   /* folder of the socket */
    char *database; /* made of the project folder's name: "shop" */
    char *owner;    /* "shop_owner" */
    char *app;      /* "shop_app" */
    User *user;     /* who the server runs as */
} PrivatePlace;

/**
 * private_place_find:
 * @name: (nullable): what database and roles are named after; %NULL or "": the folder
 *
 * The rules are those of pg/private_server.h; so are the errors. Nothing is made.
 */
PrivatePlace *private_place_find(const char *folder, const char *name, GError **error);
void private_place_free(PrivatePlace *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PrivatePlace, private_place_free)

/* Makes the home and the socket's folder where they are missing. */
bool private_place_make(const PrivatePlace *place, GError **error);

/* Gives @path to the server's user if we are root; a folder is not descended. */
bool private_place_give(const PrivatePlace *place, const char *path, GError **error);

/* The greatest N of which the home has a folder pgN; 0 if none. */
int private_place_major(const PrivatePlace *place);

/**
 * private_database_name:
 * @name: of a folder, in any characters
 *
 * Returns: (transfer full): a name for a database that needs no quotes: a-z, 0-9, _; at most 40.
 */
char *private_database_name(const char *name);
