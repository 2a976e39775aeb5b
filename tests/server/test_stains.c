#include "base/file.h"
#include "fixture.h"
#include "serve/describe.h"

/* dirty() is what no statement may reach unseen. */
static const char model[] =
    "CREATE FUNCTION dirty() RETURNS text LANGUAGE plpgsql AS\n"
    "  $$ BEGIN RETURN set_config('request.jwt.claims', 'x', false); END $$;\n"
    "CREATE FUNCTION dirty_one(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS\n"
    "  $$ BEGIN RETURN dirty() IS NOT NULL; END $$;\n"
    "CREATE FUNCTION dirty_two(text, text) RETURNS boolean LANGUAGE plpgsql AS\n"
    "  $$ BEGIN RETURN dirty() IS NOT NULL; END $$;\n"
    "CREATE FUNCTION clean_sql() RETURNS text STABLE LANGUAGE sql AS\n"
    "  $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub' $$;\n"
    "CREATE FUNCTION over_clean() RETURNS text STABLE LANGUAGE sql AS 'SELECT clean_sql()';\n"
    "CREATE FUNCTION dirty_sql() RETURNS text STABLE LANGUAGE sql AS\n"
    "  $$ SELECT 'x'; SELECT set_config('request.jwt.claims', 'x', false) $$;\n"
    "CREATE FUNCTION over_dirty() RETURNS text STABLE LANGUAGE sql AS 'SELECT dirty_sql()';\n"
    "CREATE FUNCTION volatile_sql() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;\n"
    "CREATE FUNCTION endless() RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN END';\n"
    "CREATE OR REPLACE FUNCTION endless() RETURNS text STABLE LANGUAGE sql AS\n"
    "  'SELECT endless()';\n"
    "CREATE OPERATOR === (leftarg = text, rightarg = text, function = dirty_two);\n"
    "CREATE FUNCTION dirty_row() RETURNS trigger LANGUAGE plpgsql AS\n"
    "  $$ BEGIN PERFORM dirty(); RETURN NULL; END $$;\n"
    "CREATE TYPE label AS (t text);\n"
    "CREATE FUNCTION to_label(text) RETURNS label LANGUAGE plpgsql AS\n"
    "  $$ BEGIN PERFORM dirty(); RETURN row($1); END $$;\n"
    "CREATE CAST (text AS label) WITH FUNCTION to_label(text) AS IMPLICIT;\n"
    "CREATE DOMAIN checked AS text CHECK (dirty_one(VALUE));\n"
    "CREATE DOMAIN deeper AS checked;\n"
    "CREATE DOMAIN defaulted AS text DEFAULT dirty();\n"
    "CREATE TYPE pair AS (a int, b deeper[]);\n"
    "CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text,\n"
    "  n int CHECK (n > 0), low text GENERATED ALWAYS AS (lower(a)) STORED,\n"
    "  made timestamptz DEFAULT now(), code uuid DEFAULT gen_random_uuid());\n"
    "CREATE INDEX ON plain (upper(a)) WHERE n > 3;\n"
    "CREATE TABLE plain_child (id int, plain_id bigint REFERENCES plain ON DELETE CASCADE);\n"
    "CREATE TABLE by_default (id int, a text DEFAULT dirty());\n"
    "CREATE TABLE by_own_default (id int,\n"
    "  a text DEFAULT set_config('request.jwt.claims', 'x', false));\n"
    "CREATE TABLE by_generated (id text, a boolean GENERATED ALWAYS AS (dirty_one(id)) STORED);\n"
    "CREATE TABLE by_check (id text CHECK (dirty_one(id)));\n"
    "CREATE TABLE by_operator (id text CHECK (id === 'x'));\n"
    "CREATE TABLE by_cast (id int, a label DEFAULT 'x'::text::label);\n"
    "CREATE TABLE by_domain (id deeper);\n"
    "CREATE TABLE by_pair (id int, a pair[]);\n"
    "CREATE TABLE by_domain_default (id int, a defaulted);\n"
    "CREATE TABLE by_index (id text);\n"
    "CREATE INDEX ON by_index (dirty_one(id));\n"
    "CREATE TABLE by_predicate (id text);\n"
    "CREATE INDEX ON by_predicate (id) WHERE dirty_one(id);\n"
    "CREATE TABLE by_trigger (id int);\n"
    "CREATE TRIGGER t AFTER INSERT ON by_trigger FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE by_partition (id int) PARTITION BY RANGE (id);\n"
    "CREATE TABLE part PARTITION OF by_partition DEFAULT;\n"
    "CREATE TRIGGER t AFTER INSERT ON part FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE by_parent (id int) PARTITION BY RANGE (id);\n"
    "CREATE TABLE of_parent PARTITION OF by_parent DEFAULT;\n"
    "CREATE TRIGGER t AFTER INSERT ON by_parent FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE by_key (id text) PARTITION BY LIST (dirty_one(id));\n"
    "CREATE TABLE by_heir (id int);\n"
    "CREATE TABLE heir () INHERITS (by_heir);\n"
    "CREATE TRIGGER t AFTER UPDATE ON heir FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE by_cascade (id int PRIMARY KEY);\n"
    "CREATE TABLE middle (id int PRIMARY KEY REFERENCES by_cascade ON DELETE CASCADE);\n"
    "CREATE TABLE last (id int REFERENCES middle ON DELETE SET NULL);\n"
    "CREATE TRIGGER t AFTER UPDATE ON last FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE by_update (id int PRIMARY KEY);\n"
    "CREATE TABLE updated (id int REFERENCES by_update ON UPDATE CASCADE);\n"
    "CREATE TRIGGER t AFTER UPDATE ON updated FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE restricting (id int PRIMARY KEY);\n"
    "CREATE TABLE restricted (id int REFERENCES restricting);\n"
    "CREATE TRIGGER t AFTER DELETE ON restricted FOR EACH ROW EXECUTE FUNCTION dirty_row();\n"
    "CREATE TABLE by_rule (id int);\n"
    "CREATE RULE r AS ON INSERT TO by_rule DO ALSO INSERT INTO by_default (id) VALUES (NEW.id);\n"
    "CREATE TABLE ruled (id int);\n"
    "CREATE RULE r AS ON INSERT TO ruled DO ALSO INSERT INTO plain (a) VALUES ('x');\n"
    "CREATE TABLE by_policy (id text);\n"
    "ALTER TABLE by_policy ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY p ON by_policy FOR INSERT WITH CHECK (dirty_one(id));\n"
    "CREATE TABLE by_clean_policy (id text);\n"
    "CREATE POLICY p ON by_clean_policy USING (id = (SELECT over_clean()));\n"
    "CREATE VIEW clean_view AS SELECT over_clean() AS x;\n"
    "CREATE VIEW dirty_view AS SELECT over_dirty() AS x;\n"
    "CREATE VIEW volatile_view AS SELECT volatile_sql() AS x;\n"
    "CREATE VIEW endless_view AS SELECT endless() AS x;\n"
    "CREATE VIEW through AS SELECT id FROM by_default;\n"
    "CREATE VIEW through_plain AS SELECT id, a FROM plain;\n"
    "CREATE VIEW shows_operator AS SELECT id === 'x' AS x FROM by_operator;\n"
    "CREATE SCHEMA hidden;\n"
    "CREATE TABLE hidden.plain (id int, a text DEFAULT dirty());\n"
    "CREATE TABLE by_schema (id int PRIMARY KEY);\n"
    "CREATE TABLE hidden.child (id int REFERENCES by_schema ON DELETE CASCADE, a checked);\n";

