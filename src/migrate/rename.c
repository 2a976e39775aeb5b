#include "migrate/rename.h"

#include "schema/list.h"
#include "sql/quote.h"

#include <string.h>

void rename_plan_clear(RenamePlan *plan)
{
    g_clear_pointer(&plan->forward, g_strfreev);
    g_clear_pointer(&plan->backward, g_strfreev);
}

/* What can be renamed by its own name, and how ALTER calls it. */
static const struct {
    ObjectKind kind;
    const char *word;
} renamable[] = {
    {KIND_TABLE, "TABLE"},       {KIND_VIEW, "VIEW"}, {KIND_MATERIALIZED_VIEW, "MATERIALIZED VIEW"},
    {KIND_SEQUENCE, "SEQUENCE"}, {KIND_ENUM, "TYPE"}, {KIND_DOMAIN, "DOMAIN"},
    {KIND_INDEX, "INDEX"},
};

/* Finds an object by its catalog names; the schema may be left out if it is public. */
static const Object *find_named(const Schema *schema, ObjectKind kind, char **path, size_t count)
{
    bool in_relation = object_kinds[kind].in_relation;
    size_t least = in_relation ? 2 : 1;
    if (count < least || count > least + 1)
        return NULL;
    const char *namespace = count == least ? "public" : path[0];
    char **rest = path + (count - least);
    const GPtrArray *objects = schema_objects(schema, kind);
    for (unsigned i = 0; i < objects->len; i++) {
        const Object *object = g_ptr_array_index(objects, i);
        if (g_strcmp0(object->schema, namespace) == 0 &&
            (!in_relation || g_strcmp0(object->relation, rest[0]) == 0) &&
            strcmp(object->name, rest[least - 1]) == 0)
            return object;
    }
    return NULL;
}

static void append_qualified(GString *sql, const Object *object, const char *name)
{
    if (strcmp(object->schema, "public") != 0)
        sql_append(sql, "%I.", object->schema);
    sql_append(sql, "%I", name);
}

/* ALTER TABLE old RENAME TO new */
static char *rename_object(const char *word, const Object *object, const char *from, const char *to)
{
    GString *sql = g_string_new(NULL);
    sql_append(sql, "ALTER %s ", word);
    append_qualified(sql, object, from);
    sql_append(sql, " RENAME TO %I", to);
    return g_string_free(sql, FALSE);
}

static char *rename_column(const Object *column, const char *from, const char *to)
{
    GString *sql = g_string_new("ALTER TABLE ");
    append_qualified(sql, column, column->relation);
    sql_append(sql, " RENAME COLUMN %I TO %I", from, to);
    return g_string_free(sql, FALSE);
}

static char *rename_value(const Object *type, const char *from, const char *to)
{
    GString *sql = g_string_new("ALTER TYPE ");
    append_qualified(sql, type, type->name);
    sql_append(sql, " RENAME VALUE %L TO %L", from, to);
    return g_string_free(sql, FALSE);
}

static bool has_label(const Object *type, const char *label)
{
    g_auto(GStrv) labels = list_parse(object_value(type, ENUM_LABELS));
    return g_strv_contains((const char *const *)labels, label);
}

/* The statements of one rename. A part is named by its table or type. */
typedef struct Rename {
    char *there;
    char *back;
    bool is_part;
} Rename;

static void rename_clear(void *data)
{
    Rename *rename = data;
    g_free(rename->there);
    g_free(rename->back);
}

/* What there is of that name and how it is renamed; false if there is nothing. */
static bool make_one(char **path, size_t count, const char *to, const Schema *now, Rename *out)
{
    const char *from = path[count - 1];
    const Object *column = find_named(now, KIND_COLUMN, path, count);
    if (column != NULL) {
        *out = (Rename){rename_column(column, from, to), rename_column(column, to, from), true};
        return true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(renamable); i++) {
        const Object *object = find_named(now, renamable[i].kind, path, count);
        const char *word = renamable[i].word;
        if (object == NULL)
            continue;
        *out = (Rename){rename_object(word, object, from, to),
                        rename_object(word, object, to, from), false};
        return true;
    }
    const Object *type = find_named(now, KIND_ENUM, path, count - 1);
    if (type == NULL || !has_label(type, from))
        return false;
    *out = (Rename){rename_value(type, from, to), rename_value(type, to, from), true};
    return true;
}

/* The schema of an object's path; that of a part stands before its table or type. */
static const char *schema_of(char **path, bool is_part)
{
    return g_strv_length(path) > (is_part ? 2 : 1) ? path[0] : "public";
}

/* NEW may be a name alone: then it stays where it is. */
static bool check_place(const char *word, char **path, char **target, bool is_part, GError **error)
{
    if (target[1] == NULL || g_str_equal(schema_of(path, is_part), schema_of(target, is_part)))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                "\"%s\" is no rename: it leads to another schema\n"
                "hint: \"ALTER TABLE … SET SCHEMA\" goes into a revision of its own: "
                "retort revision -m \"…\"",
                word);
    return false;
}

static bool add_one(const char *word, const Schema *now, GArray *renames, GError **error)
{
    g_auto(GStrv) sides = g_strsplit(word, "=", 2);
    if (g_strv_length(sides) != 2 || sides[0][0] == '\0' || sides[1][0] == '\0') {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "\"%s\" is no rename\nhint: write OLD=NEW, as in item.price=cost", word);
        return false;
    }
    g_auto(GStrv) path = g_strsplit(sides[0], ".", 3);
    g_auto(GStrv) target = g_strsplit(sides[1], ".", 3);
    Rename rename = {0};
    if (!make_one(path, g_strv_length(path), target[g_strv_length(target) - 1], now, &rename)) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "nothing called \"%s\" is there to be renamed\n"
                    "hint: write TABLE=NEW, TABLE.COLUMN=NEW or ENUM.VALUE=NEW, with the schema "
                    "in front if it is not public",
                    sides[0]);
        return false;
    }
    g_array_append_val(renames, rename);
    return check_place(word, path, target, rename.is_part, error);
}

static void add_statements(const GArray *renames, bool parts, GStrvBuilder *there, GPtrArray *back)
{
    for (unsigned i = 0; i < renames->len; i++) {
        const Rename *rename = &g_array_index(renames, Rename, i);
        if (rename->is_part != parts)
            continue;
        g_strv_builder_add(there, rename->there);
        g_ptr_array_insert(back, 0, g_strdup(rename->back));
    }
}

/* Columns and values come before the tables and types that they are named by. */
bool rename_plan_make(const char *const *words, const Schema *now, RenamePlan *out_plan,
                      GError **error)
{
    g_autoptr(GArray) renames = g_array_new(FALSE, FALSE, sizeof(Rename));
    g_array_set_clear_func(renames, rename_clear);
    for (size_t i = 0; words[i] != NULL; i++)
        if (!add_one(words[i], now, renames, error))
            return false;
    g_autoptr(GStrvBuilder) there = g_strv_builder_new();
    g_autoptr(GPtrArray) back = g_ptr_array_new_with_free_func(g_free);
    add_statements(renames, true, there, back);
    add_statements(renames, false, there, back);
    g_ptr_array_add(back, NULL);
    out_plan->forward = g_strv_builder_end(there);
    out_plan->backward = (char **)g_ptr_array_steal(back, NULL);
    return true;
}
