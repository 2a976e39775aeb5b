#include "catalog/addresses.h"
#include "catalog/query.h"
#include "schema/schema.h"

#include <string.h>

static void assert_query(const char *query, int version, const char *wanted)
{
    g_autofree char *text = catalog_query_for(query, version);
    g_assert_cmpstr(g_strchomp(text), ==, wanted);
}

static void newest_server_gets_the_text_as_it_is(void)
{
    assert_query("select a.x as y  -- since 15, before: null", 150000,
                 "select a.x as y  -- since 15, before: null");
}

static void older_server_gets_the_other_expression(void)
{
    assert_query("select f(a, 'as it') as y  -- since 15, before: null", 140011,
                 "select null as y");
    assert_query("select 1 as one\n     , a.x   as y  -- since 14, before: 'n'", 130000,
                 "select 1 as one\n     , 'n' as y");
}

static void older_server_does_not_get_a_marked_line(void)
{
    assert_query("select 1 as one\n union select 2 -- since 16\n where true", 150010,
                 "select 1 as one\n where true");
    assert_query("select 1 as one\n union select 2 -- since 16\n where true", 160000,
                 "select 1 as one\n union select 2 -- since 16\n where true");
}

static void embedded_text_keeps_quotes_and_backslashes(void)
{
    g_assert_nonnull(strstr(kind_queries[KIND_CONSTRAINT].sql, "'\\3')"));
    g_assert_nonnull(strstr(kind_queries[KIND_OWNED_BY].sql, "as \"column\"\n"));
}

static unsigned count_columns(const char *query)
{
    unsigned count = 0;
    for (const char *at = query; (at = strstr(at, " as ")) != NULL; at++)
        count++;
    return count;
}

/* The shape is checked against the server in tests/server; here, that no version loses a column. */
static void every_version_has_the_same_columns(void)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        g_autofree char *newest = catalog_query_for(kind_queries[kind].sql, 180000);
        g_autofree char *oldest = catalog_query_for(kind_queries[kind].sql, 130000);
        g_assert_cmpuint(count_columns(newest), ==, count_columns(oldest));
        g_assert_null(strstr(oldest, "-- since"));
    }
}

static void address_finds_its_object(void)
{
    g_autoptr(Schema) schema = schema_new();
    g_autoptr(Addresses) addresses = addresses_new();
    Object *table = schema_add(schema, KIND_TABLE, "public", NULL, "t", NULL);
    Object *column = schema_add(schema, KIND_COLUMN, "public", "t", "c", NULL);
    addresses_add(addresses, (Address){CATALOG_CLASS, 4000000000U, 0}, table);
    addresses_add(addresses, (Address){CATALOG_CLASS, 4000000000U, 1600}, column);
    g_assert_true(addresses_find(addresses, (Address){CATALOG_CLASS, 4000000000U, 0}) == table);
    g_assert_true(addresses_find(addresses, (Address){CATALOG_CLASS, 4000000000U, 1600}) == column);
    g_assert_null(addresses_find(addresses, (Address){CATALOG_TYPE, 4000000000U, 0}));
    g_assert_true(addresses_resolve(addresses, (Address){CATALOG_CLASS, 4000000000U, 7}) == table);
}

static void alias_leads_to_the_whole(void)
{
    g_autoptr(Schema) schema = schema_new();
    g_autoptr(Addresses) addresses = addresses_new();
    Object *column = schema_add(schema, KIND_COLUMN, "public", "t", "c", NULL);
    addresses_add(addresses, (Address){CATALOG_CLASS, 20, 3}, column);
    addresses_add_alias(addresses, (Address){CATALOG_TYPE, 31, 0}, (Address){CATALOG_TYPE, 30, 0});
    addresses_add_alias(addresses, (Address){CATALOG_TYPE, 30, 0}, (Address){CATALOG_CLASS, 20, 3});
    g_assert_true(addresses_resolve(addresses, (Address){CATALOG_TYPE, 31, 0}) == column);
    g_assert_null(addresses_find(addresses, (Address){CATALOG_TYPE, 31, 0}));
    g_assert_null(addresses_resolve(addresses, (Address){CATALOG_TYPE, 32, 0}));
}

static void circular_aliases_lead_nowhere(void)
{
    g_autoptr(Addresses) addresses = addresses_new();
    addresses_add_alias(addresses, (Address){CATALOG_TYPE, 1, 0}, (Address){CATALOG_TYPE, 2, 0});
    addresses_add_alias(addresses, (Address){CATALOG_TYPE, 2, 0}, (Address){CATALOG_TYPE, 1, 0});
    g_assert_null(addresses_resolve(addresses, (Address){CATALOG_TYPE, 1, 0}));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/catalog/newest_server_gets_the_text_as_it_is",
                    newest_server_gets_the_text_as_it_is);
    g_test_add_func("/catalog/older_server_gets_the_other_expression",
                    older_server_gets_the_other_expression);
    g_test_add_func("/catalog/older_server_does_not_get_a_marked_line",
                    older_server_does_not_get_a_marked_line);
    g_test_add_func("/catalog/embedded_text_keeps_quotes_and_backslashes",
                    embedded_text_keeps_quotes_and_backslashes);
    g_test_add_func("/catalog/every_version_has_the_same_columns",
                    every_version_has_the_same_columns);
    g_test_add_func("/catalog/address_finds_its_object", address_finds_its_object);
    g_test_add_func("/catalog/alias_leads_to_the_whole", alias_leads_to_the_whole);
    g_test_add_func("/catalog/circular_aliases_lead_nowhere", circular_aliases_lead_nowhere);
    return g_test_run();
}
