#include "render/column.h"

#include "render/constraint.h"
#include "render/fold.h"
#include "render/not_null.h"
#include "render/renderer.h"
#include "render/sequence.h"
#include "render/text.h"

#include <string.h>

static bool is_set(const char *value, char letter)
{
    return value != NULL && value[0] == letter;
}

void column_append_identity(GString *sql, const Object *column)
{
    const char *sequence = object_value(column, COLUMN_IDENTITY_SEQUENCE);
    g_autoptr(GString) options = g_string_new(NULL);
    if (sequence != NULL)
        sql_append(options, " SEQUENCE NAME %s", sequence);
    sequence_append_options(options, object_value(column, COLUMN_TYPE),
                            &column->values[COLUMN_IDENTITY_START], " ");
    bool always = is_set(object_value(column, COLUMN_IDENTITY), 'a');
    sql_append(sql, "GENERATED %s AS IDENTITY", always ? "ALWAYS" : "BY DEFAULT");
    if (options->len > 0)
        sql_append(sql, " (%s)", options->str + 1);
}

static void append_generated(GString *sql, const Object *column)
{
    bool stored = is_set(object_value(column, COLUMN_GENERATED), 's');
    sql_append(sql, " GENERATED ALWAYS AS ");
    text_append_wrapped(sql, object_value(column, COLUMN_EXPRESSION));
    sql_append(sql, stored ? " STORED" : " VIRTUAL");
}

static bool has_primary_key(const GPtrArray *constraints)
{
    for (unsigned i = 0; i < constraints->len; i++)
        if (is_set(object_value(g_ptr_array_index(constraints, i), CONSTRAINT_TYPE), 'p'))
            return true;
    return false;
}

void column_append_type(GString *sql, const Object *column)
{
    const char *collation = object_value(column, COLUMN_COLLATION);
    sql_append(sql, "%s", object_value(column, COLUMN_TYPE));
    if (collation != NULL)
        sql_append(sql, " COLLATE %s", collation);
}

void column_append_definition(GString *sql, const Object *column, const Object *standard,
                              const GPtrArray *constraints)
{
    bool identity = object_value(column, COLUMN_IDENTITY) != NULL;
    sql_append(sql, "%I ", column->name);
    column_append_type(sql, column);
    if (identity) {
        sql_append(sql, " ");
        column_append_identity(sql, column);
    }
    if (object_value(column, COLUMN_GENERATED) != NULL)
        append_generated(sql, column);
    bool implied = identity || has_primary_key(constraints);
    if (object_flag(column, COLUMN_NOT_NULL) && (!implied || not_null_is_unusual(column)))
        not_null_append_in_column(sql, column);
    if (standard != NULL) {
        sql_append(sql, " DEFAULT ");
        text_append_expression(sql, object_value(standard, DEFAULT_EXPRESSION));
    }
    for (unsigned i = 0; i < constraints->len; i++) {
        sql_append(sql, " ");
        constraint_append_in_column(sql, g_ptr_array_index(constraints, i));
    }
}

static char *describe(const Object *column)
{
    g_autofree char *table = text_relation(column);
    g_autofree char *name = sql_quote_identifier(column->name);
    return g_strconcat("COLUMN ", table, ".", name, NULL);
}

static char *grant_target(const Object *column)
{
    g_autofree char *table = text_relation(column);
    return g_strconcat("TABLE ", table, NULL);
}

/* Whether a domain that @column stands on gives it a value. */
static bool has_domain_default(const Object *column)
{
    for (unsigned i = 0; column->depends_on != NULL && i < column->depends_on->len; i++) {
        const Object *needed = g_ptr_array_index(column->depends_on, i);
        if (needed->kind == KIND_DOMAIN && object_value(needed, DOMAIN_DEFAULT) != NULL)
            return true;
    }
    return false;
}

/* Whether rows that are there already would have NULL in the new @column, which takes none. */
static bool lacks_value(const Object *column, const Object *standard)
{
    return object_flag(column, COLUMN_NOT_NULL) && standard == NULL &&
           object_value(column, COLUMN_IDENTITY) == NULL &&
           object_value(column, COLUMN_GENERATED) == NULL && !has_domain_default(column);
}

static void create(Rendering *rendering, const Change *change)
{
    const Object *column = change->to;
    g_autofree char *table = text_relation(column);
    g_autoptr(Fold) fold = fold_new(rendering->names, column, change->inside);
    g_autoptr(GPtrArray) constraints = fold_column_constraints(fold, column->name);
    g_autoptr(GString) sql = g_string_new(NULL);
    const Object *standard = fold_default(fold, column->name);
    column_append_definition(sql, column, standard, constraints);
    RenderedStatement *statement =
        rendering_add(rendering, column, "ALTER TABLE %s ADD COLUMN %s", table, sql->str);
    if (lacks_value(column, standard))
        statement_set_risk(statement, "rows of table %s have no value for the new column %s", table,
                           column->name);
    column_append_settings(rendering, column);
    fold_append_rest(fold, rendering);
}

/* What is generated can be computed again. */
static void drop(Rendering *rendering, const Change *change)
{
    const Object *column = change->from;
    g_autofree char *table = text_relation(column);
    RenderedStatement *statement =
        rendering_add(rendering, column, "ALTER TABLE %s DROP COLUMN %I", table, column->name);
    g_autofree char *name = sql_quote_identifier(column->name);
    if (object_value(column, COLUMN_GENERATED) == NULL)
        statement_set_loss(statement, "drops column %s.%s with its values", table, name);
}

static void rename_column(Rendering *rendering, const Change *change)
{
    g_autofree char *table = text_relation(change->to);
    rendering_add(rendering, change->to, "ALTER TABLE %s RENAME COLUMN %I TO %I", table,
                  change->from->name, change->to->name);
}

const Renderer column_renderer = {
    .describe = describe,
    .create = create,
    .drop = drop,
    .alter = column_append_changes,
    .rename = rename_column,
    .grant_target = grant_target,
};
