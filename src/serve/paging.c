#include "serve/paging.h"

#include "sql/quote.h"

void paging_texts_clear(PagingTexts *texts)
{
    g_clear_pointer(&texts->paging, api_paging_free);
    g_clear_pointer(&texts->limited, g_free);
}

static const ApiStatement *statement_of(const Endpoint *endpoint)
{
    return endpoint->statements->pdata[0];
}

/* Whether a column of the result is one of a table and never NULL; its number there is added. */
static bool add_number(const EndpointCatalog *catalog, const QueryFacts *facts,
                       const PGresult *description, int column, GArray *numbers)
{
    int number = column < 0 ? 0 : PQftablecol(description, column);
    if (number <= 0 || !result_column_is_not_null(catalog, facts, description, column))
        return false;
    g_array_append_val(numbers, number);
    return true;
}

static bool calls_set_function(const EndpointCatalog *catalog, const QueryFacts *facts)
{
    for (unsigned i = 0; i < facts->functions->len; i++)
        if (endpoint_catalog_returns_set(catalog, facts->functions->pdata[i]))
            return true;
    return false;
}

/* (transfer full) (nullable): the columns of the order, if rows differ in them. */
static GArray *find_keys(const EndpointCatalog *catalog, const QueryFacts *facts,
                         const PGresult *description)
{
    if (facts->order == NULL || calls_set_function(catalog, facts))
        return NULL;
    g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int));
    unsigned relation = 0;
    for (unsigned i = 0; i < facts->order->len; i++) {
        int column = result_columns_find(catalog, description, facts->order->pdata[i]);
        if (!add_number(catalog, facts, description, column, numbers))
            return NULL;
        relation = PQftable(description, column);
        unsigned key = (unsigned)column;
        g_array_append_val(keys, key);
    }
    if (!endpoint_catalog_has_key(catalog, relation, numbers))
        return NULL;
    return g_steal_pointer(&keys);
}

/* The keys as "page.a, page.b"; ROW() around several that are compared. */
static void append_keys(GString *sql, const GArray *keys, const PGresult *description)
{
    for (unsigned i = 0; i < keys->len; i++)
        sql_append(sql, i > 0 ? ", page.%I" : "page.%I",
                   PQfname(description, (int)g_array_index(keys, unsigned, i)));
}

static void append_number(GString *sql, const char *before, unsigned number)
{
    g_autofree char *text = g_strdup_printf("$%u", number);
    sql_append(sql, "%s%s", before, text);
}

/* The statement without its order in FROM, behind the keys. */
static char *write_after(const ApiStatement *statement, const QueryFacts *facts, const GArray *keys,
                         const PGresult *description)
{
    unsigned count = statement->params->len;
    g_autofree char *inner = g_strndup(statement->sql, facts->order_at);
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "SELECT * FROM (\n%s\n) AS page WHERE ROW(", inner);
    append_keys(sql, keys, description);
    sql_append(sql, facts->descending ? ") < ROW(" : ") > ROW(");
    for (unsigned i = 0; i < keys->len; i++)
        append_number(sql, i > 0 ? ", " : "", count + 2 + i);
    sql_append(sql, ") ORDER BY ");
    for (unsigned i = 0; i < keys->len; i++)
        sql_append(sql, "%spage.%I%s", i > 0 ? ", " : "",
                   PQfname(description, (int)g_array_index(keys, unsigned, i)),
                   facts->descending ? " DESC" : "");
    append_number(sql, " LIMIT ", count + 1);
    return g_strdup(sql->str);
}

/* (nullable): the statement with a limit of ours. */
static char *write_limited(const ApiStatement *statement, const QueryFacts *facts)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    if (facts->chosen || facts->writes)
        return NULL;
    if (facts->known && !facts->limited)
        sql_append(sql, "%s\n", statement->sql);
    else /* a limit of its own, or a grammar that only the server knows */
        sql_append(sql, "SELECT * FROM (\n%s\n) AS page ", statement->sql);
    append_number(sql, "LIMIT ", statement->params->len + 1);
    return g_strdup(sql->str);
}

void paging_write(const Endpoint *endpoint, const EndpointCatalog *catalog, const QueryFacts *facts,
                  const PGresult *description, PagingTexts *out_texts)
{
    if (endpoint_param(endpoint, "limit") >= 0)
        return;
    const ApiStatement *statement = statement_of(endpoint);
    out_texts->limited = write_limited(statement, facts);
    g_autoptr(GArray) keys =
        endpoint_param(endpoint, "after") >= 0 ? NULL : find_keys(catalog, facts, description);
    if (keys == NULL || out_texts->limited == NULL)
        return;
    ApiPaging *paging = api_paging_new();
    g_array_append_vals(paging->keys, keys->data, keys->len);
    paging->descending = facts->descending;
    paging->first = g_strdup(out_texts->limited);
    paging->after = write_after(statement, facts, keys, description);
    out_texts->paging = paging;
}
