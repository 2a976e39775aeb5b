#include "backup/record.h"

#include "backup/checksum.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#define SEAL ",\n  \"checksum\": \""

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void *member_of(const Field *field, const void *record)
{
    return (char *)record + field->offset;
}

void record_begin(const RecordShape *shape, void *record)
{
    for (const Field *field = shape->fields; field->name != NULL; field++) {
        void *member = member_of(field, record);
        if (field->kind == FIELD_TEXTS)
            *(GPtrArray **)member = g_ptr_array_new_with_free_func(g_free);
        else if (field->kind == FIELD_RECORDS)
            *(GPtrArray **)member = g_ptr_array_new_with_free_func(field->shape->free);
        else if (field->kind == FIELD_RECORD)
            record_begin(field->shape, member);
    }
}

void record_clear(const RecordShape *shape, void *record)
{
    for (const Field *field = shape->fields; field->name != NULL; field++) {
        void *member = member_of(field, record);
        if (field->kind == FIELD_TEXT || field->kind == FIELD_TEXT_OR_NULL)
            g_free(*(char **)member);
        else if (field->kind == FIELD_RECORD)
            record_clear(field->shape, member);
        else if (field->kind == FIELD_TEXTS || field->kind == FIELD_RECORDS)
            g_clear_pointer((GPtrArray **)member, g_ptr_array_unref);
    }
    memset(record, 0, shape->size);
}

static json_t *format_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *format_members(const RecordShape *shape, json_t *object, const void *record);

static json_t *format_list(const Field *field, const GPtrArray *list)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < list->len; i++)
        json_array_append_new(array,
                              field->kind == FIELD_TEXTS
                                  ? format_text(list->pdata[i])
                                  : format_members(field->shape, json_object(), list->pdata[i]));
    return array;
}

static json_t *format_member(const Field *field, const void *member)
{
    switch (field->kind) {
    case FIELD_TEXT:
        g_assert(*(char *const *)member != NULL);
        return format_text(*(char *const *)member);
    case FIELD_TEXT_OR_NULL:
        return *(char *const *)member != NULL ? format_text(*(char *const *)member) : json_null();
    case FIELD_COUNT:
    case FIELD_NUMBER:
        return json_integer(*(const int64_t *)member);
    case FIELD_VERSION:
        return json_integer(*(const int *)member);
    case FIELD_SECONDS:
        return json_real(isfinite(*(const double *)member) ? *(const double *)member : 0);
    case FIELD_FLAG:
        return json_boolean(*(const bool *)member);
    case FIELD_TEXTS:
    case FIELD_RECORDS:
        return format_list(field, *(GPtrArray *const *)member);
    case FIELD_RECORD:
        return format_members(field->shape, json_object(), member);
    }
    g_assert_not_reached();
}

static json_t *format_members(const RecordShape *shape, json_t *object, const void *record)
{
    for (const Field *field = shape->fields; field->name != NULL; field++) {
        int status = json_object_set_new(object, field->name,
                                         format_member(field, member_of(field, record)));
        g_assert(status == 0);
    }
    return object;
}

static char *seal_of(const char *text, size_t length)
{
    EVP_MD_CTX *hash = checksum_begin();
    EVP_DigestUpdate(hash, text, length);
    char *digits = checksum_take(hash);
    EVP_MD_CTX_free(hash);
    return digits;
}

char *record_seal(const char *object)
{
    size_t length = strlen(object);
    while (length > 0 && strchr(" \n}", object[length - 1]) != NULL) {
        bool end = object[length - 1] == '}';
        length--;
        if (end)
            break;
    }
    while (length > 0 && strchr(" \n", object[length - 1]) != NULL)
        length--;
    g_autofree char *seal = seal_of(object, length);
    return g_strdup_printf("%.*s" SEAL "%s\"\n}\n", (int)length, object, seal);
}

char *record_format(const RecordShape *shape, const void *record)
{
    g_autoptr(json_t) object = json_object();
    json_object_set_new(object, shape->kind, json_integer(shape->version));
    format_members(shape, object, record);
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    g_assert(text != NULL);
    char *sealed = record_seal(text);
    free(text);
    return sealed;
}

/* Where in the file a reader is. */
typedef struct Place {
    const char *path;
    const char *inside; /* "files[3].", or "" */
} Place;

static bool refuse(const Place *place, const char *name, const char *fault, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s: \"%s%s\" %s", place->path, place->inside,
                name, fault);
    return false;
}

static bool parse_text(const Place *place, const Field *field, const char *name,
                       const json_t *value, char **out_text, GError **error)
{
    const char *text = json_string_value(value);
    if (text == NULL)
        return refuse(place, name, "must be a text", error);
    if (field->is_good != NULL && !field->is_good(text))
        return refuse(place, name, field->rule, error);
    *out_text = g_strdup(text);
    return true;
}

