/* Runs of revisions and dumps wait for each other. */
#include "fixture.h"
#include "migrate/meeting.h"

static const MeetingOptions at_once = {0};

/* (transfer full): another session in the same database. */
static Database *connect(const Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    Database *db = database_open(fixture->settings, &error);
    g_assert_no_error(error);
    return db;
}

static void assert_enters(Database *db, MeetingSide side)
{
    g_autoptr(GError) error = NULL;
    meeting_enter(db, side, &at_once, &error);
    g_assert_no_error(error);
}

static void assert_refused(Database *db, MeetingSide side, const char *what, const Database *other)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(meeting_enter(db, side, &at_once, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    g_autofree char *who = g_strdup_printf("%s, process %d", what, database_backend_pid(other));
    g_assert_true(g_str_has_prefix(error->message, who));
}

static void one_side_keeps_the_other_out(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Database) one = connect(fixture);
    assert_enters(one, MEETING_DUMP);
    assert_refused(fixture->db, MEETING_RUN, "a backup", one);
    meeting_leave(one, MEETING_DUMP);
    assert_enters(fixture->db, MEETING_RUN);
    assert_refused(one, MEETING_DUMP, "a run of revisions", fixture->db);
    meeting_leave(fixture->db, MEETING_RUN);
    assert_enters(one, MEETING_DUMP);
}

static void those_of_one_side_do_not_mind_each_other(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Database) one = connect(fixture);
    assert_enters(one, MEETING_DUMP);
    assert_enters(fixture->db, MEETING_DUMP);
    meeting_leave(one, MEETING_DUMP);
    assert_refused(one, MEETING_RUN, "a backup", fixture->db);
    meeting_leave(fixture->db, MEETING_DUMP);
    assert_enters(one, MEETING_RUN);
    assert_enters(fixture->db, MEETING_RUN);
}

/* Nothing is left behind by one who was refused. */
static void who_is_refused_keeps_nobody_out(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Database) one = connect(fixture);
    assert_enters(one, MEETING_DUMP);
    assert_refused(fixture->db, MEETING_RUN, "a backup", one);
    g_autoptr(Database) third = connect(fixture);
    assert_enters(third, MEETING_DUMP);
}

static void the_end_of_a_session_lets_go(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Database) one = connect(fixture);
    assert_enters(one, MEETING_RUN);
    fixture_end_backend(fixture->db, database_backend_pid(one));
    assert_enters(fixture->db, MEETING_DUMP);
}

static void other_databases_do_not_matter(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Fixture) neighbour = fixture_new();
    assert_enters(neighbour->db, MEETING_RUN);
    assert_enters(fixture->db, MEETING_DUMP);
}

/* What is waited for goes once that was told. */
static void leave(const char *other, void *data)
{
    g_assert_true(g_str_has_prefix(other, "a backup"));
    meeting_leave(data, MEETING_DUMP);
}

static void who_waits_is_told_and_let_in(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autoptr(Database) one = connect(fixture);
    assert_enters(one, MEETING_DUMP);
    const MeetingOptions options = {.wait = 3600, .waiting = leave, .data = one};
    g_autoptr(GError) error = NULL;
    meeting_enter(fixture->db, MEETING_RUN, &options, &error);
    g_assert_no_error(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/meeting/one_side_keeps_the_other_out", one_side_keeps_the_other_out);
    g_test_add_func("/meeting/those_of_one_side_do_not_mind_each_other",
                    those_of_one_side_do_not_mind_each_other);
    g_test_add_func("/meeting/who_is_refused_keeps_nobody_out", who_is_refused_keeps_nobody_out);
    g_test_add_func("/meeting/the_end_of_a_session_lets_go", the_end_of_a_session_lets_go);
    g_test_add_func("/meeting/other_databases_do_not_matter", other_databases_do_not_matter);
    g_test_add_func("/meeting/who_waits_is_told_and_let_in", who_waits_is_told_and_let_in);
    return g_test_run();
}
