/*
 * How often one may ask: per address, and per key or subject of a token.
 *
 * It is the generic cell rate algorithm: of each client one number is kept, the time at which it
 * would next be on schedule ("theoretical arrival time"). A request moves it on by one interval;
 * one that would move it further ahead of now than the burst is refused and moves nothing.
 *
 * The numbers are an array of atomics that all threads share without a lock, indexed by a seeded
 * hash of the client. Two clients whose hashes meet share one limit: a limit may come out
 * stricter than it says for those, never laxer, and nothing needs to be thrown away. With
 * RATE_SLOTS and 1,000 clients active at once that happens to about one in 130. The seed is
 * random, so nobody can choose whom to meet.
 */
#pragma once
#include "base/config.h"

#include <stdint.h>

#define RATE_SLOTS (128 * 1024) /* 1 MB, touched as clients come */

/* "100/s burst 50": a plain value. */
typedef struct RateRule {
    unsigned count;   /* requests … */
    unsigned seconds; /* … in that time: 1, 60, 3,600 or 86,400 */
    unsigned burst;   /* how many at once; @count unless said otherwise */
} RateRule;

/**
 * rate_rule_parse:
 * @text: COUNT/UNIT [burst COUNT], where UNIT is s, min, h or d
 *
 * Returns: false with APP_ERROR_INPUT if @text is none, a number is 0 or above 1,000,000, or the
 *   burst would take more than 366 days to come back.
 */
bool rate_rule_parse(const char *text, RateRule *out_rule, GError **error);

/* What to answer, and the numbers of its headers (RateLimit, Retry-After). */
typedef struct RateAnswer {
    bool allowed;
    unsigned limit;       /* the burst: most that may come at once */
    unsigned remaining;   /* how many more may come now */
    unsigned reset;       /* seconds until all of the burst may come again, rounded up */
    unsigned retry_after; /* seconds until the next may come, at least 1; 0 if allowed */
} RateAnswer;

typedef struct RateLimiter RateLimiter;

/**
 * rate_limiter_new:
 * @slots: a power of two
 * @seed: a random number
 */
RateLimiter *rate_limiter_new(const RateRule *rule, size_t slots, uint64_t seed);
void rate_limiter_free(RateLimiter *limiter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RateLimiter, rate_limiter_free)

/**
 * rate_limiter_take:
 * @client, @length: what names the client: rate_address(), or the name of a key
 * @now: nanoseconds of a clock that never goes back, above 0
 *
 * Counts a request, if it is allowed. Any thread, at any time.
 */
RateAnswer rate_limiter_take(RateLimiter *limiter, const void *client, size_t length, int64_t now);

/* Bytes that stand for an address in rate_limiter_take(). */
typedef struct RateAddress {
    unsigned char bytes[16];
    size_t length;
} RateAddress;

/**
 * rate_address:
 * @address: "192.0.2.1", "2001:db8::1", with "%eth0" or not; or any other text: "unix",
 *   "unknown"
 *
 * IPv6 counts by its /64, which one customer has whole; an IPv4 address written as IPv6
 * (::ffff:192.0.2.1) counts as IPv4. Any other text counts by its first 16 bytes.
 */
RateAddress rate_address(const char *address);

/* The limiters of a server. They outlive a reload whose rules are the same. */
typedef struct RateLimits {
    RateLimiter *address; /* (nullable): no limit */
    RateLimiter *key;     /* (nullable) */
} RateLimits;

/**
 * rate_limits_load:
 *
 * Reads `rate_address` and `rate_key` of [access].
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT with the place.
 */
RateLimits *rate_limits_load(const Config *config, GError **error);
void rate_limits_free(RateLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RateLimits, rate_limits_free)

/* Whether both have the same rules, so that the counters of the older can stay. */
bool rate_limits_equal(const RateLimits *a, const RateLimits *b);
