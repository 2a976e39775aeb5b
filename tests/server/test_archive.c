/* Dumps as pg_dump writes them: what is read of them is what pg_restore and the server have. */
#include "archive/plain.h"
#include "archive/sequence_set.h"
#include "archive/toc.h"
#include "base/file.h"
#include "base/process.h"
#include "fixture.h"
#include "pg/binaries.h"

#include <libpq-fe.h>
#include <string.h>

static const char *const sample[] = {
    "create schema \"odd;schema\"",
    "create table \"odd;schema\".\"t \"\"x\"\"\ny\\\" (\"größe;\" serial, b text default 'a'';\\',"
    " c bytea, primary key (\"größe;\"))",
    "insert into \"odd;schema\".\"t \"\"x\"\"\ny\\\" (b, c)"
    " select x, convert_to(x, 'UTF8') from unnest(array['\\.', '\\', E'\\\\.\\n\\\\.\\n', E'a\\tb',"
    " E'\\r\\n', '', null, '\\N', E'\\b\\f\\v', ';''\"$$', repeat('long', 100000)]) x",
    "comment on column \"odd;schema\".\"t \"\"x\"\"\ny\\\".b is E'one;\\r\\n\\\\connect "
    "x\\n--''two'",
    "create table nothing ()",
    "insert into nothing default values",
    "insert into nothing default values",
    "create table lines (line text)",
    "insert into lines select repeat(chr(10), i % 3) || i from generate_series(1, 5000) i",
    "create table parted (a int, b text) partition by list (a)",
    "create table parted_1 partition of parted for values in (1)",
    "insert into parted values (1, 'x')",
    "create function odd(text) returns text language plpgsql as $f$\nbegin\r\n  return $$;'$$ ||"
    " E'\\';' /* ; */ -- ;'\n;\nend\n$f$",
    "create function plain(a int) returns int language sql as 'select case a when 1 then 2 end;'",
    "create rule two as on delete to lines do also (insert into nothing default values;"
    " insert into nothing default values)",
    "create view v as select E'\\\\;''' as a, case when true then 1 end as \"end\"",
    "create materialized view m as select count(*) from nothing",
    "create sequence \"Odd 'seq\"\"\" minvalue -100 start 5",
    "select setval('\"Odd ''seq\"\"\"', -7)",
    "create sequence unused start 42",
    "select lo_from_bytea(4711, decode(repeat('00ff5c0a27', 1000), 'hex'))",
    "comment on large object 4711 is 'l;o'",
    "create domain d as text check (value <> ';')",
    "alter default privileges grant select on tables to public",
};

static const char body[] =
    "create function atomic(a int) returns int language sql begin atomic;"
    " select case when a > 1 then case a when 2 then 3 end else 4 end;"
    " insert into nothing default values; select (select 5) as \"begin\"; end";

/* A database with content; its dumps are written into a folder. */
typedef struct Case {
    Fixture *fixture;
    Environment *environment;
    char *folder;
} Case;

static void set_up(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    at->fixture = fixture_new();
    at->folder = g_dir_make_tmp("archive-XXXXXX", &error);
    g_assert_no_error(error);
    at->environment = environment_load(at->folder, &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(sample); i++)
        fixture_run(at->fixture->db, sample[i]);
    if (database_version(at->fixture->db) >= 140000)
        fixture_run(at->fixture->db, body);
}

static void tear_down(Case *at, const void *unused G_GNUC_UNUSED)
{
    fixture_free(at->fixture);
    environment_free(at->environment);
    file_remove_tree(at->folder, NULL);
    g_free(at->folder);
}

/* (transfer full) (nullable): its path; NULL if there is none that reads this server. */
static char *find_client(const Case *at, const char *name)
{
    int major = database_version(at->fixture->db) / 10000;
    char *path = binaries_find_client(at->environment, name, major, NULL);
    if (path == NULL)
        g_test_skip_printf("no pg_dump for a server of version %d", major);
    return path;
}

