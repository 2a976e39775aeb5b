#include "revision/parse.h"
#include "revision/write.h"

#include <string.h>

#define HEADER "-- add items\n--\n-- revision: abc\n-- revises: none\n\n"

static Revision *parse(const char *text, GError **error)
{
    return revision_parse(text, strlen(text), "x.sql", error);
}

#define SECTIONS                                                                                   \
    "\nhint: a line \"-- upgrade\" begins the statements, a line \"-- downgrade\" those that "     \
    "take "                                                                                        \
    "them back"

static void check_error(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Revision) revision = parse(text, &error);
    g_assert_null(revision);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, expected);
}

/* The steps as "{a|b}[c]": braces in a transaction, brackets outside. */
static char *describe(const GPtrArray *steps)
{
    GString *all = g_string_new(NULL);
    for (unsigned i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        g_string_append_c(all, step->in_transaction ? '{' : '[');
        for (unsigned j = 0; j < step->statements->len; j++) {
            const Statement *statement = step->statements->pdata[j];
            g_string_append_printf(all, "%s%s@%u", j > 0 ? "|" : "", statement->text,
                                   statement->line);
        }
        g_string_append_c(all, step->in_transaction ? '}' : ']');
    }
    return g_string_free(all, FALSE);
}

static const char whole[] = "-- add items\n"
                            "--\n"
                            "-- revision: 3f2a9c41b7de\n"
                            "-- revises: b2, a1\n"
                            "-- depends on: side\n"
                            "-- labels: main\n"
                            "-- created: 2026-11-22 18:30:00 UTC\n"
                            "-- proof: upgrade, downgrade; witness pg_dump 15.20; 5f0c2d9e\n"
                            "\n"
                            "-- a comment of one's own\n"
                            "-- upgrade\n"
                            "\n"
                            "CREATE TABLE item (\n"
                            "    id bigint -- step\n"
                            ");\n"
                            "SELECT $$\n"
                            "-- downgrade\n"
                            "$$;\n"
                            "-- step\n"
                            "CREATE INDEX CONCURRENTLY i ON item (id);\n"
                            "ALTER TABLE item ADD b int;\n"
                            "\n"
                            "-- downgrade\n"
                            "DROP INDEX CONCURRENTLY i; DROP TABLE item\n";

static void header_and_steps_are_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Revision) revision = parse(whole, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(revision->id, ==, "3f2a9c41b7de");
    g_assert_cmpstr(revision->message, ==, "add items");
    g_assert_cmpstr(revision->parents[0], ==, "a1");
    g_assert_cmpstr(revision->parents[1], ==, "b2");
    g_assert_cmpstr(revision->depends_on[0], ==, "side");
    g_assert_cmpstr(revision->labels[0], ==, "main");
    g_assert_cmpstr(revision->created, ==, "2026-11-22 18:30:00 UTC");
    g_assert_cmpstr(revision->path, ==, "x.sql");
    g_assert_null(revision->irreversible);
    g_autofree char *upgrade = describe(revision->upgrade);
    g_autofree char *downgrade = describe(revision->downgrade);
    g_assert_cmpstr(upgrade, ==,
                    "{CREATE TABLE item (\n    id bigint -- step\n)@13|SELECT $$\n-- "
                    "downgrade\n$$@16}[CREATE INDEX CONCURRENTLY i ON item (id)@20]{ALTER TABLE "
                    "item ADD b int@21}");
    g_assert_cmpstr(downgrade, ==, "[DROP INDEX CONCURRENTLY i@24]{DROP TABLE item@24}");
}

static void header_is_read_alone(void)
{
    g_autoptr(Revision) revision = revision_parse_part(HEADER "junk '", strlen(HEADER "junk '"),
                                                       "x.sql", REVISION_HEADER, NULL);
    g_assert_nonnull(revision);
    g_assert_false(revision->has_body);
    g_assert_cmpstr(revision->id, ==, "abc");
}

