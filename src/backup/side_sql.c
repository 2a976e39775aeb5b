#include "backup/side_sql.h"

#include "sql/quote.h"

static char *take(GString *sql)
{
    return g_string_free(sql, FALSE);
}

/* Appends @separator unless it is the first. */
static void separate(GString *sql, unsigned *count, const char *separator)
{
    if ((*count)++ > 0)
        g_string_append(sql, separator);
}

/* The columns of a key in their order; (nullable). */
static const ShapeColumn *key_at(const TableShape *shape, int place)
{
    for (unsigned i = 0; i < shape->columns->len; i++) {
        const ShapeColumn *column = shape->columns->pdata[i];
        if (column->key_place == place)
            return column;
    }
    return NULL;
}

static int key_length(const TableShape *shape)
{
    int length = 0;
    while (key_at(shape, length + 1) != NULL)
        length++;
    return length;
}

char *side_sql_create(const SidePair *pair)
{
    GString *sql = g_string_new("");
    sql_append(sql, "CREATE TABLE %I.%I (", pair->side, pair->name);
    unsigned count = 0;
    for (unsigned i = 0; i < pair->backup->columns->len; i++) {
        const ShapeColumn *column = pair->backup->columns->pdata[i];
        separate(sql, &count, ", ");
        sql_append(sql, "%I %s%s", column->name, column->type, column->not_null ? " NOT NULL" : "");
    }
    g_string_append_c(sql, ')');
    return take(sql);
}

/* The names of a key's columns with commas between. */
static void append_key(GString *sql, const TableShape *shape)
{
    for (int place = 1; place <= key_length(shape); place++)
        sql_append(sql, "%s%I", place > 1 ? ", " : "", key_at(shape, place)->name);
}

char *side_sql_add_key(const SidePair *pair)
{
    if (key_length(pair->backup) == 0)
        return NULL;
    GString *sql = g_string_new("");
    sql_append(sql, "ALTER TABLE %I.%I ADD PRIMARY KEY (", pair->side, pair->name);
    append_key(sql, pair->backup);
    g_string_append_c(sql, ')');
    return take(sql);
}

static const char *only(const TableShape *shape)
{
    return shape->is_inherited ? "ONLY " : "";
}

char *side_sql_copy_out(const SidePair *pair, const char *encoding)
{
    GString *sql = g_string_new("COPY (SELECT ");
    unsigned count = 0;
    for (unsigned i = 0; i < pair->backup->columns->len; i++) {
        separate(sql, &count, ", ");
        sql_append(sql, "%I", ((const ShapeColumn *)pair->backup->columns->pdata[i])->name);
    }
    sql_append(sql, " FROM %s%I.%I) TO STDOUT (ENCODING %L)", only(pair->backup), pair->schema,
               pair->name, encoding);
    return take(sql);
}

char *side_sql_copy_in(const SidePair *pair, const char *encoding)
{
    GString *sql = g_string_new("");
    sql_append(sql, "COPY %I.%I FROM STDIN (ENCODING %L)", pair->side, pair->name, encoding);
    return take(sql);
}

static bool has_same_key(const SidePair *pair)
{
    if (pair->live == NULL)
        return false;
    int length = key_length(pair->live);
    for (int place = 1; place <= length; place++) {
        const ShapeColumn *live = key_at(pair->live, place);
        const ShapeColumn *kept = table_shape_find(pair->backup, live->name);
        if (kept == NULL || kept->key_place == 0)
            return false;
    }
    return length > 0 && length == key_length(pair->backup);
}

char **side_sql_key(const SidePair *pair)
{
    if (!has_same_key(pair))
        return NULL;
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (int place = 1; place <= key_length(pair->live); place++)
        g_strv_builder_add(names, key_at(pair->live, place)->name);
    return g_strv_builder_end(names);
}

/* (element-type ShapeColumn) (transfer container): of the live table: those that the copy has, too,
 * and that can be written. */
