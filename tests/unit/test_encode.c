#include "api/encode.h"

#include "api/encode_row.h"
#include "sample_types.h"

#include <jansson.h>
#include <string.h>

static const ApiForms plain_forms = {0};

/* A row writes most values by a shorter way. */
static void row_says_the_same(const ApiType *type, const ApiForms *forms, const char *text,
                              size_t length, const char *json)
{
    ApiColumn column = {.name = (char *)"v", .type = (ApiType *)type};
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    g_ptr_array_add(columns, &column);
    g_autoptr(ApiRowShape) shape = api_row_shape_new(columns, forms);
    g_autofree char *exact = g_strndup(text, length); /* its end is the end of what may be read */
    g_autoptr(GString) out = g_string_new(NULL);
    api_encode_row(out, shape, (const char *const[]){exact});
    g_autofree char *expected = g_strdup_printf("{\"v\":%s}", json);
    g_assert_cmpstr(out->str, ==, expected);
}

static char *encode(unsigned oid, const ApiForms *forms, const char *text, size_t length)
{
    g_autoptr(ApiTypes) types = sample_types();
    GString *out = g_string_new(NULL);
    api_encode_value(out, forms, api_types_find(types, oid), text, length);
    g_assert_cmpuint(strlen(out->str), ==, out->len);
    if (text == NULL || strlen(text) == length)
        row_says_the_same(api_types_find(types, oid), forms, text, length, out->str);
    json_error_t error;
    json_t *parsed = json_loadb(out->str, out->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (parsed == NULL)
        g_error("%s: %s", error.text, out->str);
    json_decref(parsed);
    return g_string_free(out, FALSE);
}

typedef struct Case {
    unsigned oid;
    const char *text;
    const char *json;
} Case;

static void run_cases(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *json =
            encode(cases[i].oid, &plain_forms, cases[i].text, strlen(cases[i].text));
        g_assert_cmpstr(json, ==, cases[i].json);
    }
}

