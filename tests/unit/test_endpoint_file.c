#include "api/endpoint_file.h"

#include <string.h>

static GPtrArray *parse(const char *text, GError **error)
{
    return endpoint_file_parse("api/x.sql", text, strlen(text), error);
}

static Endpoint *parse_one(const char *text, GPtrArray **out_all)
{
    g_autoptr(GError) error = NULL;
    *out_all = parse(text, &error);
    g_assert_no_error(error);
    g_assert_cmpuint((*out_all)->len, ==, 1);
    return (*out_all)->pdata[0];
}

/* The parameters as "name place [?]" and the statements as "sql [params]". */
static char *describe(const Endpoint *endpoint)
{
    static const char *const places[] = {"path", "query", "body", "header"};
    GString *all = g_string_new(NULL);
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        g_string_append_printf(all, "%s %s%s, ", param->name, places[param->place],
                               param->optional ? "?" : "");
    }
    for (unsigned i = 0; i < endpoint->statements->len; i++) {
        const ApiStatement *statement = endpoint->statements->pdata[i];
        g_string_append_printf(all, "%s{%s}", i > 0 ? " " : "", statement->sql);
        for (unsigned j = 0; j < statement->params->len; j++)
            g_string_append_printf(all, " %u", g_array_index(statement->params, unsigned, j));
    }
    return g_string_free(all, FALSE);
}

static const char whole[] = "-- Items of the shop.\n"
                            "\n"
                            "-- GET /items/{id}\n"
                            "-- summary: One item by its id.\n"
                            "-- Prices are net.\n"
                            "--\n"
                            "-- Note: in euros.\n"
                            "-- tags: shop, public items\n"
                            "-- returns: one\n"
                            "-- cache: public, max-age=60\n"
                            "-- deadline: 250ms\n"
                            "-- lane: slow\n"
                            "-- role: clerk, admin auditor\n"
                            "-- version: changed\n"
                            "-- deprecated: yes\n"
                            "SELECT id, name\n"
                            "  FROM item -- GETs one\n"
                            " WHERE id = :id;\n"
                            "-- a comment\n"
                            "-- POST /items\n"
                            "-- returns: one 201\n"
                            "INSERT INTO item (name) VALUES (:name) RETURNING id;\n";

static void whole_file_is_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = parse(whole, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(all->len, ==, 2);
    const Endpoint *first = all->pdata[0];
    g_assert_cmpint(first->method, ==, HTTP_GET);
    g_assert_cmpstr(first->path, ==, "/items/{id}");
    g_assert_cmpstr(first->file, ==, "api/x.sql");
    g_assert_cmpuint(first->line, ==, 3);
    g_assert_cmpstr(first->summary, ==, "One item by its id.");
    g_assert_cmpstr(first->description, ==, "Prices are net.\n\nNote: in euros.");
    g_assert_cmpstr(first->tags[0], ==, "shop");
    g_assert_cmpstr(first->tags[1], ==, "public items");
    g_assert_null(first->tags[2]);
    g_assert_cmpint(first->returns, ==, RETURNS_ONE);
    g_assert_cmpuint(first->status, ==, 200);
    g_assert_cmpstr(first->cache, ==, "public, max-age=60");
    g_assert_cmpuint(first->deadline, ==, 250);
    g_assert_cmpint(first->lane, ==, LANE_SLOW);
    g_assert_cmpuint(g_strv_length(first->roles), ==, 3);
    g_assert_cmpstr(first->roles[2], ==, "auditor");
    g_assert_cmpstr(first->version, ==, "changed");
    g_assert_true(first->deprecated);
    g_assert_false(first->is_static);
    const ApiStatement *statement = first->statements->pdata[0];
    g_assert_cmpstr(statement->sql, ==, "SELECT id, name\n  FROM item -- GETs one\n WHERE id = $1");
    g_assert_cmpuint(statement->line, ==, 16);
    g_assert_cmpuint(strlen(statement->name), ==, 33);
    const ApiParam *param = first->params->pdata[0];
    g_assert_cmpuint(param->line, ==, 18);
    const Endpoint *second = all->pdata[1];
    g_assert_cmpint(second->method, ==, HTTP_POST);
    g_assert_cmpuint(second->status, ==, 201);
    g_assert_cmpuint(second->line, ==, 20);
    g_assert_null(second->roles);
    g_assert_cmpuint(g_strv_length(second->tags), ==, 0);
    g_assert_cmpint(endpoint_param(second, "name"), ==, 0);
    g_assert_cmpint(endpoint_param(second, "nam"), ==, -1);
    g_assert_cmpint(endpoint_param_of(second, "names", 4), ==, 0);
}

