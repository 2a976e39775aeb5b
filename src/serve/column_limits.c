#include "serve/column_limits.h"

#include "serve_queries.h"

#include <string.h>

/* Columns of the query. */
enum { RELATION, COLUMN, SCHEMA, DOMAIN_SCHEMA, DOMAIN_NAME, CHARACTERS, PRECISION, SCALE };

struct ColumnLimits {
    GHashTable *columns; /* "table\1column" → (element-type ColumnLimit) array */
};

static void limit_free(void *data)
{
    ColumnLimit *limit = data;
    g_free(limit->schema);
    g_free(limit->domain_schema);
    g_free(limit->domain);
    g_free(limit);
}

static char *text_at(const PGresult *rows, int row, int column)
{
    return PQgetisnull(rows, row, column) ? NULL : g_strdup(PQgetvalue(rows, row, column));
}

/* NULL is 0. */
static int number_at(const PGresult *rows, int row, int column)
{
    return (int)g_ascii_strtoll(PQgetvalue(rows, row, column), NULL, 10);
}

static void add_row(ColumnLimits *limits, const PGresult *rows, int row)
{
    char *key =
        g_strjoin("\1", PQgetvalue(rows, row, RELATION), PQgetvalue(rows, row, COLUMN), NULL);
    GPtrArray *found = g_hash_table_lookup(limits->columns, key);
    if (found == NULL) {
        found = g_ptr_array_new_with_free_func(limit_free);
        g_hash_table_insert(limits->columns, key, found);
    } else {
        g_free(key);
    }
    ColumnLimit *limit = g_new0(ColumnLimit, 1);
    *limit = (ColumnLimit){
        .schema = text_at(rows, row, SCHEMA),
        .domain_schema = text_at(rows, row, DOMAIN_SCHEMA),
        .domain = text_at(rows, row, DOMAIN_NAME),
        .characters = (unsigned)number_at(rows, row, CHARACTERS),
        .precision = (unsigned)number_at(rows, row, PRECISION),
        .scale = number_at(rows, row, SCALE),
    };
    g_ptr_array_add(found, limit);
}

ColumnLimits *column_limits_load(Database *db, GError **error)
{
    g_autoptr(PGresult) rows = database_query(db, sql_column_limits, NULL, 0, error);
    if (rows == NULL)
        return NULL;
    ColumnLimits *limits = g_new0(ColumnLimits, 1);
    limits->columns =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    for (int row = 0; row < PQntuples(rows); row++)
        add_row(limits, rows, row);
    return limits;
}

void column_limits_free(ColumnLimits *limits)
{
    if (limits == NULL)
        return;
    g_hash_table_unref(limits->columns);
    g_free(limits);
}

void column_limits_find(const ColumnLimits *limits, const char *schema, const char *table,
                        const char *column, void (*visit)(const ColumnLimit *limit, void *data),
                        void *data)
{
    g_autofree char *key = g_strjoin("\1", table, column, NULL);
    const GPtrArray *found = g_hash_table_lookup(limits->columns, key);
    for (unsigned i = 0; found != NULL && i < found->len; i++) {
        const ColumnLimit *limit = found->pdata[i];
        if (schema == NULL || g_str_equal(schema, limit->schema))
            visit(limit, data);
    }
}

/* Blanks at the end are cut off silently. */
static bool is_too_long(const char *value, unsigned characters)
{
    const char *end = value + strlen(value);
    while (end > value && end[-1] == ' ')
        end--;
    return g_utf8_strlen(value, end - value) > (glong)characters;
}

static double power_of_ten(int exponent)
{
    double power = 1;
    for (int i = 0; i < ABS(exponent); i++)
        power *= 10;
    return exponent < 0 ? 1 / power : power;
}

/* It is rounded to the scale before. */
static bool is_too_large(const char *value, unsigned precision, int scale)
{
    char *end = NULL;
    double number = g_ascii_strtod(value, &end);
    double size = number < 0 ? -number : number; /* of NaN: nothing is true */
    return end != value && *end == '\0' &&
           size + 0.5 * power_of_ten(-scale) >= power_of_ten((int)precision - scale);
}

bool column_limit_is_exceeded(const ColumnLimit *limit, const char *value)
{
    if (limit->characters > 0)
        return is_too_long(value, limit->characters);
    return limit->precision > 0 && is_too_large(value, limit->precision, limit->scale);
}
