#include "sql/mentions.h"

#include "sql/quote.h"
#include "sql/syntax.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

void mentions_free(Mentions *mentions)
{
    if (mentions == NULL)
        return;
    g_ptr_array_unref(mentions->functions);
    g_ptr_array_unref(mentions->relations);
    g_free(mentions);
}

static void add(GPtrArray *names, char *name)
{
    if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_free(name);
    else
        g_ptr_array_add(names, name);
}

static void add_function(Mentions *mentions, const json_t *names)
{
    const json_t *last = json_array_get(names, json_array_size(names) - 1);
    const char *name = json_string_value(json_object_get(json_object_get(last, "String"), "sval"));
    if (name != NULL)
        add(mentions->functions, g_strdup(name));
}

static void add_relation(Mentions *mentions, const json_t *node)
{
    const char *schema = json_string_value(json_object_get(node, "schemaname"));
    const char *name = json_string_value(json_object_get(node, "relname"));
    GString *quoted = g_string_new(NULL);
    if (schema != NULL)
        sql_append(quoted, "%I.%I", schema, name);
    else
        sql_append(quoted, "%I", name);
    add(mentions->relations, g_string_free(quoted, FALSE));
}

/* The tree is as deep as syntax_parse() lets it be. */
static void walk(Mentions *mentions, json_t *node)
{
    if (json_is_array(node)) {
        size_t i;
        json_t *element;
        json_array_foreach(node, i, element) walk(mentions, element);
        return;
    }
    if (json_object_get(node, "funcname") != NULL)
        add_function(mentions, json_object_get(node, "funcname"));
    if (json_is_string(json_object_get(node, "relname")))
        add_relation(mentions, node);
    const char *key;
    json_t *value;
    json_object_foreach(node, key, value) walk(mentions, value);
}

static int compare(const void *a, const void *b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

Mentions *mentions_new(const char *text)
{
    Mentions *mentions = g_new0(Mentions, 1);
    mentions->functions = g_ptr_array_new_with_free_func(g_free);
    mentions->relations = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(json_t) tree = syntax_parse(text);
    mentions->known = tree != NULL;
    if (tree != NULL)
        walk(mentions, tree);
    g_ptr_array_sort(mentions->functions, compare);
    g_ptr_array_sort(mentions->relations, compare);
    return mentions;
}
