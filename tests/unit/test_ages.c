#include "backup/ages.h"

#include "repository_case.h"

enum { HOUR = 3600, DAY = 24 * HOUR };

/* 2026-11-23T12:00:00Z */
static const int64_t noon = 1795435200;

static void expect(const Case *test, const char *good, const char *proven)
{
    g_autoptr(GError) error = NULL;
    g_auto(BackupAges) read = {0}, found = {0};
    g_assert_true(backup_ages_read(test->folder, NULL, noon, &read, &error));
    g_autoptr(GPtrArray) backups = list(test);
    backup_ages_find(backups, NULL, noon, &found);
    g_assert_cmpstr(read.good, ==, good);
    g_assert_cmpstr(read.proven, ==, proven);
    g_assert_cmpstr(found.good, ==, good);
    g_assert_cmpstr(found.proven, ==, proven);
    g_assert_cmpint(read.good_time, ==, found.good_time);
    g_assert_cmpint(read.proven_time, ==, found.proven_time);
}

static void record_drill(const Case *test, const char *id, bool good)
{
    g_autoptr(Backup) backup = find(test, id);
    const BackupResult result = {
        .at = (char *)"2026-11-23T11:00:00Z", .good = good, .fault = (char *)(good ? NULL : "no")};
    g_assert_true(backup_record_drill(backup, &result, NULL));
}

static void nothing_has_no_age(Case *test, const void *unused)
{
    (void)unused;
    expect(test, NULL, NULL);
}

static void the_newest_counts(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    expect(test, LATER_ID, NULL);
    record_drill(test, ID, true);
    expect(test, LATER_ID, ID);
    record_drill(test, LATER_ID, true);
    expect(test, LATER_ID, LATER_ID);
}

static void broken_ones_do_not_count(Case *test, const void *unused)
{
    (void)unused;
    make_backup(test, ID);
    make_backup(test, LATER_ID);
    record_drill(test, ID, true);
    record_drill(test, LATER_ID, false);
    expect(test, ID, ID);
    record_drill(test, ID, false);
    expect(test, NULL, NULL);
}

/* By a clock that was wrong; of another machine that is a little ahead it counts. */
static void those_of_the_future_do_not_count(Case *test, const void *unused)
{
    (void)unused;
    static const char soon[] = "2026-11-23T120459Z-000000000000";
    make_backup(test, ID);
    make_backup(test, "2026-11-23T120501Z-000000000000");
    expect(test, ID, NULL);
    make_backup(test, soon);
    expect(test, soon, NULL);
}

static void a_folder_that_is_none_is_an_error(Case *test, const void *unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_auto(BackupAges) ages = {0};
    g_assert_true(g_file_set_contents(test->folder, "a file", -1, NULL));
    g_assert_false(backup_ages_read(test->folder, NULL, noon, &ages, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_remove(test->folder) == 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_case("ages", "nothing_has_no_age", nothing_has_no_age);
    add_case("ages", "the_newest_counts", the_newest_counts);
    add_case("ages", "broken_ones_do_not_count", broken_ones_do_not_count);
    add_case("ages", "those_of_the_future_do_not_count", those_of_the_future_do_not_count);
    add_case("ages", "a_folder_that_is_none_is_an_error", a_folder_that_is_none_is_an_error);
    return g_test_run();
}
