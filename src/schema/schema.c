#include "schema/schema.h"

#include <string.h>

struct Schema {
    GStringChunk *texts;
    GPtrArray *objects[KIND_COUNT];      /* own their objects */
    GHashTable *by_identity[KIND_COUNT]; /* identity → Object, borrowed */
};

static void object_free(void *data)
{
    Object *object = data;
    g_clear_pointer(&object->grants, g_ptr_array_unref);
    g_clear_pointer(&object->depends_on, g_ptr_array_unref);
    g_free(object);
}

Schema *schema_new(void)
{
    Schema *schema = g_new0(Schema, 1);
    schema->texts = g_string_chunk_new(64 * 1024);
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        schema->objects[kind] = g_ptr_array_new_with_free_func(object_free);
        schema->by_identity[kind] = g_hash_table_new(g_str_hash, g_str_equal);
    }
    return schema;
}

void schema_free(Schema *schema)
{
    if (schema == NULL)
        return;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        g_hash_table_unref(schema->by_identity[kind]);
        g_ptr_array_unref(schema->objects[kind]);
    }
    g_string_chunk_free(schema->texts);
    g_free(schema);
}

const char *schema_text(Schema *schema, const char *text)
{
    return text == NULL ? NULL : g_string_chunk_insert_const(schema->texts, text);
}

/* An identifier as identities show it: in double quotes unless it is plain lower case. */
static void append_name(GString *identity, const char *name)
{
    bool plain = g_ascii_islower(name[0]) || name[0] == '_';
    for (const char *p = name; plain && *p != '\0'; p++)
        plain = g_ascii_islower(*p) || g_ascii_isdigit(*p) || *p == '_' || *p == '$';
    if (identity->len > 0)
        g_string_append_c(identity, '.');
    if (plain) {
        g_string_append(identity, name);
        return;
    }
    g_string_append_c(identity, '"');
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"')
            g_string_append_c(identity, '"');
        g_string_append_c(identity, *p);
    }
    g_string_append_c(identity, '"');
}

/* @in: schema and relation, those there are; NULL-terminated. */
static const char *identity_of(Schema *schema, const char *namespace, const char *relation,
                               const char *name, const char *arguments)
{
    g_autoptr(GString) identity = g_string_sized_new(64);
    if (namespace != NULL)
        append_name(identity, namespace);
    if (relation != NULL)
        append_name(identity, relation);
    append_name(identity, name);
    if (arguments != NULL)
        g_string_append_printf(identity, "(%s)", arguments);
    return schema_text(schema, identity->str);
}

Object *schema_add(Schema *schema, ObjectKind kind, const char *namespace, const char *relation,
                   const char *name, const char *arguments)
{
    size_t size = sizeof(Object) + kind_attribute_count(kind) * sizeof(const char *);
    Object *object = g_malloc0(size);
    const char *within = object_kinds[kind].in_relation ? relation : NULL;
    object->kind = kind;
    object->schema = schema_text(schema, namespace);
    object->relation = schema_text(schema, relation);
    object->name = schema_text(schema, name);
    object->arguments = schema_text(schema, arguments);
    object->identity =
        kind == KIND_OTHER ? object->name : identity_of(schema, namespace, within, name, arguments);
    g_ptr_array_add(schema->objects[kind], object);
    g_hash_table_insert(schema->by_identity[kind], (void *)object->identity, object);
    return object;
}

void schema_add_grant(Schema *schema, Object *object, const char *grantee, const char *privilege,
                      bool revoked, bool grantable)
{
    Grant *grant = g_new0(Grant, 1);
    grant->grantee = schema_text(schema, grantee);
    grant->privilege = schema_text(schema, privilege);
    grant->revoked = revoked;
    grant->grantable = grantable;
    if (object->grants == NULL)
        object->grants = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(object->grants, grant);
}

void schema_add_dependency(Schema *schema, Object *object, Object *needed)
{
    (void)schema;
    if (object == needed)
        return;
    if (object->depends_on == NULL)
        object->depends_on = g_ptr_array_new();
    if (!g_ptr_array_find(object->depends_on, needed, NULL))
        g_ptr_array_add(object->depends_on, needed);
}

static int compare_grants(const void *a, const void *b)
{
    const Grant *left = *(Grant *const *)a;
    const Grant *right = *(Grant *const *)b;
    int order = strcmp(left->grantee, right->grantee);
    if (order == 0)
        order = strcmp(left->privilege, right->privilege);
    return order != 0 ? order : (int)left->revoked - (int)right->revoked;
}

/* The relation, domain, sequence or column that @object is a part of. */
static Object *find_parent(const Schema *schema, const Object *object)
{
    static const ObjectKind relations[] = {KIND_TABLE, KIND_VIEW, KIND_MATERIALIZED_VIEW,
                                           KIND_DOMAIN};
    if (object->kind == KIND_OWNED_BY)
        return schema_find(schema, KIND_SEQUENCE, object->identity);
    if (object->kind == KIND_DEFAULT) {
        Object *column = schema_find(schema, KIND_COLUMN, object->identity);
        return column != NULL ? column : schema_find(schema, KIND_VIEW_COLUMN, object->identity);
    }
    if (object->relation == NULL)
        return NULL;
    g_autoptr(GString) identity = g_string_sized_new(64);
    append_name(identity, object->schema);
    append_name(identity, object->relation);
    Object *parent = NULL;
    if (object->kind == KIND_DOMAIN_CHECK)
        return schema_find(schema, KIND_DOMAIN, identity->str);
    for (size_t i = 0; i < 3 && parent == NULL; i++)
        parent = schema_find(schema, relations[i], identity->str);
    return parent;
}

static void link_object(Schema *schema, Object *object)
{
    Object *parent = find_parent(schema, object);
    object->parent = parent;
    if (parent != NULL)
        schema_add_dependency(schema, object, parent);
    if (parent == NULL && object->schema != NULL && object->kind != KIND_OTHER) {
        g_autoptr(GString) identity = g_string_sized_new(32);
        append_name(identity, object->schema);
        Object *namespace = schema_find(schema, KIND_SCHEMA, identity->str);
        if (namespace != NULL)
            schema_add_dependency(schema, object, namespace);
    }
    if (object->grants != NULL)
        g_ptr_array_sort(object->grants, compare_grants);
    if (object->depends_on != NULL)
        g_ptr_array_sort(object->depends_on, object_compare);
}

void schema_finish(Schema *schema)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        g_ptr_array_sort(schema->objects[kind], object_compare);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (unsigned i = 0; i < schema->objects[kind]->len; i++)
            link_object(schema, g_ptr_array_index(schema->objects[kind], i));
}

const GPtrArray *schema_objects(const Schema *schema, ObjectKind kind)
{
    return schema->objects[kind];
}

Object *schema_find(const Schema *schema, ObjectKind kind, const char *identity)
{
    return g_hash_table_lookup(schema->by_identity[kind], identity);
}

unsigned schema_count(const Schema *schema)
{
    unsigned count = 0;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        count += schema->objects[kind]->len;
    return count;
}
