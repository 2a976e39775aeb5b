#include "render/cast.h"
#include "render/names.h"
#include "render/text.h"
#include "rendered.h"

static void options_are_quoted_where_the_server_would_change_them(void)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    text_append_with(sql,
                     "{a=1,b=-0.5,c=007,d=-0,e=0,f=1.,g=,h,i=on,\"j k=x'y\",toast.l=0.25,m=-}");
    g_assert_cmpstr(sql->str, ==,
                    " WITH (a = 1, b = -0.5, c = '007', d = '-0', e = 0, f = '1.', g = '', "
                    "h = true, i = on, \"j k\" = 'x''y', toast.l = 0.25, m = '-')");
    g_string_truncate(sql, 0);
    text_append_with(sql, NULL);
    g_assert_cmpstr(sql->str, ==, "");
}

static void last_name_stands_behind_the_last_outer_dot(void)
{
    g_assert_cmpstr(text_last_name("a"), ==, "a");
    g_assert_cmpstr(text_last_name("a.\"b.c\""), ==, "\"b.c\"");
    g_assert_cmpstr(text_last_name("\"a.\"\".b\".c"), ==, "c");
}

static void list_is_split_outside_of_quotes_and_parentheses(void)
{
    g_auto(GStrv) parts = text_split("a, b(1, 2), 'c,''d', \"e,\"[1,2] ,f");
    g_auto(GStrv) none = text_split("");
    g_autofree char *joined = g_strjoinv("|", parts);
    g_assert_cmpstr(joined, ==, "a|b(1, 2)|'c,''d'|\"e,\"[1,2]|f");
    g_assert_null(none[0]);
}

