#include "backup/table_shape.h"

#include "backup_queries.h"

static void column_free(void *data)
{
    ShapeColumn *column = data;
    g_free(column->name);
    g_free(column->type);
    g_free(column->bare_type);
    g_free(column->equal);
    g_free(column->collation);
    g_free(column);
}

TableShape *table_shape_new(char kind)
{
    TableShape *shape = g_new0(TableShape, 1);
    shape->kind = kind;
    shape->is_readable = true;
    shape->columns = g_ptr_array_new_with_free_func(column_free);
    return shape;
}

void table_shape_free(TableShape *shape)
{
    if (shape == NULL)
        return;
    g_ptr_array_unref(shape->columns);
    g_free(shape);
}

static bool is_true(const PGresult *rows, int row, int column)
{
    return *PQgetvalue(rows, row, column) == 't';
}

static char *text_or_null(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL : g_strdup(PQgetvalue(rows, row, column));
}

static ShapeColumn *read_column(const PGresult *rows, int row)
{
    ShapeColumn *column = g_new0(ShapeColumn, 1);
    *column = (ShapeColumn){
        .name = g_strdup(PQgetvalue(rows, row, 0)),
        .type = g_strdup(PQgetvalue(rows, row, 1)),
        .bare_type = g_strdup(PQgetvalue(rows, row, 2)),
        .not_null = is_true(rows, row, 3),
        .is_generated = is_true(rows, row, 4),
        .is_always = is_true(rows, row, 5),
        .has_default = is_true(rows, row, 6),
        .key_place = (int)g_ascii_strtoll(PQgetvalue(rows, row, 7), NULL, 10),
        .equal = text_or_null(rows, row, 8),
        .collation = text_or_null(rows, row, 9),
    };
    return column;
}

bool table_shape_load(Database *db, const char *schema, const char *name, TableShape **out_shape,
                      GError **error)
{
    const char *values[] = {schema, name};
    g_autoptr(PGresult) kind = database_query(db, sql_table_kind, values, 2, error);
    g_autoptr(PGresult) rows =
        kind != NULL ? database_query(db, sql_table_columns, values, 2, error) : NULL;
    if (rows == NULL)
        return false;
    *out_shape = NULL;
    if (PQntuples(kind) == 0)
        return true;
    TableShape *shape = table_shape_new(*PQgetvalue(kind, 0, 0));
    shape->is_inherited = is_true(kind, 0, 1);
    shape->is_readable = is_true(kind, 0, 2);
    shape->is_member = is_true(kind, 0, 3);
    for (int i = 0; i < PQntuples(rows); i++)
        g_ptr_array_add(shape->columns, read_column(rows, i));
    *out_shape = shape;
    return true;
}

const ShapeColumn *table_shape_find(const TableShape *shape, const char *column)
{
    for (unsigned i = 0; i < shape->columns->len; i++) {
        const ShapeColumn *one = shape->columns->pdata[i];
        if (g_str_equal(one->name, column))
            return one;
    }
    return NULL;
}