/* (transfer full): what the program printed. */
static char *run_client(const ConnectionSettings *settings, const char *const *words)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) ours = g_get_environ();
    g_auto(GStrv) environment = settings_environment(settings, ours);
    g_auto(ProcessResult) result = {0};
    process_check(&(ProcessStart){.words = words, .environment = environment}, &result, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&result.out);
}

static char *dump_plain(const Case *at, const ConnectionSettings *settings, const char *option)
{
    g_autofree char *program = find_client(at, "pg_dump");
    const char *const words[] = {program, "--format=plain", option, NULL};
    return program == NULL ? NULL : run_client(settings, words);
}

/* --- Tables of contents --- */

/* (transfer full): path of what holds the table of contents, in @format, in the folder */
static char *write_dump(const Case *at, const char *program, const char *format)
{
    g_autofree char *dump = g_build_filename(at->folder, format, NULL);
    const char *const words[] = {program, "--format", format, "--file", dump, NULL};
    g_free(run_client(at->fixture->settings, words));
    if (strcmp(format, "custom") == 0)
        return g_steal_pointer(&dump);
    if (strcmp(format, "directory") == 0)
        return g_build_filename(dump, "toc.dat", NULL);
    g_autofree char *to = g_build_filename(at->folder, "unpacked", NULL);
    g_assert_true(file_make_folder(to, 0700, NULL));
    const char *const unpack[] = {"tar", "-xf", dump, "-C", to, "toc.dat", NULL};
    g_free(run_client(at->fixture->settings, unpack));
    return g_build_filename(to, "toc.dat", NULL);
}

static Toc *read_toc(const char *path, size_t step)
{
    g_autoptr(GError) error = NULL;
    size_t length = 0;
    g_autofree char *bytes = file_read(path, &length, &error);
    g_assert_no_error(error);
    TocProgress progress = TOC_MORE;
    g_autoptr(Toc) toc = toc_new();
    for (size_t i = 0; i < length && progress == TOC_MORE; i += step) {
        toc_feed(toc, bytes + i, MIN(step, length - i), &progress, &error);
        g_assert_no_error(error);
    }
    g_assert_cmpint(progress, ==, TOC_WHOLE);
    return g_steal_pointer(&toc);
}

static void append_in_a_line(GString *list, const char *text, char end)
{
    size_t from = list->len;
    g_string_append(list, text != NULL ? text : "");
    for (size_t i = from; i < list->len; i++)
        if (list->str[i] == '\n' || list->str[i] == '\r')
            list->str[i] = ' ';
    g_string_append_c(list, end);
}

/* (transfer full): as pg_restore -l, without the OIDs. */
static char *list_entries(const Toc *toc)
{
    GString *list = g_string_new(NULL);
    for (unsigned i = 0; i < toc_entries(toc)->len; i++) {
        const TocEntry *entry = toc_entries(toc)->pdata[i];
        static const char *const hidden[] = {"ENCODING", "STDSTRINGS", "SEARCHPATH", NULL};
        if (g_strv_contains(hidden, entry->type))
            continue;
        g_string_append_printf(list, "%d ", entry->id);
        append_in_a_line(list, entry->type, ' ');
        append_in_a_line(list, entry->schema != NULL ? entry->schema : "-", ' ');
        append_in_a_line(list, entry->name, ' ');
        append_in_a_line(list, entry->owner, '\n');
    }
    return g_string_free(list, FALSE);
}