static bool parse_number(const Place *place, const Field *field, const json_t *value, void *member,
                         GError **error)
{
    int64_t least = field->kind == FIELD_COUNT ? 0 : field->kind == FIELD_VERSION ? 1 : INT64_MIN;
    int64_t most = field->kind == FIELD_VERSION ? INT_MAX : INT64_MAX;
    int64_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < least || number > most)
        return refuse(place, field->name,
                      least == INT64_MIN ? "must be a whole number"
                      : least == 0       ? "must be a whole number from 0"
                                         : "must be a whole number from 1",
                      error);
    if (field->kind == FIELD_VERSION)
        *(int *)member = (int)number;
    else
        *(int64_t *)member = number;
    return true;
}

static bool parse_members(const RecordShape *shape, const Place *place, const json_t *object,
                          void *record, GError **error);

static bool parse_record(const Place *place, const Field *field, const char *name,
                         const json_t *value, void *record, GError **error)
{
    if (!json_is_object(value))
        return refuse(place, name, "must be an object", error);
    g_autofree char *inside = g_strdup_printf("%s%s.", place->inside, name);
    Place deeper = {place->path, inside};
    return parse_members(field->shape, &deeper, value, record, error);
}

static bool parse_list(const Place *place, const Field *field, const json_t *value, GPtrArray *list,
                       GError **error)
{
    if (!json_is_array(value))
        return refuse(place, field->name, "must be a list", error);
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        g_autofree char *name = g_strdup_printf("%s[%zu]", field->name, i);
        if (field->kind == FIELD_TEXTS) {
            char *text = NULL;
            if (!parse_text(place, field, name, item, &text, error))
                return false;
            g_ptr_array_add(list, text);
            continue;
        }
        void *record = g_malloc0(field->shape->size);
        g_ptr_array_add(list, record);
        if (!parse_record(place, field, name, item, record, error))
            return false;
    }
    return true;
}

static bool parse_member(const Place *place, const Field *field, const json_t *value, void *member,
                         GError **error)
{
    switch (field->kind) {
    case FIELD_TEXT_OR_NULL:
    case FIELD_TEXT:
        return parse_text(place, field, field->name, value, member, error);
    case FIELD_COUNT:
    case FIELD_NUMBER:
    case FIELD_VERSION:
        return parse_number(place, field, value, member, error);
    case FIELD_SECONDS:
        if (!json_is_number(value) || json_number_value(value) < 0)
            return refuse(place, field->name, "must be a number from 0", error);
        *(double *)member = json_number_value(value);
        return true;
    case FIELD_FLAG:
        if (!json_is_boolean(value))
            return refuse(place, field->name, "must be true or false", error);
        *(bool *)member = json_is_true(value);
        return true;
    case FIELD_TEXTS:
    case FIELD_RECORDS:
        return parse_list(place, field, value, *(GPtrArray **)member, error);
    case FIELD_RECORD:
        return parse_record(place, field, field->name, value, member, error);
    }
    g_assert_not_reached();
}

static bool parse_members(const RecordShape *shape, const Place *place, const json_t *object,
                          void *record, GError **error)
{
    for (const Field *field = shape->fields; field->name != NULL; field++) {
        const json_t *value = json_object_get(object, field->name);
        if (field->kind == FIELD_TEXT_OR_NULL && (value == NULL || json_is_null(value)))
            continue;
        if (value == NULL)
            return refuse(place, field->name, "is missing", error);
        if (!parse_member(place, field, value, member_of(field, record), error))
            return false;
    }
    return true;
}

static bool check_version(const RecordShape *shape, const char *path, const json_t *object,
                          GError **error)
{
    const Place place = {path, ""};
    const json_t *version = json_object_get(object, shape->kind);
    if (version == NULL)
        return refuse(&place, shape->kind, "is missing", error);
    if (!json_is_integer(version))
        return refuse(&place, shape->kind, "must be a whole number", error);
    if (json_integer_value(version) == shape->version)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "%s: version %" JSON_INTEGER_FORMAT " of \"%s\" is not known\n"
                "hint: another version of Retort made it, and reads it",
                path, json_integer_value(version), shape->kind);
    return false;
}

/* The text ends with its seal, and in no other way. */
static bool check_seal(const char *path, const char *text, GError **error)
{
    const char *end = g_strrstr(text, SEAL);
    g_autofree char *seal = end != NULL ? seal_of(text, (size_t)(end - text)) : NULL;
    g_autofree char *expected = g_strdup_printf(SEAL "%s\"\n}\n", seal != NULL ? seal : "");
    if (end != NULL && g_str_equal(end, expected))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "%s: the checksum at its end is not that of the text: it was damaged or edited",
                path);
    return false;
}

bool record_parse(const RecordShape *shape, const char *path, const char *text, void *record,
                  GError **error)
{
    json_error_t fault;
    g_autoptr(json_t) object = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    if (object == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%d: no valid JSON: %s", path, fault.line,
                    fault.text);
        return false;
    }
    const Place place = {path, ""};
    if (!json_is_object(object)) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s: this is no JSON object", path);
        return false;
    }
    return check_version(shape, path, object, error) && check_seal(path, text, error) &&
           parse_members(shape, &place, object, record, error);
}