static void keys_have_defaults(void)
{
    static const struct {
        const char *text;
        ApiReturns returns;
        unsigned status;
    } cases[] = {
        {"-- GET /a\nSELECT 1", RETURNS_MANY, 200},
        {"-- HEAD /a\nSELECT 1", RETURNS_MANY, 200},
        {"-- PUT /a\n-- returns: none\nDELETE FROM a", RETURNS_NONE, 204},
        {"-- PUT /a\n-- returns: none 202\nDELETE FROM a", RETURNS_NONE, 202},
        {"-- PATCH /a\n-- returns: scalar\nSELECT 1", RETURNS_SCALAR, 200},
        {"-- POST /a\n-- returns:  many \t 201 \nSELECT 1", RETURNS_MANY, 201},
        {"-- GET /a\n-- verify: yes", RETURNS_NONE, 204},
        {"--GET /a\n--verify: no\n--returns: none 200", RETURNS_NONE, 200},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        g_autoptr(GPtrArray) all = NULL;
        const Endpoint *endpoint = parse_one(cases[i].text, &all);
        g_assert_cmpint(endpoint->returns, ==, cases[i].returns);
        g_assert_cmpuint(endpoint->status, ==, cases[i].status);
        g_assert_cmpint(endpoint->lane, ==, LANE_DEFAULT);
        g_assert_cmpuint(endpoint->deadline, ==, 0);
        g_assert_cmpint(endpoint->is_static, ==, strstr(cases[i].text, "verify: no") != NULL);
    }
}

static void descriptions_are_joined(void)
{
    static const struct {
        const char *header;
        const char *description;
    } cases[] = {
        {"-- description: One.\n-- Two.\n--  - see: three\n", "One.\nTwo.\n- see: three"},
        {"-- description:\n-- One.\n", "One."},
        {"-- One.\n-- description: Two.\n", "One.\nTwo."},
        {"--\n-- One.\n--\n--\n", "One."},
        {"-- http://example.org/a\n", "http://example.org/a"},
        {"-- summary: x\n\n-- not of the header\n", NULL},
        {"/* not of the header */\n-- nor this\n", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].header);
        g_autofree char *text = g_strconcat("-- GET /a\n", cases[i].header, "SELECT 1;", NULL);
        g_autoptr(GPtrArray) all = NULL;
        g_assert_cmpstr(parse_one(text, &all)->description, ==, cases[i].description);
    }
}

