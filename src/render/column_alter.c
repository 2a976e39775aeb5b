#include "render/cast.h"
#include "render/column.h"
#include "render/not_null.h"
#include "render/renderer.h"
#include "render/sequence.h"
#include "render/text.h"

#include <string.h>

static const char *compression_name(const char *letter)
{
    if (letter == NULL)
        return "DEFAULT";
    return letter[0] == 'l' ? "lz4" : "pglz";
}

static const char *storage_name(const char *letter)
{
    switch (letter[0]) {
    case 'p':
        return "PLAIN";
    case 'e':
        return "EXTERNAL";
    case 'm':
        return "MAIN";
    default:
        return "EXTENDED";
    }
}

/* SET STORAGE DEFAULT is only since 16. Source: pg_type.typstorage of the types known. */
static const char *usual_storage(const char *type)
{
    static const char *const in_main[] = {"numeric", "inet", "cidr", "geometry", "geography"};
    for (size_t i = 0; i < G_N_ELEMENTS(in_main); i++)
        if (g_str_has_prefix(type, in_main[i]) && !g_str_has_suffix(type, "[]"))
            return "MAIN";
    return "EXTENDED";
}

/* One ALTER TABLE with a list of actions, made a line each if there are several. */
typedef struct Actions {
    GString *sql;
    const Object *column;
    unsigned count;
} Actions;

static void add_action(Actions *actions, const char *what, const char *value)
{
    if (actions->count++ > 0)
        sql_append(actions->sql, ",\n    ");
    sql_append(actions->sql, "ALTER COLUMN %I %s%s", actions->column->name, what, value);
}

static RenderedStatement *append_actions(Rendering *rendering, const Actions *actions)
{
    if (actions->count == 0)
        return NULL;
    g_autofree char *table = text_relation(actions->column);
    return rendering_add(rendering, actions->column,
                         actions->count > 1 ? "ALTER TABLE %s\n    %s" : "ALTER TABLE %s %s", table,
                         actions->sql->str);
}

static void add_statistics(Actions *actions, const Object *column)
{
    const char *target = object_value(column, COLUMN_STATISTICS);
    add_action(actions, "SET STATISTICS ", target != NULL ? target : "-1");
}

static void add_storage(Actions *actions, const Object *column)
{
    const char *storage = object_value(column, COLUMN_STORAGE);
    add_action(actions, "SET STORAGE ",
               storage != NULL ? storage_name(storage)
                               : usual_storage(object_value(column, COLUMN_TYPE)));
}

static void add_compression(Actions *actions, const Object *column)
{
    add_action(actions, "SET COMPRESSION ",
               compression_name(object_value(column, COLUMN_COMPRESSION)));
}

static void add_options(Actions *actions, const char *from, const char *to)
{
    g_autofree char *set = NULL;
    g_autofree char *reset = NULL;
    text_option_changes(from, to, &set, &reset);
    if (reset[0] != '\0') {
        g_autofree char *list = g_strconcat("(", reset, ")", NULL);
        add_action(actions, "RESET ", list);
    }
    if (set[0] != '\0') {
        g_autofree char *list = g_strconcat("(", set, ")", NULL);
        add_action(actions, "SET ", list);
    }
}

void column_append_settings(Rendering *rendering, const Object *column)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    Actions actions = {.sql = sql, .column = column};
    if (object_value(column, COLUMN_STORAGE) != NULL)
        add_storage(&actions, column);
    if (object_value(column, COLUMN_COMPRESSION) != NULL)
        add_compression(&actions, column);
    if (object_value(column, COLUMN_STATISTICS) != NULL)
        add_statistics(&actions, column);
    add_options(&actions, NULL, object_value(column, COLUMN_OPTIONS));
    append_actions(rendering, &actions);
    not_null_append_rest(rendering, column);
}

static bool stands_on_user_type(const Object *domain)
{
    for (unsigned i = 0; domain->depends_on != NULL && i < domain->depends_on->len; i++) {
        ObjectKind kind = ((Object *)g_ptr_array_index(domain->depends_on, i))->kind;
        if (kind == KIND_ENUM || kind == KIND_DOMAIN)
            return true;
    }
    return false;
}

