#include "access/token_cache.h"

#include "access/seeded_hash.h"

#include <openssl/crypto.h>

typedef struct Entry {
    uint64_t hash;
    uint64_t used; /* when it was used last, in calls */
    Token *token;  /* %NULL: the entry is empty */
    char *text;
    size_t length;
} Entry;

struct TokenCache {
    Entry sets[TOKEN_CACHE_SETS][TOKEN_CACHE_WAYS];
    uint64_t seed;
    uint64_t calls;
    uint64_t rules;
};

TokenCache *token_cache_new(void)
{
    TokenCache *cache = g_new0(TokenCache, 1);
    cache->seed = seeded_hash_seed();
    return cache;
}

static void clear_entry(Entry *entry)
{
    g_clear_pointer(&entry->token, token_free);
    g_clear_pointer(&entry->text, g_free);
}

static void clear(TokenCache *cache)
{
    for (size_t set = 0; set < TOKEN_CACHE_SETS; set++)
        for (size_t way = 0; way < TOKEN_CACHE_WAYS; way++)
            clear_entry(&cache->sets[set][way]);
}

void token_cache_free(TokenCache *cache)
{
    if (cache == NULL)
        return;
    clear(cache);
    g_free(cache);
}

void token_cache_follow(TokenCache *cache, uint64_t rules)
{
    if (cache->rules != rules)
        clear(cache);
    cache->rules = rules;
}

/* Where the hash differs, which nobody can foresee, no byte is compared: time tells nothing. */
static bool is_same(const Entry *entry, uint64_t hash, const char *text, size_t length)
{
    return entry->token != NULL && entry->hash == hash && entry->length == length &&
           CRYPTO_memcmp(entry->text, text, length) == 0;
}

const Token *token_cache_find(TokenCache *cache, const char *text, size_t length, int64_t now)
{
    uint64_t hash = seeded_hash(cache->seed, text, length);
    Entry *set = cache->sets[hash % TOKEN_CACHE_SETS];
    for (size_t way = 0; way < TOKEN_CACHE_WAYS; way++) {
        Entry *entry = &set[way];
        if (!is_same(entry, hash, text, length))
            continue;
        if (now >= entry->token->expires)
            return NULL;
        entry->used = ++cache->calls;
        return entry->token;
    }
    return NULL;
}

static bool is_free(const Entry *entry, int64_t now)
{
    return entry->token == NULL || now >= entry->token->expires;
}

const Token *token_cache_add(TokenCache *cache, const char *text, size_t length, Token *token,
                             int64_t now)
{
    uint64_t hash = seeded_hash(cache->seed, text, length);
    Entry *set = cache->sets[hash % TOKEN_CACHE_SETS], *chosen = set;
    for (size_t way = 1; way < TOKEN_CACHE_WAYS && !is_free(chosen, now); way++)
        if (is_free(&set[way], now) || set[way].used < chosen->used)
            chosen = &set[way];
    clear_entry(chosen);
    *chosen = (Entry){.hash = hash,
                      .used = ++cache->calls,
                      .token = token,
                      .text = g_memdup2(text, length),
                      .length = length};
    return token;
}