static void parameters_are_found(void)
{
    static const struct {
        const char *text;
        const char *read;
    } cases[] = {
        {"-- GET /a/{id}\nSELECT :id, :b, :id, :c?, :c?",
         "id path, b query, c query?, {SELECT $1, $2, $1, $3, $3} 0 1 2"},
        {"-- POST /a/{id}\n-- returns: none\nUPDATE a SET x = :x WHERE id = :id;\n"
         "SELECT :y?, :x;SELECT 1",
         "x body, id path, y body?, {UPDATE a SET x = $1 WHERE id = $2} 0 1 {SELECT $1, $2} 2 0 "
         "{SELECT 1}"},
        {"-- DELETE /a\n-- returns: none\nDELETE FROM a WHERE v = :if_match AND b = :B",
         "if_match header, B query, {DELETE FROM a WHERE v = $1 AND b = $2} 0 1"},
        {"-- GET /a/{if_match}\nSELECT :if_match", "if_match path, {SELECT $1} 0"},
        /* no parameters */
        {"-- GET /a\nSELECT ':a', E'\\':b', \":c\", $$:d$$, $x$:e$x$ -- :f\n /* :g */, 1",
         "{SELECT ':a', E'\\':b', \":c\", $$:d$$, $x$:e$x$ -- :f\n /* :g */, 1}"},
        {"-- GET /a\nSELECT x::int, f(y := 1), z::text", "{SELECT x::int, f(y := 1), z::text}"},
        {"-- GET /a\nSELECT a[1:2], a[i:j], a[:2], a[f(1):n], a[b[1]:n], a[$$1$$:n], a[1 : n]",
         "{SELECT a[1:2], a[i:j], a[:2], a[f(1):n], a[b[1]:n], a[$$1$$:n], a[1 : n]}"},
        {"-- GET /a\nSELECT x ? 'a', x ?| y, x @? '$', x :: int",
         "{SELECT x ? 'a', x ?| y, x @? '$', x :: int}"},
        /* parameters all the same */
        {"-- GET /a\nSELECT a[:n], a[:lo:hi], a[:lo : :n], ARRAY[:n,:n], a[f(:n)+:n], a[-:n]",
         "n query, lo query, {SELECT a[$1], a[$2:hi], a[$2 : $1], ARRAY[$1,$1], a[f($1)+$1], "
         "a[-$1]} 0 1"},
        {"-- GET /a\nSELECT :a::int, :b?::int, :a:::a",
         "a query, b query?, {SELECT $1::int, $2::int, $1::$1} 0 1"},
        {"-- GET /a\nSELECT:a,x=:a,1:a b:a,:a:a", "a query, {SELECT $1,x=$1,1 $1 b $1,$1 $1} 0"},
        {"-- GET /a\nSELECT f(b=>:b), f(b:=:b), (:b), -:b, :b-1",
         "b query, {SELECT f(b=>$1), f(b:=$1), ($1), -$1, $1-1} 0"},
        {"-- GET /a\nSELECT :b?, :b?-1, :b?|| 'x', :b?<'x', :b?--\n, :b?x",
         "b query?, {SELECT $1, $1-1, $1|| 'x', $1<'x', $1--\n, $1 x} 0"},
        {"-- GET /a\nSELECT :b ? 'x', :b ?| y", "b query, {SELECT $1 ? 'x', $1 ?| y} 0"},
        {"-- GET /a\nSELECT : a, :1, :'a', :\"a\"", "{SELECT : a, :1, :'a', :\"a\"}"},
        {"-- GET /a\nSELECT set_config('a.b', :b, true), set_config/* */('c', d(1) /* */, TRUE)",
         "b query, {SELECT set_config('a.b', $1, true), set_config/* */('c', d(1) /* */, TRUE)} 0"},
        {"-- GET /a\n(SELECT 1) UNION (VALUES (2))", "{(SELECT 1) UNION (VALUES (2))}"},
        {"-- GET /a\nWITH x AS (SELECT update FROM y) SELECT delete, (update) FROM x",
         "{WITH x AS (SELECT update FROM y) SELECT delete, (update) FROM x}"},
        {"-- GET /a\nTABLE x -- done", "{TABLE x}"},
        {"-- GET /a\nSELECT 1,\n-- returns: one\n 2", "{SELECT 1,\n-- returns: one\n 2}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        g_autoptr(GPtrArray) all = NULL;
        g_autofree char *read = describe(parse_one(cases[i].text, &all));
        g_assert_cmpstr(read, ==, cases[i].read);
    }
}

static void line_ends_and_mark_do_not_matter(void)
{
    g_autoptr(GPtrArray) all = NULL;
    const Endpoint *endpoint = parse_one("\xef\xbb\xbf-- GET /a\r\n-- summary: x\r\n"
                                         "-- returns: one\r\n\r\nSELECT 1;\r\n",
                                         &all);
    g_assert_cmpstr(endpoint->summary, ==, "x");
    g_assert_cmpint(endpoint->returns, ==, RETURNS_ONE);
    const ApiStatement *statement = endpoint->statements->pdata[0];
    g_assert_cmpuint(statement->line, ==, 5);
}

static void empty_files_have_no_endpoints(void)
{
    static const char *const texts[] = {
        "",
        "\n",
        "-- nothing yet\n",
        "/* GET /a */",
        "-- get well soon",
        "-- see /docs about it",
        "-- DELETE rows that are old",
        ";;",
        "-- role model: x",
        "-- A: b",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_test_message("%s", texts[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) all = parse(texts[i], &error);
        g_assert_no_error(error);
        g_assert_cmpuint(all->len, ==, 0);
    }
}

static void same_statements_have_one_name(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = parse("-- GET /a\nSELECT :a;\n-- GET /b\nselect  :b -- x\n;"
                                     "-- GET /c\nSELECT :a, 1;",
                                     &error);
    g_assert_no_error(error);
    g_assert_cmpuint(all->len, ==, 2); /* a comment behind a statement is no route */
    const Endpoint *a = all->pdata[0], *b = all->pdata[1];
    const ApiStatement *of_a = a->statements->pdata[0], *of_b = b->statements->pdata[0];
    const ApiStatement *other = b->statements->pdata[1];
    g_assert_cmpstr(of_a->name, ==, of_b->name);
    g_assert_cmpstr(of_a->name, !=, other->name);
}

static void mistakes_are_refused(void)
{
    static const struct {
        const char *text;
        const char *message; /* all of it, or only its first line */
    } cases[] = {
        {"SELECT 1;",
         "api/x.sql:1: a statement before the first route\nhint: begin with a line \"-- GET "
         "/path\""},
        {"-- GETT /a\nSELECT 1",
         "api/x.sql:1: unknown method \"GETT\"\nhint: did you mean \"GET\"?"},
        {"-- get /a\nSELECT 1", "api/x.sql:1: unknown method \"get\"\nhint: did you mean \"GET\"?"},
        {"-- OPTIONS /a\nSELECT 1", "api/x.sql:1: unknown method \"OPTIONS\""},
        {"-- GET a\nSELECT 1", "api/x.sql:1: path \"a\" does not begin with \"/\""},
        {"-- GET /a b\nSELECT 1", "api/x.sql:1: text behind the path of a route"},
        {"-- GET /a{b}\nSELECT 1",
         "api/x.sql:1: path \"/a{b}\" has a segment that is neither text nor one {name}"},
        {"-- GET /a\nSELECT 1\n-- GET /b\nSELECT 2",
         "api/x.sql:3: a route inside the statement that begins in line 2\n"
         "hint: end that statement with a semicolon"},
        {"-- GET /a\n-- sumary: x\nSELECT 1",
         "api/x.sql:2: key \"sumary\" is unknown\nhint: did you mean \"summary\"?"},
        {"-- GET /a\n-- frobnicate: x\nSELECT 1", "api/x.sql:2: key \"frobnicate\" is unknown"},
        {"-- GET /a\n-- lane: fast\n-- lane: slow\nSELECT 1",
         "api/x.sql:3: key \"lane\" is there twice"},
        {"-- GET /a\n-- description:\n-- description:\nSELECT 1",
         "api/x.sql:3: key \"description\" is there twice"},
        {"-- GET /a\n-- summary:\nSELECT 1", "api/x.sql:2: key \"summary\" has no value"},
        {"-- GET /a\n-- returns: on\nSELECT 1",
         "api/x.sql:2: key \"returns\" has the value \"on\"\nhint: did you mean \"one\"?"},
        {"-- GET /a\n-- returns: everything\nSELECT 1",
         "api/x.sql:2: key \"returns\" has the value \"everything\"\n"
         "hint: it may be \"many\", \"one\", \"none\", \"scalar\""},
        {"-- GET /a\n-- returns: one 404\nSELECT 1",
         "api/x.sql:2: key \"returns\" has a status that is none of 200 to 299"},
        {"-- GET /a\n-- returns: one 20\nSELECT 1",
         "api/x.sql:2: key \"returns\" has a status that is none of 200 to 299"},
        {"-- GET /a\n-- returns: one 200 OK\nSELECT 1",
         "api/x.sql:2: key \"returns\" has a status that is none of 200 to 299"},
        {"-- GET /a\n-- returns: many 204\nSELECT 1",
         "api/x.sql:2: key \"returns\" has a status whose answers have no body"},
        {"-- GET /a\n-- cache: a\tb\nSELECT 1",
         "api/x.sql:2: key \"cache\" has a character that no header may have"},
        {"-- GET /a\n-- cache: \xc3\xa4\nSELECT 1",
         "api/x.sql:2: key \"cache\" has a character that no header may have"},
        {"-- GET /a\n-- deadline: 5\nSELECT 1",
         "api/x.sql:2: key \"deadline\" is no time from \"1ms\" to \"3600s\""},
        {"-- GET /a\n-- deadline: 0s\nSELECT 1",
         "api/x.sql:2: key \"deadline\" is no time from \"1ms\" to \"3600s\""},
        {"-- GET /a\n-- deadline: 3601s\nSELECT 1",
         "api/x.sql:2: key \"deadline\" is no time from \"1ms\" to \"3600s\""},
        {"-- GET /a\n-- deadline: 99999999999ms\nSELECT 1",
         "api/x.sql:2: key \"deadline\" is no time from \"1ms\" to \"3600s\""},
        {"-- GET /a\n-- lane: quick\nSELECT 1",
         "api/x.sql:2: key \"lane\" has the value \"quick\""},
        {"-- GET /a\n-- deprecated: ja\nSELECT 1",
         "api/x.sql:2: key \"deprecated\" has the value \"ja\""},
        {"-- GET /a\n-- verify: never\n", "api/x.sql:2: key \"verify\" has the value \"never\""},
        {"-- GET /a\n-- tags: a,,b\nSELECT 1", "api/x.sql:2: key \"tags\" has an empty word"},
        {"-- GET /a\n-- tags: a, a\nSELECT 1", "api/x.sql:2: key \"tags\" names one twice"},
        {"-- GET /a\n-- role: ,\nSELECT 1", "api/x.sql:2: key \"role\" names none"},
        {"-- summary: x\n-- GET /a\nSELECT 1",
         "api/x.sql:1: key \"summary\" does not stand directly below a route"},
        {"-- GET /a\n\n-- returns: one\nSELECT 1",
         "api/x.sql:3: key \"returns\" does not stand directly below a route"},
        {"-- GET /a\nSELECT 1;\n-- returns: one\n",
         "api/x.sql:3: key \"returns\" does not stand directly below a route"},
        {"-- GET /a\n-- GET /b\nSELECT 1", "api/x.sql:1: the route has no statement"},
        {"-- GET /a\n", "api/x.sql:1: the route has no statement"},
        {"-- GET /a\n-- verify: no\nSELECT 1",
         "api/x.sql:1: \"verify: no\" is for a route without statements"},
        {"-- GET /a\n-- verify: yes\n-- returns: one",
         "api/x.sql:1: the route has no statement, but returns something"},
        {"-- POST /a\nSELECT 1", "api/x.sql:1: the route does not say what it returns"},
        {"-- GET /a/{id}/{b}\nSELECT :b", "api/x.sql:1: no statement uses \":id\""},
        {"-- GET /a/{id}\n-- verify: yes", "api/x.sql:1: no statement uses \":id\""},
        {"-- GET /a\n-- version: v\nSELECT 1",
         "api/x.sql:1: \"version\" is a column of one row, but the route does not return one"},
        {"-- GET /a\nINSERT INTO a VALUES (1)",
         "api/x.sql:2: INSERT in an endpoint that only reads, as its method is GET\n"
         "hint: use POST, PUT, PATCH or DELETE"},
        {"-- HEAD /a\nSELECT 1;\n(update a set b = 1)",
         "api/x.sql:3: UPDATE in an endpoint that only reads, as its method is HEAD"},
        {"-- GET /a\nWITH x AS (\nDELETE FROM a) SELECT 1",
         "api/x.sql:3: DELETE in an endpoint that only reads, as its method is GET"},
        {"-- GET /a\nWITH x AS NOT MATERIALIZED (/* */ DELETE FROM a) SELECT 1",
         "api/x.sql:2: DELETE in an endpoint that only reads, as its method is GET"},
        {"-- GET /a\nWITH x AS (SELECT 1) MERGE INTO a USING x ON true WHEN MATCHED THEN DELETE",
         "api/x.sql:2: MERGE in an endpoint that only reads, as its method is GET"},
        {"-- POST /a\n-- returns: none\nTRUNCATE a",
         "api/x.sql:3: a statement that begins with \"TRUNCATE\" is no query"},
        {"-- GET /a\nBEGIN", "api/x.sql:2: a statement that begins with \"BEGIN\" is no query"},
        {"-- GET /a\n'x'", "api/x.sql:2: a statement that begins with \"'x'\" is no query"},
        {"-- GET /a\n\\dt", "api/x.sql:2: a statement that begins with \"\\dt\" is no query"},
        {"-- GET /a\n()", "api/x.sql:2: a statement that begins with \")\" is no query"},
        {"-- GET /a\nSELECT $1", "api/x.sql:2: \"$1\" has no name"},
        {"-- GET /a\nSELECT :\xc3\xa4", "api/x.sql:2: \":\xc3\xa4\" is no parameter"},
        {"-- GET /a\nSELECT :a$b", "api/x.sql:2: \":a$b\" is no parameter"},
        {"-- GET /a\nSELECT :a,\n :a?",
         "api/x.sql:3: parameter \"a\" is optional here, but needed in line 2\n"
         "hint: write it alike everywhere"},
        {"-- GET /a\nSELECT :a?;\n\nSELECT :a",
         "api/x.sql:4: parameter \"a\" is needed here, but optional in line 2"},
        {"-- GET /a/{a}\nSELECT :a?",
         "api/x.sql:2: parameter \"a\" is in the path and cannot be optional"},
        {"-- GET /a\nSELECT set_config('a.b', 'c', false)",
         "api/x.sql:2: set_config() that may reach other requests"},
        {"-- GET /a\nSELECT set_config('a.b', 'c', x)",
         "api/x.sql:2: set_config() that may reach other requests"},
        {"-- GET /a\nSELECT set_config + 1",
         "api/x.sql:2: set_config() that may reach other requests"},
        {"-- GET /a\nSELECT set_config", "api/x.sql:2: set_config() that may reach other requests"},
        {"-- GET /a\nSELECT 'x", "api/x.sql:2: quoted string is not closed"},
        {"-- GET /a\nSELECT (1;", "api/x.sql:2: parenthesis is not closed"},
        {"-- GET /a\nSELECT '\xff'", "api/x.sql:2: invalid UTF-8"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].message);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) all = parse(cases[i].text, &error);
        g_assert_null(all);
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        if (strchr(cases[i].message, '\n') == NULL)
            *strchrnul(error->message, '\n') = '\0';
        g_assert_cmpstr(error->message, ==, cases[i].message);
    }
}

