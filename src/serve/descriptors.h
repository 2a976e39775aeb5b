/*
 * How many descriptors the process may have, and who of its parts may have how many.
 *
 * Clients come in any number, and must not take what connections to the database are made of.
 */
#pragma once
#include "serve/serve_settings.h"

/* What all clients may have together, and each loop. */
typedef struct DescriptorShares {
    uint64_t kept;    /* for everything but clients */
    uint64_t wanted;  /* for all that the settings ask for */
    unsigned clients; /* of a loop; 0: there are not even enough for the rest */
} DescriptorShares;

/**
 * descriptors_share:
 * @limit: how many the process may have
 * @open: how many it has, without those of its loops
 */
DescriptorShares descriptors_share(const ServeSettings *settings, uint64_t limit, uint64_t open);

/**
 * descriptors_prepare:
 *
 * Raises the soft limit towards the hard one as far as @settings need it. If that is too low for
 * all clients, lowers their number in @settings and warns of it.
 *
 * Returns: false with APP_ERROR_PROGRAM if no client could be taken at all.
 */
bool descriptors_prepare(ServeSettings *settings, GError **error);
