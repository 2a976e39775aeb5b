/* Which backups may go. */
#include "backup/retention.h"

#include <string.h>

static void add(GPtrArray *backups, const char *at, BackupState state, bool pinned)
{
    Backup *backup = g_new0(Backup, 1);
    backup->id = g_strdup(at);
    backup->state = state;
    backup->pinned = pinned ? g_strdup("") : NULL;
    g_assert_true(moment_parse(at, &backup->time));
    g_ptr_array_add(backups, backup);
}

static void free_backup(void *backup)
{
    backup_free(backup);
}

static GPtrArray *no_backups(void)
{
    return g_ptr_array_new_with_free_func(free_backup);
}

static BackupState state_of(char sign)
{
    switch (sign) {
    case '!':
        return BACKUP_BROKEN;
    case '+':
        return BACKUP_PROVEN;
    case '*':
        return BACKUP_VERIFIED;
    default:
        return BACKUP_STORED;
    }
}

/* @text: "2026-11-22 10:00 !": ! broken, * verified, + proven; P pinned; ";" between. */
static GPtrArray *make(const char *text)
{
    GPtrArray *backups = no_backups();
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_auto(GStrv) words = g_strsplit(g_strstrip(*part), " ", -1);
        const char *signs = g_strv_length(words) > 2 ? words[2] : "";
        g_autofree char *at = g_strdup_printf("%sT%s:00Z", words[0], words[1]);
        add(backups, at, state_of(*signs), strchr(signs, 'P') != NULL);
    }
    return backups;
}

static Retention parse(const char *text)
{
    Retention retention = {0};
    g_autoptr(GError) error = NULL;
    retention_parse(text, &retention, &error);
    g_assert_no_error(error);
    return retention;
}

/* One line a backup: its time and why it stays, or "-". */
static char *explain(const GPtrArray *backups, const char *keep, const char *now)
{
    int64_t time = 0;
    g_assert_true(moment_parse(now, &time));
    Retention retention = parse(keep);
    g_autoptr(GPtrArray) reasons = retention_explain(backups, &retention, time);
    g_assert_cmpuint(reasons->len, ==, backups->len);
    GString *lines = g_string_new(NULL);
    for (unsigned i = 0; i < reasons->len; i++) {
        const char *reason = reasons->pdata[i];
        g_string_append_printf(lines, "%.16s %s\n", ((const Backup *)backups->pdata[i])->id,
                               reason != NULL ? reason : "-");
    }
    return g_string_free(lines, FALSE);
}

/* What there is, what is kept, when; and why each stays. */
typedef struct Example {
    const char *name, *backups, *keep, *now, *expected;
} Example;