static void described_parts_are_freed(void)
{
    Endpoint *endpoint = endpoint_new();
    ApiColumn *column = g_new0(ApiColumn, 1);
    column->name = g_strdup("id");
    column->comment = g_strdup("its number");
    endpoint->columns = api_columns_new();
    g_ptr_array_add(endpoint->columns, column);
    endpoint->paging = api_paging_new();
    endpoint->paging->first = g_strdup("SELECT");
    endpoint->limited = g_strdup("SELECT");
    g_assert_cmpuint(endpoint->columns->len, ==, 1);
    endpoint_free(endpoint);
    endpoint_free(NULL);
    api_paging_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/endpoint_file/whole_file_is_read", whole_file_is_read);
    g_test_add_func("/endpoint_file/keys_have_defaults", keys_have_defaults);
    g_test_add_func("/endpoint_file/descriptions_are_joined", descriptions_are_joined);
    g_test_add_func("/endpoint_file/parameters_are_found", parameters_are_found);
    g_test_add_func("/endpoint_file/line_ends_and_mark_do_not_matter",
                    line_ends_and_mark_do_not_matter);
    g_test_add_func("/endpoint_file/empty_files_have_no_endpoints", empty_files_have_no_endpoints);
    g_test_add_func("/endpoint_file/same_statements_have_one_name", same_statements_have_one_name);
    g_test_add_func("/endpoint_file/described_parts_are_freed", described_parts_are_freed);
    g_test_add_func("/endpoint_file/mistakes_are_refused", mistakes_are_refused);
    return g_test_run();
}
