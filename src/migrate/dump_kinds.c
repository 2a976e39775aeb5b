#include "migrate/dump_kinds.h"

#include <string.h>

/* Types of pg_dump whose objects are KIND_OTHER to the catalog reader. */
static const char *const unmanaged_types[] = {
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DEFAULT ACL",
    "EVENT TRIGGER",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "INDEX ATTACH",
    "OPERATOR",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "POLICY",
    "PROCEDURAL LANGUAGE",
    "PUBLICATION",
    "PUBLICATION TABLE",
    "PUBLICATION TABLES IN SCHEMA",
    "ROW SECURITY",
    "RULE",
    "SECURITY LABEL",
    "SERVER",
    "SHELL TYPE",
    "STATISTICS",
    "SUBSCRIPTION",
    "SUBSCRIPTION TABLE",
    "TABLE ATTACH",
    "TEXT SEARCH CONFIGURATION",
    "TEXT SEARCH DICTIONARY",
    "TEXT SEARCH PARSER",
    "TEXT SEARCH TEMPLATE",
    "TRANSFORM",
    "USER MAPPING",
};

/* A view that is part of a circle is made twice; its query is then in a RULE. */
static bool is_unmanaged_type(const DumpObject *object)
{
    if (g_str_equal(object->type, "RULE") && g_str_has_suffix(object->name, " _RETURN"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(unmanaged_types); i++)
        if (g_str_equal(unmanaged_types[i], object->type))
            return true;
    return false;
}

/* A table that is partitioned, inherits or has a type; a type that is no enum. */
static bool is_unmanaged_form(const DumpObject *object)
{
    if (g_str_equal(object->type, "TYPE"))
        return strstr(object->text, " AS ENUM (") == NULL;
    if (!g_str_equal(object->type, "TABLE"))
        return false;
    const char *head = strchr(object->text, '\n');
    size_t length = head == NULL ? strlen(object->text) : (size_t)(head - object->text);
    return strstr(object->text, "\nPARTITION BY ") != NULL ||
           strstr(object->text, "\nINHERITS (") != NULL ||
           g_strstr_len(object->text, (gssize)length, " OF ") != NULL;
}

/*
 * Comments, grants and SQL have names with quotes, pg_dump's other names are without. One whose
 * own text holds a quote is not found; then it is compared, which errs on the safe side.
 */
static char *without_quotes(const char *name)
{
    g_autoptr(GString) plain = g_string_new(name);
    g_string_replace(plain, "\"", "", 0);
    return g_string_free(g_steal_pointer(&plain), FALSE);
}

static char *full_name(const char *schema, const char *name)
{
    return g_strdup_printf("%s.%s", schema, name);
}

/* What relations and types are not managed: a set of schema.name. */
static GHashTable *find_unmanaged(const GPtrArray *objects)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < objects->len; i++) {
        const DumpObject *object = g_ptr_array_index(objects, i);
        if (is_unmanaged_form(object) || g_str_equal(object->type, "FOREIGN TABLE") ||
            g_str_equal(object->type, "TABLE ATTACH"))
            g_hash_table_add(names, full_name(object->schema, object->name));
    }
    return names;
}

/* Whether what @name says, or what it says up to one of its dots or spaces, is in @names. */
static bool is_within(GHashTable *names, const char *schema, const char *name)
{
    for (size_t length = strlen(name); length > 0; length--) {
        if (name[length] != '\0' && name[length] != ' ' && name[length] != '.')
            continue;
        g_autofree char *part = g_strndup(name, length);
        g_autofree char *full = full_name(schema, part);
        if (g_hash_table_contains(names, full))
            return true;
    }
    return false;
}

/*
 * (transfer full) (nullable): schema.name of the relation that an index or a column's sequence
 * belongs to, which only its text says.
 */
static char *relation_in_text(const DumpObject *object)
{
    static const struct {
        const char *type;
        const char *word;
        bool column; /* a column's name follows */
    } texts[] = {
        {"INDEX", " ON ", false},
        {"SEQUENCE", "ALTER TABLE ", false},
        {"SEQUENCE OWNED BY", " OWNED BY ", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *at = strstr(object->text, texts[i].word);
        if (!g_str_equal(texts[i].type, object->type) || at == NULL)
            continue;
        at += strlen(texts[i].word);
        if (g_str_has_prefix(at, "ONLY "))
            at += strlen("ONLY ");
        g_autofree char *quoted = g_strndup(at, strcspn(at, " \n;"));
        char *name = without_quotes(quoted);
        char *dot = texts[i].column ? strrchr(name, '.') : NULL;
        if (dot != NULL)
            *dot = '\0';
        return name;
    }
    return NULL;
}

static bool is_about_another(const DumpObject *object)
{
    return g_str_equal(object->type, "COMMENT") || g_str_equal(object->type, "ACL");
}

/* Whether @object is one of @names, a part of one, a comment on it, a grant on it. */
static bool belongs_to(GHashTable *names, const DumpObject *object)
{
    g_autofree char *relation = relation_in_text(object);
    if (relation != NULL)
        return g_hash_table_contains(names, relation);
    if (!is_about_another(object))
        return is_within(names, object->schema, object->name);
    /* "COLUMN item.name", "CONSTRAINT c ON item", "FOREIGN TABLE f": past the type's words */
    g_autofree char *words = without_quotes(object->name);
    for (const char *name = words; name != NULL; name = strchr(name, ' ')) {
        name += *name == ' ';
        if (is_within(names, object->schema, name))
            return true;
    }
    return false;
}

/* Whether @object is a comment on a constraint's index or an identity column's sequence. */
static bool is_about_hidden(const DumpObject *object, GHashTable *separate)
{
    if (!g_str_equal(object->type, "COMMENT") ||
        (!g_str_has_prefix(object->name, "INDEX ") && !g_str_has_prefix(object->name, "SEQUENCE ")))
        return false;
    g_autofree char *name = without_quotes(strchr(object->name, ' ') + 1);
    g_autofree char *full = full_name(object->schema, name);
    return !g_hash_table_contains(separate, full);
}

/* Whether a comment or grant is on an object of a kind that is not managed, by its first words. */
static bool is_about_unmanaged(const DumpObject *object)
{
    if (!is_about_another(object))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(unmanaged_types); i++) {
        size_t length = strlen(unmanaged_types[i]);
        if (strncmp(object->name, unmanaged_types[i], length) == 0 && object->name[length] == ' ')
            return true;
    }
    return false;
}