static void expressions_are_wrapped_only_where_needed(void)
{
    static const struct {
        const char *expression;
        const char *expected;
    } cases[] = {
        {"now()", "now()"},
        {"'a OR b'::text", "'a OR b'::text"},
        {"(a IS NULL)", "(a IS NULL)"},
        {"a IS NULL", "(a IS NULL)"},
        {"NOT a", "(NOT a)"},
        {"a OR b", "(a OR b)"},
        {"\"AND\" + 1", "\"AND\" + 1"},
        {"ORDERS(1)", "ORDERS(1)"},
        {"ARRAY['x'::text]", "ARRAY['x'::text]"},
        {"'x'::text COLLATE \"C\"", "('x'::text COLLATE \"C\")"},
        {")", ")"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        text_append_expression(sql, cases[i].expression);
        g_assert_cmpstr(sql->str, ==, cases[i].expected);
    }
}

static void wrapped_text_has_one_pair(void)
{
    static const struct {
        const char *expression;
        const char *expected;
    } cases[] = {
        {"a + b", "(a + b)"}, {"(a + b)", "(a + b)"}, {"(a) + (b)", "((a) + (b))"},
        {"(')')", "(')')"},   {"(a", "((a)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        text_append_wrapped(sql, cases[i].expression);
        g_assert_cmpstr(sql->str, ==, cases[i].expected);
    }
}

static void dollar_tag_does_not_occur_in_the_body(void)
{
    static const struct {
        const char *body;
        const char *expected;
    } cases[] = {
        {"x", "$$x$$"},
        {"x$", "$f$x$$f$"},
        {"x$f", "$f1$x$f$f1$"},
        {"$f $f1", "$f2$$f $f1$f2$"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) sql = g_string_new(NULL);
        text_append_dollar_quoted(sql, cases[i].body, "f");
        g_assert_cmpstr(sql->str, ==, cases[i].expected);
    }
}

static void definitions_lose_blanks_and_semicolon(void)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    text_append_definition(sql, " SELECT 1; ");
    text_append_definition(sql, "");
    g_assert_cmpstr(sql->str, ==, "SELECT 1");
}

static void casts_go_the_shortest_way(void)
{
    static const struct {
        const char *from;
        const char *to;
        CastWay way;
    } cases[] = {
        {"integer", "smallint", CAST_ASSIGNMENT},
        {"integer[]", "bigint[]", CAST_ASSIGNMENT},
        {"integer[]", "text", CAST_ASSIGNMENT},
        {"integer[]", "text[]", CAST_ASSIGNMENT},
        {"integer", "text[]", CAST_TEXT},
        {"text[]", "integer[]", CAST_EXPLICIT},
        {"timestamp(3) with time zone", "date", CAST_ASSIGNMENT},
        {"date", "timestamp(3) without time zone", CAST_ASSIGNMENT},
        {"date", "integer", CAST_TEXT},
        {"boolean", "integer", CAST_EXPLICIT},
        {"boolean", "bigint", CAST_TEXT},
        {"bit(3)", "bit varying(5)", CAST_ASSIGNMENT},
        {"geometry(Point,4326)", "geometry(Point,3857)", CAST_ASSIGNMENT},
        {"\"a(1)\"", "\"a(2)\"", CAST_TEXT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(cast_way(cases[i].from, cases[i].to), ==, cases[i].way);
}

static void casts_that_round_or_cut_are_known(void)
{
    static const struct {
        const char *from;
        const char *to;
        bool loses;
    } cases[] = {
        {"numeric(10,4)", "numeric(10,2)", true},
        {"numeric(10,2)", "numeric(12,4)", false},
        {"numeric(10,2)", "numeric", false},
        {"numeric", "numeric(10,2)", true},
        {"integer", "numeric(10,2)", false},
        {"numeric(10,0)", "integer", false},
        {"numeric(10,2)", "bigint", true},
        {"double precision", "integer", true},
        {"double precision", "real", true},
        {"real", "double precision", false},
        {"smallint", "real", false},
        {"integer", "real", true},
        {"integer", "double precision", false},
        {"bigint", "double precision", true},
        {"bigint", "integer", false}, /* fails instead */
        {"timestamp with time zone", "date", true},
        {"timestamp without time zone", "time without time zone", true},
        {"timestamp(6) without time zone", "timestamp(3) with time zone", true},
        {"timestamp(3) without time zone", "timestamp(3) with time zone", false},
        {"time(3) without time zone", "interval", false},
        {"interval", "time(0) without time zone", true},
        {"date", "timestamp(0) with time zone", false},
        {"text", "integer", false},
        {"text", "date", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool loses = cast_loses(cases[i].from, cases[i].to);
        if (loses != cases[i].loses)
            g_test_message("%s to %s", cases[i].from, cases[i].to);
        g_assert_true(loses == cases[i].loses);
    }
}

static void casts_that_may_fail_are_known(void)
{
    static const struct {
        const char *from;
        const char *to;
        bool fails;
    } cases[] = {
        {"bigint", "integer", true},
        {"integer", "bigint", false},
        {"integer", "integer", false},
        {"integer", "numeric(10,0)", false},
        {"integer", "numeric(10,2)", true},
        {"numeric", "numeric(10,2)", true},
        {"numeric(10,2)", "numeric(12,4)", false},
        {"numeric(10,2)", "integer", false},
        {"double precision", "real", true},
        {"double precision", "numeric", false},
        {"text", "character varying(10)", true},
        {"character varying(10)", "character varying(20)", false},
        {"character varying(10)", "text", false},
        {"character varying(20)[]", "character varying(10)[]", true},
        {"text", "integer", true},
        {"text[]", "integer[]", true},
        {"integer", "text", false},
        {"timestamp with time zone", "date", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool fails = cast_fails(cases[i].from, cases[i].to);
        if (fails != cases[i].fails)
            g_test_message("%s to %s", cases[i].from, cases[i].to);
        g_assert_true(fails == cases[i].fails);
    }
}

static void usual_names_follow_the_server(void)
{
    static const struct {
        const char *name;
        const char *type;
        const char *columns;
        const char *definition;
        bool usual;
    } cases[] = {
        {"item_pkey", "p", "{a,b}", "PRIMARY KEY (a, b)", true},
        {"pk", "p", "{a}", "PRIMARY KEY (a)", false},
        {"item_a_b_key", "u", "{a,b}", "UNIQUE (a, b)", true},
        {"item_a_b_key", "u", "{a}", "UNIQUE (a) INCLUDE (b)", false},
        {"item_a_fkey", "f", "{a}", "FOREIGN KEY (a) REFERENCES t(a)", true},
        {"item_check", "c", "{}", "CHECK (now() > now())", true},
        {"item_a_check", "c", "{a}", "CHECK (a > 0)", true},
        {"item_check", "c", "{a}", "CHECK (a > 0)", false},
        {"item_a_excl", "x", "{a}", "EXCLUDE USING gist (a WITH =)", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Schema) schema = schema_new();
        Object *constraint = make_in(
            schema, KIND_CONSTRAINT, "item", cases[i].name,
            VALUES([CONSTRAINT_TYPE] = cases[i].type, [CONSTRAINT_COLUMNS] = cases[i].columns,
                   [CONSTRAINT_DEFINITION] = cases[i].definition));
        g_assert_true(names_constraint_is_usual(constraint) == cases[i].usual);
    }
}

static void name_is_taken_by_a_relation_of_either_side(void)
{
    g_autoptr(Schema) from = schema_new();
    g_autoptr(Schema) to = schema_new();
    Object *same = make_in(from, KIND_CONSTRAINT, "item", "item_pkey", VALUES(NULL));
    Object *key = make_in(to, KIND_CONSTRAINT, "item", "item_pkey", VALUES(NULL));
    Object *taken = make_in(to, KIND_CONSTRAINT, "item", "item_check", VALUES(NULL));
    make(from, KIND_VIEW, "item_check", VALUES(NULL));
    schema_add(from, KIND_VIEW, "app", NULL, "item_pkey", NULL);
    g_autoptr(NameUse) names = name_use_new(from, to);
    g_assert_true(name_is_free(names, key));
    g_assert_true(name_is_free(names, same));
    g_assert_false(name_is_free(names, taken));
    name_use_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/options", options_are_quoted_where_the_server_would_change_them);
    g_test_add_func("/text/last_name", last_name_stands_behind_the_last_outer_dot);
    g_test_add_func("/text/split", list_is_split_outside_of_quotes_and_parentheses);
    g_test_add_func("/text/expression", expressions_are_wrapped_only_where_needed);
    g_test_add_func("/text/wrapped", wrapped_text_has_one_pair);
    g_test_add_func("/text/dollar", dollar_tag_does_not_occur_in_the_body);
    g_test_add_func("/text/definition", definitions_lose_blanks_and_semicolon);
    g_test_add_func("/cast/fails", casts_that_may_fail_are_known);
    g_test_add_func("/cast/way", casts_go_the_shortest_way);
    g_test_add_func("/cast/loss", casts_that_round_or_cut_are_known);
    g_test_add_func("/names/usual", usual_names_follow_the_server);
    g_test_add_func("/names/taken", name_is_taken_by_a_relation_of_either_side);
    return g_test_run();
}
