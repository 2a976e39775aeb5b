#include "serve/finding.h"

#include <string.h>

#define CAST_HINT "write a cast where it is used, as in \":since::timestamptz\""

/* SQLSTATEs of statements that leave a parameter's type open. */
#define INDETERMINATE_DATATYPE "42P18"
#define AMBIGUOUS_PARAMETER "42P08"
#define SYNTAX_ERROR "42601"

/* Number @number of a statement's parameters; %NULL if there is none. */
static const ApiParam *param_of(const Endpoint *endpoint, const ApiStatement *statement,
                                guint64 number)
{
    if (number < 1 || number > statement->params->len)
        return NULL;
    return endpoint->params->pdata[g_array_index(statement->params, unsigned, number - 1)];
}

/*
 * (transfer full): @text with ":name" for each "$n". The first of them is put out: %NULL if none.
 */
static char *name_parameters(const Endpoint *endpoint, const ApiStatement *statement,
                             const char *text, const ApiParam **out_first)
{
    g_autoptr(GString) named = g_string_new(NULL);
    *out_first = NULL;
    for (const char *at = text; *at != '\0';) {
        char *end = NULL;
        const ApiParam *param =
            at[0] == '$' && g_ascii_isdigit(at[1])
                ? param_of(endpoint, statement, g_ascii_strtoull(at + 1, &end, 10))
                : NULL;
        if (param == NULL) {
            g_string_append_c(named, *at++);
            continue;
        }
        g_string_append_printf(named, ":%s", param->name);
        if (*out_first == NULL)
            *out_first = param;
        at = end;
    }
    return g_strdup(named->str);
}

/* The line in the file of character @position of a statement; its first one for "" and NULL. */
static unsigned line_of(const ApiStatement *statement, const char *position)
{
    unsigned line = statement->line;
    guint64 left = position != NULL ? g_ascii_strtoull(position, NULL, 10) : 0;
    for (const char *at = statement->sql; left > 1 && *at != '\0';
         at = g_utf8_next_char(at), left--)
        line += *at == '\n';
    return line;
}

static const char *field_of(const PGresult *refusal, int field)
{
    const char *text = PQresultErrorField(refusal, field);
    return text != NULL ? text : "";
}

static void add_refusal(EndpointSet *set, const Endpoint *endpoint, const ApiStatement *statement,
                        const PGresult *refusal)
{
    const char *state = field_of(refusal, PG_DIAG_SQLSTATE);
    const char *detail = PQresultErrorField(refusal, PG_DIAG_MESSAGE_DETAIL);
    const char *hint = PQresultErrorField(refusal, PG_DIAG_MESSAGE_HINT);
    g_autofree char *said = g_strconcat(field_of(refusal, PG_DIAG_MESSAGE_PRIMARY),
                                        detail != NULL ? "\ndetail: " : "", detail, NULL);
    const ApiParam *param = NULL;
    char *message = name_parameters(endpoint, statement, said, &param);
    unsigned line = line_of(statement, PQresultErrorField(refusal, PG_DIAG_STATEMENT_POSITION));
    bool open = g_str_equal(state, INDETERMINATE_DATATYPE);
    if (open || g_str_equal(state, AMBIGUOUS_PARAMETER))
        hint = CAST_HINT;
    if (open && param != NULL) /* the server tells no place */
        line = MAX(param->line, statement->line);
    endpoint_set_add_finding(set, endpoint, line, message, hint);
}

/* Whether it runs in sessions that cannot write. */
static bool is_fast(const Endpoint *endpoint)
{
    bool reads = endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD;
    return endpoint->lane == LANE_FAST || (endpoint->lane == LANE_DEFAULT && reads);
}

void finding_of_statement(EndpointSet *set, const Endpoint *endpoint, const ApiStatement *statement,
                          const Prepared *prepared, const QueryFacts *facts)
{
    const PGresult *refusal = prepared->refusal;
    bool syntax = g_str_equal(field_of(refusal, PG_DIAG_SQLSTATE), SYNTAX_ERROR);
    if (facts->into && (refusal == NULL || prepared->is_utility)) /* some PREPARE takes it */
        endpoint_set_add_finding(set, endpoint, statement->line,
                                 g_strdup("SELECT INTO makes a table"),
                                 "the schema is changed by revisions; leave out INTO");
    else if (prepared->is_utility && syntax)
        endpoint_set_add_finding(
            set, endpoint, statement->line,
            g_strdup("a statement that is none of SELECT, VALUES, INSERT, UPDATE, DELETE, MERGE"),
            "an endpoint changes rows at most; the schema is changed by revisions");
    else if (refusal != NULL)
        add_refusal(set, endpoint, statement, refusal);
    else if (is_fast(endpoint) && (facts->writes || facts->locks))
        endpoint_set_add_finding(set, endpoint, statement->line,
                                 g_strdup_printf("the statement %s, but its session only reads",
                                                 facts->writes ? "writes" : "locks rows"),
                                 "write \"-- lane: write\" below the route");
}

