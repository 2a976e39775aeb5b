#include "sql/scan.h"

#include <string.h>

/* The tokens of @text as "kind:text" joined by spaces; an error as "error: message". */
static char *scan(const char *text, size_t length)
{
    static const char kinds[] = "$wqsnpo();cm?";
    Scanner scanner = scanner_start(text, length, 1);
    GString *all = g_string_new(NULL);
    for (;;) {
        Token token = {0};
        g_autoptr(GError) error = NULL;
        if (!scanner_next(&scanner, &token, &error)) {
            g_string_append_printf(all, "%serror: %s", all->len > 0 ? "|" : "", error->message);
            return g_string_free(all, FALSE);
        }
        if (token.kind == TOKEN_END)
            return g_string_free(all, FALSE);
        g_string_append_printf(all, "%s%c:", all->len > 0 ? "|" : "", kinds[token.kind]);
        g_string_append_len(all, text + token.start, (gssize)token.length);
    }
}

static void check(const char *text, const char *expected)
{
    g_autofree char *tokens = scan(text, strlen(text));
    g_assert_cmpstr(tokens, ==, expected);
}

static void words_numbers_and_operators(void)
{
    check("", "");
    check("SELECT a1$x, _b", "w:SELECT|w:a1$x|o:,|w:_b");
    check("größe 名前", "w:größe|w:名前");
    check("1 .5 1.5e-3 0xFF 1_000 1..10 a.b",
          "n:1|n:.5|n:1.5e-3|n:0xFF|n:1_000|n:1|o:..|n:10|w:a|o:.|w:b");
    check("x::int := 1 $1 $12", "w:x|o:::|w:int|o::=|n:1|p:$1|p:$12");
    check("a[1:2]", "w:a|o:[|n:1|o::|n:2|o:]");
    check("a->>'k' @> b", "w:a|o:->>|s:'k'|o:@>|w:b");
    check("(a);", "(:(|w:a|):)|;:;");
}

static void operator_ends_as_the_server_has_it(void)
{
    check("a=-1", "w:a|o:=|o:-|n:1");
    check("a@-1", "w:a|o:@-|n:1");
    check("a<--b\nc", "w:a|o:<|c:--b|w:c");
    check("a*/*x*/b", "w:a|o:*|c:/*x*/|w:b");
    check("- -", "o:-|o:-");
}

static void strings_of_all_kinds(void)
{
    check("'it''s' E'a\\'b' e'\\\\' b'01' X'ff' n'x' U&'\\0061' u&\"x\"",
          "s:'it''s'|s:E'a\\'b'|s:e'\\\\'|s:b'01'|s:X'ff'|s:n'x'|s:U&'\\0061'|q:u&\"x\"");
    check("'a\\' b", "s:'a\\'|w:b");
    check("\"a\"\"b\" \"; --\"", "q:\"a\"\"b\"|q:\"; --\"");
    check("date'2020-01-01'", "w:date|s:'2020-01-01'");
}

static void string_goes_on_after_a_line_end(void)
{
    check("'a'\n  'b' c", "s:'a'\n  'b'|w:c");
    check("'a' -- x 'y\n 'b'", "s:'a' -- x 'y\n 'b'");
    check("E'a'\n'\\'b' c", "s:E'a'\n'\\'b'|w:c");
    check("'a' 'b'", "s:'a'|s:'b'");
    check("'a' -- x", "s:'a'|c:-- x");
}

static void dollar_quotes(void)
{
    check("$$a;b$$ $x$ $$ $y$ $x$", "s:$$a;b$$|s:$x$ $$ $y$ $x$");
    check("$a$ $b$a$", "s:$a$ $b$a$");
    check("$größe$'$größe$", "s:$größe$'$größe$");
    check("a$$b", "w:a$$b");
    check("$ $a", "?:$|?:$|w:a");
}

static void comments_nest(void)
{
    check("a /* x /* y */ z */ b", "w:a|c:/* x /* y */ z */|w:b");
    check("/*/ x */ a", "c:/*/ x */|w:a");
    check("a -- 'x\r\nb", "w:a|c:-- 'x|w:b");
    check("a --", "w:a|c:--");
}

static void psql_commands_are_seen(void)
{
    check("\\connect x y\nselect", "m:\\connect x y|w:select");
}

static void unclosed_things_name_their_line(void)
{
    check("a\n'b\n\n", "w:a|error: 2: quoted string is not closed");
    check("\n\n\"b''", "error: 3: quoted identifier is not closed");
    check("/* /* */", "error: 1: comment is not closed");
    check("a\n$x$ $X$", "w:a|error: 2: dollar-quoted string is not closed");
    check("E'\\", "error: 1: quoted string is not closed");
    check("'a'\n'b", "error: 1: quoted string is not closed");
}

static void line_counts_what_tokens_span(void)
{
    const char *text = "'a\nb'\n/* \n */ c";
    Scanner scanner = scanner_start(text, strlen(text), 10);
    Token token = {0};
    for (int i = 0; i < 3; i++)
        g_assert_true(scanner_next(&scanner, &token, NULL));
    g_assert_cmpuint(token.line, ==, 13);
    g_assert_true(token_is_word(text, &token, "c"));
}

static void every_byte_is_in_a_token_or_space(void)
{
    char junk[512];
    GRand *random = g_rand_new_with_seed(7);
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof(junk); i++)
            junk[i] = g_rand_boolean(random) ? (char)g_rand_int_range(random, 0, 256)
                                             : "$'\"\\-/*;()\n eE"[g_rand_int_range(random, 0, 14)];
        Scanner scanner = scanner_start(junk, sizeof(junk), 1);
        Token token = {0};
        size_t last = 0;
        while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
            g_assert_cmpuint(token.start, >=, last);
            g_assert_cmpuint(token.length, >, 0);
            last = token.start + token.length;
            g_assert_cmpuint(last, <=, sizeof(junk));
        }
    }
    g_rand_free(random);
}

static size_t count_tokens(const char *text, size_t length)
{
    Scanner scanner = scanner_start(text, length, 1);
    Token token = {0};
    size_t count = 0;
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END)
        count++;
    return count;
}

/* Each would take hours if a token were read again for each byte of it. */
static void hostile_text_takes_linear_time(void)
{
    static const char *const patterns[] = {"+-", "$a", "''\n", "(", "e'", "$", "-- \n'' "};
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < 2000000)
            g_string_append(text, patterns[i]);
        g_assert_cmpuint(count_tokens(text->str, text->len), <=, text->len);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scan/words", words_numbers_and_operators);
    g_test_add_func("/scan/operators", operator_ends_as_the_server_has_it);
    g_test_add_func("/scan/strings", strings_of_all_kinds);
    g_test_add_func("/scan/continuation", string_goes_on_after_a_line_end);
    g_test_add_func("/scan/dollar", dollar_quotes);
    g_test_add_func("/scan/comments", comments_nest);
    g_test_add_func("/scan/meta", psql_commands_are_seen);
    g_test_add_func("/scan/unclosed", unclosed_things_name_their_line);
    g_test_add_func("/scan/lines", line_counts_what_tokens_span);
    g_test_add_func("/scan/junk", every_byte_is_in_a_token_or_space);
    g_test_add_func("/scan/linear", hostile_text_takes_linear_time);
    return g_test_run();
}
