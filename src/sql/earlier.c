#include "sql/earlier.h"

#include "sql/words.h"

#include <string.h>

/* The values of an enum type. */
typedef struct Labels {
    char **literals;
    bool several; /* of a domain over an array of it */
} Labels;

struct Earlier {
    bool rows;
    bool all;            /* any name may mean another thing */
    bool functions;      /* whether there are any in @named */
    GHashTable *touched; /* set: bare names of tables, and table.column */
    GHashTable *named;   /* set: bare names of types, domains, functions, collations */
    GHashTable *labels;  /* bare name of an enum type, or a domain over it → Labels */
};

static void labels_free(void *data)
{
    Labels *labels = data;
    g_strfreev(labels->literals);
    g_free(labels);
}

Earlier *earlier_new(void)
{
    Earlier *earlier = g_new0(Earlier, 1);
    earlier->touched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    earlier->named = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    earlier->labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, labels_free);
    return earlier;
}

void earlier_free(Earlier *earlier)
{
    if (earlier == NULL)
        return;
    g_hash_table_unref(earlier->touched);
    g_hash_table_unref(earlier->named);
    g_hash_table_unref(earlier->labels);
    g_free(earlier);
}

/* The bare name of a type, or of that which an array is of. */
static char *bare_type(const char *type)
{
    g_autoptr(GString) name = g_string_new(type);
    while (g_str_has_suffix(name->str, "[]"))
        g_string_truncate(name, name->len - 2);
    return words_bare_name(name->str);
}

