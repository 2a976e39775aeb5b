#include "serve/scaffold.h"

#include "api/route.h"
#include "base/nearest.h"
#include "serve_queries.h"
#include "sql/quote.h"

#include <string.h>

enum { LINE_LENGTH = 100 };

/* Columns of scaffold.sql. */
enum {
    FIELD_RELATION,
    FIELD_SCHEMA,
    FIELD_VISIBLE,
    FIELD_KIND,
    FIELD_NAME,
    FIELD_NOT_NULL,
    FIELD_AUTOMATIC,
    FIELD_HAS_DEFAULT,
    FIELD_KEY,
};

typedef struct Column {
    char *name;
    char *param; /* what its parameter is called */
    bool not_null;
    bool automatic; /* the server alone gives it values */
    bool has_default;
    int key; /* place in the key, from 1; 0: not in it */
} Column;

struct Scaffold {
    char *table; /* as SQL */
    char *path;  /* "/item", "/sales/order" */
    char *title; /* for comments */
    bool view;
    GPtrArray *columns; /* (element-type Column) */
    GPtrArray *keys;    /* (element-type Column): borrowed, in order; empty if there is no key */
};

static void column_free(void *data)
{
    Column *column = data;
    g_free(column->name);
    g_free(column->param);
    g_free(column);
}

void scaffold_free(Scaffold *scaffold)
{
    if (scaffold == NULL)
        return;
    g_free(scaffold->table);
    g_free(scaffold->path);
    g_free(scaffold->title);
    g_ptr_array_unref(scaffold->keys);
    g_ptr_array_unref(scaffold->columns);
    g_free(scaffold);
}

/* Names */

/* (transfer full): @name with "_" for all that a word or path segment cannot hold. */
static char *plain_name(const char *name)
{
    GString *plain = g_string_new(NULL);
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at))
        g_string_append_c(plain, g_ascii_isalnum(*at) ? *at : '_');
    return g_string_free(plain, FALSE);
}

static bool is_taken(const Scaffold *scaffold, const char *param)
{
    for (unsigned i = 0; i < scaffold->columns->len; i++)
        if (g_str_equal(((const Column *)scaffold->columns->pdata[i])->param, param))
            return true;
    return g_str_equal(param, "if_match"); /* a header's */
}

/* (transfer full): a name of its own that a parameter may have. */
static char *param_name(const Scaffold *scaffold, const char *name)
{
    g_autofree char *plain = plain_name(name);
    g_autoptr(GString) param = g_string_new(plain);
    if (g_ascii_isdigit(*plain))
        g_string_prepend_c(param, '_');
    while (is_taken(scaffold, param->str))
        g_string_append_c(param, '_');
    return g_strdup(param->str);
}

/* Where the server itself answers, and a table's rows need another path. */
static bool is_reserved(const char *segment)
{
    static const char *const taken[] = {"health", "metrics", "docs", NULL};
    return g_strv_contains(taken, segment);
}

static void name_table(Scaffold *scaffold, const char *schema, const char *table, bool visible)
{
    g_autofree char *segment = plain_name(table);
    g_autofree char *folder = plain_name(schema);
    g_autoptr(GString) sql = g_string_new(NULL);
    if (!visible)
        sql_append(sql, "%I.", schema);
    sql_append(sql, "%I", table);
    scaffold->table = g_strdup(sql->str);
    bool alone = visible && !is_reserved(segment);
    scaffold->path =
        alone ? g_strconcat("/", segment, NULL) : g_strconcat("/", folder, "/", segment, NULL);
    scaffold->title = g_steal_pointer(&segment);
}

/* Reading */

static void add_column(Scaffold *scaffold, const PGresult *rows, int row)
{
    Column *column = g_new0(Column, 1);
    const char *name = PQgetvalue(rows, row, FIELD_NAME);
    column->param = param_name(scaffold, name);
    column->name = g_strdup(name);
    column->not_null = PQgetvalue(rows, row, FIELD_NOT_NULL)[0] == 't';
    column->automatic = PQgetvalue(rows, row, FIELD_AUTOMATIC)[0] == 't';
    column->has_default = PQgetvalue(rows, row, FIELD_HAS_DEFAULT)[0] == 't';
    column->key = (int)g_ascii_strtoll(PQgetvalue(rows, row, FIELD_KEY), NULL, 10);
    g_ptr_array_add(scaffold->columns, column);
}

static int compare_keys(const void *a, const void *b)
{
    const Column *const *first = a, *const *second = b;
    return (*first)->key - (*second)->key;
}

static void find_keys(Scaffold *scaffold)
{
    for (unsigned i = 0; i < scaffold->columns->len; i++)
        if (((const Column *)scaffold->columns->pdata[i])->key > 0)
            g_ptr_array_add(scaffold->keys, scaffold->columns->pdata[i]);
    g_ptr_array_sort(scaffold->keys, compare_keys);
    if (scaffold->keys->len > ROUTE_CAPTURES)
        g_ptr_array_set_size(scaffold->keys, 0);
}

