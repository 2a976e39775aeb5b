/*
 * Which functions and relations a statement mentions, anywhere in it.
 *
 * By PostgreSQL's own grammar of one version (libpg_query): of a statement that only a newer
 * server understands, or that is longer than 32 KB, nothing is known.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef struct Mentions {
    bool known;           /* else both lists are empty, and anything may be mentioned */
    GPtrArray *functions; /* (element-type utf8): last names, as they are in the catalog; sorted */
    GPtrArray *relations; /* (element-type utf8): quoted, with the schema if it is written; names of
                             WITH are among them; sorted */
} Mentions;

/* (transfer full): of the one statement @text. */
Mentions *mentions_new(const char *text);
void mentions_free(Mentions *mentions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mentions, mentions_free)
