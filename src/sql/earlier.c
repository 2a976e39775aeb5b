#include "sql/earlier.h"

#include "sql/words.h"

#include <string.h>

struct Earlier {
    bool rows;
    GHashTable *touched; /* set: bare names of tables, and table.column */
    GHashTable *labels;  /* bare name of an enum type → GStrv */
};

Earlier *earlier_new(void)
{
    Earlier *earlier = g_new0(Earlier, 1);
    earlier->touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    earlier->labels =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev);
    return earlier;
}

void earlier_free(Earlier *earlier)
{
    if (earlier == NULL)
        return;
    g_hash_table_unref(earlier->touched);
    g_hash_table_unref(earlier->labels);
    g_free(earlier);
}

char **earlier_labels(const Earlier *earlier, const char *type)
{
    g_autoptr(GString) name = g_string_new(type);
    while (g_str_has_suffix(name->str, "[]"))
        g_string_truncate(name, name->len - 2);
    g_autofree char *bare = words_bare_name(name->str);
    return g_hash_table_lookup(earlier->labels, bare);
}

/* Names of one bare name in two schemas are taken for one. */
static void touch(Earlier *earlier, const char *table, const char *column)
{
    g_autofree char *name = words_bare_name(table);
    g_autofree char *part = column != NULL ? words_bare_name(column) : NULL;
    if (column == NULL) {
        g_hash_table_add(earlier->touched, g_steal_pointer(&name));
        return;
    }
    g_hash_table_add(earlier->touched, g_strconcat(name, ".", part, NULL));
    g_hash_table_add(earlier->touched, g_strconcat(name, "." EARLIER_ANY_COLUMN, NULL));
}

/* Takes all names of what is left. */
static void touch_all(Earlier *earlier, Words *words)
{
    while (!words_at_end(words)) {
        g_autofree char *name = words_take_name(words);
        if (name != NULL)
            touch(earlier, name, NULL);
        else
            words->at++;
    }
}

static void add_action(Earlier *earlier, const char *table, Words *action)
{
    bool adds = words_take(action, "add");
    bool drops = !adds && words_take(action, "drop");
    bool alters = !adds && !drops && words_take(action, "alter");
    if (!adds && !drops && !alters) { /* RENAME TO, ATTACH PARTITION, SET SCHEMA, … */
        touch(earlier, table, NULL);
        touch_all(earlier, action);
        return;
    }
    if (words_see_any(action, "constraint|primary|unique|check|foreign|exclude"))
        return;
    words_take(action, "column");
    words_take(action, adds ? "if not exists" : "if exists");
    g_autofree char *column = words_take_name(action);
    if (column != NULL &&
        (!alters || words_see_any(action, "type") || words_take(action, "set data type")))
        touch(earlier, table, column);
}

static void add_alter_table(Earlier *earlier, Words *words)
{
    words_take(words, "if exists");
    words_take(words, "only");
    g_autofree char *table = words_take_name(words);
    words_take(words, "*");
    while (table != NULL && !words_at_end(words)) {
        Words action = words_take_item(words);
        add_action(earlier, table, &action);
    }
}

static void add_alter(Earlier *earlier, Words *words)
{
    if (words_take(words, "table"))
        add_alter_table(earlier, words);
    else if (words_see_any(words, "schema|extension"))
        earlier->rows = true; /* names mean other things by then */
}

/* CREATE TYPE, behind these words. */
static void add_type(Earlier *earlier, Words *words)
{
    g_autofree char *name = words_take_name(words);
    Words inside = {0};
    if (name == NULL || !words_take(words, "as enum") || !words_take_group(words, &inside))
        return;
    g_autoptr(GStrvBuilder) labels = g_strv_builder_new();
    while (!words_at_end(&inside)) {
        Words item = words_take_item(&inside);
        g_autofree char *label = words_text(&item);
        g_strv_builder_add(labels, label);
    }
    g_hash_table_insert(earlier->labels, words_bare_name(name), g_strv_builder_end(labels));
}

/* CREATE DOMAIN, behind these words: one over an enum type has its values. */
static void add_domain(Earlier *earlier, Words *words)
{
    g_autofree char *name = words_take_name(words);
    words_take(words, "as");
    g_autofree char *type = words_take_name(words);
    char **labels = name != NULL && type != NULL ? earlier_labels(earlier, type) : NULL;
    if (labels != NULL)
        g_hash_table_insert(earlier->labels, words_bare_name(name), g_strdupv(labels));
}

static void add_create(Earlier *earlier, Words *words)
{
    if (words_take(words, "domain")) {
        add_domain(earlier, words);
        return;
    }
    if (words_take(words, "type")) {
        add_type(earlier, words);
        return;
    }
    Words head = words_take_until(words, "(|as|on|returns");
    if (!words_see_any(&head, "index|unique|function|procedure|trigger|schema"))
        touch_all(earlier, &head);
}

static void add_drop(Earlier *earlier, Words *words)
{
    if (words_see_any(words, "schema|owned|extension"))
        earlier->rows = true; /* with whatever stands on it */
    else if (words_see_any(words, "table|view|materialized|foreign"))
        touch_all(earlier, words);
}

/* What changes neither rows nor names. */
static bool is_harmless(Words *words)
{
    return words_see_any(words, "comment|grant|revoke|set|reset|analyze|vacuum|reindex|cluster") ||
           words_take(words, "select setval") || words_take(words, "select pg_catalog . setval");
}

void earlier_add(Earlier *earlier, const char *text)
{
    g_auto(Words) words = words_read(text);
    if (words_take(&words, "alter"))
        add_alter(earlier, &words);
    else if (words_take(&words, "create"))
        add_create(earlier, &words);
    else if (words_take(&words, "drop"))
        add_drop(earlier, &words);
    else if (!is_harmless(&words))
        earlier->rows = true;
}

bool earlier_changes_rows(const Earlier *earlier)
{
    return earlier->rows;
}

bool earlier_has(const Earlier *earlier, const char *table, const char *column)
{
    g_autofree char *name = words_bare_name(table);
    g_autofree char *part = column != NULL ? words_bare_name(column) : NULL;
    g_autofree char *both = column != NULL ? g_strconcat(name, ".", part, NULL) : NULL;
    return g_hash_table_contains(earlier->touched, name) ||
           (both != NULL && g_hash_table_contains(earlier->touched, both));
}
