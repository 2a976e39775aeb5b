/*
 * Which statements a connection has prepared, and under which names.
 */
#pragma once
#include "pool/inside.h"

void statements_init(Session *session);

/* The connection is new: nothing is prepared. */
void statements_clear(Session *session);
void statements_destroy(Session *session);

/* (transfer none): its entry; made if it is new. */
Prepared *statements_find(Session *session, const char *name);

/* The server has lost it; does nothing if it is not there. */
void statements_lost(Session *session, const char *name);

/* The server has it already. */
void statements_found(Session *session, const char *name);

/* It must be prepared again, under another name; the old one is deallocated in time. */
void statements_renew(Session *session, const char *name);

/* Those that are not in @keep (a set of names) are deallocated in time. */
void statements_forget(Session *session, GHashTable *keep);

/* (transfer none): SELECT set_config(…), … of @count settings. */
const PoolStatement *statements_set_config(Pool *pool, unsigned count);
