#include "api/cursor.h"
#include "api_types.h"

static const ApiRules rules = {.limit_default = 100, .limit_most = 1000, .depth = 8};

static ApiArguments *arguments;
static ApiFaults *faults;

static void append_values(GString *all, const Endpoint *endpoint)
{
    for (unsigned i = 0; i < endpoint->params->len; i++) {
        const char *value = api_arguments_get(arguments, i);
        g_string_append_printf(all, "%s%s", i > 0 ? " | " : "", value != NULL ? value : "NULL");
    }
}

static void append_faults(GString *all)
{
    static const char *const places[] = {"path", "query", "body", "header"};
    for (unsigned i = 0; i < api_faults_count(faults); i++) {
        const ApiFault *fault = api_faults_get(faults, i);
        g_assert_true(g_utf8_validate(fault->pointer, -1, NULL));
        g_string_append_printf(all, "%s%s %s %s: %s", i > 0 ? "; " : "", places[fault->place],
                               fault->pointer, fault->kind, fault->message);
    }
}

/* (transfer full): the values, or the faults. */
static char *bind(const Endpoint *endpoint, const char *path, const char *query, const char *body,
                  const char *if_match)
{
    g_autoptr(Router) router = router_new();
    RouteMatch match = {0};
    if (path != NULL) {
        g_assert_true(router_add(router, endpoint->method, endpoint->path, faults, NULL));
        router_find(router, endpoint->method, path, strlen(path), &match);
        g_assert_nonnull(match.target);
    }
    ApiInput input = {
        .route = &match,
        .query = query,
        .query_length = query != NULL ? strlen(query) : 0,
        .body = body,
        .body_length = body != NULL ? strlen(body) : 0,
        .if_match = if_match,
        .if_match_length = if_match != NULL ? strlen(if_match) : 0,
    };
    api_faults_clear(faults);
    bool good = api_bind(endpoint, &rules, &input, arguments, faults);
    g_assert_cmpint(good, ==, api_faults_count(faults) == 0);
    GString *all = g_string_new(NULL);
    if (good)
        append_values(all, endpoint);
    else
        append_faults(all);
    return g_string_free(all, FALSE);
}

typedef struct ValueCase {
    const ApiType *type;
    const char *given;
    const char *bound; /* the value; or with "!" before it the kind and message */
} ValueCase;

static void check_value(const ValueCase *one, ApiPlace place)
{
    bool body = place == PLACE_BODY;
    g_autoptr(Endpoint) endpoint = api_test_endpoint(body ? HTTP_POST : HTTP_GET, "/");
    api_test_param(endpoint, "p", place, false, one->type);
    g_autofree char *given =
        body ? g_strdup_printf("{\"p\": %s}", one->given) : g_strconcat("p=", one->given, NULL);
    g_autofree char *bound = bind(endpoint, NULL, body ? NULL : given, body ? given : NULL, NULL);
    g_test_message("%s as \"%s\"", one->bound, one->type->name);
    if (*one->bound != '!') {
        g_assert_cmpstr(bound, ==, one->bound);
        return;
    }
    g_autofree char *at_top = g_strconcat(body ? "body /p" : "query p", one->bound + 1, NULL);
    g_assert_cmpstr(bound, ==, at_top);
}