static bool refuse_unknown(Database *db, const char *table, GError **error)
{
    g_autoptr(PGresult) rows =
        database_query(db,
                       "select c.relname from pg_catalog.pg_class c"
                       "  join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
                       " where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_'"
                       "   and n.nspname not in ('information_schema', 'retort') order by 1",
                       NULL, 0, error);
    if (rows == NULL)
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; i < PQntuples(rows); i++)
        g_ptr_array_add(names, PQgetvalue(rows, i, 0));
    g_ptr_array_add(names, NULL);
    const char *nearest = nearest_word(table, (const char *const *)names->pdata);
    g_autofree char *hint = nearest == NULL
                                ? g_strdup("--schema names the schema of a table elsewhere")
                                : g_strdup_printf("did you mean \"%s\"?", nearest);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "table \"%s\" does not exist\nhint: %s", table,
                hint);
    return false;
}

Scaffold *scaffold_load(Database *db, const char *table, const char *schema, GError **error)
{
    const char *values[] = {table, schema};
    g_autoptr(PGresult) rows = database_query(db, sql_scaffold, values, 2, error);
    if (rows == NULL || (PQntuples(rows) == 0 && !refuse_unknown(db, table, error)))
        return NULL;
    if (PQgetisnull(rows, 0, FIELD_NAME)) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "table \"%s\" has no columns", table);
        return NULL;
    }
    g_autoptr(Scaffold) scaffold = g_new0(Scaffold, 1);
    scaffold->columns = g_ptr_array_new_with_free_func(column_free);
    scaffold->keys = g_ptr_array_new();
    char kind = PQgetvalue(rows, 0, FIELD_KIND)[0];
    scaffold->view = kind == 'v' || kind == 'm';
    name_table(scaffold, PQgetvalue(rows, 0, FIELD_SCHEMA), PQgetvalue(rows, 0, FIELD_RELATION),
               PQgetvalue(rows, 0, FIELD_VISIBLE)[0] == 't');
    for (int row = 0; row < PQntuples(rows); row++)
        add_column(scaffold, rows, row);
    find_keys(scaffold);
    return g_steal_pointer(&scaffold);
}

/* Writing */

/* A list that is cut into lines. */
typedef struct Writer {
    const Scaffold *scaffold;
    GString *text;
    size_t indent; /* of further lines */
} Writer;

static size_t line_length(const GString *text)
{
    const char *end = strrchr(text->str, '\n');
    return end == NULL ? text->len : strlen(end + 1);
}

/* Appends an item of a list, in a new line where it would be too long. */
static void append_item(Writer *writer, bool first, const char *item)
{
    if (!first)
        g_string_append_c(writer->text, ',');
    if (!first && line_length(writer->text) + strlen(item) + 3 > LINE_LENGTH)
        g_string_append_printf(writer->text, "\n%*s", (int)writer->indent, "");
    else if (!first)
        g_string_append_c(writer->text, ' ');
    g_string_append(writer->text, item);
}

typedef bool ColumnFilter(const Column *column);

static bool is_any(const Column *column G_GNUC_UNUSED)
{
    return true;
}

static bool is_given(const Column *column)
{
    return !column->automatic && !column->has_default;
}

static bool is_left_out(const Column *column)
{
    return !is_given(column);
}

static bool is_changed(const Column *column)
{
    return !column->automatic && column->key == 0;
}

static unsigned count_columns(const Scaffold *scaffold, ColumnFilter *filter)
{
    unsigned count = 0;
    for (unsigned i = 0; i < scaffold->columns->len; i++)
        count += filter(scaffold->columns->pdata[i]);
    return count;
}

static void column_sql(GString *item, const Column *column)
{
    sql_append(item, "%I", column->name);
}

/* As text for a comment, which no name may end. */
static void plain_text(GString *item, const Column *column)
{
    g_string_append(item, column->param);
}

static void value_sql(GString *item, const Column *column)
{
    sql_append(item, column->not_null ? ":%s" : ":%s?", column->param);
}

/* Absent is NULL; but what the table gives a value of its own, such as when a row was made, stays.
 */
static void change_sql(GString *item, const Column *column)
{
    sql_append(item, "%I = ", column->name);
    if (column->has_default)
        sql_append(item, "coalesce(:%s?, %I)", column->param, column->name);
    else
        value_sql(item, column);
}

/* Appends the list of what @write makes of each column that @filter takes. */
static void append_columns(Writer *writer, const GPtrArray *columns, ColumnFilter *filter,
                           void (*write)(GString *item, const Column *column))
{
    bool first = true;
    g_autoptr(GString) item = g_string_new(NULL);
    writer->indent = MIN(line_length(writer->text), 40);
    for (unsigned i = 0; i < columns->len; i++) {
        if (!filter(columns->pdata[i]))
            continue;
        g_string_truncate(item, 0);
        write(item, columns->pdata[i]);
        append_item(writer, first, item->str);
        first = false;
    }
}

