#include "render/renderer.h"
#include "render/text.h"
#include "schema/list.h"

#include <string.h>

static char *describe(const Object *type)
{
    g_autofree char *name = text_name(type);
    return g_strconcat("TYPE ", name, NULL);
}

/* @separator stands between the labels. */
static char *label_list(char **labels, const char *separator)
{
    GString *list = g_string_new(NULL);
    for (char **label = labels; *label != NULL; label++) {
        if (list->len > 0)
            sql_append(list, "%s", separator);
        sql_append(list, "%L", *label);
    }
    return g_string_free(list, FALSE);
}

static void create(Rendering *rendering, const Change *change)
{
    g_auto(GStrv) labels = list_parse(object_value(change->to, ENUM_LABELS));
    g_autofree char *name = text_name(change->to);
    g_autofree char *line = label_list(labels, ", ");
    g_autofree char *lines = label_list(labels, ",\n    ");
    bool fits = strlen(name) + strlen(line) + strlen("CREATE TYPE  AS ENUM ();") <= TEXT_LINE_WIDTH;
    rendering_add(rendering, change->to,
                  fits ? "CREATE TYPE %s AS ENUM (%s)" : "CREATE TYPE %s AS ENUM (\n    %s\n)",
                  name, fits ? line : lines);
}

static bool has_label(char **labels, const char *label)
{
    return g_strv_contains((const char *const *)labels, label);
}

/* The next of @labels behind the first that the type has already, or NULL. */
static const char *next_known(char **labels, char **known)
{
    for (char **label = labels; *label != NULL; label++)
        if (has_label(known, *label))
            return *label;
    return NULL;
}

/* A new label goes behind the one before it, which is there by then; a first one before. */
static void alter(Rendering *rendering, const Change *change)
{
    g_auto(GStrv) before = list_parse(object_value(change->from, ENUM_LABELS));
    g_auto(GStrv) after = list_parse(object_value(change->to, ENUM_LABELS));
    g_autofree char *name = text_name(change->to);
    for (char **label = after; *label != NULL; label++) {
        if (has_label(before, *label))
            continue;
        const char *next = next_known(label + 1, before);
        g_autoptr(GString) sql = g_string_new(NULL);
        sql_append(sql, "ALTER TYPE %s ADD VALUE %L", name, *label);
        if (next != NULL && label == after)
            sql_append(sql, " BEFORE %L", next);
        else if (next != NULL)
            sql_append(sql, " AFTER %L", label[-1]);
        rendering_add(rendering, change->to, "%s", sql->str)->ends_step = true;
    }
}

/* The values that the successor has not; NULL if there are none. */
static char *set_aside_loss(const Change *change)
{
    g_auto(GStrv) before = list_parse(object_value(change->from, ENUM_LABELS));
    g_auto(GStrv) after = list_parse(object_value(change->to, ENUM_LABELS));
    g_autofree char *name = text_name(change->from);
    g_autoptr(GPtrArray) lost = g_ptr_array_new();
    for (char **label = before; *label != NULL; label++)
        if (!has_label(after, *label))
            g_ptr_array_add(lost, *label);
    g_ptr_array_add(lost, NULL);
    if (lost->len == 1)
        return NULL;
    g_autofree char *list = label_list((char **)lost->pdata, ", ");
    return g_strdup_printf("removes %s %s of type %s", lost->len > 2 ? "the values" : "the value",
                           list, name);
}

const Renderer enum_renderer = {
    .describe = describe, .create = create, .alter = alter, .set_aside_loss = set_aside_loss};
