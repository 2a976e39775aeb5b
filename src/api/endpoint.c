#include "api/endpoint.h"

#include <string.h>

static void param_free(void *data)
{
    ApiParam *param = data;
    g_free(param->name);
    g_free(param);
}

static void statement_free(void *data)
{
    ApiStatement *statement = data;
    g_free(statement->sql);
    g_free(statement->name);
    g_array_unref(statement->params);
    g_clear_pointer(&statement->written, g_ptr_array_unref);
    g_free(statement);
}

static void column_free(void *data)
{
    ApiColumn *column = data;
    g_free(column->name);
    g_free(column->comment);
    g_free(column);
}

GPtrArray *api_columns_new(void)
{
    return g_ptr_array_new_with_free_func(column_free);
}

ApiPaging *api_paging_new(void)
{
    ApiPaging *paging = g_new0(ApiPaging, 1);
    paging->keys = g_array_new(FALSE, FALSE, sizeof(unsigned));
    return paging;
}

void api_paging_free(ApiPaging *paging)
{
    if (paging == NULL)
        return;
    g_array_unref(paging->keys);
    g_free(paging->first);
    g_free(paging->after);
    g_free(paging);
}

Endpoint *endpoint_new(void)
{
    Endpoint *endpoint = g_new0(Endpoint, 1);
    endpoint->tags = g_new0(char *, 1);
    endpoint->params = g_ptr_array_new_with_free_func(param_free);
    endpoint->statements = g_ptr_array_new_with_free_func(statement_free);
    return endpoint;
}

void endpoint_free(Endpoint *endpoint)
{
    if (endpoint == NULL)
        return;
    g_free(endpoint->path);
    g_free(endpoint->file);
    g_free(endpoint->summary);
    g_free(endpoint->description);
    g_strfreev(endpoint->tags);
    g_free(endpoint->cache);
    g_strfreev(endpoint->roles);
    g_free(endpoint->version);
    g_ptr_array_unref(endpoint->params);
    g_ptr_array_unref(endpoint->statements);
    g_clear_pointer(&endpoint->columns, g_ptr_array_unref);
    api_paging_free(endpoint->paging);
    g_free(endpoint->limited);
    g_free(endpoint);
}

int endpoint_param_of(const Endpoint *endpoint, const char *name, size_t length)
{
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const ApiParam *param = endpoint->params->pdata[i];
        if (strncmp(param->name, name, length) == 0 && param->name[length] == '\0')
            return (int)i;
    }
    return -1;
}

int endpoint_param(const Endpoint *endpoint, const char *name)
{
    return endpoint_param_of(endpoint, name, strlen(name));
}
