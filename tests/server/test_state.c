/* What the runner keeps in the database: version, history, lease; and how it sends statements. */
#include "migrate/history_table.h"
#include "migrate/lease.h"
#include "migrate/send.h"
#include "migrate/state.h"

#include "fixture.h"
#include "sql/quote.h"

/* A database of the test's own, and two connections to it. */
typedef struct Case {
    Fixture *fixture;
    Database *db; /* the fixture's */
    Database *other;
} Case;

static Database *open_another(Case *at)
{
    g_autoptr(GError) error = NULL;
    Database *db = database_open(at->fixture->settings, &error);
    g_assert_no_error(error);
    return db;
}

static char *value(Database *db, const char *sql)
{
    g_autoptr(GError) error = NULL;
    char *text = database_query_value(db, sql, NULL, 0, &error);
    g_assert_no_error(error);
    return text;
}

static void set_up(Case *at, const void *unused G_GNUC_UNUSED)
{
    at->fixture = fixture_new();
    at->db = at->fixture->db;
    at->other = open_another(at);
}

static void tear_down(Case *at, const void *unused G_GNUC_UNUSED)
{
    database_close(at->other);
    fixture_free(at->fixture);
}

static VersionTable *ensure(Case *at, const char *name)
{
    g_autoptr(GError) error = NULL;
    VersionTable *table = version_table_new(name, &error);
    g_assert_no_error(error);
    state_ensure(at->db, table, &error);
    g_assert_no_error(error);
    return table;
}

static char *rows(const VersionTable *table, Database *db)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) ids = version_table_load(table, db, &error);
    g_assert_no_error(error);
    return g_strjoinv(",", ids);
}

static bool change(const VersionTable *table, Database *db, VersionRow row)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    version_table_append_checked(sql, table, row);
    return database_execute(db, sql->str, &error);
}

static void reading_makes_nothing(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = version_table_new(NULL, NULL);
    g_autofree char *ids = rows(table, at->db);
    g_assert_cmpstr(ids, ==, "");
    g_autofree char *schema = value(at->db, "select to_regnamespace('retort') is null");
    g_assert_cmpstr(schema, ==, "t");
}

static void version_changes_one_row_or_fails(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, "public.alembic_version");
    g_assert_true(change(table, at->db, (VersionRow){NULL, "b"}));
    g_assert_true(change(table, at->db, (VersionRow){NULL, "a'"}));
    g_autofree char *both = rows(table, at->db);
    g_assert_cmpstr(both, ==, "a',b");
    g_assert_true(change(table, at->db, (VersionRow){"a'", "c"}));
    g_assert_false(change(table, at->db, (VersionRow){"a'", "d"}));
    g_assert_false(change(table, at->db, (VersionRow){"gone", NULL}));
    g_assert_true(change(table, at->db, (VersionRow){"b", NULL}));
    g_autofree char *left = rows(table, at->db);
    g_assert_cmpstr(left, ==, "c");
}

static void ensuring_twice_needs_no_rights(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *role = g_strdup_printf("retort_plain_%d", getpid());
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "create role %I; grant usage on schema retort to %I; set role %I", role, role,
               role);
    fixture_run(at->other, sql->str);
    g_assert_true(state_ensure(at->other, table, &error));
    g_assert_no_error(error);
    g_string_truncate(sql, 0);
    sql_append(sql, "reset role; drop owned by %I; drop role %I", role, role);
    fixture_run(at->other, sql->str);
}

static Position *record(const VersionTable *table, Database *db, HistoryRecord fields)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    fields.runner = "a test";
    history_table_append(sql, table, &fields, HISTORY_CLOCK_STATEMENT);
    fixture_run(db, sql->str);
    Position *position = history_table_position(table, db, &error);
    g_assert_no_error(error);
    return position;
}

static void last_record_tells_where_to_go_on(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(VersionTable) neighbour = ensure(at, "public.other_version");
    g_autoptr(Position) part =
        record(table, at->db, (HistoryRecord){"r1", "upgrade", "done", 1, 3, .step_checksum = "x"});
    g_assert_cmpstr(part->revision, ==, "r1");
    g_assert_cmpuint(part->step, ==, 1);
    g_assert_cmpstr(part->step_checksum, ==, "x");
    g_assert_false(part->attempted);
    g_autoptr(Position) begun =
        record(table, at->db, (HistoryRecord){"r1", "upgrade", "started", 1, 3});
    g_assert_true(begun->attempted);
    g_autoptr(Position) whole =
        record(table, at->db, (HistoryRecord){"r1", "upgrade", "done", 3, 3});
    g_assert_null(whole->revision);
    g_autoptr(Position) failed =
        record(table, at->db, (HistoryRecord){"r2", "upgrade", "failed", 0, 3});
    g_assert_null(failed->revision);
    g_autoptr(Position) theirs =
        record(neighbour, at->db, (HistoryRecord){"n", "upgrade", "done", 1, 2});
    g_assert_cmpstr(theirs->revision, ==, "n");
    g_autoptr(GError) error = NULL;
    g_autoptr(Position) ours = history_table_position(table, at->db, &error);
    g_assert_null(ours->revision);
}

