#include "serve/describe.h"

#include "serve/endpoint_set.h"
#include "serve/finding.h"
#include "serve/paging.h"
#include "serve/prepare.h"
#include "serve/stains.h"

#include <string.h>

/* A description at work. */
typedef struct Work {
    EndpointSet *set;
    GPtrArray *prepared;      /* (element-type Prepared): all statements of all endpoints */
    GPtrArray *facts;         /* (element-type QueryFacts): beside them */
    EndpointCatalog *catalog; /* %NULL until it is read */
} Work;

static void work_clear(Work *work)
{
    g_clear_pointer(&work->prepared, g_ptr_array_unref);
    g_clear_pointer(&work->facts, g_ptr_array_unref);
    endpoint_catalog_free(work->catalog);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

/* One endpoint of it. */
typedef struct Case {
    Work *work;
    Endpoint *endpoint;
    unsigned first; /* its first statement in work->prepared */
} Case;

static const ApiStatement *statement_at(const Case *one, unsigned i)
{
    return one->endpoint->statements->pdata[i];
}

static const Prepared *prepared_at(const Case *one, unsigned i)
{
    return one->work->prepared->pdata[one->first + i];
}

static const QueryFacts *facts_at(const Case *one, unsigned i)
{
    return one->work->facts->pdata[one->first + i];
}

/* (nullable): of the statement that answers; %NULL if there is none, or it is refused. */
static const PGresult *answer_of(const Case *one)
{
    unsigned count = one->endpoint->statements->len;
    return count > 0 ? prepared_at(one, count - 1)->description : NULL;
}

static const QueryFacts *answer_facts(const Case *one)
{
    return facts_at(one, one->endpoint->statements->len - 1);
}

/* Calls @visit for each endpoint, in order. */
static void for_each(Work *work, void (*visit)(const Case *one, void *data), void *data)
{
    Case one = {.work = work};
    for (unsigned i = 0; i < work->set->endpoints->len; i++) {
        one.endpoint = work->set->endpoints->pdata[i];
        visit(&one, data);
        one.first += one.endpoint->statements->len;
    }
}

/* What must be known of the catalogs */

static void need_columns(CatalogNeeds *needs, const PGresult *description)
{
    for (int i = 0; i < PQnfields(description); i++) {
        guint type = PQftype(description, i);
        guint relation = PQftable(description, i);
        int number = PQftablecol(description, i);
        g_array_append_val(needs->types, type);
        if (relation == 0 || number <= 0)
            continue;
        g_array_append_val(needs->relations, relation);
        g_array_append_val(needs->numbers, number);
    }
}

static void need_endpoint(const Case *one, void *data)
{
    CatalogNeeds *needs = data;
    for (unsigned i = 0; i < one->endpoint->statements->len; i++) {
        const PGresult *description = prepared_at(one, i)->description;
        for (int j = 0; description != NULL && j < PQnparams(description); j++) {
            guint type = PQparamtype(description, j);
            g_array_append_val(needs->types, type);
        }
    }
    const PGresult *answer = answer_of(one);
    if (answer == NULL)
        return;
    need_columns(needs, answer);
    const GPtrArray *functions = answer_facts(one)->functions;
    for (unsigned i = 0; i < functions->len; i++)
        g_hash_table_add(needs->functions, g_strdup(functions->pdata[i]));
}

/* What is wrong */

static void judge_statements(const Case *one)
{
    for (unsigned i = 0; i < one->endpoint->statements->len; i++)
        finding_of_statement(one->work->set, one->endpoint, statement_at(one, i),
                             prepared_at(one, i), facts_at(one, i));
}

static void judge_parameters(const Case *one)
{
    EndpointSet *set = one->work->set;
    for (unsigned i = 0; i < one->endpoint->statements->len; i++) {
        const ApiStatement *statement = statement_at(one, i);
        const PGresult *description = prepared_at(one, i)->description;
        int count = MIN(PQnparams(description), (int)statement->params->len);
        for (int j = 0; j < count; j++) {
            unsigned index = g_array_index(statement->params, unsigned, j);
            ApiParam *param = one->endpoint->params->pdata[index];
            unsigned oid = PQparamtype(description, j);
            const ApiType *type = finding_of_parameter(
                set, one->endpoint, statement, param, api_types_find(set->types, oid),
                endpoint_catalog_is_pseudo(one->work->catalog, oid));
            if (type != NULL)
                param->type = type;
        }
    }
}

/* What is right */

/* The type of a column that shows @origin (nullable): the domain of that one, where it has one. */
static const ApiType *type_of(const ApiTypes *types, unsigned oid, const CatalogColumn *origin)
{
    const ApiType *type = api_types_find(types, oid);
    const ApiType *own = origin == NULL ? type : api_types_find(types, origin->type);
    return own->domain && own->form == type->form ? own : type;
}

static GPtrArray *describe_columns(const Case *one, const PGresult *description)
{
    GPtrArray *columns = api_columns_new();
    const EndpointCatalog *catalog = one->work->catalog;
    for (int i = 0; i < PQnfields(description); i++) {
        const CatalogColumn *origin =
            endpoint_catalog_column(catalog, PQftable(description, i), PQftablecol(description, i));
        ApiColumn *column = g_new0(ApiColumn, 1);
        column->name = g_strdup(PQfname(description, i));
        column->type = type_of(one->work->set->types, PQftype(description, i), origin);
        column->sent = PQftype(description, i);
        column->not_null = result_column_is_not_null(catalog, answer_facts(one), description, i);
        column->comment = origin == NULL ? NULL : g_strdup(origin->comment);
        g_ptr_array_add(columns, column);
    }
    return columns;
}

static void describe_endpoint(const Case *one, void *data G_GNUC_UNUSED)
{
    EndpointSet *set = one->work->set;
    unsigned before = set->findings->len;
    judge_statements(one);
    if (set->findings->len == before)
        judge_parameters(one);
    const PGresult *answer = answer_of(one);
    if (set->findings->len == before && answer != NULL)
        finding_of_columns(set, one->endpoint, one->work->catalog, answer);
    if (set->findings->len > before) {
        for (unsigned i = 0; i < one->endpoint->params->len; i++)
            ((ApiParam *)one->endpoint->params->pdata[i])->type = NULL;
        return;
    }
    bool empty = answer == NULL || one->endpoint->returns == RETURNS_NONE;
    one->endpoint->columns = empty ? api_columns_new() : describe_columns(one, answer);
}

/* Pages */

static bool is_list(const Endpoint *endpoint)
{
    return (endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD) &&
           endpoint->returns == RETURNS_MANY && endpoint->statements->len == 1 &&
           endpoint->columns != NULL;
}

static void page_endpoint(const Case *one, void *data)
{
    GPtrArray *texts = data;
    Endpoint *endpoint = one->endpoint;
    if (!is_list(endpoint))
        return;
    g_auto(PagingTexts) pages = {0};
    paging_write(endpoint, one->work->catalog, answer_facts(one), answer_of(one), &pages);
    endpoint->limited = g_steal_pointer(&pages.limited);
    endpoint->paging = g_steal_pointer(&pages.paging);
    if (endpoint->limited != NULL)
        g_ptr_array_add(texts, endpoint->limited);
    if (endpoint->paging != NULL)
        g_ptr_array_add(texts, endpoint->paging->after);
}

/* The next of the prepared texts: whether the server takes it. */
static bool take_verdict(const GPtrArray *prepared, unsigned *next)
{
    return ((const Prepared *)prepared->pdata[(*next)++])->refusal == NULL;
}

/* Texts that the server refuses are forgotten: the list is then answered as it is written. */
static bool describe_pages(Work *work, Database *db, GError **error)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    for_each(work, page_endpoint, texts);
    g_autoptr(GPtrArray) prepared = prepare_statements(db, texts, error);
    if (prepared == NULL)
        return false;
    unsigned next = 0;
    for (unsigned i = 0; i < work->set->endpoints->len; i++) {
        Endpoint *endpoint = work->set->endpoints->pdata[i];
        bool limited = endpoint->limited != NULL && take_verdict(prepared, &next);
        bool paged = endpoint->paging != NULL && take_verdict(prepared, &next);
        if (!limited)
            g_clear_pointer(&endpoint->limited, g_free);
        if (!limited || !paged)
            g_clear_pointer(&endpoint->paging, api_paging_free);
    }
    return true;
}

