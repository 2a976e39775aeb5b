#include "serve/constraints.h"

#include "serve_queries.h"

struct Constraints {
    GHashTable *columns; /* "schema\1table\1name" → char ** */
};

/* Names cannot hold \1 by any tool, and if one did, an error would name no field. */
static char *make_key(const char *schema, const char *table, const char *name)
{
    return g_strjoin("\1", schema, table, name, NULL);
}

static void free_words(void *words)
{
    g_strfreev(words);
}

/* Adds the rows from @first on that have one key; returns the row behind them. */
static int add_one(Constraints *constraints, const PGresult *rows, int first)
{
    g_autofree char *key = make_key(PQgetvalue(rows, first, 0), PQgetvalue(rows, first, 1),
                                    PQgetvalue(rows, first, 2));
    GPtrArray *columns = g_ptr_array_new();
    int row = first;
    for (; row < PQntuples(rows); row++) {
        g_autofree char *other =
            make_key(PQgetvalue(rows, row, 0), PQgetvalue(rows, row, 1), PQgetvalue(rows, row, 2));
        if (!g_str_equal(key, other))
            break;
        g_ptr_array_add(columns, g_strdup(PQgetvalue(rows, row, 3)));
    }
    g_ptr_array_add(columns, NULL);
    g_hash_table_insert(constraints->columns, g_steal_pointer(&key),
                        g_ptr_array_free(columns, FALSE));
    return row;
}

Constraints *constraints_load(Database *db, GError **error)
{
    g_autoptr(PGresult) rows = database_query(db, sql_constraint_columns, NULL, 0, error);
    if (rows == NULL)
        return NULL;
    Constraints *constraints = g_new0(Constraints, 1);
    constraints->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_words);
    for (int row = 0; row < PQntuples(rows);)
        row = add_one(constraints, rows, row);
    return constraints;
}

void constraints_free(Constraints *constraints)
{
    if (constraints == NULL)
        return;
    g_hash_table_unref(constraints->columns);
    g_free(constraints);
}

char **constraints_columns(const Constraints *constraints, const char *schema, const char *table,
                           const char *name)
{
    if (schema == NULL || table == NULL || name == NULL)
        return NULL;
    g_autofree char *key = make_key(schema, table, name);
    return g_hash_table_lookup(constraints->columns, key);
}
