#include "render/renderer.h"
#include "render/text.h"
#include "schema/list.h"

#include <string.h>

/* Views, materialized views and the columns of both. */

static char *describe_view(const Object *view)
{
    g_autofree char *name = text_name(view);
    return g_strconcat("VIEW ", name, NULL);
}

/* Privileges know no views: they are tables there. */
static char *grant_target(const Object *view)
{
    g_autofree char *name = text_name(view);
    return g_strconcat("TABLE ", name, NULL);
}

static void append_view(Rendering *rendering, const Object *view, const char *verb)
{
    g_autofree char *name = text_name(view);
    g_autoptr(GString) sql = g_string_new(NULL);
    text_append_with(sql, object_value(view, VIEW_OPTIONS));
    sql_append(sql, " AS\n");
    text_append_definition(sql, object_value(view, VIEW_DEFINITION));
    rendering_add(rendering, view, "%s VIEW %s%s", verb, name, sql->str);
}

static void create_view(Rendering *rendering, const Change *change)
{
    append_view(rendering, change->to, "CREATE");
}

static void replace_view(Rendering *rendering, const Change *change)
{
    append_view(rendering, change->to, "CREATE OR REPLACE");
}

static void alter_view(Rendering *rendering, const Change *change)
{
    g_autofree char *what = describe_view(change->to);
    rendering_add_options(rendering, change->to, what, object_value(change->from, VIEW_OPTIONS),
                          object_value(change->to, VIEW_OPTIONS));
}

const Renderer view_renderer = {
    .describe = describe_view,
    .create = create_view,
    .replace = replace_view,
    .alter = alter_view,
    .grant_target = grant_target,
};

static char *describe_materialized(const Object *view)
{
    g_autofree char *name = text_name(view);
    return g_strconcat("MATERIALIZED VIEW ", name, NULL);
}

/* Whether @list has an element that begins as @element does, with its first @words words. */
static bool has_target(char **list, const char *element, unsigned words)
{
    const char *end = element;
    for (unsigned i = 0; i < words; i++)
        end += strcspn(end, " ") + 1;
    for (; *list != NULL; list++)
        if (strncmp(*list, element, (size_t)(end - element)) == 0)
            return true;
    return false;
}

static void append_target(Rendering *rendering, const Object *view, const char *element,
                          const char *target)
{
    g_autofree char *what = describe_materialized(view);
    g_auto(GStrv) words = g_strsplit(element, " ", 3);
    rendering_add(rendering, view, "ALTER %s ALTER COLUMN %I SET STATISTICS %s", what, words[2],
                  target != NULL ? target : words[1]);
}

/* Elements are "position target name"; a name alone may have changed. */
static void append_statistics(Rendering *rendering, const Object *view, const char *from,
                              const char *to)
{
    g_auto(GStrv) before = list_parse(from);
    g_auto(GStrv) after = list_parse(to);
    for (char **element = before; *element != NULL; element++)
        if (!has_target(after, *element, 1))
            append_target(rendering, view, *element, "-1");
    for (char **element = after; *element != NULL; element++)
        if (!has_target(before, *element, 2))
            append_target(rendering, view, *element, NULL);
}

static void create_materialized(Rendering *rendering, const Change *change)
{
    const Object *view = change->to;
    const char *method = object_value(view, MATERIALIZED_VIEW_ACCESS_METHOD);
    const char *tablespace = object_value(view, MATERIALIZED_VIEW_TABLESPACE);
    g_autofree char *name = text_name(view);
    g_autoptr(GString) sql = g_string_new(NULL);
    if (method != NULL)
        sql_append(sql, " USING %s", method);
    text_append_with(sql, object_value(view, MATERIALIZED_VIEW_OPTIONS));
    if (tablespace != NULL)
        sql_append(sql, " TABLESPACE %s", tablespace);
    sql_append(sql, " AS\n");
    text_append_definition(sql, object_value(view, MATERIALIZED_VIEW_DEFINITION));
    if (!object_flag(view, MATERIALIZED_VIEW_POPULATED))
        sql_append(sql, "\nWITH NO DATA");
    rendering_add(rendering, view, "CREATE MATERIALIZED VIEW %s%s", name, sql->str);
    append_statistics(rendering, view, NULL, object_value(view, MATERIALIZED_VIEW_STATISTICS));
}

static void alter_materialized(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    const char *method = object_value(to, MATERIALIZED_VIEW_ACCESS_METHOD);
    const char *tablespace = object_value(to, MATERIALIZED_VIEW_TABLESPACE);
    g_autofree char *what = describe_materialized(to);
    if (change_sets(change, MATERIALIZED_VIEW_ACCESS_METHOD)) /* since 15 */
        rendering_add(rendering, to, "ALTER %s SET ACCESS METHOD %s", what,
                      method != NULL ? method : "heap");
    if (change_sets(change, MATERIALIZED_VIEW_TABLESPACE))
        rendering_add(rendering, to, "ALTER %s SET TABLESPACE %s", what,
                      tablespace != NULL ? tablespace : "pg_default");
    if (change_sets(change, MATERIALIZED_VIEW_OPTIONS))
        rendering_add_options(rendering, to, what,
                              object_value(change->from, MATERIALIZED_VIEW_OPTIONS),
                              object_value(to, MATERIALIZED_VIEW_OPTIONS));
    if (change_sets(change, MATERIALIZED_VIEW_STATISTICS))
        append_statistics(rendering, to, object_value(change->from, MATERIALIZED_VIEW_STATISTICS),
                          object_value(to, MATERIALIZED_VIEW_STATISTICS));
}

const Renderer materialized_view_renderer = {
    .describe = describe_materialized,
    .create = create_materialized,
    .alter = alter_materialized,
    .grant_target = grant_target,
};

static char *describe_column(const Object *column)
{
    g_autofree char *view = text_relation(column);
    g_autofree char *name = sql_quote_identifier(column->name);
    return g_strconcat("COLUMN ", view, ".", name, NULL);
}

static char *column_grant_target(const Object *column)
{
    g_autofree char *view = text_relation(column);
    return g_strconcat("TABLE ", view, NULL);
}

/* A view's columns come and go with its definition. */
static void nothing(Rendering *rendering, const Change *change)
{
    (void)rendering;
    (void)change;
}

static void rename_column(Rendering *rendering, const Change *change)
{
    g_autofree char *view = text_relation(change->to);
    const Object *parent = change->to->parent;
    bool materialized = parent != NULL && parent->kind == KIND_MATERIALIZED_VIEW;
    rendering_add(rendering, change->to, "ALTER %s %s RENAME COLUMN %I TO %I",
                  materialized ? "MATERIALIZED VIEW" : "VIEW", view, change->from->name,
                  change->to->name);
}

const Renderer view_column_renderer = {
    .describe = describe_column,
    .create = nothing,
    .drop = nothing,
    .rename = rename_column,
    .grant_target = column_grant_target,
};
