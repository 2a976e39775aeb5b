#include "base/file.h"
#include "fixture.h"
#include "serve/describe.h"

#include <string.h>

static const char model[] =
    "CREATE TYPE color AS ENUM ('red', 'green');\n"
    "CREATE DOMAIN amount AS numeric(12,2) NOT NULL CHECK (VALUE >= 0);\n"
    "CREATE TYPE place AS (street text, house integer);\n"
    "CREATE TABLE shop (id bigint PRIMARY KEY, name text NOT NULL, at place);\n"
    "CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,\n"
    "  price amount, color color, tags text[], shop_id bigint REFERENCES shop,\n"
    "  made timestamptz NOT NULL DEFAULT now(), code varchar(9) NOT NULL, parts place[],\n"
    "  span int4range, UNIQUE (made, id), UNIQUE (code) DEFERRABLE);\n"
    "CREATE INDEX ON item (shop_id, id);\n"
    "COMMENT ON COLUMN item.name IS 'what it is called';\n"
    "COMMENT ON TYPE color IS 'of the paint';\n"
    "CREATE TABLE parent (id integer PRIMARY KEY, v text NOT NULL);\n"
    "CREATE TABLE child () INHERITS (parent);\n"
    "CREATE TABLE parted (id integer NOT NULL, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);\n"
    "CREATE VIEW cheap AS SELECT id, name FROM item WHERE price < 10;\n"
    "CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS '';\n"
    "CREATE FUNCTION several() RETURNS SETOF integer LANGUAGE sql AS 'VALUES (1), (2)';\n";

typedef struct Described {
    Fixture *fixture;
    char *folder;
    EndpointSet *set;
} Described;

static void described_clear(Described *described)
{
    endpoint_set_free(described->set);
    file_remove_tree(described->folder, NULL);
    g_free(described->folder);
    fixture_free(described->fixture);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Described, described_clear)

static EndpointSet *load_text(const char *folder, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "api", "more", "x.sql", NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_true(file_make_folder(parent, 0755, NULL));
    g_assert_true(file_write(path, text, FILE_REPLACE, NULL));
    g_autofree char *api = g_build_filename(folder, "api", NULL);
    return endpoint_set_load(api, folder, error);
}

/* The endpoints of @text, described beside the model. */
static Described describe_text(const char *text)
{
    g_autoptr(GError) error = NULL;
    Described described = {.fixture = fixture_new(), .folder = g_dir_make_tmp("api-XXXXXX", NULL)};
    fixture_run(described.fixture->db, model);
    described.set = load_text(described.folder, text, &error);
    g_assert_no_error(error);
    endpoint_set_describe(described.set, described.fixture->db, &error);
    g_assert_no_error(error);
    return described;
}

static const Endpoint *endpoint_at(const Described *described, unsigned i)
{
    g_assert_cmpuint(i, <, described->set->endpoints->len);
    return described->set->endpoints->pdata[i];
}

/* "id bigint!, name text": "!" is never NULL. */
static char *print_columns(const Endpoint *endpoint)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; endpoint->columns != NULL && i < endpoint->columns->len; i++) {
        const ApiColumn *column = endpoint->columns->pdata[i];
        g_string_append_printf(text, "%s%s %s%s", i > 0 ? ", " : "", column->name,
                               column->type->name, column->not_null ? "!" : "");
    }
    return g_strdup(text->str);
}

static char *print_params(const Endpoint *endpoint)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", param->name,
                               param->type == NULL ? "?" : param->type->name);
    }
    return g_strdup(text->str);
}