/* The type of @column or, if that is a domain over a type of the server's own, that one. */
static const char *base_type(const Object *column)
{
    const char *type = object_value(column, COLUMN_TYPE);
    for (unsigned i = 0; column->depends_on != NULL && i < column->depends_on->len; i++) {
        const Object *needed = g_ptr_array_index(column->depends_on, i);
        if (needed->kind != KIND_DOMAIN || stands_on_user_type(needed))
            continue;
        g_autofree char *name = text_name(needed);
        if (strcmp(name, type) == 0)
            return object_value(needed, DOMAIN_TYPE);
    }
    return type;
}

/*
 * A type of the same name can only be the successor of one that was set aside. The values of a
 * generated column are generated again, and the server takes no USING.
 */
static CastWay way_between(const Change *change)
{
    if (object_value(change->to, COLUMN_GENERATED) != NULL)
        return CAST_ASSIGNMENT;
    const char *from = object_value(change->from, COLUMN_TYPE);
    const char *to = object_value(change->to, COLUMN_TYPE);
    const char *from_base = base_type(change->from);
    const char *to_base = base_type(change->to);
    bool succeeded = change_sets(change, COLUMN_TYPE) && strcmp(from, to) == 0;
    if (succeeded && from_base == from && to_base == to)
        return CAST_TEXT;
    return cast_way(from_base, to_base);
}

static void add_type(Actions *actions, const Change *change)
{
    const char *from = object_value(change->from, COLUMN_TYPE);
    const char *to = object_value(change->to, COLUMN_TYPE);
    CastWay way = way_between(change);
    g_autoptr(GString) type = g_string_new(NULL);
    column_append_type(type, change->to);
    if (way == CAST_EXPLICIT)
        sql_append(type, " USING %I::%s", change->to->name, to);
    if (way == CAST_TEXT)
        sql_append(type, " USING %I::%s::%s", change->to->name,
                   cast_is_of_arrays(from, to) ? "text[]" : "text", to);
    add_action(actions, "TYPE ", type->str);
}

static bool changes_type(const Change *change)
{
    return change_sets(change, COLUMN_TYPE) || change_sets(change, COLUMN_COLLATION);
}

/* A new type takes the usual storage and compression: they are set again. */
static void add_settings(Actions *actions, const Change *change)
{
    const Object *to = change->to;
    bool retyped = changes_type(change);
    if (retyped ? object_value(to, COLUMN_STORAGE) != NULL : change_sets(change, COLUMN_STORAGE))
        add_storage(actions, to);
    if (retyped ? object_value(to, COLUMN_COMPRESSION) != NULL
                : change_sets(change, COLUMN_COMPRESSION))
        add_compression(actions, to);
    if (change_sets(change, COLUMN_STATISTICS))
        add_statistics(actions, to);
    if (change_sets(change, COLUMN_OPTIONS))
        add_options(actions, object_value(change->from, COLUMN_OPTIONS),
                    object_value(to, COLUMN_OPTIONS));
}

/* Says of a new type what may become of the values; those that are generated come anew. */
static void mark_cast(RenderedStatement *statement, const Change *change)
{
    const Object *column = change->to;
    const char *from = object_value(change->from, COLUMN_TYPE);
    const char *to = object_value(column, COLUMN_TYPE);
    const char *from_base = base_type(change->from);
    const char *to_base = base_type(column);
    g_autofree char *table = text_relation(column);
    g_autofree char *name = sql_quote_identifier(column->name);
    if (cast_loses(from_base, to_base))
        statement_set_loss(statement, "may round or cut the values of column %s.%s (%s to %s)",
                           table, name, from, to);
    if (cast_fails(from_base, to_base))
        statement_set_risk(statement, "a value of column %s.%s may not fit (%s to %s)", table, name,
                           from, to);
}

static void append_main_actions(Rendering *rendering, const Change *change)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    Actions actions = {.sql = sql, .column = change->to};
    if (changes_type(change))
        add_type(&actions, change);
    const char *not_null = not_null_action(change);
    if (not_null != NULL)
        add_action(&actions, not_null, "");
    add_settings(&actions, change);
    RenderedStatement *statement = append_actions(rendering, &actions);
    if (statement != NULL && changes_type(change))
        mark_cast(statement, change);
}

static char *usual_sequence(const Object *column)
{
    g_autofree char *name = g_strconcat(column->relation, "_", column->name, "_seq", NULL);
    return text_qualify(column->schema, name);
}

