#include "pool/statements.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void prepared_free(void *data)
{
    Prepared *prepared = data;
    g_free(prepared->name);
    g_free(prepared->as);
    g_free(prepared);
}

/* Once a request: long names take g_str_hash() long. */
static unsigned name_hash(const void *name)
{
    return (unsigned)XXH3_64bits(name, strlen(name));
}

void statements_init(Session *session)
{
    session->prepared = g_hash_table_new_full(name_hash, g_str_equal, NULL, prepared_free);
    session->stale = g_ptr_array_new_with_free_func(g_free);
}

void statements_clear(Session *session)
{
    g_hash_table_remove_all(session->prepared);
    g_ptr_array_set_size(session->stale, 0);
}

void statements_destroy(Session *session)
{
    g_hash_table_unref(session->prepared);
    g_ptr_array_unref(session->stale);
}

Prepared *statements_find(Session *session, const char *name)
{
    Prepared *found = g_hash_table_lookup(session->prepared, name);
    if (found != NULL)
        return found;
    found = g_new0(Prepared, 1);
    found->name = g_strdup(name);
    found->as = g_strdup(name);
    g_hash_table_insert(session->prepared, found->name, found);
    return found;
}

void statements_lost(Session *session, const char *name)
{
    Prepared *found = statements_find(session, name);
    found->sent = found->ready = false;
}

void statements_found(Session *session, const char *name)
{
    Prepared *found = statements_find(session, name);
    found->sent = found->ready = true;
}

void statements_renew(Session *session, const char *name)
{
    Prepared *found = statements_find(session, name);
    if (!found->ready)
        return; /* another request of the batch has met it before */
    g_ptr_array_add(session->stale, found->as);
    found->as = g_strdup_printf("%s.%u", name, ++session->generation);
    found->sent = found->ready = false;
}

void statements_forget(Session *session, GHashTable *keep)
{
    GHashTableIter iter;
    void *value = NULL;
    g_hash_table_iter_init(&iter, session->prepared);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Prepared *prepared = value;
        /* What is on its way to be prepared stays: its answer is awaited. */
        if (!prepared->ready || g_hash_table_contains(keep, prepared->name))
            continue;
        g_ptr_array_add(session->stale, g_steal_pointer(&prepared->as));
        g_hash_table_iter_remove(&iter);
    }
}

static void statement_free(void *data)
{
    PoolStatement *statement = data;
    if (statement == NULL)
        return;
    g_free((char *)statement->name);
    g_free((char *)statement->sql);
    g_free(statement);
}

static PoolStatement *new_set_config(unsigned count)
{
    GString *sql = g_string_new("select ");
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(sql, "%spg_catalog.set_config($%u, $%u, true)", i > 0 ? ", " : "",
                               2 * i + 1, 2 * i + 2);
    PoolStatement *made = g_new0(PoolStatement, 1);
    made->name = g_strdup_printf("settings_%u", count);
    made->sql = g_string_free(sql, FALSE);
    made->parameters = 2 * count;
    return made;
}

const PoolStatement *statements_set_config(Pool *pool, unsigned count)
{
    if (pool->set_config == NULL)
        pool->set_config = g_ptr_array_new_with_free_func(statement_free);
    if (pool->set_config->len <= count)
        g_ptr_array_set_size(pool->set_config, (int)count + 1);
    if (pool->set_config->pdata[count] == NULL)
        pool->set_config->pdata[count] = new_set_config(count);
    return pool->set_config->pdata[count];
}
