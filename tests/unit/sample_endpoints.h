/*
 * Endpoints of a small shop, as a project and a server would make them: read from the text of a
 * file, and described by hand.
 */
#pragma once
#include "api/endpoint_file.h"
#include "sample_types.h"

#include <string.h>

static const char sample_file[] =
    "-- GET /items\n"
    "-- summary: Items of the shop, by id.\n"
    "-- tags: items\n"
    "SELECT id, name, price FROM item WHERE name ILIKE :search? ORDER BY id;\n"
    "-- POST /items\n"
    "-- summary: Adds an item.\n"
    "-- tags: items\n"
    "-- returns: one 201\n"
    "-- role: clerk\n"
    "INSERT INTO item (name, price, mood, place, tags) VALUES\n"
    " (:name, :price, :mood?, :place?, :tags?) RETURNING *;\n"
    "-- GET /items/{id}\n"
    "-- summary: One item by its id.\n"
    "-- description: With **all** that is known of it.\n"
    "-- tags: items\n"
    "-- returns: one\n"
    "SELECT * FROM item WHERE id = :id;\n"
    "-- PUT /items/{id}\n"
    "-- tags: items\n"
    "-- returns: one\n"
    "-- role: clerk\n"
    "-- version: changed\n"
    "UPDATE item SET name = :name, price = :price WHERE id = :id AND changed = :if_match\n"
    " RETURNING *;\n"
    "-- DELETE /items/{id}\n"
    "-- tags: items\n"
    "-- returns: none\n"
    "-- role: clerk admin\n"
    "DELETE FROM item WHERE id = :id;\n"
    "-- POST /items/{id}/reserve\n"
    "-- tags: items, orders\n"
    "-- returns: scalar\n"
    "SELECT reserve(:id, :count);\n"
    "-- GET /statuses/{name}/orders\n"
    "-- tags: orders\n"
    "-- deprecated: yes\n"
    "SELECT id FROM orders WHERE status = :name AND during @> :at?\n"
    " AND during && :during? AND tag = ANY (:tags?);\n";

typedef struct SampleColumn {
    const char *name;
    unsigned type;
    bool not_null;
    const char *comment;
} SampleColumn;

static const SampleColumn sample_columns[] = {
    {"id", 20, true, "Given by the database."},
    {"name", 25, true, NULL},
    {"price", SAMPLE_PRICE, true, NULL},
    {"mood", SAMPLE_MOOD, false, NULL},
    {"place", SAMPLE_POINT, false, "Where it stands."},
    {"tags", 1009, false, NULL},
    {"changed", 1184, true, NULL},
    {"during", 3910, false, NULL},
    {"data", 3802, false, NULL},
    {"weight", 701, false, NULL},
};

static const struct {
    const char *name;
    unsigned type;
} sample_params[] = {
    {"id", 20},
    {"name", 25},
    {"price", SAMPLE_PRICE},
    {"mood", SAMPLE_MOOD},
    {"place", SAMPLE_POINT},
    {"tags", 1009},
    {"count", 23},
    {"at", 1184},
    {"search", 25},
    {"if_match", 25},
    {"during", 3910},
};

static inline void sample_describe(Endpoint *endpoint, const ApiTypes *types, unsigned columns)
{
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        ApiParam *param = endpoint->params->pdata[i];
        for (size_t j = 0; j < G_N_ELEMENTS(sample_params); j++)
            if (g_str_equal(param->name, sample_params[j].name))
                param->type = api_types_find(types, sample_params[j].type);
    }
    endpoint->columns = api_columns_new();
    for (unsigned i = 0; i < columns; i++) {
        ApiColumn *column = g_new0(ApiColumn, 1);
        column->name = g_strdup(sample_columns[i].name);
        column->type = api_types_find(types, sample_columns[i].type);
        column->not_null = sample_columns[i].not_null;
        column->comment = g_strdup(sample_columns[i].comment);
        g_ptr_array_add(endpoint->columns, column);
    }
}

/* (transfer full): a handler in C: no statements, parameters and columns by hand or none. */
static inline Endpoint *sample_handler(const ApiTypes *types)
{
    Endpoint *endpoint = endpoint_new();
    ApiParam *param = g_new0(ApiParam, 1);
    param->name = g_strdup("since");
    param->place = PLACE_QUERY;
    param->optional = true;
    param->type = api_types_find(types, 1082);
    g_ptr_array_add(endpoint->params, param);
    endpoint->method = HTTP_GET;
    endpoint->path = g_strdup("/export.csv");
    endpoint->summary = g_strdup("All items as CSV.");
    endpoint->returns = RETURNS_MANY;
    endpoint->status = 200;
    return endpoint;
}

/* (transfer full) (element-type Endpoint): @types must outlive them. */
static inline GPtrArray *sample_endpoints(const ApiTypes *types)
{
    static const unsigned columns[] = {3, 10, 10, 10, 0, 1, 1};
    g_autoptr(GError) error = NULL;
    GPtrArray *endpoints =
        endpoint_file_parse("api/shop.sql", sample_file, strlen(sample_file), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(endpoints->len, ==, G_N_ELEMENTS(columns));
    for (unsigned i = 0; i < endpoints->len; i++)
        sample_describe(endpoints->pdata[i], types, columns[i]);
    Endpoint *list = endpoints->pdata[0];
    list->paging = api_paging_new();
    g_ptr_array_add(endpoints, sample_handler(types));
    return endpoints;
}