static void types_come_from_the_server(void)
{
    g_auto(Described) described = describe_text(
        "-- GET /items/{id}\n-- returns: one\n"
        "SELECT id, name, price, color, tags, parts, span FROM item WHERE id = :id;\n"
        "-- POST /items\n-- returns: one 201\n"
        "INSERT INTO item (name, price, color, tags, parts, code) VALUES (:name, :price,\n"
        "  :color, :tags?, :parts, :code) RETURNING id;\n"
        "-- DELETE /items\n-- returns: none\nDELETE FROM item WHERE made < :before;\n");
    g_autofree char *findings = endpoint_set_findings(described.set);
    g_assert_cmpstr(findings, ==, "");
    const Endpoint *get = endpoint_at(&described, 0);
    g_autofree char *columns = print_columns(get);
    g_assert_cmpstr(columns, ==,
                    "id bigint!, name text!, price amount, color color, tags text[], "
                    "parts place[], span int4range");
    g_autofree char *params = print_params(get);
    g_assert_cmpstr(params, ==, "id bigint");
    g_autofree char *more = print_params(endpoint_at(&described, 1));
    g_assert_cmpstr(more, ==,
                    "name text, price amount, color color, tags text[], parts place[], "
                    "code character varying");
    g_assert_cmpuint(endpoint_at(&described, 2)->columns->len, ==, 0);

    const ApiColumn *const *column = (const ApiColumn *const *)get->columns->pdata;
    g_assert_cmpstr(column[1]->comment, ==, "what it is called");
    g_assert_cmpint(column[2]->type->form, ==, FORM_NUMERIC);
    g_assert_true(column[2]->type->domain && column[2]->type->not_null);
    g_assert_cmpint(column[3]->type->form, ==, FORM_ENUM);
    g_assert_cmpstr(column[3]->type->labels[1], ==, "green");
    g_assert_cmpstr(column[3]->type->comment, ==, "of the paint");
    g_assert_cmpint(column[4]->type->element->form, ==, FORM_TEXT);
    const ApiType *place = column[5]->type->element;
    g_assert_cmpint(place->form, ==, FORM_COMPOSITE);
    g_assert_cmpstr(g_array_index(place->fields, ApiField, 1).name, ==, "house");
    g_assert_cmpint(g_array_index(place->fields, ApiField, 1).type->form, ==, FORM_INTEGER);
    g_assert_cmpint(column[6]->type->element->form, ==, FORM_INTEGER);
}

static const struct {
    const char *sql, *columns;
} certain[] = {
    {"SELECT i.id, s.name FROM item i JOIN shop s ON s.id = i.shop_id", "id bigint!, name text!"},
    {"SELECT i.id, s.name FROM item i LEFT JOIN shop s ON s.id = i.shop_id",
     "id bigint!, name text"},
    {"SELECT a.id, b.id AS other FROM item a LEFT JOIN item b ON b.id = a.shop_id",
     "id bigint, other bigint"},
    {"SELECT i.*, 1 AS one FROM (SELECT id FROM item) i", "id bigint!, one integer!"},
    {"SELECT (SELECT id FROM item WHERE id = 0) AS id, name FROM shop", "id bigint, name text!"},
    {"SELECT name FROM item GROUP BY ROLLUP (name)", "name text"},
    {"SELECT name FROM item GROUP BY name", "name text!"},
    {"SELECT id FROM item UNION ALL SELECT NULL", "id bigint"},
    {"SELECT count(*), max(id) FROM item", "count bigint!, max bigint"},
    {"SELECT id, name FROM cheap", "id bigint, name text"},
    {"SELECT v FROM parent", "v text"},
    {"SELECT id, v FROM parted", "id integer!, v text"},
    {"WITH n AS (SELECT id, name FROM shop) SELECT n.name FROM n", "name text!"},
    {"SELECT coalesce(sum(price), 0) AS sum, EXISTS (SELECT FROM shop) AS some FROM item",
     "sum numeric!, some boolean!"},
};

static void not_null_is_certain_or_not_said(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(certain); i++)
        g_string_append_printf(text, "-- GET /%zu\n-- returns: many\n%s;\n", i, certain[i].sql);
    g_auto(Described) described = describe_text(text->str);
    g_autofree char *findings = endpoint_set_findings(described.set);
    g_assert_cmpstr(findings, ==, "");
    for (size_t i = 0; i < G_N_ELEMENTS(certain); i++) {
        g_autofree char *columns = print_columns(endpoint_at(&described, (unsigned)i));
        g_test_message("%s", certain[i].sql);
        g_assert_cmpstr(columns, ==, certain[i].columns);
    }
}

