#include "serve/probe.h"

#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A probe on a loop of its own, and what it has told. */
typedef struct Bench {
    Loop *loop;
    VersionTable *table;
    Probe *probe;
    unsigned answers;
    unsigned awaited;
    int64_t times[8]; /* of the looks, in the order of the answers */
    ProbeOutcome outcomes[8];
} Bench;

static Bench *bench_new(const ConnectionSettings *settings, const char *table, unsigned deadline)
{
    g_autoptr(GError) error = NULL;
    Bench *bench = g_new0(Bench, 1);
    bench->loop = loop_new(&error);
    g_assert_no_error(error);
    bench->table = version_table_new(table, &error);
    g_assert_no_error(error);
    ProbeSettings how = {.server = settings,
                         .version = bench->table,
                         .application_name = "test probe",
                         .deadline = deadline};
    bench->probe = probe_new(bench->loop, &how);
    return bench;
}

static void bench_free(Bench *bench)
{
    probe_free(bench->probe);
    version_table_free(bench->table);
    loop_free(bench->loop);
    g_free(bench);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bench, bench_free)

static void told(const ProbeResult *result, void *data)
{
    Bench *bench = data;
    g_assert_true(result == probe_last(bench->probe));
    bench->times[bench->answers] = result->time;
    bench->outcomes[bench->answers] = result->outcome;
    if (++bench->answers == bench->awaited)
        loop_stop(bench->loop);
}

/* Runs the loop until @count more answers have come. */
static void await(Bench *bench, unsigned count)
{
    bench->awaited = bench->answers + count;
    loop_run(bench->loop);
}

static const ProbeResult *look(Bench *bench)
{
    bench->answers = 0;
    probe_ask(bench->probe, told, bench);
    g_assert_cmpuint(bench->answers, ==, 0);
    await(bench, 1);
    return probe_last(bench->probe);
}

static void expect_outcome(const ProbeResult *result, ProbeOutcome outcome, const char *sqlstate)
{
    if (result->outcome != outcome || strcmp(result->sqlstate, sqlstate) != 0)
        g_error("%d \"%s\" \"%s\", not %d \"%s\"", result->outcome, result->sqlstate,
                result->message, outcome, sqlstate);
}

static void expect_revisions(const ProbeResult *result, ProbeVersion version, const char *ids)
{
    expect_outcome(result, PROBE_ANSWERED, "");
    g_autofree char *found = g_strjoinv(" ", (char **)result->revisions);
    g_assert_cmpint(result->version, ==, version);
    g_assert_cmpstr(found, ==, ids);
}

static void tells_what_the_server_is(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Bench) bench = bench_new(fixture->settings, NULL, 10000);
    g_assert_cmpint(probe_last(bench->probe)->outcome, ==, PROBE_NONE);
    const ProbeResult *result = look(bench);
    expect_outcome(result, PROBE_ANSWERED, "");
    g_assert_cmpint(result->server_version, ==, database_version(fixture->db));
    g_assert_false(result->in_recovery);
    g_assert_false(result->read_only);
    g_assert_cmpfloat(result->lag, <, 0);
    g_assert_cmpint(result->duration, >, 0);
    g_assert_cmpstr(result->message, ==, "");
}

static void reads_the_revisions(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Bench) bench = bench_new(fixture->settings, NULL, 10000);
    expect_revisions(look(bench), PROBE_VERSION_MISSING, "");
    fixture_run(fixture->db, "create schema retort;"
                             "create table retort.version (version_num varchar(32) primary key)");
    expect_revisions(look(bench), PROBE_VERSION_READ, "");
    fixture_run(fixture->db, "insert into retort.version values ('b'), ('A'), ('c')");
    expect_revisions(look(bench), PROBE_VERSION_READ, "A b c");
    fixture_run(fixture->db, "drop schema retort cascade");
    expect_revisions(look(bench), PROBE_VERSION_MISSING, "");
    expect_revisions(look(bench), PROBE_VERSION_MISSING, "");
}

static void reads_the_revisions_of_another_tool(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db, "create table public.\"Odd table\" (version_num varchar(32));"
                             "insert into public.\"Odd table\" values ('x')");
    g_autoptr(Bench) bench = bench_new(fixture->settings, "public.Odd table", 10000);
    expect_revisions(look(bench), PROBE_VERSION_READ, "x");
}

static void knows_what_it_may_not_read(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *role = g_strdup_printf("probe_%d", getpid());
    g_autofree char *make = g_strdup_printf(
        "create role %s; create schema retort; create table retort.version (version_num text)",
        role);
    g_autofree char *grant = g_strdup_printf("grant usage on schema retort to %s", role);
    g_autofree char *drop = g_strdup_printf("drop owned by %s; drop role %s", role, role);
    g_autofree char *options = g_strdup_printf("-c role=%s", role);
    fixture_run(fixture->db, make);
    g_autoptr(ConnectionSettings) settings = settings_copy(fixture->settings);
    settings_set(settings, "options", options);
    {
        g_autoptr(Bench) bench = bench_new(settings, NULL, 10000);
        expect_revisions(look(bench), PROBE_VERSION_FORBIDDEN, "");
        fixture_run(fixture->db, grant);
        expect_revisions(look(bench), PROBE_VERSION_FORBIDDEN, "");
    }
    fixture_run(fixture->db, drop);
}

