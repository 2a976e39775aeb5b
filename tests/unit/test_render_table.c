#include "rendered.h"

#define COLUMN(name_, position_, type_, ...)                                                       \
    make_in(schema, KIND_COLUMN, "item", name_,                                                    \
            VALUES([COLUMN_POSITION] = position_, [COLUMN_TYPE] = type_, __VA_ARGS__))

#define CONSTRAINT(table_, name_, type_, columns_, definition_, ...)                               \
    make_in(schema, KIND_CONSTRAINT, table_, name_,                                                \
            VALUES([CONSTRAINT_TYPE] = type_, [CONSTRAINT_DEFINITION] = definition_,               \
                   [CONSTRAINT_COLUMNS] = columns_, [CONSTRAINT_VALID] = "t", __VA_ARGS__))

static Object *make_table(Schema *schema, const char *name)
{
    return make(schema, KIND_TABLE, name, VALUES([TABLE_PERSISTENCE] = "p"));
}

/* CREATE of @table with all columns, defaults and constraints of @schema. */
static Change *creation(const Schema *schema, const Object *table)
{
    static const ObjectKind kinds[] = {KIND_COLUMN, KIND_DEFAULT, KIND_CONSTRAINT};
    Change *change = change_new(CHANGE_CREATE, NULL, table);
    change->inside = g_ptr_array_new_with_free_func((GDestroyNotify)change_free);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const GPtrArray *objects = schema_objects(schema, kinds[i]);
        for (unsigned j = 0; j < objects->len; j++)
            g_ptr_array_add(change->inside,
                            change_new(CHANGE_CREATE, NULL, g_ptr_array_index(objects, j)));
    }
    return change;
}

static void table_has_a_line_for_each_column_in_order(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "item");
    COLUMN("price", "10", "numeric(10,2)", [COLUMN_NOT_NULL] = "t");
    COLUMN("name", "2", "text", [COLUMN_COLLATION] = "\"C\"");
    COLUMN("id", "1", "bigint", [COLUMN_NOT_NULL] = "t");
    make_in(schema, KIND_DEFAULT, "item", "price", VALUES([DEFAULT_EXPRESSION] = "0"));
    g_autoptr(Change) change = creation(schema, table);
    assert_change(change, "CREATE TABLE item (\n"
                          "    id bigint NOT NULL,\n"
                          "    name text COLLATE \"C\",\n"
                          "    price numeric(10,2) NOT NULL DEFAULT 0\n"
                          ");");
}

static void table_without_columns_is_written(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = schema_add(schema, KIND_TABLE, "shop", NULL, "Empty", NULL);
    set_values(schema, table,
               VALUES([TABLE_PERSISTENCE] = "u", [TABLE_OPTIONS] = "{fillfactor=70}",
                      [TABLE_ACCESS_METHOD] = "heap2", [TABLE_TABLESPACE] = "fast"));
    assert_create(table, "CREATE UNLOGGED TABLE shop.\"Empty\" () USING heap2 WITH (fillfactor = "
                         "70) TABLESPACE fast;");
}

static void constraints_with_usual_names_stand_in_their_columns(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "item");
    COLUMN("id", "1", "bigint", [COLUMN_NOT_NULL] = "t");
    COLUMN("customer_id", "2", "bigint", [COLUMN_NOT_NULL] = "t");
    COLUMN("code", "3", "text", [COLUMN_NOT_NULL] = "t");
    COLUMN("price", "4", "integer", NULL);
    CONSTRAINT("item", "item_pkey", "p", "{id}",
               "PRIMARY KEY (id)", [CONSTRAINT_OPTIONS] = "{fillfactor=80}");
    CONSTRAINT("item", "item_customer_id_fkey", "f", "{customer_id}",
               "FOREIGN KEY (customer_id) REFERENCES customer(id) ON DELETE CASCADE",
               [CONSTRAINT_REFERENCES] = "customer", [CONSTRAINT_DEFERRABLE] = "t",
               [CONSTRAINT_DEFERRED] = "t");
    CONSTRAINT("item", "item_code_key", "u", "{code}",
               "UNIQUE NULLS NOT DISTINCT (code)", [CONSTRAINT_TABLESPACE] = "fast");
    CONSTRAINT("item", "item_price_check", "c", "{price}", "CHECK (price > 0)", NULL);
    g_autoptr(Change) change = creation(schema, table);
    assert_change(change,
                  "CREATE TABLE item (\n"
                  "    id bigint PRIMARY KEY WITH (fillfactor = 80),\n"
                  "    customer_id bigint NOT NULL REFERENCES customer (id) ON DELETE CASCADE "
                  "DEFERRABLE INITIALLY DEFERRED,\n"
                  "    code text NOT NULL UNIQUE NULLS NOT DISTINCT USING INDEX TABLESPACE fast,\n"
                  "    price integer CHECK (price > 0)\n"
                  ");");
}

