#include "archive/plain.h"

#include <string.h>

/* What came, as text: "S1:SELECT 1" and the like, a piece a "|"; rows that follow one another are
 * one. */
typedef struct Script {
    GString *text;
    bool rows;           /* the last piece */
    const char *refused; /* a statement that take() refuses */
} Script;

static bool note(const PlainPiece *piece, void *data, GError **error)
{
    static const char letters[] = "SCREDF";
    Script *script = data;
    bool rows = piece->kind == PLAIN_ROWS;
    if (!rows)
        g_assert_cmpuint(strlen(piece->text), ==, piece->length);
    else
        g_assert_cmpuint(piece->length, >, 0);
    if (!rows || !script->rows)
        g_string_append_printf(script->text, "%s%c%lu:", script->text->len > 0 ? "|" : "",
                               letters[piece->kind], piece->line);
    if (piece->kind == PLAIN_ROWS_END)
        g_string_append_printf(script->text, "%" G_GUINT64_FORMAT, piece->rows);
    g_string_append_len(script->text, piece->text, (gssize)piece->length);
    script->rows = rows;
    if (script->refused == NULL || rows || strcmp(script->refused, piece->text) != 0)
        return true;
    g_set_error_literal(error, APP_ERROR, APP_ERROR_SQL, "refused");
    return false;
}

static bool feed_in_steps(Plain *plain, const char *text, size_t length, size_t step,
                          GError **error)
{
    for (size_t at = 0; at < length; at += step) {
        g_autofree char *piece = g_memdup2(text + at, MIN(step, length - at));
        if (!plain_feed(plain, piece, MIN(step, length - at), error))
            return false;
    }
    return plain_end(plain, error);
}