static GPtrArray *shared_columns(const SidePair *pair)
{
    GPtrArray *shared = g_ptr_array_new();
    for (unsigned i = 0; i < pair->live->columns->len; i++) {
        ShapeColumn *column = pair->live->columns->pdata[i];
        if (!column->is_generated && table_shape_find(pair->backup, column->name) != NULL)
            g_ptr_array_add(shared, column);
    }
    return shared;
}

/* ROW(s.a::text, …) */
static void append_row(GString *sql, const GPtrArray *columns, const char *table)
{
    g_string_append(sql, "ROW(");
    for (unsigned i = 0; i < columns->len; i++)
        sql_append(sql, "%s%s.%I::text", i > 0 ? ", " : "", table,
                   ((const ShapeColumn *)columns->pdata[i])->name);
    g_string_append_c(sql, ')');
}

/* Keys are the same as the live key has it; of other types, if they are written the same. */
static void append_key_join(GString *sql, const SidePair *pair)
{
    for (int place = 1; place <= key_length(pair->live); place++) {
        const ShapeColumn *live = key_at(pair->live, place);
        const ShapeColumn *kept = table_shape_find(pair->backup, live->name);
        if (place > 1)
            g_string_append(sql, " AND ");
        if (live->equal != NULL && g_str_equal(live->bare_type, kept->bare_type))
            sql_append(sql, "s.%I %s l.%I %s", live->name, live->equal, live->name,
                       live->collation != NULL ? live->collation : "");
        else
            sql_append(sql, "s.%I::text COLLATE \"C\" = l.%I::text COLLATE \"C\"", live->name,
                       live->name);
    }
}

static char *count_by_key(const SidePair *pair, const GPtrArray *shared)
{
    GString *sql = g_string_new("SELECT count(*) FILTER (WHERE l.tableoid IS NULL),"
                                " count(*) FILTER (WHERE s.tableoid IS NULL),"
                                " count(*) FILTER (WHERE l.tableoid IS NOT NULL"
                                " AND s.tableoid IS NOT NULL AND ");
    append_row(sql, shared, "s");
    g_string_append(sql, "::text IS DISTINCT FROM ");
    append_row(sql, shared, "l");
    sql_append(sql, "::text), count(l.tableoid) FROM %I.%I AS s FULL JOIN %s%I.%I AS l ON ",
               pair->side, pair->name, only(pair->live), pair->schema, pair->name);
    append_key_join(sql, pair);
    return take(sql);
}

/* Rows that are there several times count as often. */
static char *count_by_row(const SidePair *pair, const GPtrArray *shared)
{
    GString *sql = g_string_new("SELECT coalesce(sum(greatest(n, 0)), 0),"
                                " coalesce(sum(greatest(-n, 0)), 0), NULL, coalesce(sum(live), 0)"
                                " FROM (SELECT sum(n) AS n, count(*) FILTER (WHERE n < 0) AS live"
                                " FROM (SELECT ");
    append_row(sql, shared, "s");
    sql_append(sql, "::text COLLATE \"C\" AS r, 1 AS n FROM %I.%I AS s UNION ALL SELECT ",
               pair->side, pair->name);
    append_row(sql, shared, "l");
    sql_append(sql,
               "::text COLLATE \"C\", -1 FROM %s%I.%I AS l) AS both_tables GROUP BY r)"
               " AS differences",
               only(pair->live), pair->schema, pair->name);
    return take(sql);
}

char *side_sql_count(const SidePair *pair)
{
    g_autoptr(GPtrArray) shared = shared_columns(pair);
    return has_same_key(pair) ? count_by_key(pair, shared) : count_by_row(pair, shared);
}

/* What column @live gets of the copy. A cast takes no length, which would cut values silently. */
static void append_value(GString *sql, const SidePair *pair, const ShapeColumn *live)
{
    const ShapeColumn *kept = table_shape_find(pair->backup, live->name);
    sql_append(sql, "s.%I", live->name);
    if (!g_str_equal(kept->bare_type, live->bare_type))
        sql_append(sql, "::text::%s", live->bare_type);
}

