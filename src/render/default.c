#include "render/renderer.h"
#include "render/text.h"

/* Defaults of columns; a view's columns have some, too. */

static char *describe(const Object *standard)
{
    g_autofree char *relation = text_relation(standard);
    g_autofree char *name = sql_quote_identifier(standard->name);
    return g_strconcat("COLUMN ", relation, ".", name, NULL);
}

/* ALTER TABLE item ALTER COLUMN price */
static char *alter_column(const Object *standard)
{
    bool of_view = standard->parent != NULL && standard->parent->kind == KIND_VIEW_COLUMN;
    g_autofree char *relation = text_relation(standard);
    GString *sql = g_string_new(NULL);
    sql_append(sql, "ALTER %s %s ALTER COLUMN %I", of_view ? "VIEW" : "TABLE", relation,
               standard->name);
    return g_string_free(sql, FALSE);
}

static void set(Rendering *rendering, const Change *change)
{
    g_autofree char *start = alter_column(change->to);
    rendering_add(rendering, change->to, "%s SET DEFAULT %s", start,
                  object_value(change->to, DEFAULT_EXPRESSION));
}

static void drop(Rendering *rendering, const Change *change)
{
    g_autofree char *start = alter_column(change->from);
    rendering_add(rendering, change->from, "%s DROP DEFAULT", start);
}

const Renderer default_renderer = {.describe = describe, .create = set, .drop = drop, .alter = set};
