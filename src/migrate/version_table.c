#include "migrate/version_table.h"

#include "sql/quote.h"

#include <string.h>

struct VersionTable {
    char *schema;
    char *name;
    char *quoted;
};

static bool is_name(const char *text)
{
    return *text != '\0' && strlen(text) < 64 && g_utf8_validate(text, -1, NULL);
}

VersionTable *version_table_new(const char *name, GError **error)
{
    g_auto(GStrv) words = g_strsplit(name != NULL ? name : "retort.version", ".", -1);
    unsigned count = g_strv_length(words);
    if (count < 1 || count > 2 || !is_name(words[0]) || !is_name(words[count - 1])) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "version_table \"%s\" is no name of a table\n"
                    "hint: write schema.table, such as public.alembic_version",
                    name);
        return NULL;
    }
    VersionTable *table = g_new0(VersionTable, 1);
    table->schema = g_strdup(count == 2 ? words[0] : "public");
    table->name = g_strdup(words[count - 1]);
    g_autoptr(GString) quoted = g_string_new(NULL);
    sql_append(quoted, "%I.%I", table->schema, table->name);
    table->quoted = g_strdup(quoted->str);
    return table;
}

void version_table_free(VersionTable *table)
{
    if (table == NULL)
        return;
    g_free(table->schema);
    g_free(table->name);
    g_free(table->quoted);
    g_free(table);
}

const char *version_table_schema(const VersionTable *table)
{
    return table->schema;
}

const char *version_table_name(const VersionTable *table)
{
    return table->name;
}

const char *version_table_quoted(const VersionTable *table)
{
    return table->quoted;
}

char **version_table_load(const VersionTable *table, Database *db, GError **error)
{
    g_autofree char *known = database_query_value(db, "select to_regclass($1) is not null",
                                                  (const char *const[]){table->quoted}, 1, error);
    if (known == NULL)
        return NULL;
    if (!g_str_equal(known, "t"))
        return g_new0(char *, 1);
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "select version_num from %s order by version_num collate \"C\"", table->quoted);
    g_autoptr(PGresult) rows = database_query(db, sql->str, NULL, 0, error);
    if (rows == NULL)
        return NULL;
    int count = PQntuples(rows);
    char **ids = g_new0(char *, (size_t)count + 1);
    for (int i = 0; i < count; i++)
        ids[i] = g_strdup(PQgetvalue(rows, i, 0));
    return ids;
}

void version_table_append_change(GString *sql, const VersionTable *table, VersionRow row)
{
    g_assert(row.from != NULL || row.to != NULL);
    if (row.from == NULL)
        sql_append(sql, "INSERT INTO %s (version_num) VALUES (%L)", table->quoted, row.to);
    else if (row.to == NULL)
        sql_append(sql, "DELETE FROM %s WHERE version_num = %L", table->quoted, row.from);
    else
        sql_append(sql, "UPDATE %s SET version_num = %L WHERE version_num = %L", table->quoted,
                   row.to, row.from);
}

/* Closes "with changed as (": division_by_zero unless it changed one row. */
static const char one_row[] = " returning 1) select 1 / (select count(*) from changed)::int"
                              " / (2 - (select count(*) from changed)::int)";

void version_table_append_checked(GString *sql, const VersionTable *table, VersionRow row)
{
    g_string_append(sql, "with changed as (");
    version_table_append_change(sql, table, row);
    g_string_append(sql, one_row);
}

void version_table_append_prepared(GString *sql, const VersionTable *table, unsigned number)
{
    g_string_append_printf(sql,
                           "with version_change as (UPDATE %s SET version_num = $%u"
                           " WHERE version_num = $%u returning 1) ",
                           table->quoted, number + 1, number);
}