static void what_is_written_reads_the_same(void)
{
    g_autoptr(Revision) revision = parse(whole, NULL);
    g_autofree char *text = revision_write(revision);
    g_autoptr(GError) error = NULL;
    g_autoptr(Revision) again = parse(text, &error);
    g_assert_no_error(error);
    g_autofree char *text_again = revision_write(again);
    g_assert_cmpstr(text_again, ==, text);
    g_assert_cmpstr(again->checksum, ==, revision->checksum);
    g_autofree char *steps = describe(again->upgrade);
    g_assert_nonnull(strstr(steps, "}[CREATE INDEX CONCURRENTLY i ON item (id)@"));
}

static void message_may_be_anything(void)
{
    static const char *const messages[] = {"", "upgrade", "revision: x", "a\nb", "-- x"};
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_autoptr(Revision) revision = revision_new();
        g_free(revision->id);
        revision->id = g_strdup("abc");
        g_free(revision->message);
        revision->message = g_strdup(messages[i]);
        g_autofree char *text = revision_write(revision);
        g_autoptr(GError) error = NULL;
        g_autoptr(Revision) again = parse(text, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(again->message, ==, i == 3 ? "a b" : messages[i]);
    }
}

static void line_ends_and_byte_order_mark_do_not_matter(void)
{
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    g_autofree char *joined = g_strjoinv("\r\n", lines);
    g_autofree char *text = g_strconcat("\xef\xbb\xbf", joined, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Revision) revision = parse(text, &error);
    g_assert_no_error(error);
    g_autoptr(Revision) plain = parse(whole, NULL);
    g_assert_cmpstr(revision->checksum, ==, plain->checksum);
    g_assert_cmpstr(revision->message, ==, "add items");
}

static void header_errors_name_their_line(void)
{
    check_error("", "x.sql:1: no header\nhint: the first line is the message: \"-- add items\"");
    check_error("select 1;",
                "x.sql:1: no header\nhint: the first line is the message: \"-- add items\"");
    check_error("-- x\n-- revison: a\n",
                "x.sql:2: unknown header key \"revison\"\nhint: did you mean \"revision\"?");
    check_error("-- x\n-- foobar: a\n",
                "x.sql:2: unknown header key \"foobar\"\nhint: comments belong below the header");
    check_error("-- x\n--\n-- hello\n",
                "x.sql:3: header line is not \"-- key: value\"\nhint: comments belong below the "
                "header, after an empty line");
    check_error("-- x\n-- revision: a\n-- revision: b\n",
                "x.sql:3: header key \"revision\" is there twice");
    check_error("-- x\n-- revision:\n", "x.sql:2: header key \"revision\" has no value");
    check_error("-- revision: a\n-- revises: none\n",
                "x.sql:1: the header has no key \"revision\"\nhint: the first line is the message, "
                "\"-- revision: ID\" comes below it");
    check_error("-- x\n-- revision: a\n\n",
                "x.sql:1: the header has no key \"revises\"\nhint: write \"-- revises: none\" for "
                "the first revision");
    check_error("-- x\n-- revision: a-b\n",
                "x.sql:2: Character(s) '-' not allowed in revision identifier 'a-b'\nhint: use "
                "letters, digits and \"_\"");
    check_error("-- x\n-- revision: a@b+c@\n",
                "x.sql:2: Character(s) '@+' not allowed in revision identifier 'a@b+c@'\nhint: use "
                "letters, digits and \"_\"");
    check_error("-- x\n-- revision: head\n",
                "x.sql:2: \"head\" has a meaning of its own and is no revision identifier");
    check_error("-- x\n-- revision: 123456789012345678901234567890123\n",
                "x.sql:2: revision identifier '123456789012345678901234567890123' has more than 32 "
                "characters");
    check_error("-- x\n-- revises: a, b, a\n", "x.sql:2: the list names one twice");
    check_error("-- x\n-- created: yesterday\n",
                "x.sql:2: \"created\" is no time\nhint: write it as 2026-11-22 18:30:00 UTC");
    check_error("-- x\n-- irreversible: \025a\n", "x.sql:2: control character in the header");
    check_error("-- x\n-- proof: yes\n",
                "x.sql:2: \"proof\" does not end with the checksum's first 8 digits\nhint: "
                "\"retort prove\" writes this line");
}

