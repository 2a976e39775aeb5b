#include "render/not_null.h"

#include "render/renderer.h"
#include "render/text.h"

bool not_null_is_unusual(const Object *column)
{
    return object_value(column, COLUMN_NOT_NULL_NAME) != NULL ||
           object_flag(column, COLUMN_NOT_NULL_LOCAL) ||
           object_flag(column, COLUMN_NOT_NULL_UNCHECKED);
}

/* (transfer full) */
static char *name_of(const Object *column)
{
    const char *name = object_value(column, COLUMN_NOT_NULL_NAME);
    return name != NULL ? g_strdup(name)
                        : g_strconcat(column->relation, "_", column->name, "_not_null", NULL);
}

static void append_name(GString *sql, const Object *column)
{
    const char *name = object_value(column, COLUMN_NOT_NULL_NAME);
    if (name != NULL)
        sql_append(sql, "CONSTRAINT %I ", name);
}

void not_null_append_in_column(GString *sql, const Object *column)
{
    if (object_flag(column, COLUMN_NOT_NULL_UNCHECKED))
        return;
    sql_append(sql, " ");
    append_name(sql, column);
    sql_append(sql, "NOT NULL");
    if (object_flag(column, COLUMN_NOT_NULL_LOCAL))
        sql_append(sql, " NO INHERIT");
}

static void append_add(Rendering *rendering, const Object *column)
{
    g_autofree char *table = text_relation(column);
    g_autoptr(GString) sql = g_string_new(NULL);
    append_name(sql, column);
    sql_append(sql, "NOT NULL %I", column->name);
    if (object_flag(column, COLUMN_NOT_NULL_LOCAL))
        sql_append(sql, " NO INHERIT");
    if (object_flag(column, COLUMN_NOT_NULL_UNCHECKED))
        sql_append(sql, " NOT VALID");
    rendering_add(rendering, column, "ALTER TABLE %s ADD %s", table, sql->str);
}

void not_null_append_rest(Rendering *rendering, const Object *column)
{
    if (object_flag(column, COLUMN_NOT_NULL_UNCHECKED))
        append_add(rendering, column);
}

/* There is no way back from VALIDATE but to drop it and add it again. */
static bool is_made_again(const Change *change)
{
    return object_flag(change->from, COLUMN_NOT_NULL) && object_flag(change->to, COLUMN_NOT_NULL) &&
           change_sets(change, COLUMN_NOT_NULL_UNCHECKED) &&
           object_flag(change->to, COLUMN_NOT_NULL_UNCHECKED);
}

const char *not_null_action(const Change *change)
{
    bool is = object_flag(change->to, COLUMN_NOT_NULL);
    if (is_made_again(change) || (change_sets(change, COLUMN_NOT_NULL) && !is))
        return "DROP NOT NULL";
    if (change_sets(change, COLUMN_NOT_NULL) && !not_null_is_unusual(change->to))
        return "SET NOT NULL";
    return NULL;
}

static void rename_constraint(Rendering *rendering, const Change *change)
{
    g_autofree char *table = text_relation(change->to);
    g_autofree char *old = name_of(change->from);
    g_autofree char *new = name_of(change->to);
    if (!g_str_equal(old, new))
        rendering_add(rendering, change->to, "ALTER TABLE %s RENAME CONSTRAINT %I TO %I", table,
                      old, new);
}

static void alter_constraint(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    g_autofree char *table = text_relation(to);
    g_autofree char *name = name_of(to);
    if (change_sets(change, COLUMN_NOT_NULL_NAME))
        rename_constraint(rendering, change);
    if (change_sets(change, COLUMN_NOT_NULL_LOCAL))
        rendering_add(rendering, to, "ALTER TABLE %s ALTER CONSTRAINT %I %s", table, name,
                      object_flag(to, COLUMN_NOT_NULL_LOCAL) ? "NO INHERIT" : "INHERIT");
    if (change_sets(change, COLUMN_NOT_NULL_UNCHECKED))
        rendering_add(rendering, to, "ALTER TABLE %s VALIDATE CONSTRAINT %I", table, name);
}

void not_null_append_changes(Rendering *rendering, const Change *change)
{
    bool was = object_flag(change->from, COLUMN_NOT_NULL);
    if (!object_flag(change->to, COLUMN_NOT_NULL))
        return;
    if (is_made_again(change) || (!was && not_null_is_unusual(change->to)))
        append_add(rendering, change->to);
    else if (was)
        alter_constraint(rendering, change);
}