/* A row of the history, in the order in which they are written; steps of 2. */
typedef struct Row {
    const char *direction, *outcome;
    unsigned step;
    const char *backup; /* (nullable) */
} Row;

/* (transfer full) (nullable): the backup before revision r, after @count rows of it. */
static char *backup_after(Case *at, const VersionTable *table, const Row *rows, unsigned count)
{
    fixture_run(at->db, "truncate retort.history");
    for (unsigned i = 0; i < count; i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        const HistoryRecord row = {"r", rows[i].direction, rows[i].outcome,         rows[i].step,
                                   2,   .runner = "test",  .backup = rows[i].backup};
        history_table_append(sql, table, &row, HISTORY_CLOCK_STATEMENT);
        fixture_run(at->db, sql->str);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) backups = history_table_backups(table, at->db, &error);
    g_assert_no_error(error);
    return g_strdup(g_hash_table_lookup(backups, "r"));
}

static void backup_is_of_when_it_was_begun_last(Case *at, const void *unused G_GNUC_UNUSED)
{
    static const struct {
        unsigned count;
        Row rows[5];
        const char *backup;
    } cases[] = {
        {0, {{0}}, NULL},
        {1, {{"upgrade", "done", 2, "a"}}, "a"},
        {1, {{"upgrade", "failed", 0, "a"}}, "a"},
        {2, {{"upgrade", "failed", 0, "a"}, {"upgrade", "done", 2, "b"}}, "b"},
        {2, {{"upgrade", "done", 1, "a"}, {"upgrade", "done", 2, "b"}}, "a"},
        {3,
         {{"upgrade", "done", 1, "a"}, {"upgrade", "failed", 1, "b"}, {"upgrade", "done", 2}},
         "a"},
        {3,
         {{"upgrade", "started", 0, "a"}, {"upgrade", "done", 1, "b"}, {"upgrade", "done", 2}},
         "a"},
        {3,
         {{"upgrade", "started", 0, "a"},
          {"upgrade", "failed", 0, "a"},
          {"upgrade", "done", 2, "b"}},
         "b"},
        {2, {{"upgrade", "done", 2, "a"}, {"downgrade", "done", 2, "b"}}, "a"},
        {3,
         {{"upgrade", "done", 2, "a"},
          {"downgrade", "done", 2, "b"},
          {"upgrade", "failed", 0, "c"}},
         "a"},
        {3, {{"upgrade", "done", 2, "a"}, {"downgrade", "done", 2}, {"upgrade", "done", 2}}, NULL},
        {3,
         {{"upgrade", "done", 2, "a"}, {"downgrade", "done", 1, "b"}, {"upgrade", "done", 2, "c"}},
         "a"},
    };
    g_autoptr(VersionTable) table = ensure(at, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *backup = backup_after(at, table, cases[i].rows, cases[i].count);
        g_test_message("case %u", i);
        g_assert_cmpstr(backup, ==, cases[i].backup);
    }
}

static bool make_room(Database *db)
{
    g_autoptr(GError) error = NULL;
    bool room = false;
    g_assert_true(history_table_make_room(db, &room, &error));
    g_assert_no_error(error);
    return room;
}

/* A table that an earlier version made, of another role or locked, stays as it is. */
static void column_is_added_where_that_can_be(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_assert_true(make_room(at->other));
    fixture_run(at->db, "alter table retort.history drop backup");
    g_autofree char *role = g_strdup_printf("retort_plain_%d", getpid());
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "create role %I; set role %I", role, role);
    fixture_run(at->other, sql->str);
    g_assert_false(make_room(at->other));
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) backups = history_table_backups(table, at->other, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_hash_table_size(backups), ==, 0);
    g_string_truncate(sql, 0);
    sql_append(sql, "reset role; drop role %I", role);
    fixture_run(at->other, sql->str);
    fixture_run(at->db, "begin; lock table retort.history in access share mode");
    g_assert_false(make_room(at->other));
    fixture_run(at->db, "rollback");
    g_assert_true(make_room(at->other));
    g_autofree char *there = value(at->db, "select count(backup) from retort.history");
    g_assert_cmpstr(there, ==, "0");
}

static Lease *acquire(Database *db, unsigned seconds, GError **error)
{
    LeaseOptions options = {.runner = "somebody", .seconds = seconds, .wait = 0};
    return lease_acquire(db, &options, error);
}

static bool guard(Database *db, const Lease *lease)
{
    g_autoptr(GString) sql = g_string_new("select ");
    g_autoptr(GError) error = NULL;
    lease_append_guard(sql, lease_fence(lease));
    return database_execute(db, sql->str, &error);
}

