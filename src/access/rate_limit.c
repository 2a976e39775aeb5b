#include "access/rate_limit.h"

#include "access/seeded_hash.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <string.h>

#define NANOSECONDS INT64_C(1000000000)
#define MOST 1000000
#define LONGEST (366 * INT64_C(86400) * NANOSECONDS)

struct RateLimiter {
    RateRule rule;
    int64_t interval; /* nanoseconds a request */
    int64_t window;   /* nanoseconds that a burst takes */
    uint64_t seed;
    size_t mask;
    _Atomic int64_t *slots; /* times at which clients are on schedule; 0: nobody yet */
};

static bool refuse(const char *text, const char *fault, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "\"%s\" %s\n"
                "hint: write COUNT/UNIT [burst COUNT], where UNIT is s, min, h or d",
                text, fault);
    return false;
}

static unsigned unit_seconds(const char *unit)
{
    static const struct {
        const char *name;
        unsigned seconds;
    } units[] = {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(units[i].name, unit))
            return units[i].seconds;
    return 0;
}

/* A number from 1 to MOST, of digits alone; 0 if it is none. */
static unsigned read_count(const char *text)
{
    guint64 count = 0;
    return g_ascii_string_to_unsigned(text, 10, 1, MOST, &count, NULL) ? (unsigned)count : 0;
}

static int64_t rule_interval(const RateRule *rule)
{
    return rule->seconds * NANOSECONDS / rule->count;
}

bool rate_rule_parse(const char *text, RateRule *out_rule, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    unsigned count = g_strv_length(words);
    if (count != 1 && !(count == 3 && g_str_equal(words[1], "burst")))
        return refuse(text, "is no rate", error);
    char *slash = strchr(words[0], '/');
    if (slash == NULL)
        return refuse(text, "is no rate", error);
    *slash = '\0';
    RateRule rule = {.count = read_count(words[0]), .seconds = unit_seconds(slash + 1)};
    if (rule.seconds == 0)
        return refuse(text, "has an unknown unit of time", error);
    rule.burst = count == 3 ? read_count(words[2]) : rule.count;
    if (rule.count == 0 || rule.burst == 0)
        return refuse(text, "has a number that is not from 1 to 1000000", error);
    if (rule_interval(&rule) > LONGEST / rule.burst)
        return refuse(text, "has a burst that takes more than 366 days to come back", error);
    *out_rule = rule;
    return true;
}

RateLimiter *rate_limiter_new(const RateRule *rule, size_t slots, uint64_t seed)
{
    g_assert(slots > 0 && (slots & (slots - 1)) == 0);
    RateLimiter *limiter = g_new0(RateLimiter, 1);
    limiter->rule = *rule;
    limiter->interval = rule_interval(rule);
    limiter->window = limiter->interval * rule->burst;
    limiter->seed = seed;
    limiter->mask = slots - 1;
    limiter->slots = g_new0(_Atomic int64_t, slots);
    return limiter;
}

void rate_limiter_free(RateLimiter *limiter)
{
    if (limiter == NULL)
        return;
    g_free(limiter->slots);
    g_free(limiter);
}

static unsigned ceil_seconds(int64_t nanoseconds)
{
    return nanoseconds <= 0 ? 0 : (unsigned)((nanoseconds + NANOSECONDS - 1) / NANOSECONDS);
}

static RateAnswer refuse_request(const RateLimiter *limiter, int64_t ahead)
{
    unsigned wait = ceil_seconds(ahead + limiter->interval - limiter->window);
    return (RateAnswer){
        .limit = limiter->rule.burst, .reset = ceil_seconds(ahead), .retry_after = MAX(wait, 1)};
}

RateAnswer rate_limiter_take(RateLimiter *limiter, const void *client, size_t length, int64_t now)
{
    _Atomic int64_t *slot =
        &limiter->slots[seeded_hash(limiter->seed, client, length) & limiter->mask];
    int64_t due = atomic_load_explicit(slot, memory_order_relaxed), next = 0;
    do {
        int64_t from = MAX(due, now);
        next = from + limiter->interval;
        if (next - now > limiter->window)
            return refuse_request(limiter, from - now);
    } while (!atomic_compare_exchange_weak_explicit(slot, &due, next, memory_order_relaxed,
                                                    memory_order_relaxed));
    return (RateAnswer){
        .allowed = true,
        .limit = limiter->rule.burst,
        .remaining = (unsigned)((limiter->window - (next - now)) / limiter->interval),
        .reset = ceil_seconds(next - now),
    };
}

RateAddress rate_address(const char *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    RateAddress key = {0};
    char text[INET6_ADDRSTRLEN] = "";
    size_t length = strcspn(address, "%");
    memcpy(text, address, MIN(length, sizeof text - 1));
    if (inet_pton(AF_INET, text, key.bytes) == 1) {
        key.length = 4;
    } else if (inet_pton(AF_INET6, text, key.bytes) == 1) {
        bool is_mapped = memcmp(key.bytes, mapped, sizeof(mapped)) == 0;
        if (is_mapped)
            memmove(key.bytes, key.bytes + sizeof(mapped), 4);
        key.length = is_mapped ? 4 : 8;
    } else {
        key = (RateAddress){.length = sizeof key.bytes}; /* longer than any address's */
        memcpy(key.bytes, text, MIN(length, sizeof key.bytes));
    }
    return key;
}

static bool load_limiter(const Config *config, const char *setting, RateLimiter **out_limiter,
                         GError **error)
{
    const char *text = config_get(config, "access", setting);
    RateRule rule = {0};
    if (*text == '\0')
        return true;
    if (!rate_rule_parse(text, &rule, error)) {
        g_prefix_error(error, "%s:%u: \"%s\": ", config_file(config),
                       config_line(config, "access", setting), setting);
        return false;
    }
    *out_limiter = rate_limiter_new(&rule, RATE_SLOTS, seeded_hash_seed());
    return true;
}

RateLimits *rate_limits_load(const Config *config, GError **error)
{
    g_autoptr(RateLimits) limits = g_new0(RateLimits, 1);
    if (!load_limiter(config, "rate_address", &limits->address, error) ||
        !load_limiter(config, "rate_key", &limits->key, error))
        return NULL;
    return g_steal_pointer(&limits);
}

void rate_limits_free(RateLimits *limits)
{
    if (limits == NULL)
        return;
    rate_limiter_free(limits->address);
    rate_limiter_free(limits->key);
    g_free(limits);
}

static bool same_rule(const RateLimiter *a, const RateLimiter *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->rule.count == b->rule.count && a->rule.seconds == b->rule.seconds &&
           a->rule.burst == b->rule.burst;
}

bool rate_limits_equal(const RateLimits *a, const RateLimits *b)
{
    return same_rule(a->address, b->address) && same_rule(a->key, b->key);
}