/* (transfer full): what came, and "|error: …" */
static char *run_in_steps(const char *text, size_t length, size_t step)
{
    Script script = {g_string_new(NULL), false, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(Plain) plain = plain_new(note, &script);
    bool good = feed_in_steps(plain, text, length, step, &error);
    g_assert_true(good == (error == NULL));
    if (error != NULL) {
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_string_append_printf(script.text, "%serror: %s", script.text->len > 0 ? "|" : "",
                               error->message);
    }
    return g_string_free(script.text, FALSE);
}

/* (transfer full): the same in pieces of any length. */
static char *run(const char *text, size_t length)
{
    char *whole = run_in_steps(text, length, length + 1);
    for (size_t step = 1; step < 12; step++) {
        g_autofree char *pieces = run_in_steps(text, length, step);
        g_assert_cmpstr(pieces, ==, whole);
    }
    return whole;
}

static void check(const char *text, const char *expected)
{
    g_autofree char *found = run(text, strlen(text));
    g_assert_cmpstr(found, ==, expected);
}

/* As check(), but the last error goes on behind what is expected. */
static void check_bytes(const char *text, size_t length, const char *expected)
{
    g_autofree char *found = run(text, length);
    if (!g_str_has_prefix(found, expected))
        g_assert_cmpstr(found, ==, expected);
}

static void check_refused(const char *text, const char *expected)
{
    check_bytes(text, strlen(text), expected);
}

static void splits_statements(void)
{
    check("SELECT 1;\n\nSELECT\n 2;\n", "S1:SELECT 1|S3:SELECT\n 2");
    check("SELECT 1; SELECT 2;SELECT 3;", "S1:SELECT 1|S1:SELECT 2|S1:SELECT 3");
    check("  a;\n;;\n ; b;\n", "S1:a|S3:b");
    check("a; b\nc;\n", "S1:a|S1:b\nc");
    check("-- c;\na;\n", "S2:a");
    check("a\n;", "S1:a\n");
}

static void quotes_hide_semicolons(void)
{
    check("a 'b;c''d;' \"e;\"\"f;\" ;\n", "S1:a 'b;c''d;' \"e;\"\"f;\" ");
    check("a ';\n;\n' b;\n", "S1:a ';\n;\n' b");
    check("a '\\';b;\n", "S1:a '\\'|S1:b");
    check("a E'\\';' b;\n", "S1:a E'\\';' b");
    check("a e'x'';\\\n;' b;\n", "S1:a e'x'';\\\n;' b");
    check("a xe'\\';b;\n", "S1:a xe'\\'|S1:b");
    check("a 1e'\\';b;\n", "S1:a 1e'\\'|S1:b");
    check("a U&'\\';b;\n", "S1:a U&'\\'|S1:b");
}

static void escapes_go_on_in_the_next_line(void)
{
    check("a E'b' -- ';\n '\\';';b;\n", "S1:a E'b' -- ';\n '\\';'|S2:b");
    check("a E'b' '\\';b;\n", "S1:a E'b' '\\'|S1:b");
    check("a E'b'\n, '\\';b;\n", "S1:a E'b'\n, '\\'|S2:b");
    check("a E'b'/**/\n'\\';b;\n", "S1:a E'b'/**/\n'\\'|S2:b");
    check("a 'b'\n'\\';b;\n", "S1:a 'b'\n'\\'|S2:b");
}

static void strings_of_another_setting(void)
{
    check("SET standard_conforming_strings = off;\na '\\';b';\n"
          "SET standard_conforming_strings = on;\na '\\';\n",
          "S1:SET standard_conforming_strings = off|S2:a '\\';b'|"
          "S3:SET standard_conforming_strings = on|S4:a '\\'");
}

static void dollars_hide_semicolons(void)
{
    check("a $$;';$$ b;\n", "S1:a $$;';$$ b");
    check("a $x$;$$;\n$X$ $ax$ x$;$x$;b;\n", "S1:a $x$;$$;\n$X$ $ax$ x$;$x$|S2:b");
    check("a $größe$;$größe$;\n", "S1:a $größe$;$größe$");
    check("a$$;b$$;\n", "S1:a$$|S1:b$$");
    check("$1$$;$$;\n", "S1:$1$$;$$");
    check("$ $a ;$1$ ;\n", "S1:$ $a |S1:$1$ ");
    check("a $b$;$$b$;c;\n", "S1:a $b$;$$b$|S1:c");
}

static void comments_hide_semicolons(void)
{
    check("a -- ;'\n b;\n", "S1:a -- ;'\n b");
    check("/* ; /* ; */ ' \n; */ a /* ;\n*/ ;\n", "S2:a /* ;\n*/ ");
    check("a /*/ ; */ b;\n", "S1:a /*/ ; */ b");
    check("a - - b; --c\n--d\n", "S1:a - - b");
    check("a / * b; -- c\rd;\n", "S1:a / * b|S1:d");
}

static void parentheses_hide_semicolons(void)
{
    check("CREATE RULE r AS ON INSERT TO t DO (a; b);\nc;\n",
          "S1:CREATE RULE r AS ON INSERT TO t DO (a; b)|S2:c");
    check("a );\nb;\n", "S1:a )|S2:b");
}

static void bodies_hide_semicolons(void)
{
    check(
        "CREATE FUNCTION f() RETURNS int\n BEGIN ATOMIC\n SELECT CASE WHEN a THEN (CASE b END) "
        "END;\n SELECT 2;\nEND;\nc;\n",
        "S1:CREATE FUNCTION f() RETURNS int\n BEGIN ATOMIC\n SELECT CASE WHEN a THEN (CASE b END) "
        "END;\n SELECT 2;\nEND|S6:c");
    check("create or replace procedure p() begin atomic a; \"end\"; end;b;",
          "S1:create or replace procedure p() begin atomic a; \"end\"; end|S1:b");
    check("CREATE FUNCTION f(begin atomic) RETURN 1;b;\n",
          "S1:CREATE FUNCTION f(begin atomic) RETURN 1|S1:b");
    check("CREATE FUNCTION \"BEGIN\" \"ATOMIC\" a;b;\n",
          "S1:CREATE FUNCTION \"BEGIN\" \"ATOMIC\" a|S1:b");
    check("CREATE FUNCTION f() begin, atomic a;b;\n",
          "S1:CREATE FUNCTION f() begin, atomic a|S1:b");
    check("CREATE VIEW function begin atomic;b;\n", "S1:CREATE VIEW function begin atomic|S1:b");
    check("BEGIN ATOMIC;COMMIT;\n", "S1:BEGIN ATOMIC|S1:COMMIT");
}

static void rows_follow_copy(void)
{
    check("COPY public.t (a, b) FROM stdin;\n1\t\\N\n2\t;'\n\\.\n\n\na;\n",
          "C1:COPY public.t (a, b) FROM stdin|R2:1\t\\N\n2\t;'\n|E4:2|S7:a");
    check("copy t from STDIN with (format csv);\n\\.\na;\n",
          "C1:copy t from STDIN with (format csv)|E2:0|S3:a");
    check("COPY t FROM stdin;  \n\n\n\\.\n", "C1:COPY t FROM stdin|R2:\n\n|E4:2");
    check("COPY t FROM stdin;\n\\.", "C1:COPY t FROM stdin|E2:0");
}

static void rows_may_look_like_their_end(void)
{
    check("COPY t FROM stdin;\n\\\n\\\\.\n\\.x\n\\.\\.\n\\N\n \\.\na\\.\n\\.\n",
          "C1:COPY t FROM stdin|R2:\\\n\\\\.\n\\.x\n\\.\\.\n\\N\n \\.\na\\.\n|E9:7");
}

static void other_copies_have_no_rows(void)
{
    check("COPY t FROM 'stdin';\na;\n", "S1:COPY t FROM 'stdin'|S2:a");
    check("COPY t (\"from\", stdin) FROM 'f';a;\n", "S1:COPY t (\"from\", stdin) FROM 'f'|S1:a");
    check("COPY (select 1 from stdin) TO stdout;a;\n",
          "S1:COPY (select 1 from stdin) TO stdout|S1:a");
    check("COPY \"from\" stdin;a;\n", "S1:COPY \"from\" stdin|S1:a");
    check("INSERT COPY t FROM stdin;a;\n", "S1:INSERT COPY t FROM stdin|S1:a");
    check_refused("COPY t FROM stdin; a;\n1\n\\.\n",
                  "error: line 1: more text behind COPY … FROM stdin");
}

static void commands_of_pg_dump_are_known(void)
{
    check("\\restrict aB3\na;\n\\unrestrict aB3\n\\encoding SQL_ASCII\n"
          "\\connect -reuse-previous=on \"dbname='x-y'\"\n\\restrict c\n\\unrestrict c",
          "S2:a|D5:-reuse-previous=on \"dbname='x-y'\"");
}

static void other_commands_are_refused(void)
{
    static const char *const lines[] = {
        "\\! rm x\n",
        "\\i x\n",
        "\\copy t from x\n",
        "\\connectx y\n",
        "\\encoding LATIN1\n",
        "\\restrict a\n\\encoding SQL_ASCII\n",
        " \\connect y\n",
        "a \\connect y\n",
        "a; \\connect y\n",
        "a\n\\connect y\n",
        "\\.\n",
        "\\\n",
        "\\restrict a\n\\connect y\n",
        "\\restrict a\n\\restrict a\n",
        "\\restrict a\na \\g\n",
        "/* */ \\! x\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *found = run(lines[i], strlen(lines[i]));
        g_assert_nonnull(strstr(found, "\" is not what pg_dump writes\nhint: it was not run; "));
        g_assert_null(strstr(found, "D1"));
    }
    check_refused("a;\n\\! rm\n", "S1:a|error: line 2: \"\\!\" is not what pg_dump writes\nhint: ");
    check_refused("\\\033[2J\n", "error: line 1: \"\\\\033[2J\" is not what ");
}

static void keys_of_restrict_are_checked(void)
{
    check_refused("\\restrict\n", "error: line 1: \\restrict without a key");
    check_refused("\\restrict a;b\n", "error: line 1: \\restrict without a key");
    check_refused("\\unrestrict a\n", "error: line 1: \\unrestrict without \\restrict");
    check_refused("\n\\restrict a\n\\unrestrict b\n",
                  "error: line 3: \\unrestrict has another key than \\restrict in line 2");
    check_refused("\\connect\n", "error: line 1: \\connect without a database");
    check_refused("\\restrict a\n", "error: line 1: the dump is cut off: \\unrestrict is missing");
}

#define DUMP "--\n-- PostgreSQL database dump\n--\n"
#define COMPLETE "--\n-- PostgreSQL database dump complete\n--\n"
#define ALL "--\n-- PostgreSQL database cluster dump\n--\n"
#define ALL_COMPLETE "--\n-- PostgreSQL database cluster dump complete\n--\n"

static void whole_dumps_say_so(void)
{
    check(DUMP "a;\n" COMPLETE "\n", "S4:a|F6:");
    check(ALL DUMP COMPLETE DUMP "a;\n" COMPLETE ALL_COMPLETE, "F8:|S13:a|F15:|F18:");
    check(COMPLETE, "F2:");
    check("a '\n" COMPLETE "';\n", "S1:a '\n" COMPLETE "'");
}

static void cut_dumps_are_found(void)
{
    check_refused(DUMP "a;\n", "S4:a|error: line 2: the dump is cut off: \"-- PostgreSQL database "
                               "dump complete\" is missing\nhint: ");
    check_refused(ALL "a;\n", "S4:a|error: line 2: the dump is cut off: \"-- PostgreSQL database "
                              "cluster dump complete\" is missing\nhint: ");
    check_refused(DUMP "a;\n" DUMP, "S4:a|error: line 2: the dump is cut off: another follows ");
    check_refused("a;\nb\n c", "S1:a|error: line 2: the dump is cut off: this statement does not ");
    check_refused("a 'b", "error: line 1: the dump is cut off: this statement does not end");
    check_refused("a;\n\n/* b\n",
                  "S1:a|error: line 3: the dump is cut off: this comment does not ");
    check_refused("\nCOPY t FROM stdin;\n1\n",
                  "C2:COPY t FROM stdin|R3:1\n|error: line 2: the dump is cut off: the rows of ");
    check_refused("COPY t FROM stdin;\n1\n\\",
                  "C1:COPY t FROM stdin|R2:1\n|error: line 1: the dump is cut off: the rows of ");
    check_refused("COPY t FROM stdin;",
                  "C1:COPY t FROM stdin|error: line 1: the dump is cut off: ");
    check_refused("", "error: the dump is empty");
    check_refused(" \n-- a\n;/* b */\n", "error: the dump is empty: it holds no statement\nhint: ");
}

static void ends_of_a_terminal_are_found(void)
{
    static const char *const texts[] = {
        "--\r\n-- PostgreSQL database dump\r\n--\r\n",
        "a;\r\n",
        "a\r\n;\n",
        "-- a\r\n",
        "/* a\r\n*/",
        "\\connect a\r\n",
        "\r\n",
        "CREATE FUNCTION f() BEGIN ATOMIC a;\r\n END;\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        check_refused(texts[i],
                      "error: line 1: lines of the dump end with CR LF\nhint: a terminal ");
    check_refused("COPY t FROM stdin;\n\\.\r\n",
                  "C1:COPY t FROM stdin|error: line 2: lines of the dump end with CR LF");
}

static void line_ends_that_are_meant_stay(void)
{
    check("a $$\r\n;\r\n$$;\n", "S1:a $$\r\n;\r\n$$");
    check("a '\r\n', E'\r\n', \"\r\n\";\n", "S1:a '\r\n', E'\r\n', \"\r\n\"");
    check("a\rb;\n", "S1:a\rb");
}

static void other_formats_are_named(void)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *name;
    } formats[] = {
        {"PGDMP\1\16\0\4\10", 10, "in pg_dump's format custom\nhint: "},
        {"toc.dat\0\0\0\0", 11, "in pg_dump's format tar\nhint: "},
        {"\x1f\x8b\10\0\0\0\0\0\0", 9, "compressed by gzip\nhint: "},
        {"\x28\xb5\x2f\xfd\0", 5, "compressed by zstd\nhint: "},
        {"\x04\x22\x4d\x18\0", 5, "compressed by lz4\nhint: "},
        {"\xfd\x37zXZ\0\0", 7, "compressed by xz\nhint: "},
        {"BZh91AY&SY", 10, "compressed by bzip2\nhint: "},
        {"PK\3\4\n\0", 6, "a zip archive\nhint: "},
        {"age-encryption.org/v1\n", 22, "encrypted by age\nhint: "},
        {"\xff\xfe-\0-\0\n\0", 8, "encoded in UTF-16\nhint: "},
        {"\xfe\xff\0-\0-\0\n", 8, "encoded in UTF-16\nhint: "},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *message =
            g_strconcat("error: the dump is not plain SQL: it is ", formats[i].name, NULL);
        check_bytes(formats[i].bytes, formats[i].length, message);
    }
}