/* Prepares all statements as they are written. */
static bool ask_server(Work *work, Database *db, GError **error)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    work->facts = g_ptr_array_new_with_free_func((GDestroyNotify)query_facts_free);
    for (unsigned i = 0; i < work->set->endpoints->len; i++) {
        const Endpoint *endpoint = work->set->endpoints->pdata[i];
        for (unsigned j = 0; j < endpoint->statements->len; j++) {
            ApiStatement *statement = endpoint->statements->pdata[j];
            QueryFacts *facts = query_facts_new(statement->sql);
            statement->written = g_ptr_array_ref(facts->written);
            g_ptr_array_add(texts, statement->sql);
            g_ptr_array_add(work->facts, facts);
        }
    }
    work->prepared = prepare_statements(db, texts, error);
    if (work->prepared == NULL)
        return false;
    g_autoptr(CatalogNeeds) needs = catalog_needs_new();
    for_each(work, need_endpoint, needs);
    work->catalog = endpoint_catalog_read(db, needs, error);
    return work->catalog != NULL;
}

/* A function in C is given all rows, and makes of them what it likes. */
static void forget_rows(const EndpointSet *set)
{
    for (unsigned i = 0; i < set->endpoints->len; i++) {
        Endpoint *endpoint = set->endpoints->pdata[i];
        if (!endpoint->own_answer)
            continue;
        g_clear_pointer(&endpoint->columns, g_ptr_array_unref);
        g_clear_pointer(&endpoint->paging, api_paging_free);
        g_clear_pointer(&endpoint->limited, g_free);
    }
}

static bool describe_set(EndpointSet *set, Database *db, GError **error)
{
    endpoint_set_reset(set);
    g_auto(Work) work = {.set = set};
    if (!ask_server(&work, db, error))
        return false;
    set->types = endpoint_catalog_take_types(work.catalog);
    for_each(&work, describe_endpoint, NULL);
    forget_rows(set);
    return describe_pages(&work, db, error) && stains_mark(set, db, error);
}

bool endpoint_set_describe(EndpointSet *set, Database *db, GError **error)
{
    GError *reason = NULL;
    if (describe_set(set, db, &reason))
        return true;
    if (g_error_matches(reason, APP_ERROR, APP_ERROR_LOCKED)) {
        g_clear_error(&reason);
        g_set_error_literal(&reason, APP_ERROR, APP_ERROR_LOCKED,
                            "a table that an endpoint uses is locked, and was not free in time\n"
                            "hint: a migration may be running; pg_locks tells who holds it");
    }
    g_propagate_error(error, reason);
    return false;
}