static void knows_a_server_that_is_read_only(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(ConnectionSettings) settings = settings_copy(fixture->settings);
    settings_set(settings, "options", "-c default_transaction_read_only=on");
    g_autoptr(Bench) bench = bench_new(settings, NULL, 10000);
    const ProbeResult *result = look(bench);
    expect_outcome(result, PROBE_ANSWERED, "");
    g_assert_true(result->read_only);
}

static void tells_why_it_is_refused(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(ConnectionSettings) settings =
        settings_for_database(fixture->settings, "no such database");
    g_autoptr(Bench) bench = bench_new(settings, NULL, 10000);
    const ProbeResult *result = look(bench);
    expect_outcome(result, PROBE_REFUSED, "3D000");
    g_assert_cmpstr(result->message, ==, "database \"no such database\" does not exist");
    expect_outcome(look(bench), PROBE_REFUSED, "3D000");
}

static void tells_when_nobody_is_there(void)
{
    g_autoptr(ConnectionSettings) settings = settings_new();
    settings_set(settings, "host", "/nowhere/at/all");
    g_autoptr(Bench) bench = bench_new(settings, NULL, 10000);
    const ProbeResult *result = look(bench);
    expect_outcome(result, PROBE_UNREACHABLE, "");
    g_assert_cmpstr(result->message, !=, "");
}

/* A connection that died between two looks says nothing about now. */
static void connects_again_within_a_look(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Bench) bench = bench_new(fixture->settings, NULL, 10000);
    expect_outcome(look(bench), PROBE_ANSWERED, "");
    g_autofree char *pid = database_query_value(
        fixture->db,
        "select pid from pg_stat_activity"
        " where application_name = 'test probe' and datname = current_database()",
        NULL, 0, NULL);
    fixture_end_backend(fixture->db, (int)g_ascii_strtoll(pid, NULL, 10));
    expect_outcome(look(bench), PROBE_ANSWERED, "");
    expect_outcome(look(bench), PROBE_ANSWERED, "");
}

/* The first asker has its look; those who ask meanwhile share the next one, which is younger. */
static void shares_looks(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Bench) bench = bench_new(fixture->settings, NULL, 10000);
    for (unsigned i = 0; i < 4; i++)
        probe_ask(bench->probe, told, bench);
    await(bench, 4);
    for (unsigned i = 0; i < 4; i++)
        g_assert_cmpint(bench->outcomes[i], ==, PROBE_ANSWERED);
    g_assert_cmpint(bench->times[0], <, bench->times[1]);
    g_assert_cmpint(bench->times[1], ==, bench->times[2]);
    g_assert_cmpint(bench->times[1], ==, bench->times[3]);
}

/* The versions are locked: the server lives, but the answer does not come. */
static void gives_up_at_its_deadline(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    fixture_run(fixture->db,
                "create schema retort; create table retort.version (version_num text)");
    fixture_run(fixture->db, "begin; lock table retort.version in access exclusive mode");
    g_autoptr(Bench) bench = bench_new(fixture->settings, NULL, 2000);
    const ProbeResult *result = look(bench);
    expect_outcome(result, PROBE_OVERDUE, "");
    g_assert_cmpint(result->duration, >=, 2000000);
    fixture_run(fixture->db, "commit");
    expect_outcome(look(bench), PROBE_ANSWERED, "");
}

/* A host that accepts and says nothing, as a frozen one does. */
static int silent_host(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    int host = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(host, (const struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(host, 8), ==, 0);
    return host;
}

static void is_not_held_up_by_a_silent_host(void)
{
    g_autofree char *folder = g_dir_make_tmp("silent-XXXXXX", NULL);
    int host = silent_host(folder);
    g_autoptr(ConnectionSettings) settings = settings_new();
    settings_set(settings, "host", folder);
    settings_set(settings, "port", "5432");
    {
        g_autoptr(Bench) bench = bench_new(settings, NULL, 100);
        probe_ask(bench->probe, told, bench);
        probe_ask(bench->probe, told, bench);
        await(bench, 2);
        expect_outcome(probe_last(bench->probe), PROBE_OVERDUE, "");
        probe_ask(bench->probe, told, bench); /* and is freed while it waits */
    }
    close(host);
    g_autofree char *path = g_build_filename(folder, ".s.PGSQL.5432", NULL);
    g_unlink(path);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    if (!fixture_has_server())
        return 0;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probe/tells_what_the_server_is", tells_what_the_server_is);
    g_test_add_func("/probe/reads_the_revisions", reads_the_revisions);
    g_test_add_func("/probe/reads_the_revisions_of_another_tool",
                    reads_the_revisions_of_another_tool);
    g_test_add_func("/probe/knows_what_it_may_not_read", knows_what_it_may_not_read);
    g_test_add_func("/probe/knows_a_server_that_is_read_only", knows_a_server_that_is_read_only);
    g_test_add_func("/probe/tells_why_it_is_refused", tells_why_it_is_refused);
    g_test_add_func("/probe/tells_when_nobody_is_there", tells_when_nobody_is_there);
    g_test_add_func("/probe/connects_again_within_a_look", connects_again_within_a_look);
    g_test_add_func("/probe/shares_looks", shares_looks);
    g_test_add_func("/probe/gives_up_at_its_deadline", gives_up_at_its_deadline);
    g_test_add_func("/probe/is_not_held_up_by_a_silent_host", is_not_held_up_by_a_silent_host);
    return g_test_run();
}