typedef struct Stained {
    const char *relation;
    bool written, read; /* whether that stains */
} Stained;

static const Stained all[] = {
    {"plain", false, false},          {"by_default", true, false},
    {"by_own_default", true, false},  {"by_generated", true, false},
    {"by_check", true, false},        {"by_operator", true, false},
    {"by_cast", true, false},         {"by_domain", true, false},
    {"by_pair", true, false},         {"by_domain_default", true, false},
    {"by_index", true, false},        {"by_predicate", true, false},
    {"by_trigger", true, false},      {"by_partition", true, false},
    {"of_parent", true, false},       {"by_key", true, false},
    {"by_heir", true, false},         {"by_cascade", true, false},
    {"by_update", true, false},       {"restricting", false, false},
    {"restricted", true, false},      {"by_rule", true, false},
    {"ruled", false, false},          {"by_policy", true, false},
    {"through", true, false},         {"through_plain", false, false},
    {"hidden.plain", true, false},    {"public.plain", false, false},
    {"public.by_check", true, false}, {"shows_operator", true, true},
    {"by_schema", true, false},       {"by_clean_policy", false, false},
};

/* Which nothing can be written to. */
static const Stained views[] = {
    {"clean_view", false, false},
    {"dirty_view", false, true},
    {"volatile_view", false, true},
    {"endless_view", false, false},
};

