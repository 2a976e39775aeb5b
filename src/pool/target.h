/*
 * Where a lane connects to: all that libpq is told, with addresses for names.
 *
 * libpq resolves names where it stands and so would block the loop. So each host that is a name is
 * replaced by its addresses, beside the name, which certificates and .pgpass are looked up with.
 */
#pragma once
#include "pg/settings.h"

#include <libpq-fe.h>

typedef struct Target Target;

/**
 * target_new:
 * @writes: of several hosts one that can write is wanted, unless @settings say otherwise
 *
 * Returns: (transfer full): with what the environment fills in as it is now.
 */
Target *target_new(const ConnectionSettings *settings, bool writes);
void target_free(Target *target);

/* (transfer full): the same, counted once more; a thread may hold it. */
Target *target_ref(Target *target);

/* Whether it is several hosts, of which one that can write is wanted. */
bool target_chooses(const Target *target);

/* Whether a host is a name, so that target_resolve() is needed. */
bool target_has_names(const Target *target);

/**
 * target_resolve:
 *
 * Blocks, in any thread. Hosts that cannot be resolved are left out.
 *
 * Returns: (transfer full): for target_connect(); %NULL if no host is left.
 */
char **target_resolve(const Target *target);

/**
 * target_connect:
 * @resolved: (nullable): of target_resolve(); %NULL if there are no names
 *
 * Returns: (transfer full): as PQconnectStartParams().
 */
PGconn *target_connect(const Target *target, char *const *resolved);