/* The indexes and sequences that are objects of their own: a set of schema.name. */
static GHashTable *find_separate(const GPtrArray *objects)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < objects->len; i++) {
        const DumpObject *object = g_ptr_array_index(objects, i);
        if (g_str_equal(object->type, "INDEX") ||
            (g_str_equal(object->type, "SEQUENCE") && g_str_has_prefix(object->text, "CREATE ")))
            g_hash_table_add(names, full_name(object->schema, object->name));
    }
    return names;
}

/* Removes the lines of a table that set what no managed kind holds; whether there were some. */
static bool remove_unmanaged_lines(DumpObject *object)
{
    static const char *const ends[] = {" REPLICA IDENTITY FULL;", " REPLICA IDENTITY NOTHING;",
                                       " FORCE ROW LEVEL SECURITY;"};
    g_auto(GStrv) lines = g_strsplit(object->text, "\n", -1);
    g_autoptr(GString) text = g_string_new(NULL);
    bool removed = false;
    for (char **line = lines; *line != NULL; line++) {
        bool unmanaged = false;
        for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
            unmanaged = unmanaged || (g_str_has_prefix(*line, "ALTER TABLE ") &&
                                      g_str_has_suffix(*line, ends[i]));
        removed = removed || unmanaged;
        if (!unmanaged)
            g_string_append_printf(text, "%s%s", line == lines ? "" : "\n", *line);
    }
    g_free(object->text);
    object->text = g_string_free(g_steal_pointer(&text), FALSE);
    return removed;
}

static bool matches(const DumpOptions *options, const char *full)
{
    if (g_strcmp0(options->version_table, full) == 0)
        return true;
    for (const char *const *word = options->excluded; word != NULL && *word != NULL; word++)
        if (g_pattern_match_simple(*word, full))
            return true;
    return false;
}

/* Whether the options exclude an object with this name, or a part of one. */
static bool is_excluded(const DumpOptions *options, const char *schema, const char *name)
{
    for (size_t length = strlen(name); length > 0; length--) {
        if (name[length] != '\0' && name[length] != ' ' && name[length] != '.')
            continue;
        g_autofree char *part = g_strndup(name, length);
        g_autofree char *full = *schema == '\0' ? g_strdup(part) : full_name(schema, part);
        g_autofree char *inside = g_strconcat(part, ".", NULL);
        if (matches(options, full) || (*schema == '\0' && matches(options, inside)))
            return true;
    }
    return false;
}

static bool is_object_excluded(const DumpOptions *options, const DumpObject *object)
{
    g_autofree char *relation = relation_in_text(object);
    if (relation != NULL && matches(options, relation))
        return true;
    if (!is_about_another(object))
        return is_excluded(options, object->schema, object->name);
    g_autofree char *words = without_quotes(object->name);
    for (const char *name = words; name != NULL; name = strchr(name, ' ')) {
        name += *name == ' ';
        if (is_excluded(options, object->schema, name))
            return true;
    }
    return false;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *sorted_keys(GHashTable *set)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    void *key = NULL;
    g_hash_table_iter_init(&iter, set);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(keys, g_strdup(key));
    g_ptr_array_sort(keys, compare_texts);
    return keys;
}

/*
 * Whether @object is of a kind that is not managed, or belongs to one; what @types shall say of
 * it is added there.
 */
static bool is_unmanaged(const DumpObject *object, GHashTable *relations, GHashTable *separate,
                         GHashTable *types)
{
    const char *type = g_intern_string(object->type);
    if (is_unmanaged_type(object))
        g_hash_table_add(types, (void *)type);
    else if (is_unmanaged_form(object))
        g_hash_table_add(types, (void *)(g_str_equal(type, "TYPE")
                                             ? "TYPE other than an enum"
                                             : "TABLE partitioned, inheriting or of a type"));
    else
        return belongs_to(relations, object) || is_about_hidden(object, separate) ||
               is_about_unmanaged(object);
    return true;
}

GPtrArray *dump_leave_out(GPtrArray *objects, const DumpOptions *options)
{
    g_autoptr(GHashTable) relations = find_unmanaged(objects);
    g_autoptr(GHashTable) separate = find_separate(objects);
    g_autoptr(GHashTable) types = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = objects->len; i > 0; i--) {
        DumpObject *object = g_ptr_array_index(objects, i - 1);
        if (is_object_excluded(options, object) ||
            (!options->everything && is_unmanaged(object, relations, separate, types))) {
            g_ptr_array_remove_index(objects, i - 1);
            continue;
        }
        if (!options->everything && g_str_equal(object->type, "TABLE") &&
            remove_unmanaged_lines(object))
            g_hash_table_add(types, (void *)"REPLICA IDENTITY FULL, FORCE ROW LEVEL SECURITY");
    }
    return sorted_keys(types);
}
