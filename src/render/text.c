#include "render/text.h"

#include "schema/list.h"
#include "sql/quote.h"

#include <string.h>

char *text_qualify(const char *schema, const char *name)
{
    GString *sql = g_string_sized_new(64);
    if (schema == NULL || strcmp(schema, "public") == 0)
        sql_append(sql, "%I", name);
    else
        sql_append(sql, "%I.%I", schema, name);
    return g_string_free(sql, FALSE);
}

char *text_name(const Object *object)
{
    return text_qualify(object->schema, object->name);
}

char *text_relation(const Object *object)
{
    return text_qualify(object->schema, object->relation);
}

char *text_signature(const Object *function)
{
    g_autofree char *name = text_name(function);
    return g_strconcat(name, "(", function->arguments, ")", NULL);
}

/* Where a walk through text that the server wrote stands; such text has no dollar quotes. */
typedef struct Walk {
    unsigned depth; /* of parentheses and brackets */
    char quote;     /* the quote that is open, or 0 */
} Walk;

/* Goes past @c. Returns whether @c itself stands outside of quotes and parentheses. */
static bool walk_past(Walk *walk, char c)
{
    if (walk->quote != 0) {
        if (c == walk->quote)
            walk->quote = 0; /* a doubled quote opens it again at once */
        return false;
    }
    bool outside = walk->depth == 0;
    if (c == '\'' || c == '"')
        walk->quote = c;
    else if (c == '(' || c == '[')
        walk->depth++;
    else if ((c == ')' || c == ']') && walk->depth > 0)
        walk->depth--;
    return outside && walk->quote == 0;
}

static bool is_operator_word(const char *word, size_t length)
{
    static const char *const words[] = {"AND",  "OR",      "NOT",     "IS",      "IN",
                                        "LIKE", "ILIKE",   "SIMILAR", "AT",      "BETWEEN",
                                        "IS",   "COLLATE", "ISNULL",  "NOTNULL", "OVERLAPS"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strlen(words[i]) == length && strncmp(word, words[i], length) == 0)
            return true;
    return false;
}

/* The server writes operator words in upper case, and quotes upper-case names. */
static bool has_outer_operator_word(const char *expression)
{
    Walk walk = {0};
    const char *start = NULL;
    for (const char *p = expression;; p++) {
        bool outside = *p != '\0' && walk_past(&walk, *p);
        bool letter = outside && g_ascii_isalpha(*p);
        if (letter && start == NULL)
            start = p;
        if (!letter && start != NULL) {
            if (is_operator_word(start, (size_t)(p - start)))
                return true;
            start = NULL;
        }
        if (*p == '\0')
            return false;
    }
}

/* Whether the first character's parenthesis is closed by the last one. */
static bool is_wrapped(const char *expression)
{
    Walk walk = {0};
    if (expression[0] != '(')
        return false;
    for (const char *p = expression; *p != '\0'; p++) {
        walk_past(&walk, *p);
        if (walk.depth == 0 && walk.quote == 0)
            return p[1] == '\0';
    }
    return false;
}

void text_append_wrapped(GString *sql, const char *expression)
{
    if (is_wrapped(expression))
        sql_append(sql, "%s", expression);
    else
        sql_append(sql, "(%s)", expression);
}

void text_append_expression(GString *sql, const char *expression)
{
    if (has_outer_operator_word(expression))
        sql_append(sql, "(%s)", expression);
    else
        sql_append(sql, "%s", expression);
}

void text_append_dollar_quoted(GString *sql, const char *body, const char *word)
{
    g_autofree char *tag = g_strdup("");
    /* The closing "$" is left out of the search: the body may end in what begins the tag. */
    for (unsigned i = 0;; i++) {
        g_autofree char *start = g_strconcat("$", tag, NULL);
        if (strstr(body, start) == NULL)
            break;
        g_free(tag);
        tag = i == 0 ? g_strdup(word) : g_strdup_printf("%s%u", word, i);
    }
    sql_append(sql, "$%s$%s$%s$", tag, body, tag);
}

void text_append_definition(GString *sql, const char *definition)
{
    g_autofree char *text = g_strstrip(g_strdup(definition));
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == ';')
        text[length - 1] = '\0';
    sql_append(sql, "%s", text);
}

