#include "migrate/guards.h"

#include "migrate/model_list.h"
#include "sql/words.h"

#include <string.h>

/* What identities begin with: see catalog/queries/others.sql. */
static const char policy[] = "policy ";
static const char enabled[] = "row security ";
static const char forced[] = "forced row security ";

bool guard_is(const Object *object)
{
    return object->kind == KIND_OTHER && (g_str_has_prefix(object->identity, policy) ||
                                          g_str_has_prefix(object->identity, enabled) ||
                                          g_str_has_prefix(object->identity, forced));
}

GPtrArray *guards_missing(const Schema *now, const Schema *wanted)
{
    GPtrArray *missing = g_ptr_array_new();
    const GPtrArray *objects = schema_objects(wanted, KIND_OTHER);
    for (unsigned i = 0; i < objects->len; i++) {
        Object *object = objects->pdata[i];
        if (guard_is(object) && schema_find(now, KIND_OTHER, object->identity) == NULL)
            g_ptr_array_add(missing, object);
    }
    return missing;
}

/* Whether the name that comes next, if any, ends as @wanted does: models may leave schemas out. */
static bool take_same(Words *words, const char *wanted)
{
    g_autofree char *name = words_take_name(words);
    g_autofree char *bare = name == NULL ? NULL : words_bare_name(name);
    g_autofree char *other = words_bare_name(wanted);
    return g_strcmp0(bare, other) == 0;
}

/* CREATE POLICY name ON table; @rest: "name on schema.table". */
static bool makes_policy(Words *words, const char *rest)
{
    g_auto(Words) wanted = words_read(rest);
    g_autofree char *name = words_take_name(&wanted);
    if (name == NULL || !words_take(&wanted, "on"))
        return false;
    g_autofree char *table = words_take_name(&wanted);
    return table != NULL && words_take(words, "create policy") && take_same(words, name) &&
           words_take(words, "on") && take_same(words, table);
}

/* ALTER TABLE table …, ENABLE ROW LEVEL SECURITY; @action: "enable" or "force". */
static bool switches_on(Words *words, const char *table, const char *action)
{
    g_autofree char *phrase = g_strconcat(action, " row level security", NULL);
    if (!words_take(words, "alter table"))
        return false;
    words_take(words, "if exists");
    words_take(words, "only");
    if (!take_same(words, table))
        return false;
    words_take(words, "*");
    while (!words_at_end(words)) {
        Words item = words_take_item(words);
        if (words_take(&item, phrase))
            return true;
    }
    return false;
}

static bool makes(const char *text, const char *identity)
{
    g_auto(Words) words = words_read(text);
    if (g_str_has_prefix(identity, policy))
        return makes_policy(&words, identity + strlen(policy));
    if (g_str_has_prefix(identity, enabled))
        return switches_on(&words, identity + strlen(enabled), "enable");
    return switches_on(&words, identity + strlen(forced), "force");
}

char *guard_place(const Models *models, const Object *guard)
{
    for (unsigned i = 0; i < models->statements->len; i++) {
        const ModelStatement *one = models->statements->pdata[i];
        if (makes(one->statement->text, guard->identity))
            return g_strdup_printf("%s:%u", one->file->shown, one->statement->line);
    }
    return NULL;
}