/* Rows that there are not: before an INSERT, behind a DELETE; and columns that were NULL before. */
static void newer_servers_promise_no_more(void)
{
    g_auto(Described) described =
        describe_text("-- POST /a\n-- returns: many\nUPDATE shop SET id = 1 RETURNING old.name;\n"
                      "-- POST /b\n-- returns: many\n"
                      "DELETE FROM shop RETURNING WITH (NEW AS n) n.name, shop.id;\n"
                      "-- GET /c\nSELECT late FROM loose;\n");
    Database *db = described.fixture->db;
    if (database_version(db) < 180000) {
        g_assert_cmpuint(described.set->findings->len, ==, 3);
        g_test_skip("needs PostgreSQL 18");
        return;
    }
    g_autoptr(GError) error = NULL;
    fixture_run(db, "CREATE TABLE loose (late text);"
                    "ALTER TABLE loose ADD CONSTRAINT known NOT NULL late NOT VALID");
    endpoint_set_describe(described.set, db, &error);
    g_assert_no_error(error);
    static const char *const columns[] = {"name text", "name text, id bigint", "late text"};
    for (unsigned i = 0; i < G_N_ELEMENTS(columns); i++) {
        g_autofree char *found = print_columns(endpoint_at(&described, i));
        g_assert_cmpstr(found, ==, columns[i]);
    }
}

/* Endpoint, and what is said of it, the line counted from the route's. */
static const struct {
    const char *endpoint, *finding;
} wrong[] = {
    {"GET /w\nSELECT id\n  FROM itm;", "3: relation \"itm\" does not exist"},
    {"GET /w\nSELECT 'ä', id FROM item WHERE\n nme = 1;",
     "3: column \"nme\" does not exist\nhint: Perhaps you meant to reference the column "
     "\"item.name\"."},
    {"GET /w\nSELECT id FROM item WHERE\n :since IS NULL;",
     "3: could not determine data type of parameter :since\nhint: write a cast where it is used, "
     "as in \":since::timestamptz\""},
    {"GET /w\nSELECT id FROM item WHERE id = :x AND name = :x;",
     "2: operator does not exist: text = bigint"},
    {"POST /w\n-- returns: none\nINSERT INTO shop (id, name) VALUES (:id, :name);\n"
     "UPDATE item SET name = :id;",
     "4: parameter \":id\" is text here, but bigint before\nhint: write the same cast wherever it "
     "is used"},
    {"POST /w\n-- returns: none\nSELECT 1 AS a INTO made_by_endpoint;",
     "3: SELECT INTO makes a table\nhint: the schema is changed by revisions; leave out INTO"},
    {"GET /w\nSELECT id, id FROM item;",
     "2: two result columns are called \"id\"\nhint: name one of them otherwise with AS"},
    {"GET /w\nSELECT id, 1 + 1 FROM item;", "2: result column 2 has no name\nhint: name it with "
                                            "AS"},
    {"GET /w\nSELECT row(1, 2) AS both;",
     "2: result column \"both\" has the pseudo-type record\nhint: cast it to a type that a column "
     "of a table can have"},
    {"POST /w\n-- returns: one\nDELETE FROM item;",
     "3: the route returns one, but its statement gives no columns\nhint: add RETURNING, or write "
     "\"-- returns: none\" below the route"},
    {"GET /w\n-- returns: scalar\nSELECT id, name FROM item;",
     "3: the route returns a scalar, but its statement gives 2 columns\nhint: select one column, "
     "or write \"-- returns: one\" below the route"},
    {"GET /w\n-- returns: one\n-- version: made\nSELECT id FROM item;",
     "1: no result column is called \"made\"\nhint: \"version\" names the column that the ETag is "
     "made of"},
    {"POST /w\n-- returns: one\n-- lane: fast\nDELETE FROM item RETURNING id;",
     "4: the statement writes, but its session only reads\nhint: write \"-- lane: write\" below "
     "the route"},
    {"POST /w\n-- returns: one\n-- lane: fast\nWITH n AS (DELETE FROM item RETURNING id) SELECT id "
     "FROM n;",
     "4: the statement writes, but its session only reads\nhint: write \"-- lane: write\" below "
     "the route"},
    {"GET /w\nSELECT id FROM item FOR UPDATE;",
     "2: the statement locks rows, but its session only reads\nhint: write \"-- lane: write\" "
     "below the route"},
};