static void scalars(void)
{
    static const Case cases[] = {
        {16, "t", "true"},
        {16, "f", "false"},
        {23, "-2147483648", "-2147483648"},
        {23, "0", "0"},
        {23, "-0", "-0"},
        {23, "-", "\"-\""},
        {23, "", "\"\""},
        {23, "007", "\"007\""},
        {23, "-07", "\"-07\""},
        {23, "7x", "\"7x\""},
        {20, "9223372036854775807", "9223372036854775807"},
        {701, "1e+20", "1e+20"},
        {701, "1e-05", "1e-05"},
        {701, "-0", "-0"},
        {701, "NaN", "\"NaN\""},
        {701, "-Infinity", "\"-Infinity\""},
        {1700, "12.3400", "\"12.3400\""},
        {1700, "NaN", "\"NaN\""},
        {SAMPLE_PRICE, "0.10", "\"0.10\""},
        {SAMPLE_MOOD, "it's \"fine\"", "\"it's \\\"fine\\\"\""},
        {2950, "b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "\"b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\""},
        {1186, "P1DT2H", "\"P1DT2H\""},
        {114, " {\"a\" : [1, 2.50,\n null]} ", " {\"a\" : [1, 2.50,\n null]} "},
        {3802, "\"x\"", "\"x\""},
        {2278, "", "null"},
        {4242, "of no known type", "\"of no known type\""},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void times(void)
{
    static const Case cases[] = {
        {1082, "2026-11-22", "\"2026-11-22\""},
        {1082, "0044-03-15 BC", "\"0044-03-15 BC\""},
        {1083, "18:30:00.5", "\"18:30:00.5\""},
        {1266, "18:30:00+00", "\"18:30:00Z\""},
        {1266, "18:30:00.25-03", "\"18:30:00.25-03:00\""},
        {1266, "18:30:00+05:30", "\"18:30:00+05:30\""},
        {1114, "2026-11-22 18:30:00", "\"2026-11-22T18:30:00\""},
        {1184, "2026-11-22 18:30:00+00", "\"2026-11-22T18:30:00Z\""},
        {1184, "2026-11-22 18:30:00.123456+00", "\"2026-11-22T18:30:00.123456Z\""},
        {1184, "2026-11-22 18:30:00+02", "\"2026-11-22T18:30:00+02:00\""},
        {1184, "2026-11-22 18:30:00-03:30", "\"2026-11-22T18:30:00-03:30\""},
        {1184, "0044-03-15 12:00:00+00 BC", "\"0044-03-15T12:00:00Z BC\""},
        {1184, "12026-01-01 00:00:00+00", "\"12026-01-01T00:00:00Z\""},
        {1184, "infinity", "\"infinity\""},
        {1114, "-infinity", "\"-infinity\""},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void bytes(void)
{
    static const Case cases[] = {
        {17, "\\x", "\"\""},
        {17, "\\x00", "\"AA==\""},
        {17, "\\x48656c6c6f", "\"SGVsbG8=\""},
        {17, "\\xFFeeDD", "\"/+7d\""},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void arrays(void)
{
    static const Case cases[] = {
        {1007, "{}", "[]"},
        {1007, "{1,NULL,3}", "[1,null,3]"},
        {1007, "{{1,2},{3,4}}", "[[1,2],[3,4]]"},
        {1007, "[2:4]={7,8,9}", "[7,8,9]"},
        {1007, "[0:0][-1:0]={{7,8}}", "[[7,8]]"},
        {1009, "{a,\"b c\",\"\",\"NULL\",NULL}", "[\"a\",\"b c\",\"\",\"NULL\",null]"},
        {1009, "{\"q\\\"\\\\\",\"{x}\"}", "[\"q\\\"\\\\\",\"{x}\"]"},
        {199, "{\"{\\\"a\\\":[1,2]}\",null}", "[{\"a\":[1,2]},null]"},
        {1020, "{(1,1),(0,0);(2,2),(0,0)}", "[\"(1,1),(0,0)\",\"(2,2),(0,0)\"]"},
        {22, "", "[]"},
        {22, "1 2 3", "[1,2,3]"},
        {1001, "{\"\\\\x00\"}", "[\"AA==\"]"},
        {1185, "{\"2026-11-22 18:30:00+00\"}", "[\"2026-11-22T18:30:00Z\"]"},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void composites(void)
{
    static const Case cases[] = {
        {SAMPLE_POINT, "(1,a)", "{\"x\":1,\"label\":\"a\"}"},
        {SAMPLE_POINT, "(,)", "{\"x\":null,\"label\":null}"},
        {SAMPLE_POINT, "(1,\"\")", "{\"x\":1,\"label\":\"\"}"},
        {SAMPLE_POINT, "(1,\"a \"\"b\"\" \\\\ (c)\")",
         "{\"x\":1,\"label\":\"a \\\"b\\\" \\\\ (c)\"}"},
        {SAMPLE_POINTS, "{\"(1,a)\",\"(2,\\\"b,c\\\")\",NULL}",
         "[{\"x\":1,\"label\":\"a\"},{\"x\":2,\"label\":\"b,c\"},null]"},
        {SAMPLE_TREE, "(r,\"{\"\"(a,{})\"\",\"\"(b,\\\\\"\"{}\\\\\"\")\"\"}\")",
         "{\"name\":\"r\",\"children\":[{\"name\":\"a\",\"children\":[]},"
         "{\"name\":\"b\",\"children\":[]}]}"},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void ranges(void)
{
    static const Case cases[] = {
        {3904, "empty", "{\"empty\":true}"},
        {3904, "[1,5)", "{\"lower\":1,\"upper\":5,\"bounds\":\"[)\"}"},
        {3904, "(,5]", "{\"lower\":null,\"upper\":5,\"bounds\":\"(]\"}"},
        {3910, "[\"2026-11-22 18:30:00+00\",)",
         "{\"lower\":\"2026-11-22T18:30:00Z\",\"upper\":null,\"bounds\":\"[)\"}"},
        {4451, "{}", "[]"},
        {4451, "{[1,3),[5,7)}",
         "[{\"lower\":1,\"upper\":3,\"bounds\":\"[)\"},"
         "{\"lower\":5,\"upper\":7,\"bounds\":\"[)\"}]"},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void malformed_text_becomes_a_string(void)
{
    static const Case cases[] = {
        {16, "true", "\"true\""},
        {23, "", "\"\""},
        {23, "012", "\"012\""},
        {23, "1 ", "\"1 \""},
        {701, "1.", "\"1.\""},
        {701, ".5", "\".5\""},
        {701, "1e", "\"1e\""},
        {17, "\\x4", "\"\\\\x4\""},
        {17, "\\x4g", "\"\\\\x4g\""},
        {114, "{\"a\":}", "\"{\\\"a\\\":}\""},
        {114, "[1,]", "\"[1,]\""},
        {114, "[1}", "\"[1}\""},
        {114, "{} {}", "\"{} {}\""},
        {114, "", "\"\""},
        {1184, "2026-11-22", "\"2026-11-22\""},
        {1184, "2026-11-22 18:30:00", "\"2026-11-22 18:30:00\""},
        {1184, "2026-11-22 18:30:00+00 AD", "\"2026-11-22 18:30:00+00 AD\""},
        {1266, "18:30", "\"18:30\""},
        {1007, "{1,2", "\"{1,2\""},
        {1007, "{1,2}}", "\"{1,2}}\""},
        {1007, "{1,}", "\"{1,}\""},
        {1007, "{,1}", "\"{,1}\""},
        {1007, "{\"1\\", "\"{\\\"1\\\\\""},
        {1007, "{x}", "[\"x\"]"},
        {1007, "{{{{{{{1}}}}}}}", "\"{{{{{{{1}}}}}}}\""},
        {1007, "[1:2", "\"[1:2\""},
        {22, "1  2", "\"1  2\""},
        {22, "1 ", "\"1 \""},
        {SAMPLE_POINT, "(1)", "\"(1)\""},
        {SAMPLE_POINT, "(1,2,3)", "\"(1,2,3)\""},
        {SAMPLE_POINT, "(1,2)x", "\"(1,2)x\""},
        {3904, "[1", "\"[1\""},
        {3904, "1,2", "\"1,2\""},
        {3904, "[1,2)x", "\"[1,2)x\""},
        {4451, "{[1,3),}", "\"{[1,3),}\""},
        {4451, "{[1,3)", "\"{[1,3)\""},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
}

static void strings_are_escaped_and_utf8(void)
{
    static const Case cases[] = {
        {25, "", "\"\""},
        {25, "plain text, longer than a word of the machine",
         "\"plain text, longer than a word of the machine\""},
        {25, "a\"b\\c\b\f\n\r\t\x01\x1f\x7f", "\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\""},
        {25, "größe 東京 🜁 end of it", "\"größe 東京 🜁 end of it\""},
        {25, "cut \xe6\x9d", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
        {25, "\xff\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {25, "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {25, "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
    g_autofree char *nul = encode(25, &plain_forms, "a\0b", 3);
    g_assert_cmpstr(nul, ==, "\"a\\u0000b\"");
}

/* One special byte at each place, so that none is lost between words and rest. */
static void special_bytes_are_found_at_every_place(void)
{
    for (size_t length = 1; length < 40; length++) {
        for (size_t place = 0; place < length; place++) {
            g_autofree char *text = g_strnfill(length, 'x');
            text[place] = '"';
            g_autofree char *json = encode(25, &plain_forms, text, length);
            g_assert_cmpuint(strlen(json), ==, length + 3);
            g_assert_cmpint(json[place + 1], ==, '\\');
            g_assert_cmpint(json[place + 2], ==, '"');
        }
    }
}

static void forms_turn_numbers_into_strings_and_back(void)
{
    const ApiForms turned = {.bigint_is_string = true, .numeric_is_number = true};
    g_autofree char *bigint = encode(20, &turned, "-12", 3);
    g_autofree char *bigints = encode(1016, &turned, "{1,2}", 5);
    g_autofree char *numeric = encode(1700, &turned, "12.3400", 7);
    g_autofree char *nan = encode(1700, &turned, "NaN", 3);
    g_assert_cmpstr(bigint, ==, "\"-12\"");
    g_assert_cmpstr(bigints, ==, "[\"1\",\"2\"]");
    g_assert_cmpstr(numeric, ==, "12.3400");
    g_assert_cmpstr(nan, ==, "\"NaN\"");
}

static void null_is_null(void)
{
    g_autofree char *json = encode(23, &plain_forms, NULL, 0);
    g_assert_cmpstr(json, ==, "null");
}

/* What is digits, but no number of JSON or of 64 bits, is a string or copied by another way. */
static void integers_are_told_from_others(void)
{
    static const Case cases[] = {
        {20, "0", "0"},
        {20, "-1", "-1"},
        {20, "9223372036854775807", "9223372036854775807"},
        {20, "-9223372036854775808", "-9223372036854775808"},
        {20, "-0", "-0"},
        {20, "", "\"\""},
        {20, "-", "\"-\""},
        {20, "--1", "\"--1\""},
        {20, "00", "\"00\""},
        {20, "-01", "\"-01\""},
        {20, "1 ", "\"1 \""},
        {20, "12345678901234567890x", "\"12345678901234567890x\""},
        {23, "1/", "\"1/\""},
        {23, "1:", "\"1:\""},
    };
    run_cases(cases, G_N_ELEMENTS(cases));
    g_autoptr(ApiTypes) types = sample_types();
    static const char beyond[] = "123456789012345678901234"; /* any 64 bits, and jansson */
    row_says_the_same(api_types_find(types, 20), &plain_forms, beyond, strlen(beyond), beyond);
}

/* Values that lie in each other deeper than any server writes them. */
static void depth_has_a_limit(void)
{
    g_autofree char *braces = g_strnfill(100000, '(');
    g_autofree char *tree = encode(SAMPLE_TREE, &plain_forms, braces, strlen(braces));
    g_assert_cmpuint(strlen(tree), ==, 100002);
    g_autofree char *brackets = g_strnfill(100000, '[');
    g_autofree char *json = encode(114, &plain_forms, brackets, strlen(brackets));
    g_assert_cmpuint(strlen(json), ==, 100002);
    g_autoptr(GString) deep = g_string_new(NULL);
    for (unsigned i = 0; i < 1000; i++)
        g_string_append(deep, i % 2 == 0 ? "[" : "{\"a\":");
    g_string_append_c(deep, '1');
    for (unsigned i = 1000; i > 0; i--)
        g_string_append_c(deep, i % 2 == 0 ? '}' : ']');
    g_autofree char *same = encode(114, &plain_forms, deep->str, deep->len);
    g_assert_cmpstr(same, ==, deep->str);
}

static void rows_have_their_keys(void)
{
    g_autoptr(ApiTypes) types = sample_types();
    ApiColumn id = {.name = (char *)"id", .type = api_types_find(types, 23)};
    ApiColumn name = {.name = (char *)"na\"me", .type = api_types_find(types, 25)};
    ApiColumn price = {.name = (char *)"price", .type = api_types_find(types, SAMPLE_PRICE)};
    g_autoptr(GPtrArray) columns = g_ptr_array_new();
    g_ptr_array_add(columns, &id);
    g_ptr_array_add(columns, &name);
    g_ptr_array_add(columns, &price);
    g_autoptr(ApiRowShape) shape = api_row_shape_new(columns, &plain_forms);
    g_autoptr(GString) out = g_string_new("x");
    api_encode_row(out, shape, (const char *const[]){"7", NULL, "1.50"});
    g_assert_cmpstr(out->str, ==, "x{\"id\":7,\"na\\\"me\":null,\"price\":\"1.50\"}");
    g_ptr_array_set_size(columns, 0);
    g_autoptr(ApiRowShape) nothing = api_row_shape_new(columns, &plain_forms);
    g_string_truncate(out, 0);
    api_encode_row(out, nothing, NULL);
    g_assert_cmpstr(out->str, ==, "{}");
}

/* Texts of all lengths between integers: each finds room, wherever the buffer has to grow. */
static void rows_find_room(void)
{
    enum { COLUMNS = 60 };
    g_autoptr(ApiTypes) types = sample_types();
    g_autofree char *name = g_strnfill(40, 'k');
    ApiColumn number = {.name = (char *)"n", .type = api_types_find(types, 20)};
    ApiColumn text = {.name = name, .type = api_types_find(types, 25)};
    g_autoptr(GPtrArray) columns = g_ptr_array_new(),
                         values = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) expected = g_string_new(NULL), out = g_string_new(NULL);
    for (unsigned i = 0; i < COLUMNS; i++) {
        bool is_text = i % 3 == 0;
        char *value = is_text ? g_strnfill(i * i, 'x') : g_strdup("-9223372036854775808");
        g_ptr_array_add(columns, is_text ? &text : &number);
        g_ptr_array_add(values, value);
        g_string_append_printf(expected, is_text ? "%c\"%s\":\"%s\"" : "%c\"%s\":%s",
                               i == 0 ? '{' : ',', is_text ? name : "n", value);
    }
    g_string_append_c(expected, '}');
    g_autoptr(ApiRowShape) shape = api_row_shape_new(columns, &plain_forms);
    api_encode_row(out, shape, (const char *const *)values->pdata);
    g_assert_cmpstr(out->str, ==, expected->str);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/encode/scalars", scalars);
    g_test_add_func("/encode/times", times);
    g_test_add_func("/encode/bytes", bytes);
    g_test_add_func("/encode/arrays", arrays);
    g_test_add_func("/encode/composites", composites);
    g_test_add_func("/encode/ranges", ranges);
    g_test_add_func("/encode/malformed_text_becomes_a_string", malformed_text_becomes_a_string);
    g_test_add_func("/encode/strings_are_escaped_and_utf8", strings_are_escaped_and_utf8);
    g_test_add_func("/encode/special_bytes_are_found_at_every_place",
                    special_bytes_are_found_at_every_place);
    g_test_add_func("/encode/forms_turn_numbers_into_strings_and_back",
                    forms_turn_numbers_into_strings_and_back);
    g_test_add_func("/encode/null_is_null", null_is_null);
    g_test_add_func("/encode/integers_are_told_from_others", integers_are_told_from_others);
    g_test_add_func("/encode/depth_has_a_limit", depth_has_a_limit);
    g_test_add_func("/encode/rows_have_their_keys", rows_have_their_keys);
    g_test_add_func("/encode/rows_find_room", rows_find_room);
    return g_test_run();
}
