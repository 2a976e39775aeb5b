#include "access/rate_limit.h"

#define SECOND INT64_C(1000000000)
#define SLOTS 1024

static const int64_t start = 50 * SECOND;

static RateLimiter *limiter_for(const char *text)
{
    g_autoptr(GError) error = NULL;
    RateRule rule = {0};
    g_assert_true(rate_rule_parse(text, &rule, &error));
    g_assert_no_error(error);
    return rate_limiter_new(&rule, SLOTS, 7);
}

static RateAnswer take(RateLimiter *limiter, const char *client, int64_t now)
{
    return rate_limiter_take(limiter, client, strlen(client), now);
}

static void rules_are_read(void)
{
    RateRule rule = {0};
    g_assert_true(rate_rule_parse("100/s", &rule, NULL));
    g_assert_cmpuint(rule.count, ==, 100);
    g_assert_cmpuint(rule.seconds, ==, 1);
    g_assert_cmpuint(rule.burst, ==, 100);
    g_assert_true(rate_rule_parse("1000/min burst 50", &rule, NULL));
    g_assert_cmpuint(rule.seconds, ==, 60);
    g_assert_cmpuint(rule.burst, ==, 50);
    g_assert_true(rate_rule_parse("1/d", &rule, NULL));
    g_assert_cmpuint(rule.seconds, ==, 86400);
}

