#include "diff/rules.h"

#include "schema/list.h"

#include <string.h>

#define BIT(attribute) (1U << (attribute))

static bool differs_only_in(const Pair *pair, unsigned attributes)
{
    return (pair->differences & ~attributes) == 0;
}

static bool became_false(const Pair *pair, unsigned attribute)
{
    return object_flag(pair->from, attribute) && !object_flag(pair->to, attribute);
}

bool pair_changes_type(const Pair *pair)
{
    return pair->fate == FATE_ALTER && pair->to->kind == KIND_COLUMN &&
           (pair->differences & (BIT(COLUMN_TYPE) | BIT(COLUMN_COLLATION))) != 0;
}

/* Whether all of @part stands in @whole, in the same order. */
static bool is_subsequence(char **part, char **whole)
{
    for (; *part != NULL; part++, whole++) {
        while (*whole != NULL && strcmp(*whole, *part) != 0)
            whole++;
        if (*whole == NULL)
            return false;
    }
    return true;
}

static bool is_prefix(char **part, char **whole)
{
    for (; *part != NULL; part++, whole++)
        if (*whole == NULL || strcmp(*whole, *part) != 0)
            return false;
    return true;
}

static Fate change_in_place(const Pair *pair)
{
    (void)pair;
    return FATE_ALTER;
}

static Fate change_nothing(const Pair *pair)
{
    (void)pair;
    return FATE_KEEP;
}

static Fate change_enum(const Pair *pair)
{
    g_auto(GStrv) old = list_parse(object_value(pair->from, ENUM_LABELS));
    g_auto(GStrv) new = list_parse(object_value(pair->to, ENUM_LABELS));
    return is_subsequence(old, new) ? FATE_ALTER : FATE_ASIDE;
}

static Fate change_domain(const Pair *pair)
{
    return differs_only_in(pair, BIT(DOMAIN_DEFAULT) | BIT(DOMAIN_NOT_NULL)) ? FATE_ALTER
                                                                             : FATE_ASIDE;
}

static Fate change_domain_check(const Pair *pair)
{
    bool validate =
        differs_only_in(pair, BIT(DOMAIN_CHECK_VALID)) && !became_false(pair, DOMAIN_CHECK_VALID);
    return validate ? FATE_ALTER : FATE_REBUILD;
}

/* Input names may be added, never changed: callers may use them. */
static bool keeps_argument_names(const Pair *pair)
{
    g_auto(GStrv) old = list_parse(object_value(pair->from, FUNCTION_ARGUMENT_NAMES));
    g_auto(GStrv) new = list_parse(object_value(pair->to, FUNCTION_ARGUMENT_NAMES));
    for (unsigned i = 0; old[i] != NULL; i++)
        if (new[i] == NULL || (old[i][0] != '\0' && strcmp(old[i], new[i]) != 0))
            return false;
    return true;
}

static bool has_output_arguments(const Object *function)
{
    const char *arguments = object_value(function, FUNCTION_ARGUMENTS);
    return arguments != NULL &&
           (strstr(arguments, "OUT ") != NULL || strstr(arguments, "VARIADIC ") != NULL);
}

static Fate change_function(const Pair *pair)
{
    if ((pair->differences & (BIT(FUNCTION_TYPE) | BIT(FUNCTION_RESULT))) != 0)
        return FATE_REBUILD;
    if ((pair->differences & BIT(FUNCTION_ARGUMENTS)) != 0 &&
        (has_output_arguments(pair->from) || has_output_arguments(pair->to)))
        return FATE_REBUILD;
    guint64 old_defaults = 0;
    guint64 new_defaults = 0;
    const char *old_text = object_value(pair->from, FUNCTION_DEFAULTS);
    const char *new_text = object_value(pair->to, FUNCTION_DEFAULTS);
    if (old_text != NULL && new_text != NULL) {
        old_defaults = g_ascii_strtoull(old_text, NULL, 10);
        new_defaults = g_ascii_strtoull(new_text, NULL, 10);
    }
    return new_defaults >= old_defaults && keeps_argument_names(pair) ? FATE_REPLACE : FATE_REBUILD;
}

static Fate change_column(const Pair *pair)
{
    const char *old = object_value(pair->from, COLUMN_GENERATED);
    const char *new = object_value(pair->to, COLUMN_GENERATED);
    if (old == NULL && new == NULL)
        return FATE_ALTER;
    /* A stored generated column may become a plain one and keep its values: DROP EXPRESSION. */
    if (new == NULL && strcmp(old, "s") == 0)
        return FATE_ALTER;
    unsigned computed =
        BIT(COLUMN_GENERATED) | BIT(COLUMN_EXPRESSION) | BIT(COLUMN_TYPE) | BIT(COLUMN_COLLATION);
    return (pair->differences & computed) != 0 ? FATE_REBUILD : FATE_ALTER;
}

static Fate change_constraint(const Pair *pair)
{
    unsigned easy = BIT(CONSTRAINT_VALID) | BIT(CONSTRAINT_CLUSTERED) |
                    BIT(CONSTRAINT_REPLICA_IDENTITY) | BIT(CONSTRAINT_OPTIONS) |
                    BIT(CONSTRAINT_TABLESPACE);
    if (strcmp(object_value(pair->to, CONSTRAINT_TYPE), "f") == 0)
        easy |= BIT(CONSTRAINT_DEFERRABLE) | BIT(CONSTRAINT_DEFERRED);
    return differs_only_in(pair, easy) && !became_false(pair, CONSTRAINT_VALID) ? FATE_ALTER
                                                                                : FATE_REBUILD;
}