char *column_identity_sequence(const Object *column)
{
    const char *sequence = object_value(column, COLUMN_IDENTITY_SEQUENCE);
    return sequence != NULL ? g_strdup(sequence) : usual_sequence(column);
}

/* The new table may have the name that the old one had, and so the same sequence. */
static void rename_sequence(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    g_autofree char *usual = usual_sequence(to);
    const char *before = object_value(change->from, COLUMN_IDENTITY_SEQUENCE);
    const char *old = before != NULL ? before : usual;
    g_autofree char *new = column_identity_sequence(to);
    if (strcmp(old, new) != 0)
        rendering_add(rendering, to, "ALTER SEQUENCE %s RENAME TO %s", old, text_last_name(new));
}

/* Both sides are identity columns: its kind and the options of its sequence. */
static void alter_identity(Rendering *rendering, const Change *change)
{
    const Object *from = change->from;
    const Object *to = change->to;
    g_autoptr(GString) sql = g_string_new(NULL);
    if (change_sets(change, COLUMN_IDENTITY))
        sql_append(sql, " SET GENERATED %s",
                   object_value(to, COLUMN_IDENTITY)[0] == 'a' ? "ALWAYS" : "BY DEFAULT");
    sequence_append_changes(sql, object_value(from, COLUMN_TYPE),
                            &from->values[COLUMN_IDENTITY_START], object_value(to, COLUMN_TYPE),
                            &to->values[COLUMN_IDENTITY_START], " SET ");
    sequence_append_restart(sql, &from->values[COLUMN_IDENTITY_START],
                            &to->values[COLUMN_IDENTITY_START]);
    g_autofree char *sequence = column_identity_sequence(from);
    sequence_add_move(rendering, to, sequence, &from->values[COLUMN_IDENTITY_START],
                      &to->values[COLUMN_IDENTITY_START]);
    if (sql->len > 0) {
        g_autofree char *table = text_relation(to);
        rendering_add(rendering, to, "ALTER TABLE %s ALTER COLUMN %I%s", table, to->name, sql->str);
    }
    if (change_sets(change, COLUMN_IDENTITY_SEQUENCE))
        rename_sequence(rendering, change);
}

static void add_identity(Rendering *rendering, const Object *column)
{
    g_autofree char *table = text_relation(column);
    g_autoptr(GString) identity = g_string_new(NULL);
    column_append_identity(identity, column);
    rendering_add(rendering, column, "ALTER TABLE %s ALTER COLUMN %I ADD %s", table, column->name,
                  identity->str);
}

/*
 * The values that are there go on to be counted from the highest: a sequence that begins anew
 * would repeat them.
 */
static void continue_sequence(Rendering *rendering, const Object *column)
{
    const char *step = object_value(column, COLUMN_IDENTITY_INCREMENT);
    bool down = step != NULL && step[0] == '-';
    g_autofree char *table = text_relation(column);
    rendering_add(rendering, column,
                  "SELECT setval(pg_get_serial_sequence(%L, %L), %s(%I))\n"
                  "  FROM %s\nHAVING %s(%I) %s %s",
                  table, column->name, down ? "min" : "max", column->name, table,
                  down ? "min" : "max", column->name,
                  down ? "<=" : ">=", object_value(column, COLUMN_IDENTITY_START));
}

static void append_drop(Rendering *rendering, const Object *column, const char *what)
{
    g_autofree char *table = text_relation(column);
    rendering_add(rendering, column, "ALTER TABLE %s ALTER COLUMN %I DROP %s", table, column->name,
                  what);
}

/*
 * Identity goes before NULL is allowed, and comes after NULL is forbidden and the type is right;
 * it is a statement of its own, because the server looks at the old type otherwise. Likewise the
 * expression of a generated column, which takes no USING.
 */
void column_append_changes(Rendering *rendering, const Change *change)
{
    bool was = object_value(change->from, COLUMN_IDENTITY) != NULL;
    bool is = object_value(change->to, COLUMN_IDENTITY) != NULL;
    if (was && !is)
        append_drop(rendering, change->to, "IDENTITY");
    if (change_sets(change, COLUMN_GENERATED))
        append_drop(rendering, change->to, "EXPRESSION");
    append_main_actions(rendering, change);
    not_null_append_changes(rendering, change);
    if (is && !was) {
        add_identity(rendering, change->to);
        continue_sequence(rendering, change->to);
    }
    if (is && was)
        alter_identity(rendering, change);
}