static const Example examples[] = {
    {"nothing", "2026-11-20 10:00; 2026-11-21 10:00 !; 2026-11-22 10:00 +", "",
     "2026-11-22T12:00:00Z",
     "2026-11-20T10:00 nothing says how many are kept\n"
     "2026-11-21T10:00 nothing says how many are kept\n"
     "2026-11-22T10:00 newest good, newest proven\n"},
    {"several_a_day", "2026-11-21 01:00; 2026-11-21 23:59; 2026-11-22 00:00; 2026-11-22 09:00",
     "2 daily", "2026-11-22T12:00:00Z",
     "2026-11-21T01:00 -\n2026-11-21T23:59 daily\n2026-11-22T00:00 -\n"
     "2026-11-22T09:00 newest good, daily\n"},
    {"days_without_a_backup_do_not_count", "2025-01-01 10:00; 2026-03-01 10:00; 2026-11-22 10:00",
     "2 daily", "2026-11-30T12:00:00Z",
     "2025-01-01T10:00 -\n2026-03-01T10:00 daily\n2026-11-22T10:00 newest good, daily\n"},
    {"last", "2026-11-22 10:00; 2026-11-22 10:01; 2026-11-22 10:02", "2 last",
     "2026-11-22T12:00:00Z",
     "2026-11-22T10:00 -\n2026-11-22T10:01 last\n2026-11-22T10:02 newest good, last\n"},
    {"hourly", "2026-11-22 09:59; 2026-11-22 10:00; 2026-11-22 10:59", "1 hourly",
     "2026-11-22T12:00:00Z",
     "2026-11-22T09:59 -\n2026-11-22T10:00 -\n2026-11-22T10:59 newest good, hourly\n"},
    /* 2026-12-31 is in week 53, and so is 2027-01-03, a Sunday; Monday begins week 1. */
    {"iso_weeks_at_the_end_of_a_year",
     "2026-12-27 10:00; 2026-12-28 10:00; 2026-12-31 10:00; 2027-01-01 10:00; 2027-01-03 23:00; "
     "2027-01-04 00:00",
     "3 weekly", "2027-01-04T12:00:00Z",
     "2026-12-27T10:00 weekly\n2026-12-28T10:00 -\n2026-12-31T10:00 -\n2027-01-01T10:00 -\n"
     "2027-01-03T23:00 weekly\n2027-01-04T00:00 newest good, weekly\n"},
    {"months_and_years", "2024-12-31 10:00; 2025-11-30 10:00; 2025-12-31 23:59; 2026-01-01 00:00",
     "2 monthly, 3 yearly", "2026-01-02T12:00:00Z",
     "2024-12-31T10:00 yearly\n2025-11-30T10:00 -\n2025-12-31T23:59 monthly, yearly\n"
     "2026-01-01T00:00 newest good, monthly, yearly\n"},
    {"a_day_of_february", "2028-02-28 10:00; 2028-02-29 10:00; 2028-03-01 10:00", "2 monthly",
     "2028-03-01T12:00:00Z",
     "2028-02-28T10:00 -\n2028-02-29T10:00 monthly\n2028-03-01T10:00 newest good, monthly\n"},
    {"broken_ones_take_no_place",
     "2026-11-20 10:00; 2026-11-21 10:00; 2026-11-21 11:00 !; 2026-11-22 10:00 !", "1 daily",
     "2026-11-22T12:00:00Z",
     "2026-11-20T10:00 -\n2026-11-21T10:00 newest good, daily\n"
     "2026-11-21T11:00 broken, and no newer one is good\n"
     "2026-11-22T10:00 broken, and no newer one is good\n"},
    {"broken_ones_go_when_a_good_one_is_newer", "2026-11-21 10:00 !; 2026-11-22 10:00", "9 daily",
     "2026-11-22T12:00:00Z", "2026-11-21T10:00 -\n2026-11-22T10:00 newest good, daily\n"},
    {"all_broken", "2026-11-21 10:00 !; 2026-11-22 10:00 !", "1 last", "2026-11-22T12:00:00Z",
     "2026-11-21T10:00 broken, and no newer one is good\n"
     "2026-11-22T10:00 broken, and no newer one is good\n"},
    {"the_newest_proven_one_stays",
     "2026-11-19 10:00 +; 2026-11-20 10:00 +; 2026-11-21 10:00 *; 2026-11-22 10:00", "1 last",
     "2026-11-22T12:00:00Z",
     "2026-11-19T10:00 -\n2026-11-20T10:00 newest proven\n2026-11-21T10:00 -\n"
     "2026-11-22T10:00 newest good, last\n"},
    {"pinned_ones_stay", "2026-11-19 10:00 P; 2026-11-20 10:00 !P; 2026-11-22 10:00", "1 last",
     "2026-11-22T12:00:00Z",
     "2026-11-19T10:00 pinned\n2026-11-20T10:00 pinned\n2026-11-22T10:00 newest good, last\n"},
    {"later_ones_stay_and_do_not_count",
     "2026-11-20 10:00 !; 2026-11-21 10:00; 2026-11-22 10:00; 2027-01-01 10:00 +; 2027-01-02 10:00 "
     "!",
     "1 daily", "2026-11-22T12:00:00Z",
     "2026-11-20T10:00 -\n2026-11-21T10:00 -\n2026-11-22T10:00 newest good, daily\n"
     "2027-01-01T10:00 later than now\n2027-01-02T10:00 later than now\n"},
    {"a_clock_that_was_wrong", "2026-11-21 10:00 !; 2027-01-01 10:00", "1 daily",
     "2026-11-22T12:00:00Z",
     "2026-11-21T10:00 broken, and no newer one is good\n2027-01-01T10:00 later than now\n"},
    {"now_is_not_later", "2026-11-22 12:00", "1 daily", "2026-11-22T12:00:00Z",
     "2026-11-22T12:00 newest good, daily\n"},
};