static void other_constraints_have_lines_and_names(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "item");
    COLUMN("a", "1", "integer", [COLUMN_NOT_NULL] = "t");
    COLUMN("b", "2", "integer", [COLUMN_NOT_NULL] = "t");
    CONSTRAINT("item", "item_pkey", "p", "{a,b}", "PRIMARY KEY (a, b)", NULL);
    CONSTRAINT("item", "b_once", "u", "{b}", "UNIQUE (b)", NULL);
    CONSTRAINT("item", "item_a_b_key", "u", "{b,a}", "UNIQUE (b, a)", NULL);
    CONSTRAINT(
        "item", "item_a_b_fkey", "f", "{a,b}",
        "FOREIGN KEY (a, b) REFERENCES other(x, y) MATCH FULL", [CONSTRAINT_REFERENCES] = "other");
    CONSTRAINT("item", "item_check", "c", "{a,b}", "CHECK (a > b)", NULL);
    CONSTRAINT("item", "item_b_excl", "x", "{b}", "EXCLUDE USING gist (b WITH =)",
               [CONSTRAINT_OPTIONS] = "{fillfactor=70}", [CONSTRAINT_TABLESPACE] = "fast");
    g_autoptr(Change) change = creation(schema, table);
    assert_change(change, "CREATE TABLE item (\n"
                          "    a integer NOT NULL,\n"
                          "    b integer NOT NULL,\n"
                          "    PRIMARY KEY (a, b),\n"
                          "    CONSTRAINT b_once UNIQUE (b),\n"
                          "    CONSTRAINT item_a_b_key UNIQUE (b, a),\n"
                          "    FOREIGN KEY (a, b) REFERENCES other (x, y) MATCH FULL,\n"
                          "    CHECK (a > b),\n"
                          "    CONSTRAINT item_b_excl EXCLUDE USING gist (b WITH =)\n"
                          ");\n"
                          "ALTER INDEX item_b_excl SET TABLESPACE fast;");
}