static void body_errors_name_their_line(void)
{
    check_error(HEADER, "x.sql:6: no \"-- upgrade\" marker" SECTIONS);
    check_error(HEADER "select 1;\n-- upgrade\n",
                "x.sql:6: statement before \"-- upgrade\"" SECTIONS);
    check_error(HEADER "-- upgrade\n-- upgrade\n",
                "x.sql:7: \"-- upgrade\" is there twice" SECTIONS);
    check_error(HEADER "-- downgrade\n",
                "x.sql:6: \"-- downgrade\" before \"-- upgrade\"" SECTIONS);
    check_error(HEADER "-- step\n", "x.sql:6: \"-- step\" before \"-- upgrade\"" SECTIONS);
    check_error(HEADER "-- upgrade\n-- downgrade\n-- downgrade\n",
                "x.sql:8: \"-- downgrade\" is there twice" SECTIONS);
    check_error(
        HEADER "-- upgrade\na;\n-- step\n-- step\nb;\n",
        "x.sql:8: \"-- step\" ends or begins a step without statements\nhint: leave that line out");
    check_error(
        HEADER "-- upgrade\n-- step\na;\n-- downgrade\n",
        "x.sql:7: \"-- step\" ends or begins a step without statements\nhint: leave that line out");
    check_error(
        HEADER "-- upgrade\na;\n-- step\n\n-- downgrade\n",
        "x.sql:8: \"-- step\" ends or begins a step without statements\nhint: leave that line out");
    check_error(HEADER "-- upgrade\ncreate table\n-- downgrade\n",
                "x.sql:8: \"-- downgrade\" inside the statement that begins at line 7\nhint: end "
                "the statement with a semicolon");
    check_error(HEADER "-- upgrade\na;\nBEGIN;\n-- downgrade\n",
                "x.sql:8: transaction control in a revision\nhint: each step is one transaction; "
                "\"-- step\" ends one");
    check_error(HEADER "-- upgrade\n\\connect x\n-- downgrade\n",
                "x.sql:7: psql command in a revision\nhint: a revision holds SQL alone");
    check_error(HEADER "-- upgrade\na;-- downgrade\n",
                "x.sql:7: this looks like a marker but is none\nhint: write \"-- upgrade\", \"-- "
                "step\" or \"-- downgrade\" at the start of a line, or word the comment otherwise");
    check_error(HEADER "-- upgrade\ncopy t from stdin;\n",
                "x.sql:7: COPY FROM STDIN in a revision\nhint: use INSERT");
    check_error(HEADER "-- upgrade\ncopy (select 1) to stdout;\n",
                "x.sql:7: COPY TO STDOUT in a revision\nhint: a revision prints nothing; RAISE "
                "NOTICE in a DO block can tell something");
    check_error(HEADER "-- upgrade\n", "x.sql:7: no \"-- downgrade\" marker\nhint: if there is no "
                                       "way back, say so in the header: \"-- irreversible: why\"");
    check_error(HEADER "-- upgrade\n'a\n", "x.sql:7: quoted string is not closed");
}

static void markers_must_be_exact(void)
{
    static const char *const misspelt[] = {"-- Downgrade", "--downgrade",
                                           "-- downgrade:", " -- downgrade", "---- DOWNGRADE ----"};
    for (size_t i = 0; i < G_N_ELEMENTS(misspelt); i++) {
        g_autofree char *text = g_strconcat(HEADER "-- upgrade\n", misspelt[i], "\n", NULL);
        g_autoptr(GError) error = NULL;
        g_assert_null(parse(text, &error));
        g_assert_true(g_str_has_prefix(error->message, "x.sql:7: this looks like a marker"));
    }
}