static void what_is_wrong_is_found_with_its_line(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = g_strdup_printf(
            "-- GET /good\nSELECT id FROM item;\n-- %s\n-- GET /better\nSELECT id FROM shop;\n",
            wrong[i].endpoint);
        g_auto(Described) described = describe_text(text);
        g_assert_cmpuint(described.set->findings->len, ==, 1);
        const EndpointFinding *finding = described.set->findings->pdata[0];
        g_autofree char *found = g_strdup_printf(
            "%u: %s%s%s", finding->line - 2, finding->message,
            finding->hint == NULL ? "" : "\nhint: ", finding->hint == NULL ? "" : finding->hint);
        g_test_message("%s", wrong[i].endpoint);
        if (strstr(wrong[i].finding, "hint: ") == NULL) /* the server's hints change */
            *strchrnul(strchr(found, ' '), '\n') = '\0';
        g_assert_cmpstr(found, ==, wrong[i].finding);
        g_assert_nonnull(endpoint_at(&described, 0)->columns);
        g_assert_null(endpoint_at(&described, 1)->columns);
        g_assert_nonnull(endpoint_at(&described, 2)->columns);
        g_autofree char *all = endpoint_set_findings(described.set);
        g_assert_true(g_str_has_prefix(all, "api/more/x.sql:"));
    }
}

static void nothing_runs_and_nothing_stays(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Described) described =
        describe_text("-- POST /a\n-- returns: none\nINSERT INTO shop VALUES (1, 'x');\n"
                      "-- GET /b\nSELECT broken;\n"
                      "-- POST /c\n-- returns: none\nDELETE FROM shop;\nSELECT 1 AS a INTO c;\n");
    g_autofree char *left = database_query_value(
        described.fixture->db,
        "SELECT (SELECT count(*) FROM shop) + (SELECT count(*) FROM pg_prepared_statements) +"
        " (SELECT count(*) FROM pg_class WHERE relname = 'c')",
        NULL, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(left, ==, "0");
    g_assert_cmpint(PQtransactionStatus(database_connection(described.fixture->db)), ==,
                    PQTRANS_IDLE);
    g_assert_cmpint(PQpipelineStatus(database_connection(described.fixture->db)), ==,
                    PQ_PIPELINE_OFF);
}

static void a_lost_connection_is_told(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Described) described = describe_text("-- GET /a\nSELECT id FROM item;\n");
    g_autoptr(Database) db = database_open(described.fixture->settings, &error);
    g_assert_no_error(error);
    fixture_end_backend(described.fixture->db, database_backend_pid(db));
    g_assert_false(endpoint_set_describe(described.set, db, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_CONNECT);
    g_assert_null(endpoint_at(&described, 0)->columns);
}

/* What a description told is forgotten with the next: of another schema, say. */
static void a_set_is_described_again(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Described) described =
        describe_text("-- GET /a/{id}\n"
                      "SELECT id FROM item WHERE id = :id ORDER BY id;\n");
    const Endpoint *endpoint = endpoint_at(&described, 0);
    g_assert_nonnull(endpoint->paging);
    fixture_run(described.fixture->db, "DROP TABLE item CASCADE");
    endpoint_set_describe(described.set, described.fixture->db, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(described.set->findings->len, ==, 1);
    g_assert_null(endpoint->columns);
    g_assert_null(endpoint->paging);
    g_assert_null(endpoint->limited);
    fixture_run(described.fixture->db, "CREATE TABLE item (id text)");
    endpoint_set_describe(described.set, described.fixture->db, &error);
    g_assert_no_error(error);
    g_autofree char *columns = print_columns(endpoint);
    g_assert_cmpstr(columns, ==, "id text");
}