/* Parameters */

static bool is_integer(const ApiType *type)
{
    return !type->domain && !type->is_unsigned &&
           (type->form == FORM_INTEGER || type->form == FORM_BIGINT);
}

const ApiType *finding_of_parameter(EndpointSet *set, const Endpoint *endpoint,
                                    const ApiStatement *statement, const ApiParam *param,
                                    const ApiType *type, bool is_pseudo)
{
    const ApiType *before = param->type;
    if (is_pseudo) {
        endpoint_set_add_finding(
            set, endpoint, MAX(param->line, statement->line),
            g_strdup_printf("parameter \":%s\" has the pseudo-type %s", param->name, type->name),
            CAST_HINT);
        return NULL;
    }
    if (before == NULL || before == type)
        return type;
    if (is_integer(before) && is_integer(type))
        return before->bytes < type->bytes ? before : type;
    if (!before->domain && !type->domain && before->form == FORM_TEXT && type->form == FORM_TEXT)
        return before;
    endpoint_set_add_finding(set, endpoint, statement->line,
                             g_strdup_printf("parameter \":%s\" is %s here, but %s before",
                                             param->name, type->name, before->name),
                             "write the same cast wherever it is used");
    return NULL;
}

/* Columns */

/* Each column is a key of an object: it needs a name, and one of its own. */
static void check_names(EndpointSet *set, const Endpoint *endpoint, unsigned line,
                        const PGresult *description)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < PQnfields(description); i++) {
        char *name = PQfname(description, i);
        if (g_str_equal(name, "?column?"))
            endpoint_set_add_finding(set, endpoint, line,
                                     g_strdup_printf("result column %d has no name", i + 1),
                                     "name it with AS");
        else if (!g_hash_table_add(names, name))
            endpoint_set_add_finding(set, endpoint, line,
                                     g_strdup_printf("two result columns are called \"%s\"", name),
                                     "name one of them otherwise with AS");
    }
}

static void check_types(EndpointSet *set, const Endpoint *endpoint, unsigned line,
                        const EndpointCatalog *catalog, const PGresult *description)
{
    for (int i = 0; i < PQnfields(description); i++)
        if (endpoint_catalog_is_pseudo(catalog, PQftype(description, i)))
            endpoint_set_add_finding(
                set, endpoint, line,
                g_strdup_printf("result column \"%s\" has the pseudo-type %s",
                                PQfname(description, i),
                                api_types_find(set->types, PQftype(description, i))->name),
                "cast it to a type that a column of a table can have");
}

static void check_version(EndpointSet *set, const Endpoint *endpoint, const PGresult *description)
{
    for (int i = 0; i < PQnfields(description); i++)
        if (endpoint->version == NULL || g_str_equal(endpoint->version, PQfname(description, i)))
            return;
    if (endpoint->version != NULL)
        endpoint_set_add_finding(
            set, endpoint, endpoint->line,
            g_strdup_printf("no result column is called \"%s\"", endpoint->version),
            "\"version\" names the column that the ETag is made of");
}

void finding_of_columns(EndpointSet *set, const Endpoint *endpoint, const EndpointCatalog *catalog,
                        const PGresult *description)
{
    const ApiStatement *last = endpoint->statements->pdata[endpoint->statements->len - 1];
    static const char *const words[] = {[RETURNS_MANY] = "many",
                                        [RETURNS_ONE] = "one",
                                        [RETURNS_NONE] = "none",
                                        [RETURNS_SCALAR] = "scalar"};
    int count = PQnfields(description);
    if (endpoint->returns == RETURNS_NONE)
        return;
    if (count == 0) {
        endpoint_set_add_finding(
            set, endpoint, last->line,
            g_strdup_printf("the route returns %s, but its statement gives no columns",
                            words[endpoint->returns]),
            "add RETURNING, or write \"-- returns: none\" below the route");
        return;
    }
    if (endpoint->returns == RETURNS_SCALAR && count > 1)
        endpoint_set_add_finding(
            set, endpoint, last->line,
            g_strdup_printf("the route returns a scalar, but its statement gives %d columns",
                            count),
            "select one column, or write \"-- returns: one\" below the route");
    if (endpoint->returns != RETURNS_SCALAR)
        check_names(set, endpoint, last->line, description);
    check_types(set, endpoint, last->line, catalog, description);
    check_version(set, endpoint, description);
}
