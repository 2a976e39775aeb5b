#include "api/json_schema.h"

#include <string.h>

#define COMPONENTS "#/components/schemas/"

struct SchemaSet {
    ApiForms forms;
    GHashTable *names; /* of ours: ApiType → name; of a request, the type's address + 1 */
    GHashTable *taken; /* names that are in use */
    json_t *components;
};

SchemaSet *schema_set_new(const ApiForms *forms)
{
    SchemaSet *set = g_new0(SchemaSet, 1);
    set->forms = *forms;
    set->names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    set->taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    set->components = json_object();
    return set;
}

void schema_set_free(SchemaSet *set)
{
    if (set == NULL)
        return;
    g_hash_table_unref(set->names);
    g_hash_table_unref(set->taken);
    json_decref(set->components);
    g_free(set);
}

void schema_set_take_name(SchemaSet *set, const char *name)
{
    g_hash_table_add(set->taken, g_strdup(name));
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

static json_t *string_schema(const char *format)
{
    json_t *schema = json_pack("{s:s}", "type", "string");
    set_text(schema, "format", format);
    return schema;
}

static json_t *bounded_schema(const char *format, json_int_t least, json_int_t most)
{
    return json_pack("{s:s,s:s,s:I,s:I}", "type", "integer", "format", format, "minimum", least,
                     "maximum", most);
}

static json_t *integer_schema(const ApiType *type)
{
    if (type->is_unsigned)
        return bounded_schema("uint32", 0, G_MAXUINT32);
    if (type->bytes == 2)
        return bounded_schema("int16", G_MININT16, G_MAXINT16);
    return bounded_schema("int32", G_MININT32, G_MAXINT32);
}

static json_t *either(json_t *first, json_t *second)
{
    return json_pack("{s:[o,o]}", "anyOf", first, second);
}

static json_t *bigint_schema(const SchemaSet *set, SchemaUse use)
{
    json_t *number = bounded_schema("int64", G_MININT64, G_MAXINT64);
    if (!set->forms.bigint_is_string)
        return number;
    json_t *text =
        json_pack("{s:s,s:s,s:s}", "type", "string", "format", "int64", "pattern", "^-?[0-9]+$");
    if (use == SCHEMA_REQUEST)
        return either(text, number);
    json_decref(number);
    return text;
}

/* A number, or one of the words for what JSON has no number for. */
static json_t *real_schema(json_t *number)
{
    return either(number, json_pack("{s:[s,s,s]}", "enum", "NaN", "Infinity", "-Infinity"));
}

static json_t *numeric_schema(const SchemaSet *set, SchemaUse use)
{
    if (set->forms.numeric_is_number)
        return real_schema(json_pack("{s:s}", "type", "number"));
    if (use == SCHEMA_REQUEST)
        return json_pack("{s:[s,s],s:s}", "type", "string", "number", "format", "decimal");
    return string_schema("decimal");
}

/* What nobody shares: forms of plain types. */
static json_t *plain_schema(const SchemaSet *set, const ApiType *type, SchemaUse use)
{
    switch (type->form) {
    case FORM_BOOLEAN:
        return json_pack("{s:s}", "type", "boolean");
    case FORM_INTEGER:
        return integer_schema(type);
    case FORM_BIGINT:
        return bigint_schema(set, use);
    case FORM_FLOAT:
        return real_schema(json_pack("{s:s,s:s}", "type", "number", "format",
                                     type->bytes == 4 ? "float" : "double"));
    case FORM_NUMERIC:
        return numeric_schema(set, use);
    case FORM_UUID:
        return string_schema("uuid");
    case FORM_DATE:
        return string_schema("date");
    case FORM_TIME:
        return string_schema("time-local");
    case FORM_TIMETZ:
        return string_schema("time");
    case FORM_TIMESTAMP:
        return string_schema("date-time-local");
    case FORM_TIMESTAMPTZ:
        return string_schema("date-time");
    case FORM_INTERVAL:
        return string_schema("duration");
    case FORM_BYTEA:
        return json_pack("{s:s,s:s}", "type", "string", "contentEncoding", "base64");
    case FORM_JSON:
        return json_object();
    case FORM_VOID:
        return json_pack("{s:s}", "type", "null");
    default:
        return string_schema(NULL);
    }
}

static json_t *enum_schema(const ApiType *type)
{
    json_t *labels = json_array();
    for (char **label = type->labels; label != NULL && *label != NULL; label++)
        json_array_append_new(labels, json_string(*label));
    return json_pack("{s:s,s:o}", "type", "string", "enum", labels);
}

static json_t *composite_schema(SchemaSet *set, const ApiType *type, SchemaUse use)
{
    json_t *properties = json_object();
    json_t *required = json_array();
    for (unsigned i = 0; i < type->fields->len; i++) {
        const ApiField *field = &g_array_index(type->fields, ApiField, i);
        bool nullable = !field->type->not_null;
        json_object_set_new(properties, field->name,
                            schema_of_type(set, field->type, use, nullable));
        if (use == SCHEMA_ANSWER || !nullable)
            json_array_append_new(required, json_string(field->name));
    }
    json_t *schema = json_pack("{s:s,s:o,s:b}", "type", "object", "properties", properties,
                               "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

static json_t *range_schema(SchemaSet *set, const ApiType *type, SchemaUse use)
{
    json_t *lower = schema_of_type(set, type->element, use, true);
    json_t *upper = schema_of_type(set, type->element, use, true);
    json_t *bounds =
        json_pack("{s:s,s:[s,s,s,s]}", "type", "string", "enum", "[]", "[)", "(]", "()");
    json_t *full = json_pack("{s:s,s:{s:o,s:o,s:o},s:[s,s,s],s:b}", "type", "object", "properties",
                             "lower", lower, "upper", upper, "bounds", bounds, "required", "lower",
                             "upper", "bounds", "additionalProperties", 0);
    json_t *empty = json_pack("{s:s,s:{s:{s:b}},s:[s],s:b}", "type", "object", "properties",
                              "empty", "const", 1, "required", "empty", "additionalProperties", 0);
    return either(full, empty);
}

/* Whether a value's schema is not the same in requests and answers. */
static bool depends_on_use(const SchemaSet *set, const ApiType *type, unsigned depth)
{
    if (depth == 0)
        return true;
    switch (type->form) {
    case FORM_BIGINT:
        return set->forms.bigint_is_string;
    case FORM_NUMERIC:
        return !set->forms.numeric_is_number;
    case FORM_COMPOSITE:
        return true;
    case FORM_ARRAY:
    case FORM_RANGE:
    case FORM_MULTIRANGE:
        return depends_on_use(set, type->element, depth - 1);
    default:
        return false;
    }
}

/* (transfer full): the type's name as one of a component, which has fewer characters, or with a
 * number behind it if that is taken. */
static char *make_name(SchemaSet *set, const ApiType *type, SchemaUse use)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *at = type->name; *at != '\0'; at++) {
        if (g_ascii_isalnum(*at) || *at == '_' || *at == '.' || *at == '-')
            g_string_append_c(name, *at);
        else if (*at != '"')
            g_string_append_c(name, '_');
    }
    if (use == SCHEMA_REQUEST)
        g_string_append(name, "_in");
    size_t length = name->len;
    for (unsigned i = 2; name->len == 0 || g_hash_table_contains(set->taken, name->str); i++) {
        g_string_truncate(name, length);
        g_string_append_printf(name, "_%u", i);
    }
    schema_set_take_name(set, name->str);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

static json_t *shared_schema(SchemaSet *set, const ApiType *type, SchemaUse use)
{
    if (type->form == FORM_ENUM)
        return enum_schema(type);
    if (type->form == FORM_COMPOSITE)
        return composite_schema(set, type, use);
    return range_schema(set, type, use);
}

static json_t *refer(SchemaSet *set, const ApiType *type, SchemaUse use)
{
    if (use == SCHEMA_REQUEST && !depends_on_use(set, type, 8))
        use = SCHEMA_ANSWER;
    /* A type is bigger than one byte, so the address behind its first one is nobody else's. */
    const char *key = (const char *)type + (use == SCHEMA_REQUEST ? 1 : 0);
    const char *name = g_hash_table_lookup(set->names, key);
    if (name == NULL) {
        char *made = make_name(set, type, use);
        g_hash_table_insert(set->names, (void *)key, made);
        json_t *schema = shared_schema(set, type, use);
        set_text(schema, "description", type->comment);
        json_object_set_new(set->components, made, schema);
        name = made;
    }
    g_autofree char *reference = g_strconcat(COMPONENTS, name, NULL);
    return json_pack("{s:s}", "$ref", reference);
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s,s:o}", "type", "array", "items", items);
}

/* Adds null to what @schema takes. */
static json_t *allow_null(json_t *schema)
{
    json_t *type = json_object_get(schema, "type");
    json_t *any = json_object_get(schema, "anyOf");
    json_t *null = json_string("null");
    if (json_object_size(schema) == 0) {
        json_decref(null);
    } else if (json_is_string(type)) {
        json_object_set_new(schema, "type", json_pack("[O,o]", type, null));
    } else if (json_is_array(type)) {
        json_array_append_new(type, null);
    } else if (any != NULL) {
        json_array_append_new(any, json_pack("{s:o}", "type", null));
    } else {
        return either(schema, json_pack("{s:o}", "type", null));
    }
    return schema;
}

json_t *schema_of_type(SchemaSet *set, const ApiType *type, SchemaUse use, bool nullable)
{
    json_t *schema = NULL;
    if (type == NULL)
        schema = json_object();
    else if (type->form == FORM_ARRAY)
        schema = list_of(schema_of_type(set, type->element, use, true));
    else if (type->form == FORM_MULTIRANGE)
        schema = list_of(schema_of_type(set, type->element, use, false));
    else if (type->form == FORM_ENUM || type->form == FORM_COMPOSITE || type->form == FORM_RANGE)
        schema = refer(set, type, use);
    else
        schema = plain_schema(set, type, use);
    return nullable ? allow_null(schema) : schema;
}

static int compare_keys(const void *left, const void *right)
{
    const char *const *a = left, *const *b = right;
    return strcmp(*a, *b);
}

json_t *schema_set_components(const SchemaSet *set)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *name = NULL;
    json_t *schema = NULL;
    json_object_foreach(set->components, name, schema) g_ptr_array_add(names, (void *)name);
    g_ptr_array_sort(names, compare_keys);
    json_t *sorted = json_object();
    for (unsigned i = 0; i < names->len; i++)
        json_object_set(sorted, names->pdata[i], json_object_get(set->components, names->pdata[i]));
    return sorted;
}
