#include "render/mark.h"
#include "render/renderer.h"
#include "render/text.h"
#include "schema/list.h"

#include <string.h>

static char *describe(const Object *index)
{
    g_autofree char *name = text_name(index);
    return g_strconcat("INDEX ", name, NULL);
}

/* Appends the definition; btree, which everybody has in mind, is not said. */
static void append_definition(GString *sql, const Object *index)
{
    static const char method[] = "USING btree ";
    const char *definition = object_value(index, INDEX_DEFINITION);
    bool unique = g_str_has_prefix(definition, "CREATE UNIQUE ");
    g_autofree char *table = text_relation(index);
    g_autoptr(GString) start = g_string_new(NULL);
    sql_append(start, "CREATE %sINDEX %I ON %s ", unique ? "UNIQUE " : "", index->name, table);
    const char *rest = definition + start->len;
    if (g_str_has_prefix(definition, start->str) && g_str_has_prefix(rest, method))
        sql_append(sql, "%s%s", start->str, rest + strlen(method));
    else
        sql_append(sql, "%s", definition);
}

static bool has_statistics(char **targets, const char *position, size_t length)
{
    for (char **target = targets; *target != NULL; target++)
        if (strncmp(*target, position, length) == 0 && (*target)[length] == ' ')
            return true;
    return false;
}

/* Elements are "position target"; a position that only @from has goes back to the default. */
static void append_statistics(Rendering *rendering, const Object *index, const char *from,
                              const char *to)
{
    g_auto(GStrv) before = list_parse(from);
    g_auto(GStrv) after = list_parse(to);
    g_autofree char *name = text_name(index);
    for (char **target = before; *target != NULL; target++) {
        g_autofree char *position = g_strndup(*target, strcspn(*target, " "));
        if (!has_statistics(after, position, strlen(position)))
            rendering_add(rendering, index, "ALTER INDEX %s ALTER COLUMN %s SET STATISTICS -1",
                          name, position);
    }
    for (char **target = after; *target != NULL; target++) {
        g_auto(GStrv) words = g_strsplit(*target, " ", 2);
        if (!g_strv_contains((const char *const *)before, *target))
            rendering_add(rendering, index, "ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s",
                          name, words[0], words[1]);
    }
}

static void create(Rendering *rendering, const Change *change)
{
    const Object *index = change->to;
    g_autoptr(GString) sql = g_string_new(NULL);
    append_definition(sql, index);
    rendering_add(rendering, index, "%s", sql->str);
    append_statistics(rendering, index, NULL, object_value(index, INDEX_STATISTICS));
    mark_append(rendering, index, INDEX_CLUSTERED, INDEX_REPLICA_IDENTITY);
}

static void alter(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    if (change_sets(change, INDEX_STATISTICS))
        append_statistics(rendering, to, object_value(change->from, INDEX_STATISTICS),
                          object_value(to, INDEX_STATISTICS));
    mark_append_changes(rendering, change, INDEX_CLUSTERED, INDEX_REPLICA_IDENTITY);
}

const Renderer index_renderer = {.describe = describe, .create = create, .alter = alter};
