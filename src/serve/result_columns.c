#include "serve/result_columns.h"

#include <string.h>

/* (nullable): the column of a table that a result column shows as it is. */
static const CatalogColumn *origin_of(const EndpointCatalog *catalog, const PGresult *description,
                                      int column)
{
    return endpoint_catalog_column(catalog, PQftable(description, column),
                                   PQftablecol(description, column));
}

static bool is_outer(const QueryFacts *facts, const char *relation)
{
    for (unsigned i = 0; i < facts->outer->len; i++)
        if (g_str_equal(facts->outer->pdata[i], relation))
            return true;
    return false;
}

bool result_column_is_not_null(const EndpointCatalog *catalog, const QueryFacts *facts,
                               const PGresult *description, int column)
{
    for (unsigned i = 0; i < facts->never_null->len; i++) {
        int place = g_array_index(facts->never_null, int, i);
        if (place == column + 1 || place == column - PQnfields(description))
            return true;
    }
    const CatalogColumn *origin = origin_of(catalog, description, column);
    return facts->keeps && origin != NULL && origin->not_null &&
           !is_outer(facts, origin->relation_name);
}

/* A bare name is a result column's before it is a table's, as SQL-92 has it. */
int result_columns_find(const EndpointCatalog *catalog, const PGresult *description,
                        const QueryKey *key)
{
    int count = PQnfields(description);
    if (key->name == NULL)
        return key->position >= 1 && key->position <= (unsigned)count ? (int)key->position - 1 : -1;
    for (int i = 0; key->qualifier == NULL && i < count; i++)
        if (g_str_equal(PQfname(description, i), key->name))
            return i;
    for (int i = 0; i < count; i++) {
        const CatalogColumn *origin = origin_of(catalog, description, i);
        if (origin != NULL && g_str_equal(origin->name, key->name))
            return i;
    }
    return -1;
}
