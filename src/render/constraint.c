#include "render/constraint.h"

#include "render/mark.h"
#include "render/renderer.h"
#include "render/text.h"
#include "schema/list.h"

#include <string.h>

static char type_of(const Object *constraint)
{
    return object_value(constraint, CONSTRAINT_TYPE)[0];
}

/* id, "Name" */
static char *column_list(const Object *constraint)
{
    g_auto(GStrv) columns = list_parse(object_value(constraint, CONSTRAINT_COLUMNS));
    GString *list = g_string_new(NULL);
    for (char **column = columns; *column != NULL; column++)
        sql_append(list, list->len > 0 ? ", %I" : "%I", *column);
    return g_string_free(list, FALSE);
}

/*
 * The definition without the columns, as a column's line takes it, where that is possible;
 * else NULL. The server writes the definition, so it is known to the letter.
 */
static char *without_columns(const Object *constraint)
{
    const char *definition = object_value(constraint, CONSTRAINT_DEFINITION);
    g_autofree char *columns = column_list(constraint);
    g_autofree char *key = g_strconcat(" (", columns, ")", NULL);
    g_autofree char *reference = g_strconcat("FOREIGN KEY (", columns, ") ", NULL);
    char type = type_of(constraint);
    if (type == 'c')
        return g_strdup(definition);
    if (type == 'f')
        return g_str_has_prefix(definition, reference) ? g_strdup(definition + strlen(reference))
                                                       : NULL;
    if (!g_str_has_suffix(definition, key))
        return NULL;
    g_autofree char *words = g_strndup(definition, strlen(definition) - strlen(key));
    static const char *const known[] = {"PRIMARY KEY", "UNIQUE", "UNIQUE NULLS NOT DISTINCT", NULL};
    return g_strv_contains(known, words) ? g_steal_pointer(&words) : NULL;
}

static bool has_usual_name(const NameUse *names, const Object *constraint)
{
    return names_constraint_is_usual(constraint) && name_is_free(names, constraint);
}

bool constraint_fits_column(const NameUse *names, const Object *constraint)
{
    g_auto(GStrv) columns = list_parse(object_value(constraint, CONSTRAINT_COLUMNS));
    if (g_strv_length(columns) != 1 || type_of(constraint) == 'x')
        return false;
    g_autofree char *words = without_columns(constraint);
    return words != NULL && has_usual_name(names, constraint);
}

/* Appends @words, with a blank between the table that it refers to and the columns. */
static void append_spaced(GString *sql, const Object *constraint, const char *words)
{
    const char *table = object_value(constraint, CONSTRAINT_REFERENCES);
    g_autofree char *columns = column_list(constraint);
    g_autofree char *short_start = g_strconcat("REFERENCES ", table, NULL);
    g_autofree char *long_start = g_strconcat("FOREIGN KEY (", columns, ") ", short_start, NULL);
    const char *start = g_str_has_prefix(words, short_start) ? short_start : long_start;
    size_t length = strlen(start);
    if (table != NULL && g_str_has_prefix(words, start) && words[length] == '(')
        sql_append(sql, "%s %s", start, words + length);
    else
        sql_append(sql, "%s", words);
}

/* An exclusion constraint has its options within its definition already. */
static void append_definition(GString *sql, const Object *constraint, const char *words)
{
    bool exclusion = type_of(constraint) == 'x';
    const char *tablespace = object_value(constraint, CONSTRAINT_TABLESPACE);
    append_spaced(sql, constraint, words);
    if (!exclusion)
        text_append_with(sql, object_value(constraint, CONSTRAINT_OPTIONS));
    if (!exclusion && tablespace != NULL)
        sql_append(sql, " USING INDEX TABLESPACE %s", tablespace);
    if (object_flag(constraint, CONSTRAINT_DEFERRABLE))
        sql_append(sql, " DEFERRABLE");
    if (object_flag(constraint, CONSTRAINT_DEFERRED))
        sql_append(sql, " INITIALLY DEFERRED");
}

void constraint_append_in_column(GString *sql, const Object *constraint)
{
    g_autofree char *words = without_columns(constraint);
    append_definition(sql, constraint, words);
}

void constraint_append_line(GString *sql, const NameUse *names, const Object *constraint)
{
    if (!has_usual_name(names, constraint))
        sql_append(sql, "CONSTRAINT %I ", constraint->name);
    append_definition(sql, constraint, object_value(constraint, CONSTRAINT_DEFINITION));
}

