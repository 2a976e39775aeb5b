#include "sql/drops.h"

#include "sql/quote.h"
#include "sql/scan.h"
#include "sql/syntax.h"

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
static Drop *add(GPtrArray *drops, DropKind kind, char *name, const char *column, bool cascade)
{
    Drop *drop = g_new0(Drop, 1);
    drop->kind = kind;
    drop->name = name;
    drop->column = g_strdup(column);
    drop->cascade = cascade;
    g_ptr_array_add(drops, drop);
    return drop;
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

/* The same without the schema. %NULL if it has no name of its own, as a cast. */
static char *bare_name_of_object(const json_t *object)
{
    const json_t *with_args = json_object_get(object, "ObjectWithArgs");
    const json_t *items = with_args != NULL
                              ? json_object_get(with_args, "objname")
                              : json_object_get(json_object_get(object, "List"), "items");
    size_t count = json_array_size(items);
    const json_t *last = count > 0 ? json_object_get(json_array_get(items, count - 1), "String")
                                   : json_object_get(object, "String");
    return g_strdup(json_string_value(json_object_get(last, "sval")));
}

typedef struct Dropped {
    const char *type; /* as the parser calls it */
    DropKind kind;
    const char *catalog; /* of DROP_OTHER; NULL: nothing with rows stands on it */
} Dropped;

/* Which kind holds rows, or may take along what does. */
static const Dropped dropped[] = {
    {"OBJECT_TABLE", DROP_RELATION, NULL},
    {"OBJECT_VIEW", DROP_RELATION, NULL},
    {"OBJECT_MATVIEW", DROP_RELATION, NULL},
    {"OBJECT_FOREIGN_TABLE", DROP_RELATION, NULL},
    {"OBJECT_SEQUENCE", DROP_RELATION, NULL},
    {"OBJECT_TYPE", DROP_TYPE, NULL},
    {"OBJECT_DOMAIN", DROP_TYPE, NULL},
    {"OBJECT_SCHEMA", DROP_SCHEMA, NULL},
    {"OBJECT_EXTENSION", DROP_EXTENSION, NULL},
    {"OBJECT_ACCESS_METHOD", DROP_OTHER, "pg_am"},
    {"OBJECT_AGGREGATE", DROP_OTHER, "pg_proc"},
    {"OBJECT_CAST", DROP_OTHER, "pg_cast"},
    {"OBJECT_COLLATION", DROP_OTHER, "pg_collation"},
    {"OBJECT_FDW", DROP_OTHER, "pg_foreign_data_wrapper"},
    {"OBJECT_FOREIGN_SERVER", DROP_OTHER, "pg_foreign_server"},
    {"OBJECT_FUNCTION", DROP_OTHER, "pg_proc"},
    {"OBJECT_LANGUAGE", DROP_OTHER, "pg_language"},
    {"OBJECT_OPCLASS", DROP_OTHER, "pg_opclass"},
    {"OBJECT_OPERATOR", DROP_OTHER, "pg_operator"},
    {"OBJECT_OPFAMILY", DROP_OTHER, "pg_opfamily"},
    {"OBJECT_PROCEDURE", DROP_OTHER, "pg_proc"},
    {"OBJECT_ROUTINE", DROP_OTHER, "pg_proc"},
    {"OBJECT_TSCONFIGURATION", DROP_OTHER, "pg_ts_config"},
    {"OBJECT_TSDICTIONARY", DROP_OTHER, "pg_ts_dict"},
    {"OBJECT_TSPARSER", DROP_OTHER, "pg_ts_parser"},
    {"OBJECT_TSTEMPLATE", DROP_OTHER, "pg_ts_template"},
    {"OBJECT_CONVERSION", DROP_OTHER, NULL},
    {"OBJECT_EVENT_TRIGGER", DROP_OTHER, NULL},
    {"OBJECT_INDEX", DROP_OTHER, NULL},
    {"OBJECT_POLICY", DROP_OTHER, NULL},
    {"OBJECT_PUBLICATION", DROP_OTHER, NULL},
    {"OBJECT_RULE", DROP_OTHER, NULL},
    {"OBJECT_STATISTIC_EXT", DROP_OTHER, NULL},
    {"OBJECT_TRANSFORM", DROP_OTHER, NULL},
    {"OBJECT_TRIGGER", DROP_OTHER, NULL},
};

/* Whatever else there may be: by CASCADE it drops what is not known. */
static const Dropped *find_dropped(const char *type)
{
    static const Dropped other = {NULL, DROP_UNKNOWN, NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(dropped); i++)
        if (g_str_equal(type, dropped[i].type))
            return &dropped[i];
    return &other;
}

static void add_drop(GPtrArray *drops, const json_t *node)
{
    const Dropped *what = find_dropped(text_of(node, "removeType"));
    bool other = what->kind == DROP_OTHER;
    bool cascade = is_cascade(node);
    if ((other && what->catalog == NULL) || ((other || what->kind == DROP_UNKNOWN) && !cascade))
        return;
    const json_t *objects = json_object_get(node, "objects");
    for (size_t i = 0; i < json_array_size(objects); i++) {
        const json_t *object = json_array_get(objects, i);
        char *name = other ? bare_name_of_object(object) : name_of_object(object, what->kind);
        add(drops, what->kind, name, NULL, cascade)->catalog = what->catalog;
    }
}

static void add_alter(GPtrArray *drops, const json_t *node)
{
    bool table = g_str_equal(text_of(node, "objtype"), "OBJECT_TABLE");
    if (!table && !g_str_equal(text_of(node, "objtype"), "OBJECT_TYPE"))
        return;
    const json_t *commands = json_object_get(node, "cmds");
    for (size_t i = 0; i < json_array_size(commands); i++) {
        const json_t *command = json_object_get(json_array_get(commands, i), "AlterTableCmd");
        const char *action = text_of(command, "subtype");
        bool cascade = is_cascade(command);
        /* The columns of a table of a type follow it by CASCADE. */
        bool changes = !table && cascade && g_str_equal(action, "AT_AlterColumnType");
        if (g_str_equal(action, "AT_DropColumn") || changes)
            add(drops, table ? DROP_COLUMN : DROP_ATTRIBUTE,
                name_of_range(json_object_get(node, "relation")), text_of(command, "name"),
                cascade);
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
        bool attribute = alter && token_is_word(text, &token, "attribute");
        if (first && (drop || token_is_word(text, &token, "truncate")))
            return true;
        alter = alter || (first && token_is_word(text, &token, "alter"));
        if (!alter || drop || attribute)
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
    g_autoptr(json_t) tree = syntax_parse(text);
    const json_t *statements = json_object_get(tree, "stmts");
    for (size_t i = 0; i < json_array_size(statements); i++)
        add_statement(drops, json_object_get(json_array_get(statements, i), "stmt"));
    if (tree == NULL)
        add(drops, DROP_UNKNOWN, NULL, NULL, true);
    return drops;
}
