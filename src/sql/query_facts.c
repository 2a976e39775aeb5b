#include "sql/query_facts.h"

#include "sql/column_writes.h"
#include "sql/scan.h"
#include "sql/syntax.h"

#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void key_free(void *data)
{
    QueryKey *key = data;
    g_free(key->qualifier);
    g_free(key->name);
    g_free(key);
}

void query_facts_free(QueryFacts *facts)
{
    if (facts == NULL)
        return;
    g_array_unref(facts->never_null);
    g_ptr_array_unref(facts->outer);
    g_ptr_array_unref(facts->written);
    g_ptr_array_unref(facts->functions);
    g_clear_pointer(&facts->order, g_ptr_array_unref);
    g_free(facts);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool says(const json_t *object, const char *key, const char *value)
{
    return g_str_equal(text_of(object, key), value);
}

/* The text of element @i of a list of String nodes; "" if it is none. */
static const char *name_at(const json_t *list, size_t i)
{
    return text_of(json_object_get(json_array_get(list, i), "String"), "sval");
}

static bool is_built_in(const json_t *names)
{
    return json_array_size(names) == 2 && g_str_equal(name_at(names, 0), "pg_catalog");
}

/* What is read from the words alone: SELECT … INTO, and where the last ORDER BY outside
 * parentheses begins. INTO is reserved: it names nothing but behind AS. */
static void read_words(QueryFacts *facts, const char *text)
{
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {.kind = TOKEN_END}, before = {.kind = TOKEN_END};
    unsigned depth = 0;
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
        if (token.kind == TOKEN_COMMENT)
            continue;
        if (token.kind == TOKEN_OPEN)
            depth++;
        else if (token.kind == TOKEN_CLOSE && depth > 0)
            depth--;
        else if (depth == 0 && token_is_word(text, &token, "by") &&
                 token_is_word(text, &before, "order"))
            facts->order_at = before.start;
        else if (token_is_word(text, &token, "into") && !token_is_word(text, &before, "insert") &&
                 !token_is_word(text, &before, "merge") && !token_is_word(text, &before, "as") &&
                 !(before.length == 1 && text[before.start] == '.'))
            facts->into = true;
        before = token;
    }
}

static void add_relations(QueryFacts *facts, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)node, key, value)
    {
        if (g_str_equal(key, "RangeVar"))
            g_ptr_array_add(facts->outer, g_strdup(text_of(value, "relname")));
        add_relations(facts, value);
    }
    json_array_foreach(node, i, value) add_relations(facts, value);
}

/* The side of a join for which there may be no row. */
static void read_join(QueryFacts *facts, const json_t *join)
{
    bool full = says(join, "jointype", "JOIN_FULL");
    if (full || says(join, "jointype", "JOIN_LEFT"))
        add_relations(facts, json_object_get(join, "rarg"));
    if (full || says(join, "jointype", "JOIN_RIGHT"))
        add_relations(facts, json_object_get(join, "larg"));
}

/* A node anywhere in the tree, by the name that its parent gives it. */
static void read_node(QueryFacts *facts, const char *name, const json_t *node)
{
    if (g_str_equal(name, "InsertStmt") || g_str_equal(name, "UpdateStmt") ||
        g_str_equal(name, "DeleteStmt") || g_str_equal(name, "MergeStmt"))
        facts->writes = true;
    if (g_str_equal(name, "lockingClause"))
        facts->locks = true;
    if (g_str_equal(name, "JoinExpr"))
        read_join(facts, node);
    const json_t *fields = json_object_get(node, "fields");
    bool row = g_str_equal(name, "ColumnRef") && json_array_size(fields) > 1 &&
               (g_str_equal(name_at(fields, 0), "old") || g_str_equal(name_at(fields, 0), "new"));
    if (g_str_equal(name, "GroupingSet") || g_str_equal(name, "MergeStmt") || row ||
        (json_object_get(node, "op") != NULL && !says(node, "op", "SETOP_NONE")))
        facts->keeps = false;
}

static void walk(QueryFacts *facts, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)node, key, value)
    {
        read_node(facts, key, value);
        walk(facts, value);
    }
    json_array_foreach(node, i, value) walk(facts, value);
}

/* Whether @node holds a node called @name. */
static bool holds(const json_t *node, const char *name)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)node, key,
                        value) if (g_str_equal(key, name) || holds(value, name)) return true;
    json_array_foreach(node, i, value) if (holds(value, name)) return true;
    return false;
}

static void add_functions(QueryFacts *facts, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)node, key, value)
    {
        const json_t *names = json_object_get(value, "funcname");
        if (g_str_equal(key, "FuncCall") && json_array_size(names) > 0)
            g_ptr_array_add(facts->functions, g_strdup(name_at(names, json_array_size(names) - 1)));
        add_functions(facts, value);
    }
    json_array_foreach(node, i, value) add_functions(facts, value);
}

static bool is_value(const json_t *expression)
{
    const json_t *constant = json_object_get(expression, "A_Const");
    return constant != NULL && json_object_get(constant, "isnull") == NULL;
}

static bool is_count(const json_t *call)
{
    const json_t *names = json_object_get(call, "funcname");
    size_t count = json_array_size(names);
    return (count == 1 || is_built_in(names)) && g_str_equal(name_at(names, count - 1), "count");
}