static void what_create_table_would_lose_follows_it(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "item");
    COLUMN("a", "1", "integer", [COLUMN_NOT_NULL] = "t", [COLUMN_STATISTICS] = "500");
    COLUMN("body", "2", "text", [COLUMN_STORAGE] = "e", [COLUMN_COMPRESSION] = "l",
           [COLUMN_OPTIONS] = "{n_distinct=-0.5}");
    CONSTRAINT("item", "item_pkey", "p", "{a}", "PRIMARY KEY (a)", [CONSTRAINT_CLUSTERED] = "t");
    CONSTRAINT("item", "item_a_key", "u", "{a}", "UNIQUE (a)", [CONSTRAINT_REPLICA_IDENTITY] = "t");
    Object *check = CONSTRAINT("item", "item_a_check", "c", "{a}", "CHECK (a > 0)", NULL);
    check->values[CONSTRAINT_VALID] = "f";
    Object *index = make_in(
        schema, KIND_INDEX, "item", "item_body_idx",
        VALUES([INDEX_DEFINITION] = "CREATE INDEX item_body_idx ON item USING btree (body)"));
    g_autoptr(Change) change = creation(schema, table);
    g_ptr_array_add(change->inside, change_new(CHANGE_CREATE, NULL, index));
    assert_change(change, "CREATE TABLE item (\n"
                          "    a integer PRIMARY KEY,\n"
                          "    body text\n"
                          ");\n"
                          "ALTER TABLE item ALTER COLUMN a SET STATISTICS 500;\n"
                          "ALTER TABLE item\n"
                          "    ALTER COLUMN body SET STORAGE EXTERNAL,\n"
                          "    ALTER COLUMN body SET COMPRESSION lz4,\n"
                          "    ALTER COLUMN body SET (n_distinct = -0.5);\n"
                          "ALTER TABLE item CLUSTER ON item_pkey;\n"
                          "ALTER TABLE item\n"
                          "    ADD CONSTRAINT item_a_key UNIQUE (a);\n"
                          "ALTER TABLE item REPLICA IDENTITY USING INDEX item_a_key;\n"
                          "ALTER TABLE item\n"
                          "    ADD CONSTRAINT item_a_check CHECK (a > 0) NOT VALID;\n"
                          "CREATE INDEX item_body_idx ON item (body);");
}

/* The other table's constraint has the name that the server would choose. */
static void taken_names_are_written_out(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "item");
    COLUMN("a", "1", "integer", NULL);
    CONSTRAINT("item", "item_a_check", "c", "{a}", "CHECK (a > 0)", NULL);
    g_autoptr(Change) change = creation(schema, table);
    CONSTRAINT("other", "item_a_check", "c", "{a}", "CHECK (a > 0)", NULL);
    g_autoptr(GPtrArray) changes = g_ptr_array_new();
    g_ptr_array_add(changes, change);
    g_autoptr(GPtrArray) statements = render_changes(changes, NULL, schema);
    g_assert_cmpuint(statements->len, ==, 1);
    const RenderedStatement *statement = g_ptr_array_index(statements, 0);
    g_assert_cmpstr(statement->sql, ==,
                    "CREATE TABLE item (\n"
                    "    a integer,\n"
                    "    CONSTRAINT item_a_check CHECK (a > 0)\n"
                    ")");
    g_assert_cmpstr(statement->group, ==, "item");
}

static void odd_names_are_quoted_everywhere(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "Order \"x\"");
    make_in(schema, KIND_COLUMN, "Order \"x\"", "user",
            VALUES([COLUMN_POSITION] = "1", [COLUMN_TYPE] = "text"));
    make_in(schema, KIND_COLUMN, "Order \"x\"", "größe",
            VALUES([COLUMN_POSITION] = "2", [COLUMN_TYPE] = "text"));
    CONSTRAINT("Order \"x\"", "Order \"x\"_user_key", "u", "{user}", "UNIQUE (\"user\")", NULL);
    g_autoptr(Change) change = creation(schema, table);
    assert_change(change, "CREATE TABLE \"Order \"\"x\"\"\" (\n"
                          "    \"user\" text UNIQUE,\n"
                          "    \"größe\" text\n"
                          ");");
}

/* The server shortens it its own way, and what it comes to is not for us to guess. */
static void long_names_are_written_out(void)
{
    static const char name[] = "a123456789b123456789c123456789d123456789e123456789f123456789g12";
    static const char key[] = "a123456789b123456789c123456789d123456789e123456789f1234567_pkey";
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, name);
    make_in(schema, KIND_COLUMN, name, "id",
            VALUES([COLUMN_POSITION] = "1", [COLUMN_TYPE] = "integer"));
    CONSTRAINT(name, key, "p", "{id}", "PRIMARY KEY (id)", NULL);
    g_autoptr(Change) change = creation(schema, table);
    g_autofree char *expected = g_strdup_printf(
        "CREATE TABLE %s (\n    id integer,\n    CONSTRAINT %s PRIMARY KEY (id)\n);", name, key);
    assert_change(change, expected);
}

