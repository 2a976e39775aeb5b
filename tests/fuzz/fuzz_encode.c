/*
 * Any bytes as the text of a value of each form: what comes out is JSON in UTF-8, and of no other
 * kind than the form's. The first byte chooses the type.
 */
#include "../unit/sample_types.h"
#include "api/encode.h"
#include "api/encode_row.h"
#include "fuzz.h"

#include <jansson.h>
#include <string.h>

static const unsigned chosen[] = {
    16,
    17,
    20,
    23,
    25,
    114,
    701,
    1700,
    1082,
    1083,
    1266,
    1114,
    1184,
    1186,
    2950,
    2278,
    22,
    1007,
    1009,
    199,
    1001,
    1185,
    1020,
    3904,
    3910,
    4451,
    SAMPLE_MOOD,
    1016,
    1231,
    1000,
    1270,
    3807,
    603,
    SAMPLE_TREE,
    SAMPLE_POINT_ARRAY,
    SAMPLE_POINTS,
};

/*
 * What jansson, rightly or not, refuses though RFC 8259 does not: numbers beyond a double and
 * lone surrogates. Digits that follow two others are left out, and \ud… becomes \u0…
 */
static char *simplify(const char *json, size_t length)
{
    GString *simple = g_string_sized_new(length);
    bool string = false;
    unsigned digits = 0;
    for (size_t i = 0; i < length; i++) {
        digits = !string && g_ascii_isdigit(json[i]) ? digits + 1 : 0;
        if (string && json[i] == '\\' && i + 2 < length) {
            g_string_append_len(simple, json + i, 2);
            i++;
            if (json[i] == 'u' && g_ascii_tolower(json[i + 1]) == 'd') {
                g_string_append_c(simple, '0');
                i++;
            }
            continue;
        }
        if (json[i] == '"')
            string = !string;
        if (digits <= 2)
            g_string_append_c(simple, json[i]);
    }
    return g_string_free(simple, FALSE);
}

static bool is_of_form(const json_t *value, ApiForm form)
{
    switch (form) {
    case FORM_BOOLEAN:
        return json_is_boolean(value);
    case FORM_INTEGER:
    case FORM_BIGINT:
        return json_is_integer(value);
    case FORM_FLOAT:
        return json_is_number(value);
    case FORM_JSON:
        return true;
    case FORM_ARRAY:
    case FORM_MULTIRANGE:
        return json_is_array(value);
    case FORM_COMPOSITE:
    case FORM_RANGE:
        return json_is_object(value);
    case FORM_VOID:
        return json_is_null(value);
    default:
        return false;
    }
}

/* As the only column of a row, which is written by another way. */
static void check_row(const ApiType *type, const char *text, const GString *json)
{
    ApiColumn column = {.name = (char *)"v", .type = (ApiType *)type};
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    g_ptr_array_add(columns, &column);
    g_autoptr(ApiRowShape) shape = api_row_shape_new(columns, &(ApiForms){0});
    g_autoptr(GString) out = g_string_new(NULL);
    api_encode_row(out, shape, &text);
    g_assert_cmpuint(out->len, ==, json->len + strlen("{\"v\":}"));
    g_assert_cmpint(memcmp(out->str + strlen("{\"v\":"), json->str, json->len), ==, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ApiTypes *types = NULL;
    if (types == NULL)
        types = sample_types();
    if (size == 0)
        return 0;
    const ApiType *type = api_types_find(types, chosen[data[0] % G_N_ELEMENTS(chosen)]);
    g_autofree char *text = fuzz_copy(data + 1, size - 1);
    /* Without the NUL: the end of what may be read. */
    g_autofree char *exact = g_memdup2(text, size - 1);
    g_autoptr(GString) out = g_string_new(NULL);
    api_encode_value(out, &(ApiForms){0}, type, exact != NULL ? exact : text, size - 1);
    g_assert_true(g_utf8_validate(out->str, (gssize)out->len, NULL));
    if (strlen(text) == size - 1)
        check_row(type, text, out);
    g_autofree char *simple = simplify(out->str, out->len);
    json_t *value = json_loads(simple, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    g_assert_nonnull(value);
    g_assert_true(json_is_string(value) || is_of_form(value, type->form));
    json_decref(value);
    return 0;
}