static bool has_always(const GPtrArray *columns)
{
    for (unsigned i = 0; i < columns->len; i++)
        if (((const ShapeColumn *)columns->pdata[i])->is_always)
            return true;
    return false;
}

static void append_except(GString *sql, const SidePair *pair, const GPtrArray *shared)
{
    g_string_append(sql, "\nEXCEPT ALL\nSELECT ");
    for (unsigned i = 0; i < shared->len; i++)
        sql_append(sql, "%sl.%I", i > 0 ? ", " : "", ((ShapeColumn *)shared->pdata[i])->name);
    sql_append(sql, "\n  FROM %s%I.%I AS l", only(pair->live), pair->schema, pair->name);
}

char *side_sql_insert(const SidePair *pair)
{
    g_autoptr(GPtrArray) shared = shared_columns(pair);
    GString *sql = g_string_new("");
    sql_append(sql, "INSERT INTO %I.%I (", pair->schema, pair->name);
    for (unsigned i = 0; i < shared->len; i++)
        sql_append(sql, "%s%I", i > 0 ? ", " : "", ((ShapeColumn *)shared->pdata[i])->name);
    g_string_append(sql, has_always(shared) ? ")\nOVERRIDING SYSTEM VALUE\nSELECT " : ")\nSELECT ");
    for (unsigned i = 0; i < shared->len; i++) {
        g_string_append(sql, i > 0 ? ", " : "");
        append_value(sql, pair, shared->pdata[i]);
    }
    sql_append(sql, "\n  FROM %I.%I AS s", pair->side, pair->name);
    if (!has_same_key(pair)) {
        append_except(sql, pair, shared);
        return take(sql);
    }
    g_string_append(sql, "\nON CONFLICT (");
    append_key(sql, pair->live);
    g_string_append(sql, ") DO NOTHING");
    return take(sql);
}

/* (element-type ShapeColumn) (transfer container): what an UPDATE may set. */
static GPtrArray *settable_columns(const SidePair *pair)
{
    GPtrArray *columns = shared_columns(pair);
    for (unsigned i = columns->len; i-- > 0;) {
        const ShapeColumn *column = columns->pdata[i];
        if (column->key_place > 0 || column->is_always)
            g_ptr_array_remove_index(columns, i);
    }
    return columns;
}

char *side_sql_update(const SidePair *pair)
{
    if (!has_same_key(pair))
        return NULL;
    g_autoptr(GPtrArray) columns = settable_columns(pair);
    if (columns->len == 0)
        return NULL;
    GString *sql = g_string_new("");
    sql_append(sql, "UPDATE %s%I.%I AS l\n   SET ", only(pair->live), pair->schema, pair->name);
    for (unsigned i = 0; i < columns->len; i++) {
        sql_append(sql, "%s%I = ", i > 0 ? ", " : "", ((ShapeColumn *)columns->pdata[i])->name);
        append_value(sql, pair, columns->pdata[i]);
    }
    sql_append(sql, "\n  FROM %I.%I AS s\n WHERE ", pair->side, pair->name);
    for (int place = 1; place <= key_length(pair->live); place++) {
        const ShapeColumn *key = key_at(pair->live, place);
        sql_append(sql, "%sl.%I = ", place > 1 ? " AND " : "", key->name);
        append_value(sql, pair, key);
    }
    g_string_append(sql, "\n   AND ");
    append_row(sql, columns, "l");
    g_string_append(sql, " IS DISTINCT FROM ");
    append_row(sql, columns, "s");
    return take(sql);
}

char *side_sql_move(const SidePair *pair)
{
    GString *sql = g_string_new("");
    sql_append(sql, "ALTER TABLE %I.%I SET SCHEMA %I", pair->side, pair->name, pair->schema);
    return take(sql);
}