char **earlier_labels(const Earlier *earlier, const char *type, bool *out_several)
{
    g_autofree char *bare = bare_type(type);
    const Labels *labels = g_hash_table_lookup(earlier->labels, bare);
    *out_several = g_str_has_suffix(type, "]") || (labels != NULL && labels->several);
    return labels != NULL ? labels->literals : NULL;
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

/* Takes a name that means another thing from now on, if one is next. */
static void take_named(Earlier *earlier, Words *words)
{
    g_autofree char *name = words_take_name(words);
    if (name == NULL)
        return;
    g_autofree char *bare = words_bare_name(name);
    g_hash_table_remove(earlier->labels, bare);
    g_hash_table_add(earlier->named, g_steal_pointer(&bare));
}

/* The kinds of take_named(); takes the kind. */
static bool take_named_kind(Earlier *earlier, Words *words)
{
    if (words_take(words, "function") || words_take(words, "procedure") ||
        words_take(words, "routine") || words_take(words, "aggregate")) {
        earlier->functions = true;
        return true;
    }
    return words_take(words, "type") || words_take(words, "domain") ||
           words_take(words, "collation");
}

static void add_alter(Earlier *earlier, Words *words)
{
    if (words_see_any(words, "schema")) {
        earlier->rows = earlier->all = true;
    } else if (words_see_any(words, "extension|operator")) {
        earlier->rows = true; /* with whatever stands on it */
    } else if (take_named_kind(earlier, words)) {
        take_named(earlier, words);
        words_take_until(words, "rename");
        if (words_take(words, "rename to"))
            take_named(earlier, words);
    } else if (words_take(words, "table") || words_take(words, "foreign table") ||
               words_take(words, "view") || words_take(words, "materialized view")) {
        add_alter_table(earlier, words);
    }
}

/* Takes @name and @literals. */
static void set_labels(Earlier *earlier, const char *name, char **literals, bool several)
{
    Labels *labels = g_new(Labels, 1);
    *labels = (Labels){literals, several};
    g_hash_table_insert(earlier->labels, words_bare_name(name), labels);
}

/* CREATE TYPE, behind these words. */
static void add_type(Earlier *earlier, Words *words)
{
    Words start = *words;
    take_named(earlier, &start);
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
    set_labels(earlier, name, g_strv_builder_end(labels), false);
}

/* CREATE DOMAIN, behind these words: one over an enum type has its values. */
static void add_domain(Earlier *earlier, Words *words)
{
    Words start = *words;
    take_named(earlier, &start);
    g_autofree char *name = words_take_name(words);
    words_take(words, "as");
    g_autofree char *type = words_take_name(words);
    bool several = false;
    char **labels = name != NULL && type != NULL ? earlier_labels(earlier, type, &several) : NULL;
    if (labels != NULL)
        set_labels(earlier, name, g_strdupv(labels), several || words_see_any(words, "[|array"));
}

static void add_create(Earlier *earlier, Words *words)
{
    words_take(words, "or replace");
    if (words_take(words, "domain")) {
        add_domain(earlier, words);
        return;
    }
    if (words_take(words, "type")) {
        add_type(earlier, words);
        return;
    }
    if (take_named_kind(earlier, words)) {
        words_take(words, "if not exists");
        take_named(earlier, words);
        return;
    }
    if (words_see_any(words, "operator|cast"))
        earlier->rows = true; /* what stands in an expression may mean another thing */
    Words head = words_take_until(words, "(|as|on|returns");
    if (!words_see_any(&head, "index|unique|trigger|schema|operator|cast"))
        touch_all(earlier, &head);
}

static void add_drop(Earlier *earlier, Words *words)
{
    if (words_see_any(words, "schema|owned|extension|operator|cast")) {
        earlier->rows = true; /* with whatever stands on it */
    } else if (words_see_any(words, "table|view|materialized|foreign")) {
        touch_all(earlier, words);
    } else if (take_named_kind(earlier, words)) {
        words_take(words, "if exists");
        Words list = *words;
        while (!words_at_end(&list)) {
            Words item = words_take_item(&list);
            take_named(earlier, &item);
        }
        words_take_until(words, "cascade");
        earlier->rows = earlier->rows || !words_at_end(words);
    }
}

/* SET and RESET, behind these words. Most settings change neither names nor values. */
static void add_setting(Earlier *earlier, Words *words)
{
    if (!words_take(words, "local") && words_take(words, "session") &&
        !words_see(words, "authorization"))
        words_take(words, "session");
    g_autofree char *name = words_take_name(words);
    g_autofree char *lower = g_ascii_strdown(name != NULL ? name : "", -1);
    static const char *const of_names[] = {"search_path",   "\"search_path\"", "schema", "role",
                                           "authorization", "session",         "all",    NULL};
    static const char *const of_values[] = {"time",          "timezone",     "datestyle",
                                            "intervalstyle", "row_security", NULL};
    if (g_strv_contains(of_names, lower))
        earlier->rows = earlier->all = true;
    if (g_strv_contains(of_values, lower) || strchr(lower, '.') != NULL)
        earlier->rows = true;
}

/* What changes neither rows nor names. */
static bool is_harmless(Words *words)
{
    return words_see_any(words, "comment|grant|revoke|analyze|vacuum|reindex|cluster|lock") ||
           words_take(words, "select setval") || words_take(words, "select pg_catalog . setval");
}

void earlier_add(Earlier *earlier, const char *text)
{
    g_auto(Words) words = words_read(text);
    if (strcasestr(text, "set_config") != NULL)
        earlier->rows = earlier->all = true;
    if (words_take(&words, "alter"))
        add_alter(earlier, &words);
    else if (words_take(&words, "create"))
        add_create(earlier, &words);
    else if (words_take(&words, "drop"))
        add_drop(earlier, &words);
    else if (words_take(&words, "set") || words_take(&words, "reset"))
        add_setting(earlier, &words);
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
    return earlier->all || g_hash_table_contains(earlier->touched, name) ||
           (both != NULL && g_hash_table_contains(earlier->touched, both));
}

/* Whether a word of an expression is no function, though a parenthesis follows. */
#define NO_FUNCTIONS                                                                               \
    "in|and|or|not|any|all|some|exists|between|like|ilike|is|when|then|else|case|array|row|"       \
    "values|coalesce|nullif|greatest|least|numeric|decimal|varchar|char|character|varying|bit"

bool earlier_names(const Earlier *earlier, const char *text, const char *except)
{
    if (earlier->all)
        return true;
    if (g_hash_table_size(earlier->named) == 0)
        return false;
    g_autofree char *left_out = except != NULL ? bare_type(except) : NULL;
    g_auto(Words) words = words_read(text);
    while (!words_at_end(&words)) {
        bool keyword = words_see_any(&words, NO_FUNCTIONS);
        g_autofree char *name = words_take_name(&words);
        g_autofree char *bare = name != NULL ? words_bare_name(name) : NULL;
        if (name == NULL)
            words.at++;
        else if ((earlier->functions && !keyword && words_see(&words, "(")) ||
                 (g_strcmp0(bare, left_out) != 0 && g_hash_table_contains(earlier->named, bare)))
            return true;
    }
    return false;
}