static void mark_of_utf8_is_passed_over(void)
{
    check("\xef\xbb\xbf--\na;\n", "S2:a");
    check_refused("\xef\xbb\xbf", "error: the dump is empty");
}

static void zero_bytes_are_refused(void)
{
    check_bytes("a;\nb\0;\n", 7, "S1:a|error: line 2: the dump holds a NUL");
    check_bytes("a;\nbbbbbbbb\0;\n", 14, "S1:a|error: line 2: the dump holds a NUL");
    static const char rows[] = "COPY t FROM stdin;\n1\n2\0\n\\.\n";
    check_bytes(rows, sizeof(rows) - 1,
                "C1:COPY t FROM stdin|R2:1\n2|error: line 3: the dump holds");
}

static void error_of_the_taker_stops_it(void)
{
    static const char *const texts[][2] = {
        {"a;\nb;\nc;\n", "b"},
        {"COPY b FROM stdin;\n1\n\\.\nc;\n", "COPY b FROM stdin"},
        {"COPY b FROM stdin;\n1\n\\.\nc;\n", ""},
        {"COPY b FROM stdin;\n1\n\\.", ""},
        {"\\connect b\nc;\n", "b"},
        {COMPLETE "c;\n", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Script script = {g_string_new(NULL), false, texts[i][1]};
        g_autoptr(GError) error = NULL;
        g_autoptr(Plain) plain = plain_new(note, &script);
        g_assert_false(feed_in_steps(plain, texts[i][0], strlen(texts[i][0]), 1, &error));
        g_assert_error(error, APP_ERROR, APP_ERROR_SQL);
        g_assert_null(strstr(script.text->str, ":c"));
        g_string_free(script.text, TRUE);
    }
    plain_free(NULL);
}

/* Keeps only how much there was. */
static bool count(const PlainPiece *piece, void *data, GError **error G_GNUC_UNUSED)
{
    *(size_t *)data += piece->length;
    return true;
}

static void feed_many(Plain *plain, const char *text, size_t times)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) block = g_string_new(NULL);
    while (block->len < 65536)
        g_string_append(block, text);
    for (size_t fed = 0; fed < times; fed += block->len)
        plain_feed(plain, block->str, block->len, &error);
    g_assert_no_error(error);
}