static void query_values_are_bound(void)
{
    static const ValueCase cases[] = {
        {&type_text, "", ""},
        {&type_text, "a+b%20c%2Bd", "a b c+d"},
        {&type_text, "%C3%A4=x", "\xc3\xa4=x"},
        {&type_text, "%ff", "! string_unicode: is not UTF-8"},
        {&type_text, "\xff", "! string_unicode: is not UTF-8"},
        {&type_text, "a%00b", "! value_error: has a NUL character"},
        {&type_text, "a%0", "! value_error: has a malformed percent-encoding"},
        {&type_text, "%", "! value_error: has a malformed percent-encoding"},
        {&type_void, "x", "x"},
        {&type_bool, "true", "true"},
        {&type_bool, "0", "false"},
        {&type_bool, "1", "true"},
        {&type_bool, "TRUE", "! bool_parsing: is neither true nor false"},
        {&type_bool, "", "! bool_parsing: is neither true nor false"},
        {&type_int2, "-32768", "-32768"},
        {&type_int2, "32768", "! less_than_equal: is more than 32767"},
        {&type_int2, "-32769", "! greater_than_equal: is less than -32768"},
        {&type_int4, "2147483647", "2147483647"},
        {&type_int4, "007", "007"},
        {&type_int4, "99999999999999999999999", "! less_than_equal: is more than 2147483647"},
        {&type_int4, "", "! int_parsing: is not an integer"},
        {&type_int4, "-", "! int_parsing: is not an integer"},
        {&type_int4, "%2B1", "! int_parsing: is not an integer"},
        {&type_int4, "1.0", "! int_parsing: is not an integer"},
        {&type_int4, "%201", "! int_parsing: is not an integer"},
        {&type_oid, "4294967295", "4294967295"},
        {&type_oid, "4294967296", "! less_than_equal: is more than 4294967295"},
        {&type_oid, "-1", "! greater_than_equal: is less than 0"},
        {&type_int8, "9223372036854775807", "9223372036854775807"},
        {&type_int8, "-9223372036854775808", "-9223372036854775808"},
        {&type_int8, "9223372036854775808", "! less_than_equal: is more than 9223372036854775807"},
        {&type_int8, "18446744073709551616", "! less_than_equal: is more than 9223372036854775807"},
        {&type_float8, "1e308", "1e308"},
        {&type_float8, "-.5", "-.5"},
        {&type_float8, "5.", "5."},
        {&type_float8, "Infinity", "Infinity"},
        {&type_float8, "1e309", "! finite_number: is out of range for \"double precision\""},
        {&type_float8, "1e-400", "! finite_number: is out of range for \"double precision\""},
        {&type_float8, "0e-400", "0e-400"},
        {&type_float8, "inf", "! float_parsing: is not a number"},
        {&type_float8, "0x1p3", "! float_parsing: is not a number"},
        {&type_float8, "1e", "! float_parsing: is not a number"},
        {&type_float8, ".", "! float_parsing: is not a number"},
        {&type_float4, "1e38", "1e38"},
        {&type_float4, "1e39", "! finite_number: is out of range for \"real\""},
        {&type_float4, "1e-60", "! finite_number: is out of range for \"real\""},
        {&type_numeric, "123456789012345678901234567890.5", "123456789012345678901234567890.5"},
        {&type_numeric, "NaN", "NaN"},
        {&type_numeric, "-Infinity", "-Infinity"},
        {&type_numeric, "%2B1e5", "+1e5"},
        {&type_numeric, "1e131071", "1e131071"},
        {&type_numeric, "1e131072",
         "! decimal_whole_digits: has more than 131072 digits before the decimal point"},
        {&type_numeric, "1e-16383", "1e-16383"},
        {&type_numeric, "1e-16384",
         "! decimal_max_places: has more than 16383 digits behind the decimal point"},
        {&type_numeric, "1e99999999999999999999",
         "! decimal_whole_digits: has more than 131072 digits before the decimal point"},
        {&type_numeric, "1,5", "! decimal_parsing: is not a number"},
        {&type_numeric, "1e+", "! decimal_parsing: is not a number"},
        {&type_uuid, "0b9d7a54-1f0e-4c38-9a57-2D5E8F6A1C3B",
         "0b9d7a54-1f0e-4c38-9a57-2D5E8F6A1C3B"},
        {&type_uuid, "0b9d7a541f0e4c389a572d5e8f6a1c3b",
         "! uuid_parsing: is not a UUID like \"0b9d7a54-1f0e-4c38-9a57-2d5e8f6a1c3b\""},
        {&type_uuid, "0b9d7a54-1f0e-4c38-9a57-2d5e8f6a1c3g",
         "! uuid_parsing: is not a UUID like \"0b9d7a54-1f0e-4c38-9a57-2d5e8f6a1c3b\""},
        {&type_bytea, "", "\\x"},
        {&type_bytea, "aGk=", "\\x6869"},
        {&type_bytea, "aGk", "\\x6869"},
        {&type_bytea, "_-8", "\\xffef"},
        {&type_bytea, "/%2B8=", "\\xffef"},
        {&type_bytea, "aGl", "! bytes_invalid_encoding: is not base64"},
        {&type_bytea, "aGk==", "! bytes_invalid_encoding: is not base64"},
        {&type_bytea, "a", "! bytes_invalid_encoding: is not base64"},
        {&type_bytea, "a+k=", "! bytes_invalid_encoding: is not base64"},
        {&type_enum, "in+work", "in work"},
        {&type_enum, "In+work", "! enum: is none of \"new\", \"in work\", \"done\""},
        {&type_json, "{\"a\":[1e400,%20null]}", "{\"a\":[1e400, null]}"},
        {&type_json, "{",
         "! json_invalid: is not JSON: has a member without a name in double "
         "quotes at byte 2"},
        {&type_range, "{\"lower\":1}", "[\"1\",)"},
        {&type_range, "[1,2)", "! json_invalid: is not JSON: has no comma or end here at byte 5"},
        {&type_ints, "7", "{\"7\"}"},
        {&type_ints, "7&p=8&p=-9", "{\"7\",\"8\",\"-9\"}"},
        {&type_texts, "&p=%22a%5C", "{\"\",\"\\\"a\\\\\"}"},
        {&type_boxes, "(1,2),(3,4)&p=x", "{\"(1,2),(3,4)\";\"x\"}"},
        {&type_vector, "1&p=2", "1 2"},
        {&type_ints, "7&p=x&p=%ff",
         "!/1 int_parsing: is not an integer; query p/2 string_unicode: is not UTF-8"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check_value(&cases[i], PLACE_QUERY);
}

#define TIME_LIKE "! time_parsing: is not a time like \"18:30:00\""
#define ZONE_LIKE "! time_parsing: is not a time like \"18:30:00+02:00\""
#define NO_ZONE "! timezone_naive: has a time zone, which this time has not"
#define NEEDS_ZONE "! timezone_aware: has no time zone: \"Z\" or \"+02:00\" at its end"
#define STAMP_LIKE "! datetime_parsing: is not a time like \"2026-11-22T18:30:00\""
#define OUT_OF_RANGE "is out of the range that PostgreSQL has"

static void times_are_bound(void)
{
    static const ValueCase cases[] = {
        {&type_date, "\"2026-11-22\"", "2026-11-22"},
        {&type_date, "\"2024-02-29\"", "2024-02-29"},
        {&type_date, "\"2000-02-29\"", "2000-02-29"},
        {&type_date, "\"1900-02-29\"", "! date_parsing: has no such day"},
        {&type_date, "\"2023-02-29\"", "! date_parsing: has no such day"},
        {&type_date, "\"2023-04-31\"", "! date_parsing: has no such day"},
        {&type_date, "\"2023-04-00\"", "! date_parsing: has no such day"},
        {&type_date, "\"2023-13-01\"", "! date_parsing: has no such month"},
        {&type_date, "\"2023-00-01\"", "! date_parsing: has no such month"},
        {&type_date, "\"0000-01-01\"", "! date_parsing: has the year 0, which no calendar has"},
        {&type_date, "\"0001-02-29 BC\"", "0001-02-29 BC"},
        {&type_date, "\"0002-02-29 BC\"", "! date_parsing: has no such day"},
        {&type_date, "\"4714-11-24 BC\"", "4714-11-24 BC"},
        {&type_date, "\"4714-11-23 BC\"", "! date_parsing: " OUT_OF_RANGE},
        {&type_date, "\"4714-10-31 BC\"", "! date_parsing: " OUT_OF_RANGE},
        {&type_date, "\"4715-12-31 BC\"", "! date_parsing: " OUT_OF_RANGE},
        {&type_date, "\"5874897-12-31\"", "5874897-12-31"},
        {&type_date, "\"5874898-01-01\"", "! date_parsing: " OUT_OF_RANGE},
        {&type_date, "\"-infinity\"", "-infinity"},
        {&type_date, "\"22.11.2026\"", "! date_parsing: is not a date like \"2026-11-22\""},
        {&type_date, "\"2026-11-22T00:00:00\"",
         "! date_parsing: is not a date like \"2026-11-22\""},
        {&type_date, "\"today\"", "! date_parsing: is not a date like \"2026-11-22\""},
        {&type_date, "20261122", "! string_type: is not a string"},
        {&type_time, "\"18:30\"", "18:30"},
        {&type_time, "\"24:00:00\"", "24:00:00"},
        {&type_time, "\"23:59:60\"", "23:59:60"},
        {&type_time, "\"18:30:00.123456789\"", "18:30:00.123456789"},
        {&type_time, "\"24:00:01\"", TIME_LIKE},
        {&type_time, "\"23:59:60.5\"", TIME_LIKE},
        {&type_time, "\"23:60:00\"", TIME_LIKE},
        {&type_time, "\"18:30:\"", TIME_LIKE},
        {&type_time, "\"18:30:00.\"", TIME_LIKE},
        {&type_time, "\"18\"", TIME_LIKE},
        {&type_time, "\"6:30 PM\"", TIME_LIKE},
        {&type_time, "\"18:30:00Z\"", NO_ZONE},
        {&type_timetz, "\"18:30:00+02:00\"", "18:30:00+02:00"},
        {&type_timetz, "\"18:30:00-00:44:30\"", "18:30:00-00:44:30"},
        {&type_timetz, "\"18:30:00z\"", "18:30:00z"},
        {&type_timetz, "\"18:30:00+16\"", ZONE_LIKE},
        {&type_timetz, "\"18:30:00+1\"", ZONE_LIKE},
        {&type_timetz, "\"18:30:00+01:60\"", ZONE_LIKE},
        {&type_timetz, "\"18:30:00 CET\"", ZONE_LIKE},
        {&type_timetz, "\"18:30:00\"",
         "! timezone_aware: has no time zone: \"18:30:00Z\", \"18:30:00+02:00\""},
        {&type_timestamp, "\"2026-11-22T18:30:00\"", "2026-11-22 18:30:00"},
        {&type_timestamp, "\"2026-11-22t18:30\"", "2026-11-22 18:30"},
        {&type_timestamp, "\"294276-12-31 23:59:59.999999\"", "294276-12-31 23:59:59.999999"},
        {&type_timestamp, "\"294277-01-01T00:00:00\"", "! datetime_parsing: " OUT_OF_RANGE},
        {&type_timestamp, "\"0044-03-15T12:00:00 BC\"", "0044-03-15 12:00:00 BC"},
        {&type_timestamp, "\"infinity\"", "infinity"},
        {&type_timestamp, "\"2026-11-22T24:00:00\"", STAMP_LIKE},
        {&type_timestamp, "\"2026-11-22\"", STAMP_LIKE},
        {&type_timestamp, "\"now\"", STAMP_LIKE},
        {&type_timestamp, "\"2026-11-31T18:30:00\"", "! datetime_parsing: has no such day"},
        {&type_timestamp, "\"2026-11-22T18:30:00Z\"", NO_ZONE},
        {&type_timestamptz, "\"2026-11-22T18:30:00Z\"", "2026-11-22 18:30:00Z"},
        {&type_timestamptz, "\"2026-11-22T18:30:00.5-08\"", "2026-11-22 18:30:00.5-08"},
        {&type_timestamptz, "\"0044-03-15T12:00:00Z BC\"", "0044-03-15 12:00:00Z BC"},
        {&type_timestamptz, "\"2026-11-22T18:30:00\"", NEEDS_ZONE},
        {&type_timestamptz, "\"2026-11-22T18:30:00 02:00\"",
         "! datetime_parsing: is not a time like \"2026-11-22T18:30:00Z\""},
        {&type_interval, "\"P1Y2M3W4DT5H6M7.5S\"", "P1Y2M3W4DT5H6M7.5S"},
        {&type_interval, "\"PT-0.5S\"", "PT-0.5S"},
        {&type_interval, "\"P-1D\"", "P-1D"},
        {&type_interval, "\"P\"", NULL},
        {&type_interval, "\"PT\"", NULL},
        {&type_interval, "\"P1DT\"", NULL},
        {&type_interval, "\"P1D2Y\"", NULL},
        {&type_interval, "\"P1Y1Y\"", NULL},
        {&type_interval, "\"P1H\"", NULL},
        {&type_interval, "\"P1\"", NULL},
        {&type_interval, "\"P+1D\"", NULL},
        {&type_interval, "\"P1.D\"", NULL},
        {&type_interval, "\"1 day\"", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ValueCase one = cases[i];
        if (one.bound == NULL)
            one.bound = "! time_delta_parsing: is not an ISO 8601 interval like \"P1DT2H30M\"";
        check_value(&one, PLACE_BODY);
    }
    static const ValueCase plus = {
        &type_timestamptz, "2026-11-22T18:30:00+01:00",
        "! datetime_parsing: is not a time like \"2026-11-22T18:30:00Z\" (a \"+\" is written "
        "\"%2B\" in a query)"};
    check_value(&plus, PLACE_QUERY);
}

static void body_values_are_bound(void)
{
    static const ValueCase cases[] = {
        {&type_text, "\"a\\u00e4\\ud83d\\ude00\\n\\/\\\"\\\\\"",
         "a\xc3\xa4\xf0\x9f\x98\x80\n/\"\\"},
        {&type_text, "\"\"", ""},
        {&type_text, "1", "! string_type: is not a string"},
        {&type_text, "null", "! string_type: is not a string"},
        {&type_text, "{}", "! string_type: is not a string"},
        {&type_bool, "true", "true"},
        {&type_bool, "false", "false"},
        {&type_bool, "\"true\"", "! bool_type: is neither true nor false"},
        {&type_bool, "1", "! bool_type: is neither true nor false"},
        {&type_int4, "-12", "-12"},
        {&type_int4, "5.00", "5"},
        {&type_int4, "-0", "-0"},
        {&type_int4, "5.5", "! int_from_float: is not written as a whole number"},
        {&type_int4, "5e1", "! int_from_float: is not written as a whole number"},
        {&type_int4, "\"5\"", "! int_type: is not an integer"},
        {&type_int4, "true", "! int_type: is not an integer"},
        {&type_int4, "2147483648", "! less_than_equal: is more than 2147483647"},
        {&type_int8, "\"9007199254740993\"", "9007199254740993"},
        {&type_int8, "9007199254740993", "9007199254740993"},
        {&type_int8, "\"x\"", "! int_parsing: is not an integer"},
        {&type_int8, "[]", "! int_type: is not an integer"},
        {&type_float8, "1.5e3", "1.5e3"},
        {&type_float8, "\"NaN\"", "NaN"},
        {&type_float8, "\"1\"", "! float_type: is not a number"},
        {&type_float8, "1e999", "! finite_number: is out of range for \"double precision\""},
        {&type_numeric, "0.1000000000000000000000000000000000001",
         "0.1000000000000000000000000000000000001"},
        {&type_numeric, "123456789012345678901234567890", "123456789012345678901234567890"},
        {&type_numeric, "\"1.50\"", "1.50"},
        {&type_numeric, "true", "! decimal_type: is not a number"},
        {&type_enum, "\"done\"", "done"},
        {&type_enum, "0", "! string_type: is not a string"},
        {&type_json, "{\"b\": 1e999, \"b\":\t[12345678901234567890, \"\\u00e4\"]}",
         "{\"b\": 1e999, \"b\":\t[12345678901234567890, \"\\u00e4\"]}"},
        {&type_json, "null", "null"},
        {&type_ints, "[]", "{}"},
        {&type_ints, "[1, null, 3]", "{\"1\",NULL,\"3\"}"},
        {&type_ints, "[[1,2],[3,4]]", "{{\"1\",\"2\"},{\"3\",\"4\"}}"},
        {&type_ints, "[[[1]],[[2]]]", "{{{\"1\"}},{{\"2\"}}}"},
        {&type_ints, "1", "! list_type: is not an array"},
        {&type_ints, "[1,\"2\",3.5]",
         "!/1 int_type: is not an integer; body /p/2 int_from_float: is not written as a whole "
         "number"},
        {&type_ints, "[[1],2]", "!/1 list_type: is no array, as others beside it are"},
        {&type_ints, "[1,[2]]", "!/1 list_type: is an array beside other values"},
        {&type_ints, "[[1],[2,3]]", "!/1 value_error: has not as many elements as the others"},
        {&type_ints, "[[],[]]",
         "!/0 too_short: is an empty array in an array; body /p/1 "
         "too_short: is an empty array in an array"},
        {&type_ints, "[[[[[[1]]]]]]", "{{{{{{\"1\"}}}}}}"},
        {&type_ints, "[[[[[[[1]]]]]]]", "!/0/0/0/0/0/0 too_long: has more than 6 dimensions"},
        {&type_texts, "[\"a\\\"b\\\\\", \"NULL\", \"\"]", "{\"a\\\"b\\\\\",\"NULL\",\"\"}"},
        {&type_boxes, "[\"(1,2)\",\"x\"]", "{\"(1,2)\";\"x\"}"},
        {&type_jsons, "[[1,{\"a\":2}],null]", "{\"[1,{\\\"a\\\":2}]\",\"null\"}"},
        {&type_rows, "[[1,2],[3]]", "{\"{\\\"1\\\",\\\"2\\\"}\",\"{\\\"3\\\"}\"}"},
        {&type_vector, "[1,2]", "1 2"},
        {&type_vector, "[]", ""},
        {&type_vector, "[null]", "!/0 int_type: is null"},
        {&type_vector, "[[1]]", "!/0 int_type: is not an integer"},
        {&type_composite, "{\"number\":7,\"name\":\"a\\\"b\",\"tags\":[\"x\"],\"more\":null}",
         "(\"a\\\"b\",\"7\",\"{\\\"x\\\"}\",\"null\")"},
        {&type_composite, "{}", "(,,,)"},
        {&type_composite, "{\"name\":null,\"number\":1}", "(,\"1\",,)"},
        {&type_composite, "[]", "! dict_type: is not an object"},
        {&type_composite,
         "{\"number\":\"x\",\"numbr\":1,\"name\":\"a\",\"name\":\"b\","
         "\"tags\":[1]}",
         "!/numbr extra_forbidden: is unknown; body /p/name value_error: is given twice; "
         "body /p/number int_type: is not an integer; body /p/tags/0 string_type: is not a string"},
        {&type_composite, "{\"a/b~c\":1}", "!/a~1b~0c extra_forbidden: is unknown"},
        {&type_composites, "[{\"name\":\"a\"},null]", "{\"(\\\"a\\\",,,)\",NULL}"},
        {&type_range, "{}", "[,)"},
        {&type_range, "{\"lower\":1,\"upper\":2,\"bounds\":\"(]\"}", "(\"1\",\"2\"]"},
        {&type_range, "{\"lower\":null,\"upper\":2,\"empty\":false}", "[,\"2\")"},
        {&type_range, "{\"empty\":true}", "empty"},
        {&type_range, "{\"empty\":true,\"lower\":1}", "!/empty value_error: stands beside bounds"},
        {&type_range, "{\"empty\":1}", "!/empty bool_type: is neither true nor false"},
        {&type_range, "{\"bounds\":\"[\"}",
         "!/bounds enum: is none of \"[)\", \"[]\", \"()\", \"(]\""},
        {&type_range, "{\"lower\":\"x\",\"upper\":1.5}",
         "!/lower int_type: is not an integer; body /p/upper int_from_float: is not written as a "
         "whole number"},
        {&type_range, "{\"low\":1}", "!/low extra_forbidden: is unknown"},
        {&type_range, "\"[1,2)\"", "! dict_type: is not an object"},
        {&type_multirange, "[]", "{}"},
        {&type_multirange, "[{\"lower\":1},{\"empty\":true}]", "{[\"1\",),empty}"},
        {&type_multirange, "{}", "! list_type: is not an array"},
        {&type_multirange, "[1]", "!/0 dict_type: is not an object"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check_value(&cases[i], PLACE_BODY);
}

static void queries_are_read(void)
{
    static const struct {
        const char *query;
        const char *bound;
    } cases[] = {
        {"a=x&b=1", "x | 1 | NULL"},
        {"b=1&a=x", "x | 1 | NULL"},
        {"&&a=x&&b=1&", "x | 1 | NULL"},
        {"%61=x&b=1&c=", "x | 1 | "},
        {"a&b=1", " | 1 | NULL"},
        {"a==&b=1", "= | 1 | NULL"},
        {NULL, "query a missing: is missing; query b missing: is missing"},
        {"", "query a missing: is missing; query b missing: is missing"},
        {"a=1&a=2&b=x&d=1", "query d extra_forbidden: is unknown; query a value_error: is given "
                            "twice; query b int_parsing: is not an integer"},
        {"a=x&b=1&=", "query  extra_forbidden: is unknown"},
        {"a=x&b=1&%zz=1", "query %zz value_error: has a malformed percent-encoding"},
        {"a=x&b=1&%ff=1", "query %ff string_unicode: is not UTF-8"},
        {"a=x&b=1&A=1&limit=1&x/y~=1",
         "query A extra_forbidden: is unknown; query limit extra_forbidden: is unknown; "
         "query x~1y~0 extra_forbidden: is unknown"},
    };
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_DELETE, "/");
    api_test_param(endpoint, "a", PLACE_QUERY, false, &type_text);
    api_test_param(endpoint, "b", PLACE_QUERY, false, &type_int4);
    api_test_param(endpoint, "c", PLACE_QUERY, true, &type_text);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].bound);
        g_autofree char *bound = bind(endpoint, NULL, cases[i].query, "[\"not looked at\"", NULL);
        g_assert_cmpstr(bound, ==, cases[i].bound);
    }
}

static void bodies_are_read(void)
{
    static const struct {
        const char *body;
        const char *bound;
    } cases[] = {
        {"{\"a\":\"x\"}", "x | NULL"},
        {" {\"\\u0061\" : \"x\" , \"b\" : null}\n", "x | NULL"},
        {"{\"a\":\"x\",\"b\":2}", "x | 2"},
        {NULL, "body  missing: is missing"},
        {"", "body  missing: is missing"},
        {"{}", "body /a missing: is missing"},
        {"{\"a\":null,\"b\":null}", "body /a string_type: is not a string"},
        {"[]", "body  dict_type: is not an object"},
        {"null", "body  dict_type: is not an object"},
        {" ", "body  json_invalid: is not JSON: ends too early at byte 2"},
        {"{\"a\":\"x\",}",
         "body  json_invalid: is not JSON: has a member without a name in double quotes at byte "
         "10"},
        {"{\"a\":\"\xff\"}", "body  json_invalid: is not JSON: is not UTF-8 at byte 7"},
        {"{\"a\":\"x\",\"a\":\"x\"}", "body /a value_error: is given twice"},
        {"{\"a\":\"x\",\"c\":1,\"id\":1}",
         "body /c extra_forbidden: is unknown; body /id extra_forbidden: is unknown"},
        {"{\"a\":[[[[[[[[1]]]]]]]]}",
         "body  json_invalid: is not JSON: is nested too deeply at byte 13"},
        {"{\"a\":1,\"b\":\"x\"}",
         "body /a string_type: is not a string; body /b int_type: is not an integer"},
    };
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_PATCH, "/{id}");
    api_test_param(endpoint, "a", PLACE_BODY, false, &type_text);
    api_test_param(endpoint, "b", PLACE_BODY, true, &type_int4);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].bound);
        g_autofree char *bound = bind(endpoint, NULL, NULL, cases[i].body, NULL);
        g_assert_cmpstr(bound, ==, cases[i].bound);
    }
    g_autofree char *query = bind(endpoint, NULL, "a=x", "{\"a\":\"x\"}", NULL);
    g_assert_cmpstr(query, ==, "query a extra_forbidden: is unknown");
    g_autoptr(Endpoint) nothing = api_test_endpoint(HTTP_POST, "/");
    api_test_param(nothing, "a", PLACE_BODY, true, &type_text);
    g_autofree char *empty = bind(nothing, NULL, NULL, "", NULL);
    g_assert_cmpstr(empty, ==, "NULL");
}