/* Whether the expression has a value whatever the rows are. */
static bool is_never_null(const json_t *expression)
{
    const json_t *cast = json_object_get(expression, "TypeCast");
    if (cast != NULL) /* of a type that is the grammar's own, so the cast is the server's */
        return is_built_in(json_object_get(json_object_get(cast, "typeName"), "names")) &&
               is_never_null(json_object_get(cast, "arg"));
    const json_t *call = json_object_get(expression, "FuncCall");
    if (call != NULL)
        return is_count(call);
    if (says(json_object_get(expression, "SubLink"), "subLinkType", "EXISTS_SUBLINK"))
        return true;
    const json_t *choices = json_object_get(json_object_get(expression, "CoalesceExpr"), "args");
    for (size_t i = 0; i < json_array_size(choices); i++)
        if (is_never_null(json_array_get(choices, i)))
            return true;
    return is_value(expression);
}

static bool is_star(const json_t *target)
{
    const json_t *reference = json_object_get(json_object_get(target, "val"), "ColumnRef");
    const json_t *fields = json_object_get(reference, "fields");
    size_t count = json_array_size(fields);
    return count > 0 && json_object_get(json_array_get(fields, count - 1), "A_Star") != NULL;
}

static void read_targets(QueryFacts *facts, const json_t *targets)
{
    size_t count = json_array_size(targets), first = count, last = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_star(json_object_get(json_array_get(targets, i), "ResTarget")))
            continue;
        first = MIN(first, i);
        last = i;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *target = json_object_get(json_array_get(targets, i), "ResTarget");
        int place = i < first ? (int)i + 1 : (int)i - (int)count;
        if ((i < first || i > last) && is_never_null(json_object_get(target, "val")))
            g_array_append_val(facts->never_null, place);
    }
    add_functions(facts, targets);
}

/* (transfer full) (nullable): %NULL for what is neither a column nor a number. */
static QueryKey *key_of(const json_t *expression)
{
    const json_t *fields = json_object_get(json_object_get(expression, "ColumnRef"), "fields");
    const json_t *number = json_object_get(json_object_get(expression, "A_Const"), "ival");
    size_t count = json_array_size(fields);
    if (number == NULL && (count < 1 || count > 2 || *name_at(fields, count - 1) == '\0'))
        return NULL;
    QueryKey *key = g_new0(QueryKey, 1);
    key->position = (unsigned)json_integer_value(json_object_get(number, "ival"));
    if (number == NULL)
        key->name = g_strdup(name_at(fields, count - 1));
    if (count == 2)
        key->qualifier = g_strdup(name_at(fields, 0));
    return key;
}

static void read_order(QueryFacts *facts, const json_t *keys)
{
    g_autoptr(GPtrArray) order = g_ptr_array_new_with_free_func(key_free);
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *sort = json_object_get(json_array_get(keys, i), "SortBy");
        bool descending = says(sort, "sortby_dir", "SORTBY_DESC");
        QueryKey *key = key_of(json_object_get(sort, "node"));
        if (key != NULL)
            g_ptr_array_add(order, key);
        if (key == NULL || says(sort, "sortby_dir", "SORTBY_USING") ||
            !says(sort, "sortby_nulls", "SORTBY_NULLS_DEFAULT") ||
            (i > 0 && descending != facts->descending))
            return;
        facts->descending = descending;
    }
    if (order->len > 0)
        facts->order = g_steal_pointer(&order);
}

/* Whether @select is of one relation, row by row. */
static bool is_plain(const json_t *select)
{
    static const char *const others[] = {
        "distinctClause", "groupClause", "havingClause",  "windowClause", "limitCount",
        "limitOffset",    "withClause",  "lockingClause", "valuesLists",  "intoClause",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (json_object_get(select, others[i]) != NULL)
            return false;
    const json_t *from = json_object_get(select, "fromClause");
    const json_t *range = json_object_get(json_array_get(from, 0), "RangeVar");
    return says(select, "op", "SETOP_NONE") && json_array_size(from) == 1 && range != NULL &&
           json_object_get(json_object_get(range, "alias"), "colnames") == NULL &&
           !holds(json_object_get(select, "targetList"), "over");
}

static bool is_number(const json_t *value)
{
    return json_object_get(json_object_get(value, "A_Const"), "ival") != NULL;
}

static void read_select(QueryFacts *facts, const json_t *select)
{
    const json_t *limit = json_object_get(select, "limitCount");
    facts->limited = limit != NULL;
    facts->chosen = limit != NULL && (holds(limit, "ParamRef") || is_number(limit)) &&
                    says(select, "limitOption", "LIMIT_OPTION_COUNT");
    if (says(select, "op", "SETOP_NONE"))
        read_targets(facts, json_object_get(select, "targetList"));
    if (is_plain(select))
        read_order(facts, json_object_get(select, "sortClause"));
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_tree(QueryFacts *facts, const json_t *statement)
{
    facts->known = true;
    facts->keeps = true;
    walk(facts, statement);
    column_writes_read(statement, facts->written);
    if (facts->outer->len > 0 && holds(statement, "withClause"))
        facts->keeps = false; /* a name may stand for what another table holds */
    const json_t *select = json_object_get(statement, "SelectStmt");
    if (select != NULL)
        read_select(facts, select);
    g_ptr_array_sort(facts->functions, compare_texts);
}

QueryFacts *query_facts_new(const char *text)
{
    QueryFacts *facts = g_new0(QueryFacts, 1);
    facts->never_null = g_array_new(FALSE, FALSE, sizeof(int));
    facts->outer = g_ptr_array_new_with_free_func(g_free);
    facts->written = column_writes_new();
    facts->functions = g_ptr_array_new_with_free_func(g_free);
    read_words(facts, text);
    g_autoptr(json_t) tree = syntax_parse(text);
    const json_t *statements = json_object_get(tree, "stmts");
    if (json_array_size(statements) == 1)
        read_tree(facts, json_object_get(json_array_get(statements, 0), "stmt"));
    return facts;
}
