#include "render/sequence.h"

#include "render/renderer.h"
#include "render/text.h"

#include <string.h>

typedef enum Option {
    OPTION_START,
    OPTION_INCREMENT,
    OPTION_MINIMUM,
    OPTION_MAXIMUM,
    OPTION_CACHE,
    OPTION_CYCLE,
    OPTION_COUNT
} Option;

G_STATIC_ASSERT(SEQUENCE_CYCLE - SEQUENCE_START == OPTION_CYCLE);
G_STATIC_ASSERT(COLUMN_IDENTITY_CYCLE - COLUMN_IDENTITY_START == OPTION_CYCLE);

static bool is_descending(const char *const *options)
{
    return options[OPTION_INCREMENT][0] == '-';
}

static const char *type_minimum(const char *type)
{
    if (strcmp(type, "smallint") == 0)
        return "-32768";
    return strcmp(type, "integer") == 0 ? "-2147483648" : "-9223372036854775808";
}

static const char *type_maximum(const char *type)
{
    if (strcmp(type, "smallint") == 0)
        return "32767";
    return strcmp(type, "integer") == 0 ? "2147483647" : "9223372036854775807";
}

/* What the server chooses. Source: the manual on CREATE SEQUENCE; init_params() in sequence.c. */
static const char *usual_option(Option option, const char *type, const char *const *options)
{
    bool descending = is_descending(options);
    switch (option) {
    case OPTION_START:
        return descending ? options[OPTION_MAXIMUM] : options[OPTION_MINIMUM];
    case OPTION_MINIMUM:
        return descending ? type_minimum(type) : "1";
    case OPTION_MAXIMUM:
        return descending ? "-1" : type_maximum(type);
    case OPTION_CYCLE:
        return "f";
    default:
        return "1";
    }
}

static void append_option(GString *sql, Option option, const char *value)
{
    static const char *const words[OPTION_COUNT] = {
        "START WITH %s", "INCREMENT BY %s", "MINVALUE %s", "MAXVALUE %s", "CACHE %s", "CYCLE"};
    if (option == OPTION_CYCLE)
        sql_append(sql, value[0] == 't' ? "CYCLE" : "NO CYCLE");
    else
        sql_append(sql, words[option], value);
}

void sequence_append_options(GString *sql, const char *type, const char *const *options,
                             const char *separator)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        if (strcmp(options[option], usual_option((Option)option, type, options)) == 0)
            continue;
        sql_append(sql, "%s", separator);
        append_option(sql, (Option)option, options[option]);
    }
}

/* What the option is after the type alone was changed. Source: init_params() in sequence.c. */
static const char *after_type_change(Option option, const char *from_type, const char *const *from,
                                     const char *to_type)
{
    if (option == OPTION_MAXIMUM && strcmp(from[option], type_maximum(from_type)) == 0)
        return type_maximum(to_type);
    if (option == OPTION_MINIMUM && strcmp(from[option], type_minimum(from_type)) == 0)
        return type_minimum(to_type);
    return from[option];
}

void sequence_append_changes(GString *sql, const char *from_type, const char *const *from,
                             const char *to_type, const char *const *to, const char *prefix)
{
    for (int option = 0; option < OPTION_COUNT; option++) {
        if (strcmp(to[option], after_type_change((Option)option, from_type, from, to_type)) == 0)
            continue;
        sql_append(sql, "%s", prefix);
        append_option(sql, (Option)option, to[option]);
    }
}

static gint64 number_of(const char *const *options, Option option)
{
    return g_ascii_strtoll(options[option], NULL, 10);
}

/* Whether no value is in the bounds of both, or all that were given lie before the new start. */
static bool begins_elsewhere(const char *const *from, const char *const *to)
{
    gint64 start = number_of(to, OPTION_START);
    gint64 low = number_of(from, OPTION_MINIMUM);
    gint64 high = number_of(from, OPTION_MAXIMUM);
    return number_of(to, OPTION_MINIMUM) > high || number_of(to, OPTION_MAXIMUM) < low ||
           (is_descending(to) ? start < low : start > high);
}

static bool is_narrower(const char *const *from, const char *const *to)
{
    return number_of(to, OPTION_MINIMUM) > number_of(from, OPTION_MINIMUM) ||
           number_of(to, OPTION_MAXIMUM) < number_of(from, OPTION_MAXIMUM);
}

void sequence_append_restart(GString *sql, const char *const *from, const char *const *to)
{
    if (is_narrower(from, to) && begins_elsewhere(from, to))
        sql_append(sql, " RESTART WITH %s", to[OPTION_START]);
}

/* Whether @value comes before @other in the direction of the sequence. */
static bool is_before(gint64 value, gint64 other, bool down)
{
    return down ? value > other : value < other;
}

