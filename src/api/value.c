#include "api/value.h"

#include "api/value_plain.h"

#include <string.h>

#define DIMENSIONS_MOST 6 /* MAXDIM of PostgreSQL */

static void append_place(GString *pointer, const ValuePlace *place, ApiPlace of)
{
    if (place->outer != NULL)
        append_place(pointer, place->outer, of);
    if (place->outer != NULL || of == PLACE_BODY)
        g_string_append_c(pointer, '/');
    if (place->name == NULL)
        g_string_append_printf(pointer, "%u", place->index);
    for (size_t i = 0; place->name != NULL && i < place->length; i++) {
        if (place->name[i] == '~' || place->name[i] == '/')
            g_string_append(pointer, place->name[i] == '~' ? "~0" : "~1");
        else
            g_string_append_c(pointer, place->name[i]);
    }
}

bool value_refuse(const ValueWriter *writer, const ValuePlace *where, const char *kind,
                  const char *format, ...)
{
    if (api_faults_count(writer->faults) >= FAULTS_MOST)
        return false;
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    GString *pointer = g_string_new(NULL);
    append_place(pointer, where, writer->place);
    g_autofree char *text = g_string_free(pointer, FALSE); /* may have what is no UTF-8 */
    api_faults_add(writer->faults, writer->place, g_utf8_make_valid(text, -1), kind, "%s", message);
    return false;
}

void value_quote(GString *out, size_t from)
{
    size_t escapes = 0;
    for (size_t i = from; i < out->len; i++)
        escapes += out->str[i] == '"' || out->str[i] == '\\';
    size_t length = out->len;
    g_string_set_size(out, length + escapes + 2);
    size_t to = out->len;
    out->str[--to] = '"';
    for (size_t i = length; i-- > from;) {
        out->str[--to] = out->str[i];
        if (out->str[i] == '"' || out->str[i] == '\\')
            out->str[--to] = '\\';
    }
    out->str[from] = '"';
}

/* An array as it is read: how many elements those of each dimension have. */
typedef struct ArrayReader {
    const ApiType *type;
    unsigned dimensions; /* 0 before the first element tells */
    unsigned lengths[DIMENSIONS_MOST];
} ArrayReader;

static bool append_null(ValueWriter *writer)
{
    g_string_append(writer->out, "NULL");
    return true;
}

/* Whether arrays in an array are its dimensions and not elements. */
static bool has_dimensions(const ApiType *type)
{
    return type->element->form != FORM_JSON && type->element->form != FORM_ARRAY &&
           type->element->form != FORM_MULTIRANGE && type->delimiter != ' ';
}

static bool read_element(ValueWriter *writer, const ValuePlace *where, ArrayReader *reader,
                         const JsonSlice *value)
{
    bool vector = reader->type->delimiter == ' ';
    if (value->sort == JSON_SORT_NULL && vector)
        return value_refuse(writer, where, "int_type", "is null");
    if (value->sort == JSON_SORT_NULL && reader->type->element->form != FORM_JSON)
        return append_null(writer);
    size_t from = writer->out->len;
    if (!value_from_json(writer, where, reader->type->element, value))
        return false;
    if (!vector)
        value_quote(writer->out, from);
    return true;
}

/* Whether an element at @depth is where all of them are. */
static bool check_depth(ValueWriter *writer, const ValuePlace *where, ArrayReader *reader,
                        unsigned depth, bool array)
{
    if (array && depth == DIMENSIONS_MOST)
        return value_refuse(writer, where, "too_long", "has more than 6 dimensions");
    if (!array && reader->dimensions == 0)
        reader->dimensions = depth;
    bool good = reader->dimensions == 0 ||
                (array ? depth < reader->dimensions : depth == reader->dimensions);
    return good || value_refuse(writer, where, "list_type",
                                array ? "is an array beside other values"
                                      : "is no array, as others beside it are");
}

