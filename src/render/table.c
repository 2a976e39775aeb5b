#include "render/column.h"
#include "render/constraint.h"
#include "render/fold.h"
#include "render/renderer.h"
#include "render/text.h"

#include <string.h>

static char *describe(const Object *table)
{
    g_autofree char *name = text_name(table);
    return g_strconcat("TABLE ", name, NULL);
}

static bool is_unlogged(const Object *table)
{
    return strcmp(object_value(table, TABLE_PERSISTENCE), "u") == 0;
}

static void begin_line(GString *sql)
{
    sql_append(sql, sql->len > 0 ? ",\n    " : "\n    ");
}

/* The lines between the parentheses, without the line break at the end. */
static char *table_lines(const Fold *fold, const NameUse *names)
{
    GString *sql = g_string_sized_new(512);
    for (unsigned i = 0; i < fold->columns->len; i++) {
        const Object *column = g_ptr_array_index(fold->columns, i);
        g_autoptr(GPtrArray) constraints = fold_column_constraints(fold, column->name);
        begin_line(sql);
        column_append_definition(sql, column, fold_default(fold, column->name), constraints);
    }
    for (unsigned i = 0; i < fold->lines->len; i++) {
        begin_line(sql);
        constraint_append_line(sql, names, g_ptr_array_index(fold->lines, i));
    }
    if (sql->len > 0)
        sql_append(sql, "\n");
    return g_string_free(sql, FALSE);
}

static void create(Rendering *rendering, const Change *change)
{
    const Object *table = change->to;
    const char *method = object_value(table, TABLE_ACCESS_METHOD);
    const char *tablespace = object_value(table, TABLE_TABLESPACE);
    g_autofree char *name = text_name(table);
    g_autoptr(Fold) fold = fold_new(rendering->names, NULL, change->inside);
    g_autofree char *lines = table_lines(fold, rendering->names);
    g_autoptr(GString) tail = g_string_new(NULL);
    if (method != NULL)
        sql_append(tail, " USING %s", method);
    text_append_with(tail, object_value(table, TABLE_OPTIONS));
    if (tablespace != NULL)
        sql_append(tail, " TABLESPACE %s", tablespace);
    rendering_add(rendering, table, "CREATE %sTABLE %s (%s)%s",
                  is_unlogged(table) ? "UNLOGGED " : "", name, lines, tail->str);
    for (unsigned i = 0; i < fold->columns->len; i++)
        column_append_settings(rendering, g_ptr_array_index(fold->columns, i));
    fold_append_rest(fold, rendering);
}

static void drop(Rendering *rendering, const Change *change)
{
    g_autofree char *name = text_name(change->from);
    RenderedStatement *statement = rendering_add(rendering, change->from, "DROP TABLE %s", name);
    statement_set_loss(statement, "drops table %s with its rows", name);
}

static void alter(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    const char *method = object_value(to, TABLE_ACCESS_METHOD);
    const char *tablespace = object_value(to, TABLE_TABLESPACE);
    g_autofree char *name = text_name(to);
    g_autofree char *what = describe(to);
    if (change_sets(change, TABLE_PERSISTENCE))
        rendering_add(rendering, to, "ALTER TABLE %s SET %s", name,
                      is_unlogged(to) ? "UNLOGGED" : "LOGGED");
    if (change_sets(change, TABLE_ACCESS_METHOD)) /* since 15 */
        rendering_add(rendering, to, "ALTER TABLE %s SET ACCESS METHOD %s", name,
                      method != NULL ? method : "heap");
    if (change_sets(change, TABLE_TABLESPACE))
        rendering_add(rendering, to, "ALTER TABLE %s SET TABLESPACE %s", name,
                      tablespace != NULL ? tablespace : "pg_default");
    if (change_sets(change, TABLE_OPTIONS))
        rendering_add_options(rendering, to, what, object_value(change->from, TABLE_OPTIONS),
                              object_value(to, TABLE_OPTIONS));
}

const Renderer table_renderer = {
    .describe = describe,
    .create = create,
    .drop = drop,
    .alter = alter,
};
