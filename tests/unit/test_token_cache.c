#include "access/token_cache.h"

#include <string.h>

static Token *token_new(const char *subject, int64_t expires)
{
    Token *token = g_new0(Token, 1);
    token->subject = g_strdup(subject);
    token->expires = expires;
    return token;
}

static const char *find(TokenCache *cache, unsigned number, int64_t now)
{
    g_autofree char *text = g_strdup_printf("token %u", number);
    const Token *token = token_cache_find(cache, text, strlen(text), now);
    return token != NULL ? token->subject : NULL;
}

static void add_at(TokenCache *cache, unsigned number, int64_t expires, int64_t now)
{
    g_autofree char *text = g_strdup_printf("token %u", number);
    g_autofree char *subject = g_strdup_printf("%u", number);
    token_cache_add(cache, text, strlen(text), token_new(subject, expires), now);
}

static void add(TokenCache *cache, unsigned number, int64_t expires)
{
    add_at(cache, number, expires, 0);
}

static void token_is_found_until_it_expires(void)
{
    TokenCache *cache = token_cache_new();
    add(cache, 1, 100);
    g_assert_cmpstr(find(cache, 1, 0), ==, "1");
    g_assert_cmpstr(find(cache, 1, 99), ==, "1");
    g_assert_null(find(cache, 1, 100));
    g_assert_null(find(cache, 2, 0));
    token_cache_free(cache);
}

static void other_bytes_are_another_token(void)
{
    static const char text[] = "a\0b";
    TokenCache *cache = token_cache_new();
    token_cache_add(cache, text, 3, token_new("x", 100), 0);
    g_assert_nonnull(token_cache_find(cache, "a\0b", 3, 0));
    g_assert_null(token_cache_find(cache, "a\0c", 3, 0));
    g_assert_null(token_cache_find(cache, "a\0b", 2, 0));
    g_assert_null(token_cache_find(cache, "a\0b", 4, 0));
    token_cache_free(cache);
}

/* Which set a token falls into is random; the one that is used all the time stays in any case. */
static void least_recently_used_makes_way(void)
{
    const unsigned count = 20 * TOKEN_CACHE_SETS * TOKEN_CACHE_WAYS;
    TokenCache *cache = token_cache_new();
    unsigned kept = 0;
    add(cache, 0, 100);
    for (unsigned i = 1; i < count; i++) {
        add(cache, i, 100);
        g_assert_cmpstr(find(cache, 0, 0), ==, "0");
    }
    for (unsigned i = 1; i < count; i++)
        kept += find(cache, i, 0) != NULL;
    g_assert_cmpuint(kept, <, TOKEN_CACHE_SETS * TOKEN_CACHE_WAYS);
    g_assert_cmpuint(kept, >, TOKEN_CACHE_SETS * TOKEN_CACHE_WAYS / 2);
    token_cache_free(cache);
}

/* What is good stays while what has expired makes way for others, however many come. */
static void expired_makes_way_first(void)
{
    const unsigned count = 20 * TOKEN_CACHE_SETS * TOKEN_CACHE_WAYS;
    TokenCache *cache = token_cache_new();
    for (unsigned i = 0; i < count; i++)
        add_at(cache, i + 1, 10, 0);
    add_at(cache, 0, 100, 20);
    for (unsigned i = 0; i < count; i++)
        add_at(cache, i + 1, 15, 20);
    g_assert_cmpstr(find(cache, 0, 20), ==, "0");
    token_cache_free(cache);
}

static void other_rules_forget_all(void)
{
    TokenCache *cache = token_cache_new();
    token_cache_follow(cache, 7);
    add(cache, 1, 100);
    token_cache_follow(cache, 7);
    g_assert_nonnull(find(cache, 1, 0));
    token_cache_follow(cache, 8);
    g_assert_null(find(cache, 1, 0));
    token_cache_free(cache);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token_cache/expires", token_is_found_until_it_expires);
    g_test_add_func("/token_cache/bytes", other_bytes_are_another_token);
    g_test_add_func("/token_cache/lru", least_recently_used_makes_way);
    g_test_add_func("/token_cache/expired", expired_makes_way_first);
    g_test_add_func("/token_cache/rules", other_rules_forget_all);
    return g_test_run();
}