static bool begins_with_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (g_str_has_prefix(text, *words))
            return true;
    return false;
}

void text_append_broken(GString *sql, const char *text, const char *const *words)
{
    bool fits = g_utf8_strlen(text, -1) <= TEXT_LINE_WIDTH;
    Walk walk = {0};
    for (const char *p = text; *p != '\0'; p++) {
        bool outside = walk_past(&walk, *p);
        if (!fits && outside && *p == ' ' && begins_with_one_of(p + 1, words))
            sql_append(sql, "\n    ");
        else
            g_string_append_c(sql, *p);
    }
}

/* A number that the server stores as it is written, without quotes around it. */
static bool is_plain_number(const char *value)
{
    const char *p = value[0] == '-' ? value + 1 : value;
    if (!g_ascii_isdigit(p[0]) || (p[0] == '0' && p[1] != '.' && (p[1] != '\0' || p != value)))
        return false;
    while (g_ascii_isdigit(*p))
        p++;
    if (*p == '.' && g_ascii_isdigit(p[1]))
        for (p++; g_ascii_isdigit(*p); p++)
            ;
    return *p == '\0';
}

static void append_option_value(GString *sql, const char *value)
{
    static const char *const words[] = {"true", "false", "on", "off", "auto", "local", "cascaded"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(value, words[i]) == 0) {
            sql_append(sql, "%s", value);
            return;
        }
    if (is_plain_number(value))
        sql_append(sql, "%s", value);
    else
        sql_append(sql, "%L", value);
}

/* @option: name=value or toast.name=value; the value is left out if it shall be reset. */
static void append_option(GString *sql, const char *option, bool with_value)
{
    const char *equals = strchr(option, '=');
    g_autofree char *name =
        equals != NULL ? g_strndup(option, (size_t)(equals - option)) : g_strdup(option);
    if (sql->len > 0)
        sql_append(sql, ", ");
    if (g_str_has_prefix(name, "toast."))
        sql_append(sql, "toast.%I", name + strlen("toast."));
    else
        sql_append(sql, "%I", name);
    if (!with_value)
        return;
    sql_append(sql, " = ");
    append_option_value(sql, equals != NULL ? equals + 1 : "true");
}

void text_append_with(GString *sql, const char *list)
{
    g_auto(GStrv) options = list_parse(list);
    g_autoptr(GString) words = g_string_new(NULL);
    for (char **option = options; *option != NULL; option++)
        append_option(words, *option, true);
    if (words->len > 0)
        sql_append(sql, " WITH (%s)", words->str);
}

static bool has_option(char **options, const char *name)
{
    size_t length = strcspn(name, "=");
    for (char **option = options; *option != NULL; option++)
        if (strcspn(*option, "=") == length && strncmp(*option, name, length) == 0)
            return true;
    return false;
}

void text_option_changes(const char *from, const char *to, char **out_set, char **out_reset)
{
    g_auto(GStrv) before = list_parse(from);
    g_auto(GStrv) after = list_parse(to);
    GString *set = g_string_new(NULL);
    GString *reset = g_string_new(NULL);
    for (char **option = after; *option != NULL; option++)
        if (!g_strv_contains((const char *const *)before, *option))
            append_option(set, *option, true);
    for (char **option = before; *option != NULL; option++)
        if (!has_option(after, *option))
            append_option(reset, *option, false);
    *out_set = g_string_free(set, FALSE);
    *out_reset = g_string_free(reset, FALSE);
}

char **text_split(const char *list)
{
    GPtrArray *parts = g_ptr_array_new();
    Walk walk = {0};
    const char *start = list;
    for (const char *p = list; *p != '\0'; p++)
        if (walk_past(&walk, *p) && *p == ',') {
            g_ptr_array_add(parts, g_strstrip(g_strndup(start, (size_t)(p - start))));
            start = p + 1;
        }
    if (*start != '\0')
        g_ptr_array_add(parts, g_strstrip(g_strdup(start)));
    g_ptr_array_add(parts, NULL);
    return (char **)g_ptr_array_free(parts, FALSE);
}

const char *text_last_name(const char *name)
{
    Walk walk = {0};
    const char *last = name;
    for (const char *p = name; *p != '\0'; p++)
        if (walk_past(&walk, *p) && *p == '.')
            last = p + 1;
    return last;
}
