#include "serve/blame.h"

#include "sql/column_writes.h"
#include "sql/quote.h"

#include <string.h>

/* Looked for: among the writes of which statements. */
typedef struct Search {
    const Call *call;
    const PGresult *error;
    const ApiStatement *statement; /* (nullable): that failed */
    bool all;                      /* the commit failed: any of them */
    Blame *blame;
} Search;

static const char *field(const PGresult *error, int code)
{
    const char *text = PQresultErrorField(error, code);
    return text == NULL ? "" : text;
}

void blame_free(Blame *blame)
{
    if (blame == NULL)
        return;
    g_ptr_array_unref(blame->params);
    g_ptr_array_unref(blame->columns);
    g_free(blame);
}

const ApiStatement *blame_statement(const Call *call, const PoolResult *result)
{
    const Route *route = call->route;
    if (route == NULL || route->endpoint == NULL || result->failed >= call->calls->len)
        return NULL;
    const GPtrArray *statements = route->endpoint->statements;
    const PoolStatement *failed = g_array_index(call->calls, PoolCall, result->failed).statement;
    for (unsigned i = 0; i < statements->len; i++)
        if (failed == &route->statements[i])
            return statements->pdata[i];
    bool page = failed == &route->first || failed == &route->after;
    return page ? statements->pdata[statements->len - 1] : NULL;
}

static unsigned number_at(const char *text, const char **out_end)
{
    char *end = NULL;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    *out_end = end;
    return end == text || !g_ascii_isdigit(*text) || number > G_MAXUINT16 ? 0 : (unsigned)number;
}

