#include "render/renderer.h"
#include "render/text.h"
#include "schema/list.h"

#include <string.h>

static bool is_type(const Object *function, char type)
{
    return object_value(function, FUNCTION_TYPE)[0] == type;
}

static const char *noun(const Object *function)
{
    return is_type(function, 'p') ? "PROCEDURE" : "FUNCTION";
}

static char *describe(const Object *function)
{
    g_autofree char *signature = text_signature(function);
    return g_strconcat(noun(function), " ", signature, NULL);
}

/* name(arguments), with a line for each argument if they are too many for one. */
static char *head(const Object *function)
{
    const char *arguments = object_value(function, FUNCTION_ARGUMENTS);
    g_autofree char *name = text_name(function);
    if (strlen(name) + strlen(arguments) + strlen("CREATE OR REPLACE PROCEDURE ()") <=
        TEXT_LINE_WIDTH)
        return g_strconcat(name, "(", arguments, ")", NULL);
    g_auto(GStrv) parts = text_split(arguments);
    g_autofree char *lines = g_strjoinv(",\n    ", parts);
    return g_strconcat(name, "(\n    ", lines, "\n)", NULL);
}

static const char *volatility(const Object *function)
{
    switch (object_value(function, FUNCTION_VOLATILITY)[0]) {
    case 'i':
        return "IMMUTABLE";
    case 's':
        return "STABLE";
    default:
        return NULL;
    }
}

static const char *parallel(const Object *function)
{
    switch (object_value(function, FUNCTION_PARALLEL)[0]) {
    case 's':
        return "PARALLEL SAFE";
    case 'r':
        return "PARALLEL RESTRICTED";
    default:
        return NULL;
    }
}

static void append_line(GString *sql, const char *words, const char *value)
{
    if (words != NULL && value != NULL)
        sql_append(sql, "\n%s%s", words, value);
}

static void append_flag(GString *sql, const Object *function, unsigned attribute, const char *word)
{
    if (object_flag(function, attribute))
        append_line(sql, word, "");
}

/* What is usual is not said. */
static void append_clauses(GString *sql, const Object *function)
{
    g_auto(GStrv) settings = list_parse(object_value(function, FUNCTION_SETTINGS));
    append_line(sql, "RETURNS ", object_value(function, FUNCTION_RESULT));
    append_line(sql, "LANGUAGE ", object_value(function, FUNCTION_LANGUAGE));
    append_line(sql, "TRANSFORM ", object_value(function, FUNCTION_TRANSFORMS));
    append_line(sql, is_type(function, 'w') ? "WINDOW" : NULL, "");
    append_line(sql, volatility(function), "");
    append_flag(sql, function, FUNCTION_LEAKPROOF, "LEAKPROOF");
    append_flag(sql, function, FUNCTION_STRICT, "STRICT");
    append_flag(sql, function, FUNCTION_SECURITY_DEFINER, "SECURITY DEFINER");
    append_line(sql, parallel(function), "");
    append_line(sql, "COST ", object_value(function, FUNCTION_COST));
    append_line(sql, "ROWS ", object_value(function, FUNCTION_ROWS));
    append_line(sql, "SUPPORT ", object_value(function, FUNCTION_SUPPORT));
    for (char **setting = settings; *setting != NULL; setting++)
        append_line(sql, "SET ", *setting);
}

static void append_body(GString *sql, const Object *function)
{
    const char *language = object_value(function, FUNCTION_LANGUAGE);
    const char *library = object_value(function, FUNCTION_LIBRARY);
    const char *body = object_value(function, FUNCTION_BODY);
    const char *sql_body = object_value(function, FUNCTION_SQL_BODY);
    if (sql_body != NULL) {
        sql_append(sql, "\n%s", sql_body);
        return;
    }
    sql_append(sql, "\nAS ");
    if (library != NULL)
        sql_append(sql, "%L, %L", library, body);
    else if (strcmp(language, "internal") == 0)
        sql_append(sql, "%L", body);
    else
        text_append_dollar_quoted(sql, body, is_type(function, 'p') ? "procedure" : "function");
}

static void append_create(Rendering *rendering, const Object *function, const char *verb)
{
    g_autofree char *start = head(function);
    g_autoptr(GString) sql = g_string_new(NULL);
    append_clauses(sql, function);
    append_body(sql, function);
    rendering_add(rendering, function, "%s %s %s%s", verb, noun(function), start, sql->str);
}

static void create(Rendering *rendering, const Change *change)
{
    append_create(rendering, change->to, "CREATE");
}

static void replace(Rendering *rendering, const Change *change)
{
    append_create(rendering, change->to, "CREATE OR REPLACE");
}

const Renderer function_renderer = {.describe = describe, .create = create, .replace = replace};