static bool read_dimension(ValueWriter *writer, const ValuePlace *where, ArrayReader *reader,
                           const JsonSlice *array, unsigned depth)
{
    bool vector = reader->type->delimiter == ' ';
    bool good = true;
    unsigned count = 0;
    JsonWalk walk = json_walk(array);
    JsonSlice name, value;
    if (!vector)
        g_string_append_c(writer->out, '{');
    for (; json_walk_next(&walk, &name, &value); count++) {
        ValuePlace place = {.outer = where, .index = count};
        bool inner = value.sort == JSON_SORT_ARRAY && has_dimensions(reader->type);
        if (count > 0)
            g_string_append_c(writer->out, reader->type->delimiter);
        if (!check_depth(writer, &place, reader, depth, inner) ||
            (inner ? !read_dimension(writer, &place, reader, &value, depth + 1)
                   : !read_element(writer, &place, reader, &value)))
            good = false;
    }
    if (!vector)
        g_string_append_c(writer->out, '}');
    if (count == 0 && depth > 1)
        return value_refuse(writer, where, "too_short", "is an empty array in an array");
    if (reader->lengths[depth - 1] == 0)
        reader->lengths[depth - 1] = count;
    if (depth > 1 && reader->lengths[depth - 1] != count)
        return value_refuse(writer, where, "value_error", "has not as many elements as the others");
    return good;
}

static bool refuse_list(const ValueWriter *writer, const ValuePlace *where)
{
    return value_refuse(writer, where, "list_type", "is not an array");
}

static bool read_array(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                       const JsonSlice *value)
{
    if (value->sort != JSON_SORT_ARRAY)
        return refuse_list(writer, where);
    ArrayReader reader = {.type = type};
    return read_dimension(writer, where, &reader, value, 1);
}

/* The members that an object may have, by place in @names, and those that it has. */
typedef struct Members {
    const char *const *names;
    unsigned count;
    JsonSlice *values;
    bool *given;
} Members;

static int find_member(const Members *members, const char *name, size_t length)
{
    for (unsigned i = 0; i < members->count; i++)
        if (strncmp(members->names[i], name, length) == 0 && members->names[i][length] == '\0')
            return (int)i;
    return -1;
}

static bool read_members(ValueWriter *writer, const ValuePlace *where, const JsonSlice *object,
                         const Members *members)
{
    if (object->sort != JSON_SORT_OBJECT)
        return value_refuse(writer, where, "dict_type", "is not an object");
    bool good = true;
    JsonWalk walk = json_walk(object);
    JsonSlice key, value;
    while (json_walk_next(&walk, &key, &value)) {
        ValuePlace place = {.outer = where};
        place.name = json_unquote(&key, writer->scratch, &place.length);
        int index = find_member(members, place.name, place.length);
        if (index < 0) {
            good = value_refuse(writer, &place, "extra_forbidden", "is unknown");
        } else if (members->given[index]) {
            good = value_refuse(writer, &place, "value_error", "is given twice");
        } else {
            members->given[index] = true;
            members->values[index] = value;
        }
    }
    return good;
}

/* A member's value, quoted; nothing if it is null or not there. */
static bool append_member(ValueWriter *writer, const ValuePlace *where, const Members *members,
                          unsigned index, const ApiType *type)
{
    const JsonSlice *value = &members->values[index];
    if (!members->given[index] || (value->sort == JSON_SORT_NULL && type->form != FORM_JSON))
        return true;
    ValuePlace place = {
        .outer = where, .name = members->names[index], .length = strlen(members->names[index])};
    size_t from = writer->out->len;
    if (!value_from_json(writer, &place, type, value))
        return false;
    value_quote(writer->out, from);
    return true;
}

static bool read_composite(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                           const JsonSlice *value)
{
    unsigned count = type->fields != NULL ? type->fields->len : 0;
    g_autofree const char **names = g_new0(const char *, count + 1);
    g_autofree JsonSlice *values = g_new0(JsonSlice, count + 1);
    g_autofree bool *given = g_new0(bool, count + 1);
    for (unsigned i = 0; i < count; i++)
        names[i] = g_array_index(type->fields, ApiField, i).name;
    Members members = {names, count, values, given};
    bool good = read_members(writer, where, value, &members);
    g_string_append_c(writer->out, '(');
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            g_string_append_c(writer->out, ',');
        const ApiType *field = g_array_index(type->fields, ApiField, i).type;
        good = append_member(writer, where, &members, i, field) && good;
    }
    g_string_append_c(writer->out, ')');
    return good;
}