static void paths_are_read(void)
{
    static const struct {
        const char *path;
        const char *bound;
    } cases[] = {
        {"/a/7/b/x", "x | 7"},
        {"/a/7/b/x%2Fy+z", "x/y+z | 7"},
        {"/a/x/b/%ff",
         "path n int_parsing: is not an integer; path t string_unicode: is not UTF-8"},
        {"/a/7/b/%", "path t value_error: has a malformed percent-encoding"},
        {"/a/7/b/a%00", "path t value_error: has a NUL character"},
    };
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_GET, "/a/{n}/b/{t}");
    api_test_param(endpoint, "t", PLACE_PATH, false, &type_text);
    api_test_param(endpoint, "n", PLACE_PATH, false, &type_int4);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *bound = bind(endpoint, cases[i].path, NULL, NULL, NULL);
        g_assert_cmpstr(bound, ==, cases[i].bound);
    }
    g_autofree char *unknown = bind(endpoint, "/a/7/b/x", "t=1", NULL, NULL);
    g_assert_cmpstr(unknown, ==, "query t extra_forbidden: is unknown");
}

static void versions_are_read(void)
{
    static const struct {
        const char *header;
        const char *needed, *optional;
    } cases[] = {
        {"\"7\"", "7", "7"},
        {" \"7\"\t", "7", "7"},
        {NULL, "header if-match missing: is missing", "NULL"},
        {"  ", "header if-match missing: is missing", "NULL"},
        {"*", "header if-match value_error: names no version", "NULL"},
        {"W/\"7\"", "header if-match value_error: is a weak entity tag", NULL},
        {"7", "header if-match value_error: is not one entity tag in double quotes", NULL},
        {"\"", "header if-match value_error: is not one entity tag in double quotes", NULL},
        {"\"7\", \"8\"", "header if-match value_error: is not one entity tag in double quotes",
         NULL},
        {"\"x\"", "header if-match int_parsing: is not an integer", NULL},
        {"\"%37\"", "7", "7"},
        {"\"%3\"", "header if-match value_error: has a malformed percent-encoding", NULL},
        {"\"%00\"", "header if-match value_error: has a NUL character", NULL},
        {"\"\xff\"", "header if-match string_unicode: is not UTF-8", NULL},
    };
    g_autoptr(Endpoint) needed = api_test_endpoint(HTTP_PUT, "/");
    g_autoptr(Endpoint) optional = api_test_endpoint(HTTP_PUT, "/");
    api_test_param(needed, "if_match", PLACE_HEADER, false, &type_int4);
    api_test_param(optional, "if_match", PLACE_HEADER, true, &type_int4);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *first = bind(needed, NULL, NULL, NULL, cases[i].header);
        g_autofree char *second = bind(optional, NULL, NULL, NULL, cases[i].header);
        g_assert_cmpstr(first, ==, cases[i].needed);
        g_assert_cmpstr(second, ==,
                        cases[i].optional != NULL ? cases[i].optional : cases[i].needed);
    }
}