static void table_is_altered_by_attribute(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = make(schema, KIND_TABLE, "item",
                        VALUES([TABLE_PERSISTENCE] = "p",
                               [TABLE_OPTIONS] = "{autovacuum_enabled=false,fillfactor=70}",
                               [TABLE_ACCESS_METHOD] = "heap2", [TABLE_TABLESPACE] = "fast"));
    Object *to = make(
        schema, KIND_TABLE, "item",
        VALUES([TABLE_PERSISTENCE] = "u", [TABLE_OPTIONS] =
                                              "{fillfactor=80,toast.autovacuum_enabled=false}"));
    assert_alter(from, to,
                 "ALTER TABLE item SET UNLOGGED;\n"
                 "ALTER TABLE item SET ACCESS METHOD heap;\n"
                 "ALTER TABLE item SET TABLESPACE pg_default;\n"
                 "ALTER TABLE item RESET (autovacuum_enabled);\n"
                 "ALTER TABLE item SET (fillfactor = 80, toast.autovacuum_enabled = false);");
    assert_alter(to, from,
                 "ALTER TABLE item SET LOGGED;\n"
                 "ALTER TABLE item SET ACCESS METHOD heap2;\n"
                 "ALTER TABLE item SET TABLESPACE fast;\n"
                 "ALTER TABLE item RESET (toast.autovacuum_enabled);\n"
                 "ALTER TABLE item SET (autovacuum_enabled = false, fillfactor = 70);");
}

static void table_is_dropped_renamed_and_commented(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = make_table(schema, "item");
    Object *to = make_table(schema, "product");
    to->comment = "it's\nsold";
    g_autoptr(Change) drop = change_new(CHANGE_DROP, from, NULL);
    assert_change(drop, "DROP TABLE item;");
    assert_loss(drop, "drops table item with its rows");
    assert_action(CHANGE_RENAME, from, to, "ALTER TABLE item RENAME TO product;");
    assert_action(CHANGE_COMMENT, NULL, to, "COMMENT ON TABLE product IS 'it''s\nsold';");
    assert_action(CHANGE_COMMENT, to, from, "COMMENT ON TABLE item IS NULL;");
    assert_action(CHANGE_COMMENT, NULL, from, "");
}

/* The remark becomes a comment, and what comes behind a line break would be run. */
static void remark_stays_on_its_line(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *table = make_table(schema, "a\r\nDROP TABLE b");
    g_autoptr(Change) drop = change_new(CHANGE_DROP, table, NULL);
    assert_loss(drop, "drops table \"a  DROP TABLE b\" with its rows");
}

static void constraint_is_made_altered_and_dropped(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from =
        CONSTRAINT("item", "fk", "f", "{a}",
                   "FOREIGN KEY (a) REFERENCES app.t(id)", [CONSTRAINT_REFERENCES] = "app.t");
    from->values[CONSTRAINT_VALID] = "f";
    Object *deferrable =
        CONSTRAINT("item", "fk2", "f", "{a}", "FOREIGN KEY (a) REFERENCES app.t(id)",
                   [CONSTRAINT_REFERENCES] = "app.t", [CONSTRAINT_DEFERRABLE] = "t");
    Object *deferred =
        CONSTRAINT("item", "fk2", "f", "{a}",
                   "FOREIGN KEY (a) REFERENCES app.t(id)", [CONSTRAINT_REFERENCES] = "app.t",
                   [CONSTRAINT_DEFERRABLE] = "t", [CONSTRAINT_DEFERRED] = "t");
    assert_create(from, "ALTER TABLE item\n"
                        "    ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES app.t (id) NOT VALID;");
    assert_drop(from, "ALTER TABLE item DROP CONSTRAINT fk;");
    assert_action(CHANGE_RENAME, from, deferred, "ALTER TABLE item RENAME CONSTRAINT fk TO fk2;");
    assert_alter(from, deferred,
                 "ALTER TABLE item ALTER CONSTRAINT fk2 DEFERRABLE INITIALLY DEFERRED;\n"
                 "ALTER TABLE item VALIDATE CONSTRAINT fk2;");
    assert_alter(deferred, deferrable,
                 "ALTER TABLE item ALTER CONSTRAINT fk2 DEFERRABLE INITIALLY IMMEDIATE;");
    deferrable->comment = "x";
    assert_action(CHANGE_COMMENT, NULL, deferrable, "COMMENT ON CONSTRAINT fk2 ON item IS 'x';");
}