static void second_holder_waits(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(GError) error = NULL;
    Lease *first = acquire(at->db, 30, &error);
    g_assert_no_error(error);
    g_assert_null(acquire(at->other, 30, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    g_assert_nonnull(strstr(error->message, "somebody"));
    g_clear_error(&error);
    lease_free(first);
    g_autoptr(Lease) second = acquire(at->other, 30, &error);
    g_assert_no_error(error);
    g_assert_nonnull(second);
}

static void expired_holder_cannot_write(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Lease) slow = acquire(at->db, 0, &error);
    g_assert_no_error(error);
    g_assert_true(guard(at->db, slow));
    g_autoptr(Lease) next = acquire(at->other, 30, &error);
    g_assert_no_error(error);
    g_assert_false(guard(at->db, slow));
    g_assert_cmpstr(database_error(at->db)->sqlstate, ==, "22012");
    g_assert_true(guard(at->other, next));
    g_assert_false(lease_beat(slow, at->db, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
}

static void open_step_keeps_the_lease(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Lease) slow = acquire(at->db, 3600, &error);
    fixture_run(at->db, "begin");
    g_assert_true(guard(at->db, slow));
    g_assert_true(lease_beat(slow, at->other, &error)); /* not held up by the guard */
    g_assert_null(acquire(at->other, 30, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_LOCKED);
    fixture_run(at->db, "rollback");
}

static void dead_holder_is_followed_at_once(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) dying = open_another(at);
    g_autoptr(Lease) lost = acquire(dying, 3600, &error);
    g_assert_no_error(error);
    fixture_end_backend(at->fixture->maker, database_backend_pid(dying));
    g_autoptr(Lease) next = acquire(at->other, 30, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lease_fence(lost), !=, lease_fence(next));
}

static void lost_row_does_not_reuse_a_fence(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(VersionTable) table = ensure(at, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Position) position =
        record(table, at->db, (HistoryRecord){"r", "upgrade", "done", 1, 1, .fence = "41"});
    fixture_run(at->db, "delete from retort.lease");
    LeaseOptions options = {.runner = "somebody", .seconds = 30, .wait = 10};
    g_autoptr(Lease) lease = lease_acquire(at->db, &options, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lease_fence(lease), ==, "42");
}

static void batch_stops_at_its_first_error(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) statements = g_ptr_array_new();
    g_ptr_array_add(statements, (char *)"begin");
    g_ptr_array_add(statements, (char *)"create table t (a int)");
    g_ptr_array_add(statements, (char *)"select nothing");
    g_ptr_array_add(statements, (char *)"commit");
    size_t failed = 0;
    g_assert_false(send_batch(at->db, statements, NULL, &failed, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    g_assert_cmpuint(failed, ==, 2);
    fixture_run(at->db, "rollback");
    g_autofree char *table = value(at->db, "select to_regclass('t') is null");
    g_assert_cmpstr(table, ==, "t");
}

static void copy_to_the_client_does_not_hang(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Database) other = open_another(at);
    g_assert_false(send_alone(other, "copy (select 1) to stdout", NULL, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(database_execute(other, "select 1", &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
}

static unsigned count_tick(void *data)
{
    unsigned *ticks = data;
    (*ticks)++;
    return 10;
}

static void long_statements_are_watched(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    unsigned ticks = 0;
    Waiting waiting = {.tick = count_tick, .data = &ticks, .first = 10};
    g_assert_true(send_alone(at->db, "select pg_sleep(0.2)", &waiting, &error));
    g_assert_cmpuint(ticks, >, 1);
    g_assert_false(send_alone(at->db, "select 1/0", &waiting, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
    g_autofree char *after = value(at->db, "select 7");
    g_assert_cmpstr(after, ==, "7");
}

static void add(const char *path, void (*test)(Case *, const void *))
{
    g_test_add(path, Case, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    add("/state/reading", reading_makes_nothing);
    add("/state/version", version_changes_one_row_or_fails);
    add("/state/rights", ensuring_twice_needs_no_rights);
    add("/state/position", last_record_tells_where_to_go_on);
    add("/state/backup", backup_is_of_when_it_was_begun_last);
    add("/state/backup/column", column_is_added_where_that_can_be);
    add("/state/lease/second", second_holder_waits);
    add("/state/lease/expired", expired_holder_cannot_write);
    add("/state/lease/open", open_step_keeps_the_lease);
    add("/state/lease/dead", dead_holder_is_followed_at_once);
    add("/state/lease/seed", lost_row_does_not_reuse_a_fence);
    add("/state/batch", batch_stops_at_its_first_error);
    add("/state/copy", copy_to_the_client_does_not_hang);
    add("/state/ticks", long_statements_are_watched);
    return g_test_run();
}