static void pages_are_read(void)
{
    static const struct {
        const char *query;
        unsigned limit;
        const char *fault;
    } cases[] = {
        {NULL, 100, ""},
        {"limit=1", 1, ""},
        {"limit=1000", 1000, ""},
        {"limit=0", 0, "query limit greater_than_equal: is less than 1"},
        {"limit=1001", 0, "query limit less_than_equal: is more than 1000"},
        {"limit=99999999999999999999", 0, "query limit less_than_equal: is more than 1000"},
        {"limit=", 0, "query limit int_parsing: is not an integer"},
        {"limit=-1", 0, "query limit int_parsing: is not an integer"},
        {"limit=1&limit=2", 0, "query limit value_error: is given twice"},
        {"after=1", 0, "query after extra_forbidden: is unknown"},
    };
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_GET, "/");
    endpoint->limited = g_strdup("SELECT 1 LIMIT $1");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *bound = bind(endpoint, NULL, cases[i].query, NULL, NULL);
        g_assert_cmpstr(bound, ==, cases[i].fault);
        const ApiPage *page = api_arguments_page(arguments);
        g_assert_false(page->has_after);
        if (*cases[i].fault == '\0')
            g_assert_cmpuint(page->limit, ==, cases[i].limit);
    }
    endpoint->method = HTTP_POST;
    g_autofree char *posted = bind(endpoint, NULL, "limit=1", NULL, NULL);
    g_assert_cmpstr(posted, ==, "query limit extra_forbidden: is unknown");
    g_autoptr(Endpoint) own = api_test_endpoint(HTTP_GET, "/");
    api_test_param(own, "limit", PLACE_QUERY, false, &type_text);
    g_autofree char *owned = bind(own, NULL, "limit=all", NULL, NULL);
    g_assert_cmpstr(owned, ==, "all");
}

