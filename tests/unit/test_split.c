#include "sql/split.h"

#include <string.h>

/* The statements of @text as "line:text", one a line; an error as "error: message". */
static char *split(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) statements = split_statements(text, strlen(text), 1, &error);
    if (statements == NULL)
        return g_strconcat("error: ", error->message, NULL);
    GString *all = g_string_new(NULL);
    for (unsigned i = 0; i < statements->len; i++) {
        const Statement *statement = statements->pdata[i];
        g_string_append_printf(all, "%s%u:%s", i > 0 ? "|" : "", statement->line, statement->text);
    }
    return g_string_free(all, FALSE);
}

static void check(const char *text, const char *expected)
{
    g_autofree char *statements = split(text);
    g_assert_cmpstr(statements, ==, expected);
}

static void statements_end_at_semicolons(void)
{
    check("", "");
    check(" ;; -- x\n;", "");
    check("a; b ;\n\nc", "1:a|1:b|3:c");
    check("-- x\n/* y */ a -- z\n; b", "2:a|3:b");
    check("a /* x; */ b;", "1:a /* x; */ b");
    check("a;\nb \\g\nc", "error: 2: backslash in a statement\nhint: commands of psql are not SQL");
    check("\\connect x\na; b", "1:\\connect x|2:a|2:b");
    check("a ';' \";\" $$;$$ b; c", "1:a ';' \";\" $$;$$ b|1:c");
}

static void parentheses_hold_semicolons(void)
{
    check("create rule r as on insert to t do also (a; b); c",
          "1:create rule r as on insert to t do also (a; b)|1:c");
    check("a); b", "1:a)|1:b");
    check("a (\n(b)", "error: 1: parenthesis is not closed");
}

static void atomic_bodies_hold_semicolons(void)
{
    const char *body =
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a "
        "THEN 1 ELSE CASE b WHEN c THEN 2 END END; SELECT (case 1 when 2 then 3 end); "
        "SELECT t.end AS end FROM t; END";
    g_autofree char *text = g_strconcat(body, "; SELECT 2", NULL);
    g_autofree char *expected = g_strconcat("1:", body, "|1:SELECT 2", NULL);
    check(text, expected);
    check("create procedure p() begin atomic a; end; b",
          "1:create procedure p() begin atomic a; end|1:b");
    check("create function f() begin atomic a; b",
          "error: 1: function body that begins with BEGIN ATOMIC has no END");
}

static void begin_and_case_elsewhere_hold_nothing(void)
{
    check("BEGIN; a; END", "1:BEGIN|1:a|1:END");
    check("create view v as select case; begin atomic; b",
          "1:create view v as select case|1:begin atomic|1:b");
    check("create function begin() returns int as $$ begin; $$; b",
          "1:create function begin() returns int as $$ begin; $$|1:b");
    check("create function f(atomic int); b", "1:create function f(atomic int)|1:b");
}

static void comments_at_top_level_are_pieces(void)
{
    const char *text = "-- a\nx (-- b\n) -- c\n y; /* d */ -- e";
    Splitter splitter = splitter_start(text, strlen(text), 1);
    g_autoptr(GString) all = g_string_new(NULL);
    Piece piece = {0};
    while (splitter_next(&splitter, &piece, NULL) && piece.kind != PIECE_END)
        g_string_append_printf(all, "%d%s%.*s|", piece.kind, piece.inside ? "!" : ":",
                               (int)piece.length, text + piece.start);
    g_assert_cmpstr(all->str, ==, "2:-- a|2!-- c|1:x (-- b\n) -- c\n y|2:-- e|");
}

static void text_must_be_text(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(split_statements("a\nb\0c", 5, 1, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "2: NUL byte\n"));
    check("a;\n\n\xff", "error: 3: invalid UTF-8\nhint: the file must be UTF-8 text");
}

static void odd_byte_is_found_anywhere(void)
{
    for (size_t length = 1; length <= 20; length++)
        for (size_t at = 0; at < length; at++)
            for (size_t i = 0; i < 3; i++) {
                char text[20];
                memset(text, 'a', length);
                g_assert_true(split_check_text(text, length, 1, NULL));
                text[at] = "\0\x80\xff"[i];
                g_assert_false(split_check_text(text, length, 1, NULL));
            }
    g_assert_true(split_check_text("aaaaaaaé", strlen("aaaaaaaé"), 1, NULL));
    g_assert_true(split_check_text("", 0, 1, NULL));
}

static void big_statement_is_split_fast(void)
{
    g_autoptr(GString) text = g_string_new("INSERT INTO t VALUES ");
    while (text->len < 10000000)
        g_string_append(text, "(1, 'some text that is quoted', $$x$$), ");
    g_string_append(text, "(1); SELECT 1");
    gint64 start = g_get_monotonic_time();
    g_autoptr(GPtrArray) statements = split_statements(text->str, text->len, 1, NULL);
    g_assert_cmpuint(statements->len, ==, 2);
    g_test_minimized_result((double)(g_get_monotonic_time() - start) / 1e6, "10 MB");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/split/semicolons", statements_end_at_semicolons);
    g_test_add_func("/split/parentheses", parentheses_hold_semicolons);
    g_test_add_func("/split/atomic", atomic_bodies_hold_semicolons);
    g_test_add_func("/split/odd-byte", odd_byte_is_found_anywhere);
    g_test_add_func("/split/elsewhere", begin_and_case_elsewhere_hold_nothing);
    g_test_add_func("/split/comments", comments_at_top_level_are_pieces);
    g_test_add_func("/split/text", text_must_be_text);
    g_test_add_func("/split/big", big_statement_is_split_fast);
    return g_test_run();
}