static void append_tablespace(Rendering *rendering, const Object *constraint)
{
    const char *tablespace = object_value(constraint, CONSTRAINT_TABLESPACE);
    g_autofree char *name = text_name(constraint);
    rendering_add(rendering, constraint, "ALTER INDEX %s SET TABLESPACE %s", name,
                  tablespace != NULL ? tablespace : "pg_default");
}

void constraint_append_marks(Rendering *rendering, const Object *constraint)
{
    if (type_of(constraint) == 'x' && object_value(constraint, CONSTRAINT_TABLESPACE) != NULL)
        append_tablespace(rendering, constraint);
    mark_append(rendering, constraint, CONSTRAINT_CLUSTERED, CONSTRAINT_REPLICA_IDENTITY);
}

void constraint_append_add(Rendering *rendering, const Object *constraint)
{
    g_autofree char *table = text_relation(constraint);
    g_autoptr(GString) sql = g_string_new(NULL);
    append_definition(sql, constraint, object_value(constraint, CONSTRAINT_DEFINITION));
    if (!object_flag(constraint, CONSTRAINT_VALID))
        sql_append(sql, " NOT VALID");
    rendering_add(rendering, constraint, "ALTER TABLE %s\n    ADD CONSTRAINT %I %s", table,
                  constraint->name, sql->str);
    constraint_append_marks(rendering, constraint);
}

static char *describe(const Object *constraint)
{
    g_autofree char *table = text_relation(constraint);
    g_autofree char *name = sql_quote_identifier(constraint->name);
    return g_strconcat("CONSTRAINT ", name, " ON ", table, NULL);
}

static void create(Rendering *rendering, const Change *change)
{
    constraint_append_add(rendering, change->to);
}

static void drop(Rendering *rendering, const Change *change)
{
    g_autofree char *table = text_relation(change->from);
    rendering_add(rendering, change->from, "ALTER TABLE %s DROP CONSTRAINT %I", table,
                  change->from->name);
}

static void alter_options(Rendering *rendering, const Change *change)
{
    g_autofree char *name = text_name(change->to);
    g_autofree char *what = g_strconcat("INDEX ", name, NULL);
    rendering_add_options(rendering, change->to, what,
                          object_value(change->from, CONSTRAINT_OPTIONS),
                          object_value(change->to, CONSTRAINT_OPTIONS));
}

static void alter_deferral(Rendering *rendering, const Object *constraint)
{
    g_autofree char *table = text_relation(constraint);
    const char *when = !object_flag(constraint, CONSTRAINT_DEFERRABLE) ? "NOT DEFERRABLE"
                       : object_flag(constraint, CONSTRAINT_DEFERRED)
                           ? "DEFERRABLE INITIALLY DEFERRED"
                           : "DEFERRABLE INITIALLY IMMEDIATE";
    rendering_add(rendering, constraint, "ALTER TABLE %s ALTER CONSTRAINT %I %s", table,
                  constraint->name, when);
}

static void alter(Rendering *rendering, const Change *change)
{
    const Object *to = change->to;
    g_autofree char *table = text_relation(to);
    if (change_sets(change, CONSTRAINT_DEFERRABLE) || change_sets(change, CONSTRAINT_DEFERRED))
        alter_deferral(rendering, to);
    if (change_sets(change, CONSTRAINT_OPTIONS))
        alter_options(rendering, change);
    if (change_sets(change, CONSTRAINT_TABLESPACE))
        append_tablespace(rendering, to);
    if (change_sets(change, CONSTRAINT_VALID))
        rendering_add(rendering, to, "ALTER TABLE %s VALIDATE CONSTRAINT %I", table, to->name);
    mark_append_changes(rendering, change, CONSTRAINT_CLUSTERED, CONSTRAINT_REPLICA_IDENTITY);
}

static void rename_constraint(Rendering *rendering, const Change *change)
{
    g_autofree char *table = text_relation(change->to);
    rendering_add(rendering, change->to, "ALTER TABLE %s RENAME CONSTRAINT %I TO %I", table,
                  change->from->name, change->to->name);
}

const Renderer constraint_renderer = {
    .describe = describe,
    .create = create,
    .drop = drop,
    .alter = alter,
    .rename = rename_constraint,
};