void sequence_add_move(Rendering *rendering, const Object *object, const char *name,
                       const char *const *from, const char *const *to)
{
    bool down = is_descending(to);
    Option first = down ? OPTION_MAXIMUM : OPTION_MINIMUM;
    Option last = down ? OPTION_MINIMUM : OPTION_MAXIMUM;
    gint64 start = number_of(to, OPTION_START);
    bool before = is_before(number_of(from, first), number_of(to, first), down);
    bool behind = is_before(number_of(to, last), number_of(from, OPTION_START), down);
    if (!(before || behind) || begins_elsewhere(from, to) ||
        start < number_of(from, OPTION_MINIMUM) || start > number_of(from, OPTION_MAXIMUM))
        return;
    g_autoptr(GString) where = g_string_new(NULL);
    if (before)
        sql_append(where, "last_value %s %s", down ? ">" : "<", to[first]);
    if (behind)
        sql_append(where, "%slast_value %s %s AND NOT is_called", before ? " OR " : "",
                   down ? "<" : ">", to[last]);
    rendering_add(rendering, object, "SELECT setval(%L, %s, false)\n  FROM %s\n WHERE %s", name,
                  to[OPTION_START], name, where->str);
}

static char *describe(const Object *sequence)
{
    g_autofree char *name = text_name(sequence);
    return g_strconcat("SEQUENCE ", name, NULL);
}

static bool is_unlogged(const Object *sequence)
{
    return strcmp(object_value(sequence, SEQUENCE_PERSISTENCE), "u") == 0;
}

static void create(Rendering *rendering, const Change *change)
{
    const Object *sequence = change->to;
    const char *type = object_value(sequence, SEQUENCE_TYPE);
    g_autofree char *name = text_name(sequence);
    g_autoptr(GString) sql = g_string_new(NULL);
    if (strcmp(type, "bigint") != 0)
        sql_append(sql, "\n    AS %s", type);
    sequence_append_options(sql, type, &sequence->values[SEQUENCE_START], "\n    ");
    rendering_add(rendering, sequence, "CREATE %sSEQUENCE %s%s",
                  is_unlogged(sequence) ? "UNLOGGED " : "", name, sql->str);
}

static void alter(Rendering *rendering, const Change *change)
{
    const Object *from = change->from;
    const Object *to = change->to;
    const char *from_type = object_value(from, SEQUENCE_TYPE);
    const char *to_type = object_value(to, SEQUENCE_TYPE);
    g_autofree char *name = text_name(to);
    g_autoptr(GString) sql = g_string_new(NULL);
    if (change_sets(change, SEQUENCE_TYPE))
        sql_append(sql, " AS %s", to_type);
    sequence_append_changes(sql, from_type, &from->values[SEQUENCE_START], to_type,
                            &to->values[SEQUENCE_START], " ");
    sequence_append_restart(sql, &from->values[SEQUENCE_START], &to->values[SEQUENCE_START]);
    sequence_add_move(rendering, to, name, &from->values[SEQUENCE_START],
                      &to->values[SEQUENCE_START]);
    if (sql->len > 0)
        rendering_add(rendering, to, "ALTER SEQUENCE %s%s", name, sql->str);
    if (change_sets(change, SEQUENCE_PERSISTENCE))
        rendering_add(rendering, to, "ALTER SEQUENCE %s SET %s", name,
                      is_unlogged(to) ? "UNLOGGED" : "LOGGED");
}

const Renderer sequence_renderer = {.describe = describe, .create = create, .alter = alter};

/* The column that owns the sequence. */
static const Object *find_owner(const Object *owned_by)
{
    for (unsigned i = 0; owned_by->depends_on != NULL && i < owned_by->depends_on->len; i++) {
        const Object *needed = g_ptr_array_index(owned_by->depends_on, i);
        if (needed->kind == KIND_COLUMN)
            return needed;
    }
    return NULL;
}

/*
 * A new sequence of a column that is there already goes on behind its values; one that began anew
 * would repeat them.
 */
static void continue_behind(Rendering *rendering, const Object *owned_by)
{
    const Object *column = find_owner(owned_by);
    const Object *sequence = owned_by->parent;
    if (rendering->from == NULL || column == NULL || sequence == NULL ||
        schema_find(rendering->from, KIND_COLUMN, column->identity) == NULL ||
        schema_find(rendering->from, KIND_SEQUENCE, sequence->identity) != NULL)
        return;
    bool down = object_value(sequence, SEQUENCE_INCREMENT)[0] == '-';
    g_autofree char *name = text_name(sequence);
    g_autofree char *table = text_relation(column);
    rendering_add(rendering, owned_by, "SELECT setval(%L, %s(%I))\n  FROM %s\nHAVING %s(%I) %s %s",
                  name, down ? "min" : "max", column->name, table, down ? "min" : "max",
                  column->name, down ? "<=" : ">=", object_value(sequence, SEQUENCE_START));
}

static void own(Rendering *rendering, const Change *change)
{
    g_autofree char *name = text_name(change->to);
    rendering_add(rendering, change->to, "ALTER SEQUENCE %s OWNED BY %s", name,
                  object_value(change->to, OWNED_BY_COLUMN));
    continue_behind(rendering, change->to);
}

static void disown(Rendering *rendering, const Change *change)
{
    g_autofree char *name = text_name(change->from);
    rendering_add(rendering, change->from, "ALTER SEQUENCE %s OWNED BY NONE", name);
}

const Renderer owned_by_renderer = {
    .describe = describe, .create = own, .alter = own, .drop = disown};