static Fate change_index(const Pair *pair)
{
    return (pair->differences & (BIT(INDEX_DEFINITION) | BIT(INDEX_VALID))) != 0 ? FATE_REBUILD
                                                                                 : FATE_ALTER;
}

static Fate change_view(const Pair *pair)
{
    if (differs_only_in(pair, BIT(VIEW_OPTIONS)))
        return FATE_ALTER;
    g_auto(GStrv) old = list_parse(object_value(pair->from, VIEW_COLUMNS));
    g_auto(GStrv) new = list_parse(object_value(pair->to, VIEW_COLUMNS));
    return is_prefix(old, new) ? FATE_REPLACE : FATE_REBUILD;
}

static Fate change_materialized_view(const Pair *pair)
{
    return (pair->differences & BIT(MATERIALIZED_VIEW_DEFINITION)) != 0 ? FATE_REBUILD : FATE_ALTER;
}

static Fate change_trigger(const Pair *pair)
{
    return differs_only_in(pair, BIT(TRIGGER_ENABLED)) ? FATE_ALTER : FATE_REBUILD;
}

static Fate disturb_nothing(Pair *pair, const Pair *cause)
{
    (void)pair;
    (void)cause;
    return FATE_KEEP;
}

/*
 * What can be replaced, and does not need @cause any more, is replaced before that goes; all
 * else has to make way and is made again.
 */
static Fate disturb_rebuild(Pair *pair, const Pair *cause)
{
    if (pair->fate == FATE_REPLACE && !object_depends_on(pair->to, cause->to))
        return FATE_REPLACE;
    return FATE_REBUILD;
}

static Fate disturb_domain(Pair *pair, const Pair *cause)
{
    (void)pair;
    return cause->fate == FATE_ASIDE ? FATE_ASIDE : FATE_KEEP;
}

/* A column keeps its data whatever happens to its type; a generated one is computed again. */
static Fate disturb_column(Pair *pair, const Pair *cause)
{
    if (object_value(pair->from, COLUMN_GENERATED) != NULL)
        return FATE_REBUILD;
    if (cause->fate != FATE_ASIDE)
        return FATE_KEEP;
    pair->differences |= BIT(COLUMN_TYPE);
    return FATE_ALTER;
}

/* SET DEFAULT overrides, but an old default may not be castable to the column's new type. */
static Fate disturb_default(Pair *pair, const Pair *cause)
{
    if (pair_changes_type(cause) && pair->differences == 0)
        return FATE_KEEP;
    return FATE_REBUILD;
}

static const char *type_name_end(const char *type)
{
    return type + strcspn(type, "(");
}

/* Whether only the modifier differs, as in varchar(10) and varchar(20). */
static bool is_same_type_name(const Pair *column)
{
    const char *old = object_value(column->from, COLUMN_TYPE);
    const char *new = object_value(column->to, COLUMN_TYPE);
    if (strcmp(old, new) == 0 && (column->differences & BIT(COLUMN_TYPE)) != 0)
        return false; /* another type that takes the name of the one set aside */
    size_t length = (size_t)(type_name_end(old) - old);
    return length == (size_t)(type_name_end(new) - new) && strncmp(old, new, length) == 0;
}

/*
 * ALTER COLUMN TYPE rebuilds the column's constraints and indexes itself; a foreign key between
 * columns of two types in the meantime may have no operator.
 */
static Fate disturb_constraint(Pair *pair, const Pair *cause)
{
    if (!pair_changes_type(cause))
        return FATE_REBUILD;
    bool foreign_key = strcmp(object_value(pair->from, CONSTRAINT_TYPE), "f") == 0;
    return foreign_key && !is_same_type_name(cause) ? FATE_REBUILD : FATE_KEEP;
}

static Fate disturb_index(Pair *pair, const Pair *cause)
{
    (void)pair;
    return pair_changes_type(cause) ? FATE_KEEP : FATE_REBUILD;
}

static Fate disturb_owned_by(Pair *pair, const Pair *cause)
{
    (void)pair;
    return pair_changes_type(cause) ? FATE_KEEP : FATE_REBUILD;
}

const KindRules kind_rules[] = {
    [KIND_SCHEMA] = {change_nothing, disturb_nothing},
    [KIND_EXTENSION] = {change_in_place, disturb_nothing},
    [KIND_ENUM] = {change_enum, disturb_nothing},
    [KIND_DOMAIN] = {change_domain, disturb_domain},
    [KIND_DOMAIN_CHECK] = {change_domain_check, disturb_rebuild},
    [KIND_SEQUENCE] = {change_in_place, disturb_nothing},
    [KIND_FUNCTION] = {change_function, disturb_rebuild},
    [KIND_TABLE] = {change_in_place, disturb_nothing},
    [KIND_COLUMN] = {change_column, disturb_column},
    [KIND_DEFAULT] = {change_in_place, disturb_default},
    [KIND_OWNED_BY] = {change_in_place, disturb_owned_by},
    [KIND_CONSTRAINT] = {change_constraint, disturb_constraint},
    [KIND_INDEX] = {change_index, disturb_index},
    [KIND_VIEW] = {change_view, disturb_rebuild},
    [KIND_MATERIALIZED_VIEW] = {change_materialized_view, disturb_rebuild},
    [KIND_VIEW_COLUMN] = {change_nothing, disturb_rebuild},
    [KIND_TRIGGER] = {change_trigger, disturb_rebuild},
    [KIND_OTHER] = {change_nothing, disturb_nothing},
};
G_STATIC_ASSERT(G_N_ELEMENTS(kind_rules) == KIND_COUNT);