static void irreversible_has_no_downgrade(void)
{
    static const char header[] = "-- x\n-- revision: a\n-- revises: none\n-- irreversible: gone\n";
    g_autoptr(GError) error = NULL;
    g_autofree char *up = g_strconcat(header, "\n-- upgrade\na;\n", NULL);
    g_autoptr(Revision) revision = parse(up, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(revision->irreversible, ==, "gone");
    g_autofree char *both = g_strconcat(header, "\n-- upgrade\na;\n-- downgrade\nb;", NULL);
    check_error(both, "x.sql:9: the header says irreversible, but there is a downgrade\nhint: "
                      "leave one of both out");
}

static void binary_junk_is_refused(void)
{
    check_error(HEADER "-- upgrade\n\xff",
                "x.sql:7: invalid UTF-8\nhint: the file must be UTF-8 text");
    g_autoptr(GError) error = NULL;
    g_assert_null(revision_parse("-- x\n\0", 6, "x.sql", &error));
    g_assert_cmpstr(error->message, ==, "x.sql:2: NUL byte\nhint: the file must be UTF-8 text");
}

static void proof_is_good_until_the_content_changes(void)
{
    g_autoptr(Revision) revision = parse(whole, NULL);
    g_assert_cmpint(revision_proof_state(revision), ==, PROOF_STALE);
    g_autofree char *proof = revision_proof(revision, "upgrade");
    g_autofree char *proven = revision_replace_proof(whole, proof);
    g_autoptr(Revision) good = parse(proven, NULL);
    g_assert_cmpint(revision_proof_state(good), ==, PROOF_GOOD);
    g_assert_cmpstr(good->checksum, ==, revision->checksum);

    g_autoptr(GString) edited = g_string_new(proven);
    g_string_replace(edited, "CREATE TABLE item", "create  table ITEM -- x\n", 1);
    g_autoptr(Revision) same = parse(edited->str, NULL);
    g_assert_cmpint(revision_proof_state(same), ==, PROOF_GOOD);
    g_string_replace(edited, "bigint", "int", 1);
    g_autoptr(Revision) other = parse(edited->str, NULL);
    g_assert_cmpint(revision_proof_state(other), ==, PROOF_STALE);

    g_autofree char *none = revision_replace_proof(proven, NULL);
    g_autoptr(Revision) unproven = parse(none, NULL);
    g_assert_cmpint(revision_proof_state(unproven), ==, PROOF_NONE);
    g_assert_null(strstr(none, "-- proof"));
}

static void proof_is_replaced_however_it_is_written(void)
{
    const char *const ways[] = {"-- proof: x 00000000", "--proof : x 00000000",
                                "--\tproof\t:\tx 00000000"};
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *text = g_strdup_printf("-- x\n-- revision: a\n-- revises: none\n%s\n"
                                                "-- upgrade\na;\n-- downgrade\nb;\n",
                                                ways[i]);
        g_autoptr(Revision) revision = parse(text, NULL);
        g_autofree char *proof = revision_proof(revision, "upgrade");
        g_autofree char *proven = revision_replace_proof(text, proof);
        g_autoptr(Revision) good = parse(proven, NULL);
        g_assert_nonnull(good);
        g_assert_cmpint(revision_proof_state(good), ==, PROOF_GOOD);
    }
}

static void step_marker_changes_the_checksum(void)
{
    g_autoptr(Revision) one = parse(HEADER "-- upgrade\na;\nb;\n-- downgrade\n", NULL);
    g_autoptr(Revision) two = parse(HEADER "-- upgrade\na;\n-- step\nb;\n-- downgrade\n", NULL);
    g_assert_cmpstr(one->checksum, !=, two->checksum);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/revision/parse", header_and_steps_are_read);
    g_test_add_func("/revision/header", header_is_read_alone);
    g_test_add_func("/revision/write", what_is_written_reads_the_same);
    g_test_add_func("/revision/message", message_may_be_anything);
    g_test_add_func("/revision/line-ends", line_ends_and_byte_order_mark_do_not_matter);
    g_test_add_func("/revision/header-errors", header_errors_name_their_line);
    g_test_add_func("/revision/body-errors", body_errors_name_their_line);
    g_test_add_func("/revision/markers", markers_must_be_exact);
    g_test_add_func("/revision/irreversible", irreversible_has_no_downgrade);
    g_test_add_func("/revision/junk", binary_junk_is_refused);
    g_test_add_func("/revision/proof", proof_is_good_until_the_content_changes);
    g_test_add_func("/revision/proof/replaced", proof_is_replaced_however_it_is_written);
    g_test_add_func("/revision/step", step_marker_changes_the_checksum);
    return g_test_run();
}