static void cursors_are_read(void)
{
    static const char *const keys[] = {"7", "a b"};
    static const unsigned columns[] = {0, 2};
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_GET, "/");
    endpoint->paging = api_paging_new();
    g_array_append_vals(endpoint->paging->keys, columns, 2);
    g_autofree char *cursor = cursor_write(endpoint, keys);
    g_autofree char *query = g_strconcat("limit=5&after=", cursor, NULL);
    for (unsigned i = 0; i < 2; i++) { /* the second one gives back what the first has left */
        g_autofree char *bound = bind(endpoint, NULL, query, NULL, NULL);
        g_assert_cmpstr(bound, ==, "");
        const ApiPage *page = api_arguments_page(arguments);
        g_assert_cmpuint(page->limit, ==, 5);
        g_assert_true(page->has_after);
        g_assert_cmpstr(page->after[0], ==, "7");
        g_assert_cmpstr(page->after[1], ==, "a b");
        g_assert_null(page->after[2]);
    }
    g_autofree char *foreign = bind(endpoint, NULL, "after=AAAA", NULL, NULL);
    g_assert_cmpstr(foreign, ==,
                    "query after value_error: is no cursor of this list; take it from the Link "
                    "header");
    g_assert_false(api_arguments_page(arguments)->has_after);
}