/* "[)" and the like; %NULL if @value is none. */
static const char *read_bounds(const JsonSlice *value)
{
    static const char *const bounds[] = {"\"[)\"", "\"[]\"", "\"()\"", "\"(]\""};
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++)
        if (value->length == 4 && memcmp(value->data, bounds[i], 4) == 0)
            return bounds[i] + 1;
    return NULL;
}

static bool read_range(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                       const JsonSlice *value)
{
    enum { LOWER, UPPER, BOUNDS, EMPTY, COUNT };
    static const char *const names[] = {"lower", "upper", "bounds", "empty"};
    JsonSlice values[COUNT] = {0};
    bool given[COUNT] = {false};
    Members members = {names, COUNT, values, given};
    if (!read_members(writer, where, value, &members))
        return false;
    ValuePlace at_bounds = {.outer = where, .name = "bounds", .length = 6};
    ValuePlace at_empty = {.outer = where, .name = "empty", .length = 5};
    bool empty = given[EMPTY] && values[EMPTY].sort == JSON_SORT_TRUE;
    if (given[EMPTY] && !empty && values[EMPTY].sort != JSON_SORT_FALSE)
        return value_refuse(writer, &at_empty, "bool_type", "is neither true nor false");
    if (empty && (given[LOWER] || given[UPPER] || given[BOUNDS]))
        return value_refuse(writer, &at_empty, "value_error", "stands beside bounds");
    if (empty) {
        g_string_append(writer->out, "empty");
        return true;
    }
    const char *bounds = given[BOUNDS] ? read_bounds(&values[BOUNDS]) : "[)";
    if (bounds == NULL)
        return value_refuse(writer, &at_bounds, "enum",
                            "is none of \"[)\", \"[]\", \"()\", \"(]\"");
    g_string_append_c(writer->out, bounds[0]);
    bool good = append_member(writer, where, &members, LOWER, type->element);
    g_string_append_c(writer->out, ',');
    good = append_member(writer, where, &members, UPPER, type->element) && good;
    g_string_append_c(writer->out, bounds[1]);
    return good;
}

static bool read_multirange(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                            const JsonSlice *value)
{
    if (value->sort != JSON_SORT_ARRAY)
        return refuse_list(writer, where);
    bool good = true;
    unsigned count = 0;
    JsonWalk walk = json_walk(value);
    JsonSlice name, range;
    g_string_append_c(writer->out, '{');
    for (; json_walk_next(&walk, &name, &range); count++) {
        ValuePlace place = {.outer = where, .index = count};
        if (count > 0)
            g_string_append_c(writer->out, ',');
        good = read_range(writer, &place, type->element, &range) && good;
    }
    g_string_append_c(writer->out, '}');
    return good;
}

static bool is_nested(const ApiType *type)
{
    return (type->form >= FORM_ARRAY && type->form <= FORM_MULTIRANGE);
}

/* Types hold each other to a depth that their declarations fix. */
bool value_from_json(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                     const JsonSlice *value)
{
    switch (type->form) {
    case FORM_JSON:
        g_string_append_len(writer->out, value->data, (gssize)value->length);
        return true;
    case FORM_ARRAY:
        return read_array(writer, where, type, value);
    case FORM_COMPOSITE:
        return read_composite(writer, where, type, value);
    case FORM_RANGE:
        return read_range(writer, where, type, value);
    case FORM_MULTIRANGE:
        return read_multirange(writer, where, type, value);
    default:
        return value_plain_from_json(writer, where, type, value);
    }
}

bool value_from_text(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                     const char *text, size_t length)
{
    if (!is_nested(type) && type->form != FORM_JSON)
        return value_plain_from_text(writer, where, type, text, length);
    JsonSlice value = {0};
    size_t at = 0;
    const char *problem = NULL;
    if (!json_read(text, length, writer->depth, &value, &at, &problem))
        return value_refuse(writer, where, "json_invalid",
                            "is not JSON: %s at byte %" G_GSIZE_FORMAT, problem, at + 1);
    return value_from_json(writer, where, type, &value);
}
