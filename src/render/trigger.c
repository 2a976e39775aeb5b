#include "render/renderer.h"
#include "render/text.h"

static char *describe(const Object *trigger)
{
    g_autofree char *table = text_relation(trigger);
    g_autofree char *name = sql_quote_identifier(trigger->name);
    return g_strconcat("TRIGGER ", name, " ON ", table, NULL);
}

static void append_enabled(Rendering *rendering, const Object *trigger)
{
    const char *word = "ENABLE";
    switch (object_value(trigger, TRIGGER_ENABLED)[0]) {
    case 'D':
        word = "DISABLE";
        break;
    case 'R':
        word = "ENABLE REPLICA";
        break;
    case 'A':
        word = "ENABLE ALWAYS";
        break;
    default:
        break;
    }
    g_autofree char *table = text_relation(trigger);
    rendering_add(rendering, trigger, "ALTER TABLE %s %s TRIGGER %I", table, word, trigger->name);
}

static void create(Rendering *rendering, const Change *change)
{
    static const char *const clauses[] = {"BEFORE ",   "AFTER ", "INSTEAD OF ", "REFERENCING ",
                                          "FOR EACH ", "WHEN (", "EXECUTE ",    NULL};
    const Object *trigger = change->to;
    g_autoptr(GString) sql = g_string_new(NULL);
    text_append_broken(sql, object_value(trigger, TRIGGER_DEFINITION), clauses);
    rendering_add(rendering, trigger, "%s", sql->str);
    if (object_value(trigger, TRIGGER_ENABLED)[0] != 'O')
        append_enabled(rendering, trigger);
}

static void alter(Rendering *rendering, const Change *change)
{
    append_enabled(rendering, change->to);
}

const Renderer trigger_renderer = {.describe = describe, .create = create, .alter = alter};