/* (transfer full): the list of pg_restore in that form. */
static char *list_of_pg_restore(const Case *at, const char *program, const char *format)
{
    g_autofree char *dump = g_build_filename(at->folder, format, NULL);
    const char *const words[] = {program, "--list", "--create", dump, NULL};
    g_autofree char *text = run_client(at->fixture->settings, words);
    g_autoptr(GRegex) comments = g_regex_new("^;.*\n", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) numbers = g_regex_new("^(\\d+); \\d+ \\d+ ", G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *lines = g_regex_replace_literal(comments, text, -1, 0, "", 0, NULL);
    return g_regex_replace(numbers, lines, -1, 0, "\\1 ", 0, NULL);
}

static void toc_is_what_pg_restore_lists(Case *at, const void *format)
{
    g_autofree char *program = find_client(at, "pg_dump");
    g_autofree char *reader = find_client(at, "pg_restore");
    if (program == NULL || reader == NULL)
        return;
    g_autofree char *path = write_dump(at, program, format);
    g_autofree char *expected = list_of_pg_restore(at, reader, format);
    g_assert_nonnull(strstr(expected, "SEQUENCE SET public Odd 'seq\" "));
    static const size_t steps[] = {1, 7, 65536};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(Toc) toc = read_toc(path, steps[i]);
        g_autofree char *list = list_entries(toc);
        g_assert_cmpstr(list, ==, expected);
        g_assert_cmpstr(toc_database(toc), ==, database_name(at->fixture->db));
        g_autofree char *version =
            database_query_value(at->fixture->db, "show server_version", NULL, 0, NULL);
        g_assert_cmpstr(toc_server_version(toc), ==, version);
        g_assert_cmpstr(toc_program_version(toc), !=, "");
    }
}

static void positions_are_those_of_the_sequences(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autofree char *program = find_client(at, "pg_dump");
    if (program == NULL)
        return;
    g_autofree char *path = write_dump(at, program, "custom");
    g_autoptr(Toc) toc = read_toc(path, 4096);
    unsigned count = 0;
    for (unsigned i = 0; i < toc_entries(toc)->len; i++) {
        const TocEntry *entry = toc_entries(toc)->pdata[i];
        if (strcmp(entry->type, "SEQUENCE SET") != 0)
            continue;
        g_autoptr(SequenceSet) set = sequence_set_parse(entry->statement);
        g_assert_nonnull(set);
        g_autofree char *sql =
            g_strdup_printf("select last_value || ' ' || is_called from %s", set->name);
        g_autofree char *there = database_query_value(at->fixture->db, sql, NULL, 0, NULL);
        g_autofree char *read =
            g_strdup_printf("%" G_GINT64_FORMAT " %s", set->value, set->called ? "true" : "false");
        g_assert_cmpstr(read, ==, there);
        count++;
    }
    g_assert_cmpuint(count, ==, 3);
}

/* --- Plain dumps --- */

/* Does what a plain dump says. */
typedef struct Runner {
    PGconn *conn;
    unsigned finished, copies;
    guint64 rows;
} Runner;

static void assert_status(PGresult *result, ExecStatusType wanted, ExecStatusType or_wanted)
{
    g_autoptr(PGresult) taken = result;
    ExecStatusType status = PQresultStatus(taken);
    if (status != wanted && status != or_wanted)
        g_error("%s", PQresultErrorMessage(taken));
}

static void end_copy(Runner *runner, const PlainPiece *piece)
{
    g_assert_cmpint(PQputCopyEnd(runner->conn, NULL), ==, 1);
    g_autoptr(PGresult) done = PQgetResult(runner->conn);
    g_assert_cmpint(PQresultStatus(done), ==, PGRES_COMMAND_OK);
    g_assert_cmpuint(g_ascii_strtoull(PQcmdTuples(done), NULL, 10), ==, piece->rows);
    g_assert_null(PQgetResult(runner->conn));
    runner->rows += piece->rows;
}

static bool run_piece(const PlainPiece *piece, void *data, GError **error G_GNUC_UNUSED)
{
    Runner *runner = data;
    switch (piece->kind) {
    case PLAIN_STATEMENT:
        assert_status(PQexec(runner->conn, piece->text), PGRES_COMMAND_OK, PGRES_TUPLES_OK);
        return true;
    case PLAIN_COPY:
        assert_status(PQexec(runner->conn, piece->text), PGRES_COPY_IN, PGRES_COPY_IN);
        runner->copies++;
        return true;
    case PLAIN_ROWS:
        g_assert_cmpint(PQputCopyData(runner->conn, piece->text, (int)piece->length), ==, 1);
        return true;
    case PLAIN_ROWS_END:
        end_copy(runner, piece);
        return true;
    case PLAIN_FINISHED:
        runner->finished++;
        return true;
    default:
        g_assert_not_reached();
    }
}

