/*
 * Any bytes as a file of endpoints: refused with a place, or read so that each endpoint is whole
 * and its route is one that a router takes and finds.
 */
#include "api/endpoint_file.h"
#include "api/route.h"
#include "fuzz.h"

static void check_params(const Endpoint *endpoint)
{
    g_autofree bool *used = g_new0(bool, endpoint->params->len + 1);
    for (unsigned i = 0; i < endpoint->statements->len; i++) {
        const ApiStatement *statement = endpoint->statements->pdata[i];
        g_assert_cmpuint(strlen(statement->name), ==, 33);
        for (unsigned j = 0; j < statement->params->len; j++) {
            unsigned index = g_array_index(statement->params, unsigned, j);
            g_autofree char *number = g_strdup_printf("$%u", j + 1);
            g_assert_cmpuint(index, <, endpoint->params->len);
            g_assert_nonnull(strstr(statement->sql, number));
            used[index] = true;
        }
    }
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        g_assert_true(used[i]);
        g_assert_cmpint(endpoint_param(endpoint, param->name), ==, i);
        g_assert_false(param->optional && param->place == PLACE_PATH);
    }
}

static void check_route(const Endpoint *endpoint)
{
    g_autoptr(Router) router = router_new();
    g_autoptr(GError) error = NULL;
    RouteMatch match;
    router_add(router, endpoint->method, endpoint->path, router, &error);
    g_assert_no_error(error);
    router_find(router, endpoint->method, endpoint->path, strlen(endpoint->path), &match);
    g_assert_true(match.target == router);
    const char *at = endpoint->path, *name = NULL;
    size_t length = 0;
    for (unsigned i = 0; route_capture(&at, &name, &length); i++) {
        g_assert_cmpuint(match.capture[i].length, ==, length + 2);
        g_assert_cmpint(endpoint_param_of(endpoint, name, length), >=, 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = fuzz_copy(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) all = endpoint_file_parse("x.sql", text, size, &error);
    g_assert_true((all == NULL) == (error != NULL));
    if (all == NULL) {
        g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
        g_assert_true(g_str_has_prefix(error->message, "x.sql:"));
        g_assert_true(g_ascii_isdigit(error->message[6]));
        return 0;
    }
    for (unsigned i = 0; i < all->len; i++) {
        const Endpoint *endpoint = all->pdata[i];
        g_assert_cmpuint(endpoint->status, >=, 200);
        g_assert_cmpuint(endpoint->status, <, 300);
        check_params(endpoint);
        check_route(endpoint);
    }
    return 0;
}