/* Each would take minutes if something were read again for each piece. */
static void hostile_text_takes_linear_time(void)
{
    static const char *const patterns[] = {"a\n", "a",    "/*\n", "(",   "$a ",  "'\n'",
                                           ";",   "a;b;", "\n",   "--x", "''''", "- / "};
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        size_t length = 0;
        g_autoptr(Plain) plain = plain_new(count, &length);
        feed_many(plain, patterns[i], 8 << 20);
    }
}

/* A row of any length needs no memory: so that this is quick, too. */
static void long_rows_pass_through(void)
{
    g_autoptr(GError) error = NULL;
    size_t length = 0;
    g_autoptr(Plain) plain = plain_new(count, &length);
    g_assert_true(plain_feed(plain, "COPY t FROM stdin;\n", 19, &error));
    size_t before = length;
    feed_many(plain, "0123456789\\\\.", 256 << 20);
    g_assert_cmpuint(length - before, >=, 256 << 20);
    g_assert_true(plain_feed(plain, "\n\\.\n", 4, &error));
    g_assert_true(plain_end(plain, &error));
    g_assert_no_error(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plain/statements", splits_statements);
    g_test_add_func("/plain/quotes", quotes_hide_semicolons);
    g_test_add_func("/plain/escapes", escapes_go_on_in_the_next_line);
    g_test_add_func("/plain/setting", strings_of_another_setting);
    g_test_add_func("/plain/dollars", dollars_hide_semicolons);
    g_test_add_func("/plain/comments", comments_hide_semicolons);
    g_test_add_func("/plain/parentheses", parentheses_hide_semicolons);
    g_test_add_func("/plain/bodies", bodies_hide_semicolons);
    g_test_add_func("/plain/rows", rows_follow_copy);
    g_test_add_func("/plain/rows_end", rows_may_look_like_their_end);
    g_test_add_func("/plain/no_rows", other_copies_have_no_rows);
    g_test_add_func("/plain/commands", commands_of_pg_dump_are_known);
    g_test_add_func("/plain/other_commands", other_commands_are_refused);
    g_test_add_func("/plain/restrict", keys_of_restrict_are_checked);
    g_test_add_func("/plain/whole", whole_dumps_say_so);
    g_test_add_func("/plain/cut", cut_dumps_are_found);
    g_test_add_func("/plain/terminal", ends_of_a_terminal_are_found);
    g_test_add_func("/plain/meant", line_ends_that_are_meant_stay);
    g_test_add_func("/plain/formats", other_formats_are_named);
    g_test_add_func("/plain/utf8", mark_of_utf8_is_passed_over);
    g_test_add_func("/plain/zero", zero_bytes_are_refused);
    g_test_add_func("/plain/taker", error_of_the_taker_stops_it);
    g_test_add_func("/plain/linear", hostile_text_takes_linear_time);
    g_test_add_func("/plain/long_rows", long_rows_pass_through);
    return g_test_run();
}