static void large_values_are_forgotten(void)
{
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_POST, "/");
    api_test_param(endpoint, "a", PLACE_BODY, false, &type_text);
    g_autofree char *filler = g_strnfill(200000, 'x');
    g_autofree char *body = g_strconcat("{\"a\":\"\\n", filler, "\"}", NULL);
    g_autofree char *large = bind(endpoint, NULL, NULL, body, NULL);
    g_assert_cmpuint(strlen(large), ==, 200001);
    g_autofree char *small = bind(endpoint, NULL, NULL, "{\"a\":\"b\"}", NULL);
    g_assert_cmpstr(small, ==, "b");
    api_arguments_free(NULL);
    api_faults_free(NULL);
}

/* An endpoint of a handler in C need not take what its path captures. */
static void unused_captures_are_skipped(void)
{
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_GET, "/{a}/{b}");
    api_test_param(endpoint, "b", PLACE_PATH, false, &type_text);
    g_autofree char *bound = bind(endpoint, "/x/y", NULL, NULL, NULL);
    g_assert_cmpstr(bound, ==, "y");
}

static void many_faults_are_bounded(void)
{
    g_autoptr(Endpoint) endpoint = api_test_endpoint(HTTP_POST, "/");
    api_test_param(endpoint, "a", PLACE_BODY, false, &type_ints);
    g_autoptr(GString) body = g_string_new("{\"a\":[\"x\"");
    for (unsigned i = 0; i < 50000; i++)
        g_string_append(body, ",\"x\"");
    g_string_append(body, "]}");
    g_autofree char *bound = bind(endpoint, NULL, NULL, body->str, NULL);
    g_assert_cmpuint(api_faults_count(faults), ==, FAULTS_MOST);
    g_autofree char *after = bind(endpoint, NULL, NULL, "{\"a\":[1]}", NULL);
    g_assert_cmpstr(after, ==, "{\"1\"}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    api_test_types();
    arguments = api_arguments_new();
    faults = api_faults_new();
    g_test_add_func("/bind/query_values_are_bound", query_values_are_bound);
    g_test_add_func("/bind/times_are_bound", times_are_bound);
    g_test_add_func("/bind/body_values_are_bound", body_values_are_bound);
    g_test_add_func("/bind/queries_are_read", queries_are_read);
    g_test_add_func("/bind/bodies_are_read", bodies_are_read);
    g_test_add_func("/bind/paths_are_read", paths_are_read);
    g_test_add_func("/bind/versions_are_read", versions_are_read);
    g_test_add_func("/bind/pages_are_read", pages_are_read);
    g_test_add_func("/bind/cursors_are_read", cursors_are_read);
    g_test_add_func("/bind/large_values_are_forgotten", large_values_are_forgotten);
    g_test_add_func("/bind/unused_captures_are_skipped", unused_captures_are_skipped);
    g_test_add_func("/bind/many_faults_are_bounded", many_faults_are_bounded);
    int status = g_test_run();
    api_arguments_free(arguments);
    api_faults_free(faults);
    g_array_unref(type_composite.fields);
    return status;
}