/* "k": by key, "l": with a limit of ours, "-": as it is. */
static const struct {
    const char *sql;
    char pages;
} lists[] = {
    {"SELECT id, name FROM item ORDER BY id", 'k'},
    {"SELECT name, id AS number FROM item i ORDER BY i.id DESC", 'k'},
    {"SELECT made, name, id FROM item WHERE color = :c::color ORDER BY made DESC, id DESC", 'k'},
    {"SELECT * FROM item ORDER BY 1", 'k'},
    {"SELECT id, name FROM item ORDER BY name, id -- by name\n", 'k'},
    {"SELECT id, v FROM parted ORDER BY id", 'k'},
    {"SELECT id, lower(name) AS low FROM item ORDER BY id", 'k'},
    {"SELECT id FROM item ORDER BY made", 'l'},
    {"SELECT made FROM item ORDER BY made", 'l'},
    {"SELECT code FROM item ORDER BY code", 'l'}, /* its key may be broken for a while */
    {"SELECT name, id FROM item ORDER BY name", 'l'},
    {"SELECT name, shop_id, id FROM item ORDER BY shop_id, id", 'l'},
    {"SELECT id AS made, made AS id FROM item ORDER BY made DESC, id", 'l'},
    {"SELECT id, made FROM item ORDER BY made DESC, id", 'l'},
    {"SELECT id, unnest(tags) AS tag FROM item ORDER BY id", 'l'},
    {"SELECT id, several() AS n FROM item ORDER BY id", 'l'},
    {"SELECT id FROM item ORDER BY id LIMIT 5", '-'},
    {"SELECT id FROM item ORDER BY id LIMIT (SELECT 5)", 'l'},
    {"SELECT id FROM item ORDER BY id FETCH FIRST 5 ROWS ONLY", '-'},
    {"SELECT id FROM item ORDER BY id FETCH FIRST 5 ROWS WITH TIES", 'l'},
    {"SELECT id FROM item ORDER BY id OFFSET 5", 'l'},
    {"SELECT id FROM parent ORDER BY id", 'l'}, /* a child has keys of its own */
    {"SELECT id FROM cheap ORDER BY id", 'l'},
    {"SELECT i.id FROM item i JOIN shop s ON s.id = i.shop_id ORDER BY i.id", 'l'},
    {"SELECT id FROM item", 'l'},
    {"VALUES (1), (2)", 'l'},
    {"SELECT id FROM item UNION SELECT id FROM shop", 'l'},
    {"SELECT id FROM item ORDER BY id LIMIT :n", '-'},
    {"SELECT id FROM item WHERE id > :limit ORDER BY id", '-'},
    {"SELECT id FROM item WHERE id > :after ORDER BY id", 'l'},
};

static void lists_have_pages_where_that_is_safe(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_string_append_printf(text, "-- GET /%zu\n-- returns: many\n%s;\n", i, lists[i].sql);
    g_string_append(text, "-- POST /x\n-- returns: many\n"
                          "INSERT INTO shop VALUES (1, 'x') RETURNING id;\n"
                          "-- POST /y\n-- returns: many\n"
                          "DELETE FROM shop RETURNING id;\n"
                          "-- GET /z\n-- returns: many\n-- lane: write\n"
                          "SELECT id FROM shop ORDER BY id FOR UPDATE;\n");
    g_auto(Described) described = describe_text(text->str);
    g_autofree char *findings = endpoint_set_findings(described.set);
    g_assert_cmpstr(findings, ==, "");
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        const Endpoint *endpoint = endpoint_at(&described, (unsigned)i);
        char pages = endpoint->paging != NULL ? 'k' : endpoint->limited != NULL ? 'l' : '-';
        g_test_message("%s", lists[i].sql);
        g_assert_cmpint(pages, ==, lists[i].pages);
    }
    unsigned next = G_N_ELEMENTS(lists);
    g_assert_null(endpoint_at(&described, next)->limited);
    g_assert_null(endpoint_at(&described, next + 1)->limited);
    g_assert_nonnull(endpoint_at(&described, next + 2)->limited);
}

