#include "catalog/query.h"

#include "catalog/addresses.h"
#include "catalog_queries.h"

#include <string.h>

const CatalogQuery kind_queries[] = {
    [KIND_SCHEMA] = {CATALOG_NAMESPACE, sql_schemas},
    [KIND_EXTENSION] = {CATALOG_EXTENSION, sql_extensions},
    [KIND_ENUM] = {CATALOG_TYPE, sql_enums},
    [KIND_DOMAIN] = {CATALOG_TYPE, sql_domains},
    [KIND_DOMAIN_CHECK] = {CATALOG_CONSTRAINT, sql_domain_checks},
    [KIND_SEQUENCE] = {CATALOG_CLASS, sql_sequences},
    [KIND_FUNCTION] = {CATALOG_PROC, sql_functions},
    [KIND_TABLE] = {CATALOG_CLASS, sql_tables},
    [KIND_COLUMN] = {CATALOG_CLASS, sql_columns},
    [KIND_DEFAULT] = {CATALOG_ATTRDEF, sql_defaults},
    [KIND_OWNED_BY] = {CATALOG_DEPEND, sql_owned_by},
    [KIND_CONSTRAINT] = {CATALOG_CONSTRAINT, sql_constraints},
    [KIND_INDEX] = {CATALOG_CLASS, sql_indexes},
    [KIND_VIEW] = {CATALOG_CLASS, sql_views},
    [KIND_MATERIALIZED_VIEW] = {CATALOG_CLASS, sql_materialized_views},
    [KIND_VIEW_COLUMN] = {CATALOG_CLASS, sql_view_columns},
    [KIND_TRIGGER] = {CATALOG_TRIGGER, sql_triggers},
    [KIND_OTHER] = {0, sql_others},
};
G_STATIC_ASSERT(G_N_ELEMENTS(kind_queries) == KIND_COUNT);

const char *const shared_queries[] = {
    [QUERY_ALIASES] = sql_aliases,
    [QUERY_DEPENDENCIES] = sql_dependencies,
    [QUERY_COMMENTS] = sql_comments,
    [QUERY_GRANTS] = sql_grants,
};
G_STATIC_ASSERT(G_N_ELEMENTS(shared_queries) == QUERY_COUNT);

/* Where the expression on @line begins: behind its indent and "select" or a comma. */
static size_t expression_start(const char *line)
{
    size_t start = strspn(line, " ");
    if (g_str_has_prefix(line + start, "select "))
        start += strlen("select ");
    else if (line[start] == ',')
        start++;
    return start + strspn(line + start, " ");
}

/* Appends @line of a query as a server before the version of its @marker needs it. */
static void append_older(GString *text, const char *line, const char *marker)
{
    const char *before = strstr(marker, ", before: ");
    if (before == NULL)
        return;
    const char *as = g_strrstr_len(line, marker - line, " as ");
    g_assert(as != NULL);
    g_string_append_len(text, line, (gssize)expression_start(line));
    g_string_append(text, before + strlen(", before: "));
    g_string_append_len(text, as, marker - as);
    g_string_append_c(text, '\n');
}

char *catalog_query_for(const char *query, int version)
{
    g_auto(GStrv) lines = g_strsplit(query, "\n", -1);
    GString *text = g_string_sized_new(strlen(query));
    for (char **line = lines; *line != NULL; line++) {
        const char *marker = strstr(*line, "-- since ");
        if (marker != NULL &&
            version < 10000 * (int)g_ascii_strtoll(marker + strlen("-- since "), NULL, 10)) {
            append_older(text, *line, marker);
        } else {
            g_string_append(text, *line);
            g_string_append_c(text, '\n');
        }
    }
    return g_string_free(text, FALSE);
}