static void explains(const void *data)
{
    const Example *example = data;
    g_autoptr(GPtrArray) backups = make(example->backups);
    g_autofree char *lines = explain(backups, example->keep, example->now);
    g_assert_cmpstr(lines, ==, example->expected);
}

/* Else the newest of the one would stand for the other's. */
static void databases_are_looked_at_by_themselves(void)
{
    static const char *const names[] = {"shop", "shop", "test", "test", NULL};
    g_autoptr(GPtrArray) backups = make("2026-11-20 10:00;2026-11-21 10:00;2026-11-22 10:00;"
                                        "2026-11-22 11:00;2026-11-22 12:00 !");
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        Backup *backup = backups->pdata[i];
        if (names[i] == NULL)
            continue;
        backup->manifest = manifest_new();
        backup->manifest->database = g_strdup(names[i]);
    }
    const Retention retention = {.daily = 1};
    g_autoptr(GPtrArray) gone = retention_select(backups, &retention, G_MAXINT64);
    g_assert_cmpuint(gone->len, ==, 2);
    g_assert_true(gone->pdata[0] == backups->pdata[0]);
    g_assert_true(gone->pdata[1] == backups->pdata[2]);
}

static void no_backups_none_go(void)
{
    g_autoptr(GPtrArray) backups = no_backups();
    Retention retention = parse("1 last");
    g_autoptr(GPtrArray) gone = retention_select(backups, &retention, 0);
    g_assert_cmpuint(gone->len, ==, 0);
}

static void settings_are_read(void)
{
    Retention usual = parse("7 daily, 4 weekly, 12 monthly");
    g_assert_cmpuint(usual.daily, ==, 7);
    g_assert_cmpuint(usual.weekly, ==, 4);
    g_assert_cmpuint(usual.monthly, ==, 12);
    g_assert_cmpuint(usual.last + usual.hourly + usual.yearly, ==, 0);
    Retention all = parse(" 1 last,2  hourly ,100000 yearly ");
    g_assert_cmpuint(all.last, ==, 1);
    g_assert_cmpuint(all.hourly, ==, 2);
    g_assert_cmpuint(all.yearly, ==, 100000);
    Retention none = parse(" ");
    g_assert_cmpuint(none.daily, ==, 0);
}