/* Into the fixture's database, in pieces of @step bytes. */
static Runner restore(const Fixture *into, const char *dump, size_t step)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *conninfo = settings_conninfo(into->settings);
    Runner runner = {.conn = PQconnectdb(conninfo)};
    g_assert_cmpint(PQstatus(runner.conn), ==, CONNECTION_OK);
    g_autoptr(Plain) plain = plain_new(run_piece, &runner);
    size_t length = strlen(dump);
    for (size_t i = 0; i < length; i += step)
        if (!plain_feed(plain, dump + i, MIN(step, length - i), &error))
            break;
    g_assert_no_error(error);
    plain_end(plain, &error);
    g_assert_no_error(error);
    PQfinish(runner.conn);
    return runner;
}

/* Their key is another each time. */
static char *without_keys(const char *dump)
{
    g_autoptr(GRegex) keys = g_regex_new("^\\\\(un)?restrict .*\n", G_REGEX_MULTILINE, 0, NULL);
    return g_regex_replace_literal(keys, dump, -1, 0, "", 0, NULL);
}

static void assert_same_dump(const char *one, const char *other)
{
    g_autofree char *expected = without_keys(one);
    g_autofree char *found = without_keys(other);
    g_assert_cmpstr(found, ==, expected);
}

/* Dumped with @option, restored in pieces of @step bytes. */
static void assert_comes_back(const Case *at, const char *option, size_t step)
{
    g_autofree char *dump = dump_plain(at, at->fixture->settings, option);
    if (dump == NULL)
        return;
    g_autoptr(Fixture) into = fixture_new();
    Runner done = restore(into, dump, step);
    g_assert_cmpuint(done.finished, ==, 1);
    g_autofree char *again = dump_plain(at, into->settings, option);
    assert_same_dump(dump, again);
    if (option == NULL) {
        g_assert_cmpuint(done.copies, ==, 4);
        g_assert_cmpuint(done.rows, ==, 11 + 2 + 5000 + 1);
    }
}

static void plain_dump_comes_back(Case *at, const void *unused G_GNUC_UNUSED)
{
    assert_comes_back(at, NULL, 65536);
}

static void plain_dump_comes_back_byte_by_byte(Case *at, const void *unused G_GNUC_UNUSED)
{
    assert_comes_back(at, NULL, 1);
}

static void inserts_come_back(Case *at, const void *unused G_GNUC_UNUSED)
{
    assert_comes_back(at, "--inserts", 1000);
}

static bool pass_over(const PlainPiece *piece G_GNUC_UNUSED, void *data G_GNUC_UNUSED,
                      GError **error G_GNUC_UNUSED)
{
    return true;
}

/* Any place but in the last empty lines. */
static void dump_cut_anywhere_is_found(Case *at, const void *unused G_GNUC_UNUSED)
{
    g_autofree char *dump = dump_plain(at, at->fixture->settings, "--schema-only");
    if (dump == NULL)
        return;
    g_strchomp(dump);
    for (size_t length = 0; length < strlen(dump); length++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Plain) plain = plain_new(pass_over, NULL);
        bool good = plain_feed(plain, dump, length, &error) && plain_end(plain, &error);
        g_assert_false(good);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    static const char *const formats[] = {"custom", "directory", "tar"};
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *name = g_strconcat("/archive/toc/", formats[i], NULL);
        g_test_add(name, Case, formats[i], set_up, toc_is_what_pg_restore_lists, tear_down);
    }
    g_test_add("/archive/sequences", Case, NULL, set_up, positions_are_those_of_the_sequences,
               tear_down);
    g_test_add("/archive/plain", Case, NULL, set_up, plain_dump_comes_back, tear_down);
    g_test_add("/archive/plain/bytes", Case, NULL, set_up, plain_dump_comes_back_byte_by_byte,
               tear_down);
    g_test_add("/archive/plain/inserts", Case, NULL, set_up, inserts_come_back, tear_down);
    g_test_add("/archive/plain/cut", Case, NULL, set_up, dump_cut_anywhere_is_found, tear_down);
    return g_test_run();
}