static void constraint_index_is_altered(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from =
        CONSTRAINT("item", "k", "u", "{a}", "UNIQUE (a)", [CONSTRAINT_OPTIONS] = "{fillfactor=70}",
                   [CONSTRAINT_TABLESPACE] = "fast", [CONSTRAINT_CLUSTERED] = "t",
                   [CONSTRAINT_REPLICA_IDENTITY] = "t", [CONSTRAINT_DEFERRABLE] = "t");
    Object *to = CONSTRAINT("item", "k", "u", "{a}", "UNIQUE (a)", NULL);
    assert_alter(from, to,
                 "ALTER TABLE item ALTER CONSTRAINT k NOT DEFERRABLE;\n"
                 "ALTER INDEX k RESET (fillfactor);\n"
                 "ALTER INDEX k SET TABLESPACE pg_default;\n"
                 "ALTER TABLE item SET WITHOUT CLUSTER;\n"
                 "ALTER TABLE item REPLICA IDENTITY DEFAULT;");
    assert_alter(to, from,
                 "ALTER TABLE item ALTER CONSTRAINT k DEFERRABLE INITIALLY IMMEDIATE;\n"
                 "ALTER INDEX k SET (fillfactor = 70);\n"
                 "ALTER INDEX k SET TABLESPACE fast;\n"
                 "ALTER TABLE item CLUSTER ON k;\n"
                 "ALTER TABLE item REPLICA IDENTITY USING INDEX k;");
}

#define INDEX(name_, definition_, ...)                                                             \
    make_in(schema, KIND_INDEX, "item", name_,                                                     \
            VALUES([INDEX_DEFINITION] = definition_, [INDEX_VALID] = "t", __VA_ARGS__))

static void index_leaves_out_what_is_usual(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *plain = INDEX("i", "CREATE INDEX i ON item USING btree (a)", NULL);
    Object *unique = INDEX("I 2", "CREATE UNIQUE INDEX \"I 2\" ON item USING btree (a) WHERE a > 0",
                           [INDEX_CLUSTERED] = "t", [INDEX_REPLICA_IDENTITY] = "t");
    Object *other = INDEX(
        "g", "CREATE INDEX g ON item USING gin (a)", [INDEX_STATISTICS] = "{\"1 100\",\"2 200\"}");
    assert_create(plain, "CREATE INDEX i ON item (a);");
    assert_create(unique, "CREATE UNIQUE INDEX \"I 2\" ON item (a) WHERE a > 0;\n"
                          "ALTER TABLE item CLUSTER ON \"I 2\";\n"
                          "ALTER TABLE item REPLICA IDENTITY USING INDEX \"I 2\";");
    assert_create(other, "CREATE INDEX g ON item USING gin (a);\n"
                         "ALTER INDEX g ALTER COLUMN 1 SET STATISTICS 100;\n"
                         "ALTER INDEX g ALTER COLUMN 2 SET STATISTICS 200;");
    assert_drop(unique, "DROP INDEX \"I 2\";");
    assert_action(CHANGE_RENAME, plain, other, "ALTER INDEX i RENAME TO g;");
}