/* The server's words, in English with any value: "unnamed portal parameter $1 = '…'". */
static unsigned read_english(const char *context)
{
    static const char words[] = "unnamed portal parameter $";
    const char *end;
    for (const char *line = context; line != NULL;) {
        if (g_str_has_prefix(line, words))
            return number_at(line + sizeof words - 1, &end);
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return 0;
}

/* In any language, if the server shows no values, which is usual: the last line ends with
 * "$1 = '...'". No other context does. */
static unsigned read_foreign(const char *context)
{
    const char *line = strrchr(context, '\n');
    const char *dollar = strrchr(line == NULL ? context : line, '$');
    const char *end = NULL;
    unsigned number = dollar == NULL ? 0 : number_at(dollar + 1, &end);
    return number > 0 && g_str_equal(end, " = '...'") ? number : 0;
}

/* What is set to show the values of the statement that runs: its context, not that of a value. */
static bool shows_all(const char *context)
{
    return strstr(context, "unnamed portal with parameters: ") != NULL;
}

unsigned blame_context(const char *context)
{
    unsigned number = read_english(context);
    return number > 0 || shows_all(context) ? number : read_foreign(context);
}

static const ApiParam *param_at(const Search *search, const ApiStatement *statement,
                                unsigned number)
{
    if (number < 1 || number > statement->params->len)
        return NULL;
    unsigned index = g_array_index(statement->params, unsigned, number - 1);
    return search->call->route->endpoint->params->pdata[index];
}

static void add_param(GPtrArray *params, const ApiParam *param)
{
    if (param != NULL && !g_ptr_array_find(params, param, NULL))
        g_ptr_array_add(params, (ApiParam *)param);
}

typedef void Visit(const Search *search, const ApiStatement *statement, const ColumnWrite *write,
                   void *data);

/* Calls @visit for all that was written by what has failed. */
static void for_each_write(const Search *search, Visit *visit, void *data)
{
    const GPtrArray *statements = search->call->route->endpoint->statements;
    if (!search->all && search->statement == NULL)
        return;
    for (unsigned i = 0; i < statements->len; i++) {
        const ApiStatement *statement = statements->pdata[i];
        if ((!search->all && statement != search->statement) || statement->written == NULL)
            continue;
        for (unsigned j = 0; j < statement->written->len; j++)
            visit(search, statement, statement->written->pdata[j], data);
    }
}

static void add_params_of(const Search *search, const ApiStatement *statement,
                          const ColumnWrite *write, GPtrArray *params)
{
    for (unsigned i = 0; i < write->params->len; i++)
        add_param(params, param_at(search, statement, g_array_index(write->params, unsigned, i)));
}

/* A column of the error, and what is written to it. */
typedef struct Column {
    const char *schema, *table, *name;
    GPtrArray *params;
} Column;

static void visit_column(const Search *search, const ApiStatement *statement,
                         const ColumnWrite *write, void *data)
{
    const Column *column = data;
    bool same_table = g_str_equal(write->table, column->table) &&
                      (write->schema == NULL || g_str_equal(write->schema, column->schema));
    if (same_table && g_str_equal(write->column, column->name))
        add_params_of(search, statement, write, column->params);
}

/* (nullable): the only parameter written to the column; of several the one that is called like it.
 * If none is known to be, a function or trigger has written it: what is called like it is meant. */
static const ApiParam *param_of_column(const Search *search, const char *name)
{
    g_autoptr(GPtrArray) params = g_ptr_array_new();
    Column column = {
        .schema = field(search->error, PG_DIAG_SCHEMA_NAME),
        .table = field(search->error, PG_DIAG_TABLE_NAME),
        .name = name,
        .params = params,
    };
    for_each_write(search, visit_column, &column);
    if (params->len == 1)
        return params->pdata[0];
    const Endpoint *endpoint = search->call->route->endpoint;
    int index = endpoint_param(endpoint, name);
    const ApiParam *named = index < 0 ? NULL : endpoint->params->pdata[index];
    return params->len == 0 || g_ptr_array_find(params, named, NULL) ? named : NULL;
}

static void blame_column(const Search *search, const char *name)
{
    const ApiParam *param = param_of_column(search, name);
    if (param != NULL)
        add_param(search->blame->params, param);
    else
        g_ptr_array_add(search->blame->columns, g_strdup(name));
}

/* The column or the constraint that the error names. */
static void blame_columns(const Search *search)
{
    const char *column = field(search->error, PG_DIAG_COLUMN_NAME);
    if (*column != '\0') {
        blame_column(search, column);
        return;
    }
    char **columns = constraints_columns(application_constraints(search->call->application),
                                         field(search->error, PG_DIAG_SCHEMA_NAME),
                                         field(search->error, PG_DIAG_TABLE_NAME),
                                         field(search->error, PG_DIAG_CONSTRAINT_NAME));
    for (unsigned i = 0; columns != NULL && columns[i] != NULL; i++)
        blame_column(search, columns[i]);
}

/* One thing that is written, and whether it is what is looked for. */
typedef struct Suspect {
    const Search *search;
    const ApiParam *param; /* (nullable): the only one of the expression */
    bool found;
} Suspect;

static void check_domain(const ColumnLimit *limit, void *data)
{
    Suspect *suspect = data;
    const PGresult *error = suspect->search->error;
    suspect->found =
        suspect->found ||
        (limit->domain != NULL && g_str_equal(limit->domain, field(error, PG_DIAG_DATATYPE_NAME)) &&
         g_str_equal(limit->domain_schema, field(error, PG_DIAG_SCHEMA_NAME)));
}

static void visit_domain(const Search *search, const ApiStatement *statement,
                         const ColumnWrite *write, void *data)
{
    Suspect suspect = {.search = search};
    column_limits_find(application_column_limits(search->call->application), write->schema,
                       write->table, write->column, check_domain, &suspect);
    if (suspect.found)
        add_params_of(search, statement, write, data);
}

/* format_type() names a domain with its schema only where it must. */
static bool is_of_domain(const ApiParam *param, const PGresult *error)
{
    if (param->type == NULL || !param->type->domain)
        return false;
    g_autofree char *name = sql_quote_identifier(field(error, PG_DIAG_DATATYPE_NAME));
    g_autofree char *schema = sql_quote_identifier(field(error, PG_DIAG_SCHEMA_NAME));
    g_autofree char *whole = g_strconcat(schema, ".", name, NULL);
    return g_str_equal(param->type->name, name) || g_str_equal(param->type->name, whole);
}

/* The error names a domain: which parameter is of it, or is written to a column of it? */
static void blame_domain(const Search *search)
{
    if (*field(search->error, PG_DIAG_DATATYPE_NAME) == '\0')
        return;
    g_autoptr(GPtrArray) params = g_ptr_array_new();
    const Endpoint *endpoint = search->call->route->endpoint;
    for (unsigned i = 0; i < endpoint->params->len; i++)
        if (is_of_domain(endpoint->params->pdata[i], search->error))
            add_param(params, endpoint->params->pdata[i]);
    for_each_write(search, visit_domain, params);
    if (params->len == 1)
        add_param(search->blame->params, params->pdata[0]);
}

static void check_limit(const ColumnLimit *limit, void *data)
{
    Suspect *suspect = data;
    const Endpoint *endpoint = suspect->search->call->route->endpoint;
    unsigned index = 0;
    g_ptr_array_find(endpoint->params, suspect->param, &index);
    const char *value = api_arguments_get(suspect->search->call->arguments, index);
    const char *sqlstate = field(suspect->search->error, PG_DIAG_SQLSTATE);
    bool meant = g_str_equal(sqlstate, "22001") ? limit->characters > 0 : limit->precision > 0;
    suspect->found =
        suspect->found || (meant && value != NULL && column_limit_is_exceeded(limit, value));
}

static void visit_limit(const Search *search, const ApiStatement *statement,
                        const ColumnWrite *write, void *data)
{
    if (write->params->len != 1)
        return;
    Suspect suspect = {
        .search = search,
        .param = param_at(search, statement, g_array_index(write->params, unsigned, 0)),
    };
    if (suspect.param == NULL)
        return;
    column_limits_find(application_column_limits(search->call->application), write->schema,
                       write->table, write->column, check_limit, &suspect);
    if (suspect.found)
        add_param(data, suspect.param);
}

/* The server does not say what was too long or too large: whose value is it? */
static void blame_value(const Search *search)
{
    const char *sqlstate = field(search->error, PG_DIAG_SQLSTATE);
    if (g_str_equal(sqlstate, "22001") || g_str_equal(sqlstate, "22003"))
        for_each_write(search, visit_limit, search->blame->params);
}

/*
 * A statement of ours was prepared, so what is no syntax when it runs is not its own: a function of
 * the server reads a text (to_tsquery), and it is no function's statement either, which has a
 * context.
 */
static bool is_of_data(const Search *search)
{
    const char *context = field(search->error, PG_DIAG_CONTEXT);
    return g_str_equal(field(search->error, PG_DIAG_SQLSTATE), "42601") &&
           (search->statement == NULL || search->statement->params->len > 0) &&
           (*context == '\0' || g_str_has_prefix(context, "unnamed portal with parameters: ")) &&
           *field(search->error, PG_DIAG_INTERNAL_QUERY) == '\0' &&
           *field(search->error, PG_DIAG_STATEMENT_POSITION) == '\0';
}

Blame *blame_find(const Call *call, const PoolResult *result)
{
    Blame *blame = g_new0(Blame, 1);
    blame->params = g_ptr_array_new();
    blame->columns = g_ptr_array_new_with_free_func(g_free);
    if (call->route == NULL || call->route->endpoint == NULL)
        return blame;
    const Search search = {
        .call = call,
        .error = result->error,
        .statement = blame_statement(call, result),
        .all = result->failed >= call->calls->len,
        .blame = blame,
    };
    unsigned number = blame_context(field(result->error, PG_DIAG_CONTEXT));
    blame->of_input = search.statement != NULL && (number > 0 || is_of_data(&search));
    if (search.statement != NULL && number > 0)
        add_param(blame->params, param_at(&search, search.statement, number));
    else
        blame_columns(&search);
    if (blame->params->len == 0)
        blame_domain(&search);
    if (blame->params->len == 0)
        blame_value(&search);
    return blame;
}
