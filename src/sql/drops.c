#include "sql/drops.h"

#include "sql/quote.h"
#include "sql/scan.h"

#include <jansson.h>
#include <pg_query.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void drop_free(void *data)
{
    Drop *drop = data;
    g_free(drop->name);
    g_free(drop->column);
    g_free(drop);
}

/* Takes @name. */
static void add(GPtrArray *drops, DropKind kind, char *name, const char *column, bool cascade)
{
    Drop *drop = g_new0(Drop, 1);
    drop->kind = kind;
    drop->name = name;
    drop->column = g_strdup(column);
    drop->cascade = cascade;
    g_ptr_array_add(drops, drop);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static bool is_cascade(const json_t *node)
{
    return g_str_equal(text_of(node, "behavior"), "DROP_CASCADE");
}

/* a.b.c of a list of String nodes */
static char *name_of_list(const json_t *items)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *string = json_object_get(json_array_get(items, i), "String");
        sql_append(name, i > 0 ? ".%I" : "%I", text_of(string, "sval"));
    }
    return g_strdup(name->str);
}

static char *name_of_range(const json_t *range)
{
    g_autoptr(GString) name = g_string_new(NULL);
    const char *schema = text_of(range, "schemaname");
    if (*schema != '\0')
        sql_append(name, "%I.", schema);
    sql_append(name, "%I", text_of(range, "relname"));
    return g_strdup(name->str);
}

/* An element of DropStmt.objects: the node's shape depends on what is dropped. */
static char *name_of_object(const json_t *object, DropKind kind)
{
    const json_t *string = json_object_get(object, "String");
    if (string != NULL)
        return kind == DROP_EXTENSION ? g_strdup(text_of(string, "sval"))
                                      : sql_quote_identifier(text_of(string, "sval"));
    const json_t *type = json_object_get(object, "TypeName");
    if (type != NULL)
        return name_of_list(json_object_get(type, "names"));
    return name_of_list(json_object_get(json_object_get(object, "List"), "items"));
}

/* Which kind holds rows, or may take along what does. */
static bool find_kind(const char *type, DropKind *out_kind)
{
    static const struct {
        const char *type;
        DropKind kind;
    } kinds[] = {
        {"OBJECT_TABLE", DROP_RELATION},   {"OBJECT_VIEW", DROP_RELATION},
        {"OBJECT_MATVIEW", DROP_RELATION}, {"OBJECT_SEQUENCE", DROP_RELATION},
        {"OBJECT_TYPE", DROP_TYPE},        {"OBJECT_DOMAIN", DROP_TYPE},
        {"OBJECT_SCHEMA", DROP_SCHEMA},    {"OBJECT_EXTENSION", DROP_EXTENSION},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(type, kinds[i].type)) {
            *out_kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

static void add_drop(GPtrArray *drops, const json_t *node)
{
    DropKind kind = DROP_UNKNOWN;
    if (!find_kind(text_of(node, "removeType"), &kind))
        return;
    const json_t *objects = json_object_get(node, "objects");
    for (size_t i = 0; i < json_array_size(objects); i++)
        add(drops, kind, name_of_object(json_array_get(objects, i), kind), NULL, is_cascade(node));
}

static void add_alter(GPtrArray *drops, const json_t *node)
{
    if (!g_str_equal(text_of(node, "objtype"), "OBJECT_TABLE"))
        return;
    const json_t *commands = json_object_get(node, "cmds");
    for (size_t i = 0; i < json_array_size(commands); i++) {
        const json_t *command = json_object_get(json_array_get(commands, i), "AlterTableCmd");
        if (g_str_equal(text_of(command, "subtype"), "AT_DropColumn"))
            add(drops, DROP_COLUMN, name_of_range(json_object_get(node, "relation")),
                text_of(command, "name"), is_cascade(command));
    }
}

static void add_truncate(GPtrArray *drops, const json_t *node)
{
    const json_t *relations = json_object_get(node, "relations");
    for (size_t i = 0; i < json_array_size(relations); i++)
        add(drops, DROP_ROWS,
            name_of_range(json_object_get(json_array_get(relations, i), "RangeVar")), NULL,
            is_cascade(node));
}

static void add_owned(GPtrArray *drops, const json_t *node)
{
    const json_t *roles = json_object_get(node, "roles");
    for (size_t i = 0; i < json_array_size(roles); i++) {
        const json_t *role = json_object_get(json_array_get(roles, i), "RoleSpec");
        const char *name = text_of(role, "rolename"); /* none: CURRENT_USER and such */
        add(drops, *name != '\0' ? DROP_OWNED : DROP_UNKNOWN, g_strdup(name), NULL,
            is_cascade(node));
    }
}

static void add_statement(GPtrArray *drops, const json_t *statement)
{
    static const struct {
        const char *node;
        void (*add)(GPtrArray *drops, const json_t *node);
    } readers[] = {
        {"DropStmt", add_drop},
        {"AlterTableStmt", add_alter},
        {"TruncateStmt", add_truncate},
        {"DropOwnedStmt", add_owned},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
        const json_t *node = json_object_get(statement, readers[i].node);
        if (node != NULL)
            readers[i].add(drops, node);
    }
}

/* Whether its words make it worth the parser's time: almost no statement drops anything. */
static bool may_drop(const char *text)
{
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {.kind = TOKEN_END};
    bool first = true, alter = false;
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
        if (token.kind == TOKEN_COMMENT)
            continue;
        bool drop = token_is_word(text, &token, "drop");
        if (first && (drop || token_is_word(text, &token, "truncate")))
            return true;
        alter = alter || (first && token_is_word(text, &token, "alter"));
        if (!alter || drop)
            return alter;
        first = false;
    }
    return false;
}

GPtrArray *drops_of_statement(const char *text)
{
    GPtrArray *drops = g_ptr_array_new_with_free_func(drop_free);
    if (!may_drop(text))
        return drops;
    PgQueryParseResult parsed = pg_query_parse(text);
    g_autoptr(json_t) tree = parsed.error == NULL ? json_loads(parsed.parse_tree, 0, NULL) : NULL;
    pg_query_free_parse_result(parsed);
    const json_t *statements = json_object_get(tree, "stmts");
    for (size_t i = 0; i < json_array_size(statements); i++)
        add_statement(drops, json_object_get(json_array_get(statements, i), "stmt"));
    if (tree == NULL)
        add(drops, DROP_UNKNOWN, NULL, NULL, true);
    return drops;
}