/* Runs a list's pages one after another; the rows of all of them, joined, and their number. */
static char *read_pages(Database *db, const Endpoint *endpoint, const char *value, int page,
                        int *out_pages)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(PGresult) before = NULL;
    int last = 0;
    for (*out_pages = 0;; (*out_pages)++) {
        g_autofree char *limit = g_strdup_printf("%d", page);
        const char *values[8] = {value, limit};
        int count = value == NULL ? 0 : 1;
        values[count++] = limit;
        for (unsigned i = 0; before != NULL && i < endpoint->paging->keys->len; i++)
            values[count++] =
                PQgetvalue(before, last, (int)g_array_index(endpoint->paging->keys, unsigned, i));
        PGresult *result =
            database_query(db, before == NULL ? endpoint->paging->first : endpoint->paging->after,
                           values, count, &error);
        g_assert_no_error(error);
        PQclear(before);
        before = result;
        last = PQntuples(result) - 1;
        if (last < 0)
            return g_strdup(rows->str);
        for (int row = 0; row <= last; row++)
            for (int i = 0; i < PQnfields(result); i++)
                g_string_append_printf(rows, "%s|", PQgetvalue(result, row, i));
    }
}

static void pages_together_are_the_list(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Described) described = describe_text(
        "-- GET /a\nSELECT name, id FROM item WHERE shop_id = :s ORDER BY name DESC, id DESC;\n"
        "-- GET /b\nSELECT \"name\" AS \"Odd \"\"name\", made, id AS \"n\" FROM item\n"
        "ORDER BY made, 3;\n");
    Database *db = described.fixture->db;
    fixture_run(db, "INSERT INTO shop VALUES (1, 'a'), (2, 'b')");
    fixture_run(db, "INSERT INTO item (name, price, shop_id, made, code) SELECT 'n' || i / 3, 1,"
                    " 1 + i % 2, now() - i / 4 * interval '1 day', i"
                    " FROM generate_series(1, 50) i");
    int pages = 0;
    g_autofree char *cut = read_pages(db, endpoint_at(&described, 0), "1", 4, &pages);
    g_assert_cmpint(pages, ==, 7);
    g_autofree char *whole = database_query_value(
        db,
        "SELECT string_agg(name || '|' || id || '|', '' ORDER BY name DESC, id DESC)"
        " FROM item WHERE shop_id = 1",
        NULL, 0, &error);
    g_assert_cmpstr(cut, ==, whole);
    g_autofree char *cut_too = read_pages(db, endpoint_at(&described, 1), NULL, 7, &pages);
    g_assert_cmpint(pages, ==, 8);
    g_autofree char *whole_too = database_query_value(
        db,
        "SELECT string_agg(name || '|' || made || '|' || id || '|', '' ORDER BY made, id)"
        " FROM item",
        NULL, 0, &error);
    g_assert_cmpstr(cut_too, ==, whole_too);
}

static char *explain(Database *db, const char *sql, const char *const *values, int count)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *explained = g_strconcat("EXPLAIN ", sql, NULL);
    g_autoptr(PGresult) result = database_query(db, explained, values, count, &error);
    g_assert_no_error(error);
    g_autoptr(GString) plan = g_string_new(NULL);
    for (int i = 0; i < PQntuples(result); i++)
        g_string_append_printf(plan, "%s\n", PQgetvalue(result, i, 0));
    return g_strdup(plan->str);
}

static void assert_reads_index(Database *db, const char *sql, const char *const *values, int count)
{
    g_autofree char *plan = explain(db, sql, values, count);
    g_test_message("%s", plan);
    g_assert_nonnull(strstr(plan, "Index"));
    g_assert_null(strstr(plan, "Sort"));
    g_assert_null(strstr(plan, "Seq Scan"));
    if (strstr(sql, " AS page ") != NULL)
        g_assert_nonnull(strstr(plan, "Index Cond: "));
}

