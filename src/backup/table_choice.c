#include "backup/table_choice.h"

#include "backup/table_name.h"
#include "base/nearest.h"

#include "backup_queries.h"

enum { NAMES_TOLD = 10 };

PGresult *table_choice_load(Database *db, GError **error)
{
    return database_query(db, sql_tables_there, NULL, 0, error);
}

static const char *schema_of(const PGresult *tables, int row)
{
    return PQgetvalue(tables, row, 0);
}

static const char *name_of(const PGresult *tables, int row)
{
    return PQgetvalue(tables, row, 1);
}

/* (transfer full): the tables of those rows with commas between, not more than are read. */
static char *join_names(const PGresult *tables, const GArray *rows)
{
    g_autoptr(GString) text = g_string_new("");
    for (unsigned i = 0; i < MIN(rows->len, NAMES_TOLD); i++) {
        int row = g_array_index(rows, int, i);
        g_autofree char *name = table_name_format(schema_of(tables, row), name_of(tables, row));
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", name);
    }
    if (rows->len > NAMES_TOLD)
        g_string_append(text, ", …");
    return g_strdup(text->str);
}

/* (transfer full): one of nearly that name, or some that there are. */
static char *hint_names(const PGresult *tables, const char *word)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int));
    for (int row = 0; row < PQntuples(tables); row++) {
        g_ptr_array_add(known, g_strdup(name_of(tables, row)));
        g_ptr_array_add(known, table_name_format(schema_of(tables, row), name_of(tables, row)));
        g_array_append_val(all, row);
    }
    g_ptr_array_add(known, NULL);
    const char *near = nearest_word(word, (const char *const *)known->pdata);
    if (near != NULL)
        return g_strdup_printf("did you mean %s?", near);
    g_autofree char *names = join_names(tables, all);
    return all->len == 0 ? g_strdup("it has no tables at all")
                         : g_strdup_printf("it has %s", names);
}

/* The only element of @rows in the schema public; -1 if there is none, or are several. */
static int find_public(const PGresult *tables, const GArray *rows)
{
    int found = -1;
    for (unsigned i = 0; i < rows->len; i++) {
        int row = g_array_index(rows, int, i);
        if (!g_str_equal(schema_of(tables, row), "public"))
            continue;
        if (found >= 0)
            return -1;
        found = row;
    }
    return found;
}

int table_choice_find(const PGresult *tables, const char *word, GError **error)
{
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(int));
    for (int row = 0; row < PQntuples(tables); row++)
        if (table_name_matches(word, schema_of(tables, row), name_of(tables, row)))
            g_array_append_val(rows, row);
    int found = rows->len == 1 ? g_array_index(rows, int, 0) : find_public(tables, rows);
    if (found >= 0)
        return found;
    g_autofree char *hint = rows->len == 0 ? hint_names(tables, word) : join_names(tables, rows);
    if (rows->len == 0)
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "there is no table \"%s\" in the backup\nhint: %s", word, hint);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "\"%s\" may mean several tables of the backup\nhint: say which: %s", word,
                    hint);
    return -1;
}