static void other_text_is_no_rule(void)
{
    static const char *const texts[] = {
        "",          "100",           "/s",
        "100/",      "100/week",      "0/s",
        "-1/s",      "+1/s",          "1.5/s",
        "1000001/s", "100/s burst",   "100/s burst 0",
        "100/s 5",   "100/s burs 5",  "1/d burst 367",
        "100 / s",   "100/s burst x", "99999999999999999999/s",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        RateRule rule = {.count = 5};
        g_assert_false(rate_rule_parse(texts[i], &rule, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_assert_cmpuint(rule.count, ==, 5);
    }
}

static void burst_passes_then_one_an_interval(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("10/s burst 3");
    for (unsigned left = 3; left-- > 0;) {
        RateAnswer answer = take(limiter, "a", start);
        g_assert_true(answer.allowed);
        g_assert_cmpuint(answer.limit, ==, 3);
        g_assert_cmpuint(answer.remaining, ==, left);
        g_assert_cmpuint(answer.reset, ==, 1);
        g_assert_cmpuint(answer.retry_after, ==, 0);
    }
    RateAnswer refused = take(limiter, "a", start);
    g_assert_false(refused.allowed);
    g_assert_cmpuint(refused.remaining, ==, 0);
    g_assert_cmpuint(refused.retry_after, ==, 1);
    g_assert_false(take(limiter, "a", start + SECOND / 10 - 1).allowed);
    g_assert_true(take(limiter, "a", start + SECOND / 10).allowed);
    g_assert_false(take(limiter, "a", start + SECOND / 10).allowed);
}

/* Over any time, no more than the burst and what the time gives. */
static void rate_holds_in_the_long_run(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("5/s burst 5");
    unsigned allowed = 0;
    for (int64_t now = start; now < start + 20 * SECOND; now += SECOND / 100)
        allowed += take(limiter, "a", now).allowed;
    g_assert_cmpuint(allowed, ==, 5 + 20 * 5 - 1);
}

static void refusals_cost_nothing(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("1/min burst 1");
    g_assert_true(take(limiter, "a", start).allowed);
    for (unsigned i = 0; i < 1000; i++) {
        RateAnswer answer = take(limiter, "a", start + SECOND);
        g_assert_false(answer.allowed);
        g_assert_cmpuint(answer.retry_after, ==, 59);
    }
    g_assert_true(take(limiter, "a", start + 60 * SECOND).allowed);
}

static void burst_comes_back_and_no_more(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("10/s burst 3");
    for (unsigned i = 0; i < 3; i++)
        take(limiter, "a", start);
    int64_t later = start + 3600 * SECOND;
    for (unsigned i = 0; i < 3; i++)
        g_assert_true(take(limiter, "a", later).allowed);
    g_assert_false(take(limiter, "a", later).allowed);
}

static void clients_do_not_share(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("1/d burst 1");
    g_assert_true(take(limiter, "a", start).allowed);
    g_assert_false(take(limiter, "a", start).allowed);
    g_assert_true(take(limiter, "b", start).allowed);
    g_assert_true(take(limiter, "a\1", start).allowed);
    g_assert_true(rate_limiter_take(limiter, "a\0", 2, start).allowed);
}

/* A clock of another thread that is a little behind neither gives nor takes. */
static void older_now_is_harmless(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("10/s burst 2");
    g_assert_true(take(limiter, "a", start).allowed);
    g_assert_false(take(limiter, "a", start - SECOND).allowed);
    g_assert_true(take(limiter, "a", start).allowed);
    g_assert_false(take(limiter, "a", start).allowed);
}

/* The hash spreads: of clients that fill a tenth of the slots, few meet another. */
static void clients_spread_over_the_slots(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("1/d burst 1");
    unsigned met = 0;
    for (unsigned i = 0; i < SLOTS / 10; i++) {
        unsigned char address[4] = {192, 168, (unsigned char)(i >> 8), (unsigned char)i};
        met += !rate_limiter_take(limiter, address, sizeof(address), start).allowed;
    }
    g_assert_cmpuint(met, <, SLOTS / 100);
}

static void *hammer(void *data)
{
    size_t allowed = 0;
    for (unsigned i = 0; i < 100000; i++)
        allowed += take(data, "a", start).allowed;
    return (void *)allowed;
}

static void threads_share_one_limit(void)
{
    g_autoptr(RateLimiter) limiter = limiter_for("1000/d burst 5000");
    GThread *threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("hammer", hammer, limiter);
    size_t allowed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        allowed += (size_t)g_thread_join(threads[i]);
    g_assert_cmpuint(allowed, ==, 5000);
}

static void assert_address(const char *address, const char *bytes, size_t length)
{
    RateAddress key = rate_address(address);
    g_assert_cmpmem(key.bytes, key.length, bytes, length);
}

static void addresses_count_by_customer(void)
{
    assert_address("192.0.2.1", "\xc0\x00\x02\x01", 4);
    assert_address("::ffff:192.0.2.1", "\xc0\x00\x02\x01", 4);
    assert_address("2001:db8:1:2::1", "\x20\x01\x0d\xb8\x00\x01\x00\x02", 8);
    assert_address("2001:db8:1:2:ffff:ffff:ffff:ffff", "\x20\x01\x0d\xb8\x00\x01\x00\x02", 8);
    assert_address("fe80::1%eth0", "\xfe\x80\x00\x00\x00\x00\x00\x00", 8);
    assert_address("unix", "unix\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_address("unknown", "unknown\0\0\0\0\0\0\0\0\0", 16);
    assert_address("", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_address("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25",
                   "1.2.3.4.5.6.7.8.", 16);
}

static RateLimits *load(const char *text, GError **error)
{
    g_autofree char *ini = g_strconcat("[access]\n", text, NULL);
    g_autoptr(Config) config = config_parse("r.ini", ini, error);
    return config != NULL ? rate_limits_load(config, error) : NULL;
}

static void settings_are_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RateLimits) none = load("", &error);
    g_autoptr(RateLimits) one = load("rate_address = 10/s", &error);
    g_autoptr(RateLimits) same = load("rate_address = 10/s burst 10", &error);
    g_assert_no_error(error);
    g_assert_true(none->address == NULL && none->key == NULL);
    g_assert_true(one->address != NULL && one->key == NULL);
    g_assert_true(rate_limits_equal(one, same));
    g_assert_false(rate_limits_equal(none, one));
    g_assert_null(load("rate_key = 10", &error));
    g_assert_cmpstr(error->message, ==,
                    "r.ini:2: \"rate_key\": \"10\" is no rate\n"
                    "hint: write COUNT/UNIT [burst COUNT], where UNIT is s, min, h or d");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rate_limit/rules", rules_are_read);
    g_test_add_func("/rate_limit/no_rules", other_text_is_no_rule);
    g_test_add_func("/rate_limit/burst", burst_passes_then_one_an_interval);
    g_test_add_func("/rate_limit/long_run", rate_holds_in_the_long_run);
    g_test_add_func("/rate_limit/refusals", refusals_cost_nothing);
    g_test_add_func("/rate_limit/back", burst_comes_back_and_no_more);
    g_test_add_func("/rate_limit/clients", clients_do_not_share);
    g_test_add_func("/rate_limit/older", older_now_is_harmless);
    g_test_add_func("/rate_limit/spread", clients_spread_over_the_slots);
    g_test_add_func("/rate_limit/threads", threads_share_one_limit);
    g_test_add_func("/rate_limit/addresses", addresses_count_by_customer);
    g_test_add_func("/rate_limit/settings", settings_are_read);
    return g_test_run();
}