static void what_is_no_setting_is_refused(void)
{
    static const char *const bad[][2] = {
        {"daily", "\"daily\" is not a number and a period"},
        {"7", "\"7\" is not a number and a period"},
        {"7daily", "\"7daily\" is not a number and a period"},
        {"-7 daily", "\"-7 daily\" is not a number and a period"},
        {"7 daily,", "\"\" is not a number and a period"},
        {"7 daily 4 weekly", "\"7 daily 4 weekly\" names no known period"},
        {"7 days", "\"7 days\" names no known period"},
        {"0 daily", "\"0 daily\" must have a number from 1 to 100000"},
        {"100001 daily", "\"100001 daily\" must have a number from 1 to 100000"},
        {"99999999999999999999999 daily",
         "\"99999999999999999999999 daily\" must have a number from 1 to 100000"},
        {"7 daily, 8 daily", "\"8 daily\" names a period for the second time"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        Retention retention = {.daily = 3};
        g_autoptr(GError) error = NULL;
        g_assert_false(retention_parse(bad[i][0], &retention, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_assert_true(g_str_has_prefix(error->message, bad[i][1]));
        g_assert_cmpuint(retention.daily, ==, 3);
    }
}

static GPtrArray *make_random(GRand *random, int64_t now)
{
    GPtrArray *backups = no_backups();
    unsigned count = (unsigned)g_rand_int_range(random, 0, 60);
    int64_t time = now - (int64_t)g_rand_int_range(random, 0, 200) * 86400;
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *at = moment_format(time);
        add(backups, at, (BackupState)g_rand_int_range(random, BACKUP_BROKEN, BACKUP_PROVEN + 1),
            g_rand_int_range(random, 0, 10) == 0);
        time += g_rand_int_range(random, 1, 10 * 86400);
    }
    return backups;
}

static const Backup *newest(const GPtrArray *backups, BackupState least, int64_t now)
{
    for (unsigned i = backups->len; i > 0; i--) {
        const Backup *backup = backups->pdata[i - 1];
        if (backup->state >= least && backup->time <= now)
            return backup;
    }
    return NULL;
}

/* What must hold whatever is kept. */
static void check_laws(const GPtrArray *backups, const Retention *retention, int64_t now)
{
    g_autoptr(GPtrArray) gone = retention_select(backups, retention, now);
    const Backup *good = newest(backups, BACKUP_STORED, now);
    const Backup *proven = newest(backups, BACKUP_PROVEN, now);
    for (unsigned i = 0; i < gone->len; i++) {
        const Backup *backup = gone->pdata[i];
        g_assert_true(backup != good && backup != proven && backup->pinned == NULL);
        g_assert_cmpint(backup->time, <=, now);
        g_assert_true(good != NULL && good->time > backup->time);
    }
    /* Once is enough: what is left stays. */
    g_autoptr(GPtrArray) left = g_ptr_array_new();
    for (unsigned i = 0; i < backups->len; i++)
        if (!g_ptr_array_find(gone, backups->pdata[i], NULL))
            g_ptr_array_add(left, backups->pdata[i]);
    g_autoptr(GPtrArray) again = retention_select(left, retention, now);
    g_assert_cmpuint(again->len, ==, 0);
}

static void the_last_good_one_never_goes(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed((uint32_t)g_test_rand_int());
    for (unsigned i = 0; i < 3000; i++) {
        int64_t now = 1795372200 + g_rand_int_range(random, 0, 2000 * 86400);
        g_autoptr(GPtrArray) backups = make_random(random, now);
        Retention retention = {
            .last = (unsigned)g_rand_int_range(random, 0, 3),
            .hourly = (unsigned)g_rand_int_range(random, 0, 3),
            .daily = (unsigned)g_rand_int_range(random, 0, 9),
            .weekly = (unsigned)g_rand_int_range(random, 0, 5),
            .monthly = (unsigned)g_rand_int_range(random, 0, 5),
            .yearly = (unsigned)g_rand_int_range(random, 0, 2),
        };
        check_laws(backups, &retention, now);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(examples); i++) {
        g_autofree char *name = g_strconcat("/retention/", examples[i].name, NULL);
        g_test_add_data_func(name, &examples[i], explains);
    }
    g_test_add_func("/retention/databases_are_looked_at_by_themselves",
                    databases_are_looked_at_by_themselves);
    g_test_add_func("/retention/no_backups_none_go", no_backups_none_go);
    g_test_add_func("/retention/settings_are_read", settings_are_read);
    g_test_add_func("/retention/what_is_no_setting_is_refused", what_is_no_setting_is_refused);
    g_test_add_func("/retention/the_last_good_one_never_goes", the_last_good_one_never_goes);
    return g_test_run();
}
