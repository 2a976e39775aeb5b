#include "sql/column_writes.h"

#include <stdbool.h>

static void write_free(void *data)
{
    ColumnWrite *write = data;
    g_free(write->schema);
    g_free(write->table);
    g_free(write->column);
    g_array_unref(write->params);
    g_free(write);
}

GPtrArray *column_writes_new(void)
{
    return g_ptr_array_new_with_free_func(write_free);
}

static void add_param(GArray *params, unsigned number)
{
    for (unsigned i = 0; i < params->len; i++)
        if (g_array_index(params, unsigned, i) == number)
            return;
    g_array_append_val(params, number);
}

static void read_params(const json_t *expression, GArray *params)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)expression, key, value)
    {
        if (g_str_equal(key, "ParamRef"))
            add_param(params, (unsigned)json_integer_value(json_object_get(value, "number")));
        read_params(value, params);
    }
    json_array_foreach(expression, i, value) read_params(value, params);
}

static void add_write(GPtrArray *writes, const json_t *relation, const char *column,
                      const json_t *expression)
{
    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(unsigned));
    read_params(expression, params);
    const char *table = json_string_value(json_object_get(relation, "relname"));
    if (params->len == 0 || table == NULL || column == NULL)
        return;
    ColumnWrite *write = g_new0(ColumnWrite, 1);
    write->schema = g_strdup(json_string_value(json_object_get(relation, "schemaname")));
    write->table = g_strdup(table);
    write->column = g_strdup(column);
    write->params = g_steal_pointer(&params);
    g_ptr_array_add(writes, write);
}

static const json_t *target_at(const json_t *targets, size_t i)
{
    return json_object_get(json_array_get(targets, i), "ResTarget");
}

static const char *column_of(const json_t *target)
{
    return json_string_value(json_object_get(target, "name"));
}

/* Of (a, b) = (1, 2) each column's own value; of (a, b) = (SELECT …) all of it. */
static const json_t *value_of(const json_t *target)
{
    const json_t *value = json_object_get(target, "val");
    const json_t *part = json_object_get(value, "MultiAssignRef");
    if (part == NULL)
        return value;
    const json_t *source = json_object_get(part, "source");
    const json_t *row = json_object_get(json_object_get(source, "RowExpr"), "args");
    json_int_t number = json_integer_value(json_object_get(part, "colno"));
    return row == NULL || number < 1 ? source : json_array_get(row, (size_t)number - 1);
}

static void read_assignments(GPtrArray *writes, const json_t *relation, const json_t *targets)
{
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *target = target_at(targets, i);
        add_write(writes, relation, column_of(target), value_of(target));
    }
}

/* One row of values beside the columns; the values of a SELECT are targets themselves. */
static void read_row(GPtrArray *writes, const json_t *relation, const json_t *columns,
                     const json_t *values)
{
    for (size_t i = 0; i < json_array_size(columns) && i < json_array_size(values); i++) {
        const json_t *target = target_at(values, i);
        add_write(writes, relation, column_of(target_at(columns, i)),
                  target != NULL ? json_object_get(target, "val") : json_array_get(values, i));
    }
}

/* "*" stands for any number of columns. */
static bool has_star(const json_t *targets)
{
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *value = json_object_get(target_at(targets, i), "val");
        const json_t *fields = json_object_get(json_object_get(value, "ColumnRef"), "fields");
        size_t count = json_array_size(fields);
        if (count > 0 && json_object_get(json_array_get(fields, count - 1), "A_Star") != NULL)
            return true;
    }
    return false;
}

static void read_insert(GPtrArray *writes, const json_t *insert)
{
    const json_t *relation = json_object_get(insert, "relation");
    const json_t *columns = json_object_get(insert, "cols");
    const json_t *select = json_object_get(json_object_get(insert, "selectStmt"), "SelectStmt");
    const json_t *rows = json_object_get(select, "valuesLists");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_object_get(json_array_get(rows, i), "List");
        read_row(writes, relation, columns, json_object_get(row, "items"));
    }
    const json_t *targets = json_object_get(select, "targetList");
    if (!has_star(targets))
        read_row(writes, relation, columns, targets);
    read_assignments(writes, relation,
                     json_object_get(json_object_get(insert, "onConflictClause"), "targetList"));
}

static void read_merge(GPtrArray *writes, const json_t *merge)
{
    const json_t *relation = json_object_get(merge, "relation");
    const json_t *clauses = json_object_get(merge, "mergeWhenClauses");
    for (size_t i = 0; i < json_array_size(clauses); i++) {
        const json_t *clause = json_object_get(json_array_get(clauses, i), "MergeWhenClause");
        const json_t *targets = json_object_get(clause, "targetList");
        const json_t *values = json_object_get(clause, "values");
        if (values != NULL)
            read_row(writes, relation, targets, values);
        else
            read_assignments(writes, relation, targets);
    }
}

void column_writes_read(const json_t *statement, GPtrArray *writes)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)statement, key, value)
    {
        if (g_str_equal(key, "InsertStmt"))
            read_insert(writes, value);
        else if (g_str_equal(key, "UpdateStmt"))
            read_assignments(writes, json_object_get(value, "relation"),
                             json_object_get(value, "targetList"));
        else if (g_str_equal(key, "MergeStmt"))
            read_merge(writes, value);
        column_writes_read(value, writes);
    }
    json_array_foreach(statement, i, value) column_writes_read(value, writes);
}