/* A file of a write and a read of each; whoever deletes may insert as well, for all we know. */
static char *endpoints_text(void)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++)
        g_string_append_printf(text, "-- GET /%s\n-- returns: many\nSELECT x FROM %s;\n\n",
                               views[i].relation, views[i].relation);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        const char *relation = all[i].relation;
        g_string_append_printf(text,
                               "-- DELETE /%s\n-- returns: none\nDELETE FROM %s;\n\n"
                               "-- GET /%s\n-- returns: scalar\nSELECT count(*) FROM %s;\n\n"
                               "-- GET /slow/%s\n-- lane: slow\n-- returns: scalar\n"
                               "SELECT count(*) FROM %s;\n\n",
                               relation, relation, relation, relation, relation, relation);
    }
    return g_string_free(text, FALSE);
}

static EndpointSet *describe(const char *folder, Database *db)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "api", "all.sql", NULL);
    g_autofree char *api = g_path_get_dirname(path);
    g_autofree char *text = endpoints_text();
    g_assert_true(file_make_folder(api, 0755, NULL));
    g_assert_true(file_write(path, text, FILE_REPLACE, NULL));
    g_autoptr(EndpointSet) set = endpoint_set_load(api, folder, &error);
    g_assert_no_error(error);
    endpoint_set_describe(set, db, &error);
    g_assert_no_error(error);
    return g_steal_pointer(&set);
}

static bool stains(const EndpointSet *set, const char *prefix, HttpMethod method, const char *name)
{
    g_autofree char *path = g_strconcat(prefix, name, NULL);
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        const Endpoint *endpoint = set->endpoints->pdata[i];
        if (endpoint->method == method && g_str_equal(endpoint->path, path))
            return ((const ApiStatement *)endpoint->statements->pdata[0])->stains;
    }
    g_assert_not_reached();
}

static void what_a_statement_sets_off_is_followed(void)
{
    g_autoptr(Fixture) fixture = fixture_new();
    g_autofree char *folder = g_dir_make_tmp("api-XXXXXX", NULL);
    fixture_run(fixture->db, model);
    g_autoptr(EndpointSet) set = describe(folder, fixture->db);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        const Stained *one = &all[i];
        g_test_message("%s", one->relation);
        g_assert_cmpint(stains(set, "/", HTTP_DELETE, one->relation), ==, one->written);
        g_assert_cmpint(stains(set, "/", HTTP_GET, one->relation), ==, one->read);
        g_assert_cmpint(stains(set, "/slow/", HTTP_GET, one->relation), ==, one->written);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++)
        g_assert_cmpint(stains(set, "/", HTTP_GET, views[i].relation), ==, views[i].read);
    file_remove_tree(folder, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!fixture_has_server())
        return 0;
    g_test_add_func("/stains/followed", what_a_statement_sets_off_is_followed);
    return g_test_run();
}