static void append_route(Writer *writer, const char *method, bool one, const char *summary,
                         const char *returns)
{
    GString *text = writer->text;
    const Scaffold *scaffold = writer->scaffold;
    g_string_append_printf(text, "\n-- %s %s", method, scaffold->path);
    for (unsigned i = 0; one && i < scaffold->keys->len; i++)
        g_string_append_printf(text, "/{%s}", ((const Column *)scaffold->keys->pdata[i])->param);
    g_string_append_printf(text, "\n-- summary: ");
    g_string_append_printf(text, "%s %s", summary, scaffold->title);
    g_string_append_printf(text, "\n-- tags: %s\n-- returns: %s\n", scaffold->title, returns);
}

static void append_where(Writer *writer)
{
    for (unsigned i = 0; i < writer->scaffold->keys->len; i++) {
        const Column *key = writer->scaffold->keys->pdata[i];
        sql_append(writer->text, i == 0 ? "\n WHERE %I = :%s" : "\n   AND %I = :%s", key->name,
                   key->param);
    }
}

static void append_select(Writer *writer)
{
    g_string_append(writer->text, "SELECT ");
    append_columns(writer, writer->scaffold->columns, is_any, column_sql);
    sql_append(writer->text, "\n  FROM %s", writer->scaffold->table);
}

static void append_returning(Writer *writer, const GPtrArray *columns)
{
    g_string_append(writer->text, "\nRETURNING ");
    append_columns(writer, columns, is_any, column_sql);
    g_string_append(writer->text, ";\n");
}

static void append_list(Writer *writer)
{
    append_route(writer, "GET", false, "Rows of", "many");
    append_select(writer);
    if (writer->scaffold->keys->len > 0) {
        g_string_append(writer->text, "\n ORDER BY ");
        append_columns(writer, writer->scaffold->keys, is_any, column_sql);
    }
    g_string_append(writer->text, ";\n");
}

static void append_get(Writer *writer)
{
    append_route(writer, "GET", true, "One row of", "one");
    append_select(writer);
    append_where(writer);
    g_string_append(writer->text, ";\n");
}

static void append_create(Writer *writer)
{
    const Scaffold *scaffold = writer->scaffold;
    append_route(writer, "POST", false, "Add a row to", "one 201");
    sql_append(writer->text, "INSERT INTO %s", scaffold->table);
    if (count_columns(scaffold, is_given) == 0) {
        g_string_append(writer->text, " DEFAULT VALUES");
    } else {
        g_string_append(writer->text, " (");
        append_columns(writer, scaffold->columns, is_given, column_sql);
        g_string_append(writer->text, ")\nVALUES (");
        append_columns(writer, scaffold->columns, is_given, value_sql);
        g_string_append_c(writer->text, ')');
    }
    if (count_columns(scaffold, is_left_out) > 0) {
        g_string_append(writer->text, "\n/* left out, so that they get their usual values: ");
        append_columns(writer, scaffold->columns, is_left_out, plain_text);
        g_string_append(writer->text, " */");
    }
    append_returning(writer, scaffold->columns);
}

static void append_replace(Writer *writer)
{
    const Scaffold *scaffold = writer->scaffold;
    append_route(writer, "PUT", true, "Replace a row of", "one");
    sql_append(writer->text, "UPDATE %s\n   SET ", scaffold->table);
    append_columns(writer, scaffold->columns, is_changed, change_sql);
    append_where(writer);
    append_returning(writer, scaffold->columns);
}

static void append_delete(Writer *writer)
{
    append_route(writer, "DELETE", true, "Delete a row of", "one");
    sql_append(writer->text, "DELETE FROM %s", writer->scaffold->table);
    append_where(writer);
    append_returning(writer, writer->scaffold->keys);
}

char *scaffold_write(const Scaffold *scaffold)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Writer writer = {.scaffold = scaffold, .text = text};
    g_string_append_printf(text, "-- Endpoints of %s, to be edited.\n", scaffold->title);
    bool keyed = scaffold->keys->len > 0 && !scaffold->view;
    if (!keyed && !scaffold->view)
        g_string_append(text, "-- It has no key by which one row could be named.\n");
    if (scaffold->keys->len == 0)
        g_string_append(text, "-- The list has one page, and ends at its limit: pages follow each "
                              "other in the\n-- order of a key that is selected and never NULL.\n");
    append_list(&writer);
    if (keyed)
        append_get(&writer);
    if (!scaffold->view)
        append_create(&writer);
    if (keyed && count_columns(scaffold, is_changed) > 0)
        append_replace(&writer);
    if (keyed)
        append_delete(&writer);
    return g_strdup(text->str);
}

char *scaffold_file(const Scaffold *scaffold)
{
    return g_strconcat(scaffold->path + 1, ".sql", NULL);
}