static void index_is_altered_by_attribute(void)
{
    g_autoptr(Schema) schema = schema_new();
    Object *from = INDEX("i", "x", [INDEX_STATISTICS] = "{\"1 100\",\"2 200\",\"11 1\"}");
    Object *to = INDEX("i", "x", [INDEX_STATISTICS] = "{\"2 300\",\"11 1\"}");
    Object *marked = INDEX("i", "x", [INDEX_STATISTICS] = "{\"2 300\",\"11 1\"}",
                           [INDEX_CLUSTERED] = "t", [INDEX_REPLICA_IDENTITY] = "t");
    assert_alter(from, to,

                 "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS -1;\n"
                 "ALTER INDEX i ALTER COLUMN 2 SET STATISTICS 300;");
    assert_alter(to, marked,
                 "ALTER TABLE item CLUSTER ON i;\n"
                 "ALTER TABLE item REPLICA IDENTITY USING INDEX i;");
}

/* The mark moves from one index to another: whatever comes last must not take it away. */
static void mark_that_moves_is_not_taken_away(void)
{
    g_autoptr(Schema) before = schema_new();
    g_autoptr(Schema) schema = schema_new();
    make_table(schema, "item");
    Object *from = make_in(before, KIND_INDEX, "item", "a",
                           VALUES([INDEX_CLUSTERED] = "t", [INDEX_REPLICA_IDENTITY] = "t",
                                  [INDEX_STATISTICS] = "{\"1 5\"}"));
    Object *to = INDEX("a", NULL, NULL);
    INDEX("b", NULL, [INDEX_CLUSTERED] = "t");
    CONSTRAINT("item", "item_pkey", "p", "{id}",
               "PRIMARY KEY (id)", [CONSTRAINT_REPLICA_IDENTITY] = "t");
    to->values[INDEX_VALID] = from->values[INDEX_VALID];
    schema_finish(schema);
    g_autoptr(Change) change = change_new(CHANGE_ALTER, from, to);
    change->attributes = object_differences(from, to);
    g_autoptr(GPtrArray) changes = g_ptr_array_new();
    g_ptr_array_add(changes, change);
    g_autoptr(GPtrArray) statements = render_changes(changes, before, schema);
    g_assert_cmpuint(statements->len, ==, 1);
    const RenderedStatement *only = g_ptr_array_index(statements, 0);
    g_assert_cmpstr(only->sql, ==, "ALTER INDEX a ALTER COLUMN 1 SET STATISTICS -1");
}

static void index_of_a_materialized_view_is_marked_on_it(void)
{
    g_autoptr(Schema) schema = schema_new();
    make(schema, KIND_MATERIALIZED_VIEW, "item", VALUES(NULL));
    Object *index = INDEX("i", "CREATE INDEX i ON item USING btree (a)", [INDEX_CLUSTERED] = "t");
    schema_finish(schema);
    assert_create(index, "CREATE INDEX i ON item (a);\n"
                         "ALTER MATERIALIZED VIEW item CLUSTER ON i;");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/table/columns", table_has_a_line_for_each_column_in_order);
    g_test_add_func("/table/empty", table_without_columns_is_written);
    g_test_add_func("/table/in_column", constraints_with_usual_names_stand_in_their_columns);
    g_test_add_func("/table/lines", other_constraints_have_lines_and_names);
    g_test_add_func("/table/later", what_create_table_would_lose_follows_it);
    g_test_add_func("/table/taken_names", taken_names_are_written_out);
    g_test_add_func("/table/odd_names", odd_names_are_quoted_everywhere);
    g_test_add_func("/table/long_names", long_names_are_written_out);
    g_test_add_func("/table/alter", table_is_altered_by_attribute);
    g_test_add_func("/table/drop", table_is_dropped_renamed_and_commented);
    g_test_add_func("/table/remark", remark_stays_on_its_line);
    g_test_add_func("/constraint/alone", constraint_is_made_altered_and_dropped);
    g_test_add_func("/constraint/index", constraint_index_is_altered);
    g_test_add_func("/index/create", index_leaves_out_what_is_usual);
    g_test_add_func("/index/alter", index_is_altered_by_attribute);
    g_test_add_func("/index/moving_mark", mark_that_moves_is_not_taken_away);
    g_test_add_func("/index/materialized_view", index_of_a_materialized_view_is_marked_on_it);
    return g_test_run();
}
