/*
 * API keys: who has one, and what it may do. The keys themselves are nowhere, only their SHA-256.
 *
 * A key has 256 random bits, so a slow hash as for passwords would protect nothing: nobody can try
 * 2^256. What leaks of a hash, by a lost file or by timing, leads to no key either.
 *
 * A file of keys has one a line: a name, its hash, and what it may be:
 *
 *     # name      hash                roles                  database role
 *     warehouse   sha256:9f86d0…      roles=reader,packer    db_role=shop_packer
 */
#pragma once
#include "access/digest.h"
#include "base/error.h"

#include <stdint.h>

#define KEY_HASH_PREFIX "sha256:"
#define KEY_PREFIX "rk_" /* by which scanners for leaked secrets, and people, know one */

/* A key as text. A value that owns nothing. */
typedef struct KeyText {
    const char *name; /* 1 to 64 letters, digits, and . _ @ - */
    const char *hash;
    const char *roles;   /* (nullable): words with commas or blanks between */
    const char *db_role; /* (nullable) */
} KeyText;

typedef struct Key {
    char *name;
    unsigned char hash[DIGEST_SIZE];
    char **roles;
    char *db_role;    /* (nullable) */
    char *claims;     /* {"key": name, "roles": […]}: no "sub", which is a person's */
    bool is_from_row; /* of a table, not of the file */
} Key;

typedef struct KeySet KeySet;
KeySet *key_set_new(void);
void key_set_free(KeySet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeySet, key_set_free)

/* Whether @name can be a name; what begins as a key does cannot, so that none gets into a log. */
bool key_name_is_good(const char *name);

/**
 * key_set_add:
 *
 * Returns: (transfer none): the new key; %NULL with APP_ERROR_INPUT, without a place, if the name,
 *   hash or a role is malformed, or the name or hash is there already. A value that may be a key
 *   is not repeated.
 */
const Key *key_set_add(KeySet *set, const KeyText *text, bool is_from_row, GError **error);

/* Adds the keys of a file's @text; %false with APP_ERROR_INPUT as file:line. */
bool key_set_parse(KeySet *set, const char *path, const char *text, GError **error);

/* (transfer full): those of them that are from the file. */
KeySet *key_set_copy_file(const KeySet *set);

/* (nullable) (transfer none): the key whose hash that is. */
const Key *key_set_find(const KeySet *set, const unsigned char hash[DIGEST_SIZE]);

/* In the order in which they were added; %NULL behind the last. */
const Key *key_set_get(const KeySet *set, unsigned index);

/* (transfer full): a new random key. */
char *key_make(void);

/* (transfer full): its hash, as files and tables hold it. */
char *key_hash_text(const char *key);

/* (transfer full): the line of a file, with the line end; @text must be good. */
char *key_line(const KeyText *text);