static void next_pages_begin_in_the_index(void)
{
    g_auto(Described) described = describe_text(
        "-- GET /a\nSELECT id, name FROM item ORDER BY id;\n"
        "-- GET /b\nSELECT made, id, name FROM item ORDER BY made DESC, id DESC;\n"
        "-- GET /c\nSELECT id, name, lower(name) AS low FROM item WHERE shop_id = :s ORDER BY id;"
        "\n");
    Database *db = described.fixture->db;
    fixture_run(db, "INSERT INTO shop SELECT i, 'a' FROM generate_series(1, 50) i");
    fixture_run(db, "INSERT INTO item (name, price, shop_id, made, code) SELECT 'n' || i, 1,"
                    " 1 + i % 50, now() - i * interval '1 minute', i"
                    " FROM generate_series(1, 50000) i");
    fixture_run(db, "ANALYZE item");
    fixture_run(db, "SET plan_cache_mode = force_generic_plan");
    const char *a[] = {"100", "25000"};
    assert_reads_index(db, endpoint_at(&described, 0)->paging->first, a, 1);
    assert_reads_index(db, endpoint_at(&described, 0)->paging->after, a, 2);
    const char *b[] = {"100", "2020-01-01", "5"};
    assert_reads_index(db, endpoint_at(&described, 1)->paging->first, b, 1);
    assert_reads_index(db, endpoint_at(&described, 1)->paging->after, b, 3);
    const char *c[] = {"3", "100", "25000"};
    assert_reads_index(db, endpoint_at(&described, 2)->paging->first, c, 2);
    assert_reads_index(db, endpoint_at(&described, 2)->paging->after, c, 3);
}

static void two_endpoints_have_no_route_in_common(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("api-XXXXXX", NULL);
    g_autoptr(EndpointSet) set = load_text(folder,
                                           "-- GET /a/{x}\nSELECT :x::int AS x;\n\n-- GET /a/{y}\n"
                                           "SELECT :y::int AS y;\n",
                                           &error);
    g_assert_null(set);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "api/more/x.sql:4: "));
    file_remove_tree(folder, NULL);
}

static void no_folder_is_no_endpoint(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(EndpointSet) set = endpoint_set_load("/nowhere/api", "/nowhere", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(set->endpoints->len, ==, 0);
    g_autoptr(Fixture) fixture = fixture_new();
    endpoint_set_describe(set, fixture->db, &error);
    g_assert_no_error(error);
}

/* The round trips are few: hundreds of endpoints are described while one looks. */
static void many_endpoints_take_few_round_trips(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 500; i++)
        g_string_append_printf(text,
                               "-- GET /%d/{id}\nSELECT i.id, i.name, s.name AS shop FROM item i"
                               " LEFT JOIN shop s ON s.id = i.shop_id WHERE i.id = :id;\n",
                               i);
    g_auto(Described) described = describe_text(text->str);
    g_assert_cmpuint(described.set->findings->len, ==, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(GTimer) timer = g_timer_new();
    endpoint_set_describe(described.set, described.fixture->db, &error);
    g_assert_no_error(error);
    g_test_message("500 endpoints: %.0f ms", 1000 * g_timer_elapsed(timer, NULL));
    g_autofree char *columns = print_columns(endpoint_at(&described, 499));
    g_assert_cmpstr(columns, ==, "id bigint!, name text!, shop text");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/describe/types", types_come_from_the_server);
    g_test_add_func("/describe/not_null", not_null_is_certain_or_not_said);
    g_test_add_func("/describe/newer", newer_servers_promise_no_more);
    g_test_add_func("/describe/wrong", what_is_wrong_is_found_with_its_line);
    g_test_add_func("/describe/nothing_stays", nothing_runs_and_nothing_stays);
    g_test_add_func("/describe/lost", a_lost_connection_is_told);
    g_test_add_func("/describe/again", a_set_is_described_again);
    g_test_add_func("/describe/lists", lists_have_pages_where_that_is_safe);
    g_test_add_func("/describe/pages", pages_together_are_the_list);
    g_test_add_func("/describe/index", next_pages_begin_in_the_index);
    g_test_add_func("/describe/routes", two_endpoints_have_no_route_in_common);
    g_test_add_func("/describe/none", no_folder_is_no_endpoint);
    g_test_add_func("/describe/many", many_endpoints_take_few_round_trips);
    return g_test_run();
}
