#include "sql/quote.h"

#include <string.h>

/*
 * The keywords that need quotes as identifiers: all but the unreserved ones, of PostgreSQL 13 to
 * 18, sorted. Source: pg_get_keywords(); quote_identifier() in ruleutils.c.
 */
static const char *const keywords[] = {
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
};

static int compare_keyword(const void *name, const void *keyword)
{
    return strcmp(name, *(const char *const *)keyword);
}

static bool needs_quotes(const char *name)
{
    if (!g_ascii_islower(name[0]) && name[0] != '_')
        return true;
    for (const char *p = name; *p != '\0'; p++)
        if (!g_ascii_islower(*p) && !g_ascii_isdigit(*p) && *p != '_')
            return true;
    return bsearch(name, keywords, G_N_ELEMENTS(keywords), sizeof(keywords[0]), compare_keyword) !=
           NULL;
}

static void append_doubling(GString *sql, const char *text, char special)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == special)
            g_string_append_c(sql, special);
        g_string_append_c(sql, *p);
    }
}

static void append_identifier(GString *sql, const char *name)
{
    if (!needs_quotes(name)) {
        g_string_append(sql, name);
        return;
    }
    g_string_append_c(sql, '"');
    append_doubling(sql, name, '"');
    g_string_append_c(sql, '"');
}

static void append_literal(GString *sql, const char *text)
{
    if (text == NULL) {
        g_string_append(sql, "NULL");
        return;
    }
    if (strchr(text, '\\') != NULL) {
        g_autoptr(GString) slashes = g_string_new(NULL);
        append_doubling(slashes, text, '\\');
        g_string_append(sql, "E'");
        append_doubling(sql, slashes->str, '\'');
    } else {
        g_string_append_c(sql, '\'');
        append_doubling(sql, text, '\'');
    }
    g_string_append_c(sql, '\'');
}

void sql_append_words(GString *sql, const char *const *words, size_t count)
{
    size_t next = 1;
    for (const char *p = words[0]; *p != '\0'; p++) {
        if (*p != '%') {
            g_string_append_c(sql, *p);
            continue;
        }
        p++;
        if (*p == '%') {
            g_string_append_c(sql, '%');
            continue;
        }
        g_assert(next < count);
        if (*p == 'I')
            append_identifier(sql, words[next++]);
        else if (*p == 'L')
            append_literal(sql, words[next++]);
        else if (*p == 's')
            g_string_append(sql, words[next++]);
        else
            g_assert_not_reached();
    }
    g_assert(next == count);
}

char *sql_quote_identifier(const char *name)
{
    GString *sql = g_string_new(NULL);
    append_identifier(sql, name);
    return g_string_free(sql, FALSE);
}

char *sql_quote_literal(const char *text)
{
    GString *sql = g_string_new(NULL);
    append_literal(sql, text);
    return g_string_free(sql, FALSE);
}
