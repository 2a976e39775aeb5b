#include "api/problem.h"
#include "base/http_status.h"

#include <string.h>

static void assert_written(ApiErrors shape, const Problem *problem, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);
    problem_append(out, shape, problem);
    g_assert_cmpstr(out->str, ==, expected);
}

static void media_types_are_told(void)
{
    g_assert_cmpstr(problem_type(ERRORS_PROBLEM), ==, "application/problem+json");
    g_assert_cmpstr(problem_type(ERRORS_FASTAPI), ==, "application/json");
}

static void statuses_have_phrases(void)
{
    g_assert_cmpstr(http_status_phrase(404), ==, "Not Found");
    g_assert_cmpstr(http_status_phrase(505), ==, "HTTP Version Not Supported");
    g_assert_cmpstr(http_status_phrase(599), ==, "Error");
}

static void problems_are_written(void)
{
    Problem bare = {.status = 503};
    assert_written(ERRORS_PROBLEM, &bare,
                   "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503}");
    assert_written(ERRORS_FASTAPI, &bare, "{\"detail\":\"Service Unavailable\"}");
    Problem full = {
        .status = 409,
        .detail = "there is one \"like\" it",
        .request_id = "r1",
        .code = "23505",
        .constraint = "item_name_key",
    };
    assert_written(ERRORS_PROBLEM, &full,
                   "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,"
                   "\"detail\":\"there is one \\\"like\\\" it\",\"request_id\":\"r1\","
                   "\"code\":\"23505\",\"constraint\":\"item_name_key\"}");
    assert_written(ERRORS_FASTAPI, &full, "{\"detail\":\"Conflict\"}");
    full.telling = true;
    assert_written(ERRORS_FASTAPI, &full, "{\"detail\":\"there is one \\\"like\\\" it\"}");
    Problem spoken = {.status = 422, .detail = "sold out", .telling = true};
    assert_written(ERRORS_FASTAPI, &spoken, "{\"detail\":\"sold out\"}");
    spoken.telling = false;
    assert_written(ERRORS_FASTAPI, &spoken,
                   "{\"detail\":[{\"type\":\"value_error\",\"loc\":[],\"msg\":\"sold out\"}]}");
    g_autoptr(ApiFaults) none = api_faults_new();
    Problem empty = {.status = 422, .faults = none};
    assert_written(ERRORS_PROBLEM, &empty,
                   "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422}");
    assert_written(ERRORS_FASTAPI, &empty,
                   "{\"detail\":[{\"type\":\"value_error\",\"loc\":[],"
                   "\"msg\":\"Unprocessable Content\"}]}");
}

static void faults_are_written(void)
{
    static const struct {
        ApiPlace place;
        const char *pointer;
        const char *kind;
        const char *problem;
        const char *fastapi;
    } cases[] = {
        {PLACE_BODY, "/price", "missing", "\"pointer\":\"/price\",\"code\":\"missing\"",
         "{\"type\":\"missing\",\"loc\":[\"body\",\"price\"],\"msg\":\"Field required\"}"},
        {PLACE_BODY, "", "json_invalid", "\"pointer\":\"\",\"code\":\"json_invalid\"",
         "{\"type\":\"json_invalid\",\"loc\":[\"body\"],\"msg\":\"is wrong\"}"},
        {PLACE_BODY, "/lines/0/a~1b~0c", "enum",
         "\"pointer\":\"/lines/0/a~1b~0c\",\"code\":\"enum\"",
         "{\"type\":\"enum\",\"loc\":[\"body\",\"lines\",0,\"a/b~c\"],\"msg\":\"is wrong\"}"},
        {PLACE_BODY, "/7/007/~2/1234567890", "enum",
         "\"pointer\":\"/7/007/~2/1234567890\",\"code\":\"enum\"",
         "{\"type\":\"enum\",\"loc\":[\"body\",\"7\",\"007\",\"~2\",\"1234567890\"],"
         "\"msg\":\"is wrong\"}"},
        {PLACE_QUERY, "tags/12", "enum",
         "\"parameter\":\"tags\",\"pointer\":\"/12\",\"code\":\"enum\"",
         "{\"type\":\"enum\",\"loc\":[\"query\",\"tags\",12],\"msg\":\"is wrong\"}"},
        {PLACE_QUERY, "", "extra_forbidden", "\"parameter\":\"\",\"code\":\"extra_forbidden\"",
         "{\"type\":\"extra_forbidden\",\"loc\":[\"query\",\"\"],"
         "\"msg\":\"Extra inputs are not permitted\"}"},
        {PLACE_PATH, "id", "int_parsing", "\"parameter\":\"id\",\"code\":\"int_parsing\"",
         "{\"type\":\"int_parsing\",\"loc\":[\"path\",\"id\"],\"msg\":\"Input should be a valid "
         "integer, unable to parse string as an integer\"}"},
        {PLACE_HEADER, "if-match", "missing", "\"header\":\"if-match\",\"code\":\"missing\"",
         "{\"type\":\"missing\",\"loc\":[\"header\",\"if-match\"],\"msg\":\"Field required\"}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ApiFaults) faults = api_faults_new();
        api_faults_add(faults, cases[i].place, g_strdup(cases[i].pointer), cases[i].kind, "is %s",
                       "wrong");
        Problem problem = {.status = 422, .faults = faults};
        g_autofree char *expected =
            g_strdup_printf("{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
                            "\"status\":422,\"errors\":[{\"detail\":\"is wrong\",%s}]}",
                            cases[i].problem);
        assert_written(ERRORS_PROBLEM, &problem, expected);
        g_autofree char *fastapi = g_strdup_printf("{\"detail\":[%s]}", cases[i].fastapi);
        assert_written(ERRORS_FASTAPI, &problem, fastapi);
    }
}

static void all_faults_are_written(void)
{
    g_autoptr(ApiFaults) faults = api_faults_new();
    api_faults_add(faults, PLACE_BODY, g_strdup("/a"), "missing", "is missing");
    api_faults_add(faults, PLACE_QUERY, g_strdup("b"), "x", "is b");
    Problem problem = {.status = 422, .faults = faults};
    assert_written(ERRORS_FASTAPI, &problem,
                   "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"a\"],\"msg\":\"Field "
                   "required\"},{\"type\":\"x\",\"loc\":[\"query\",\"b\"],\"msg\":\"is b\"}]}");
    assert_written(ERRORS_PROBLEM, &problem,
                   "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\",\"status\":422,"
                   "\"errors\":[{\"detail\":\"is missing\",\"pointer\":\"/a\",\"code\":\"missing\"}"
                   ",{\"detail\":\"is b\",\"parameter\":\"b\",\"code\":\"x\"}]}");
}

static void faults_are_bounded(void)
{
    g_autoptr(ApiFaults) faults = api_faults_new();
    g_autofree char *filler = g_strnfill(239, 'x');
    for (unsigned i = 0; i < FAULTS_MOST + 9; i++)
        api_faults_add(faults, PLACE_BODY,
                       g_strconcat(filler,
                                   "\xc3\xa4"
                                   "yyy",
                                   NULL),
                       "enum", "%s\xe2\x82\xac", filler);
    g_assert_cmpuint(api_faults_count(faults), ==, FAULTS_MOST);
    const ApiFault *fault = api_faults_get(faults, FAULTS_MOST - 1);
    g_autofree char *cut = g_strconcat(filler, "…", NULL);
    g_assert_cmpstr(fault->pointer, ==, cut);
    g_assert_cmpstr(fault->message, ==, cut);
    api_faults_clear(faults);
    g_assert_cmpuint(api_faults_count(faults), ==, 0);
    api_faults_add(faults, PLACE_BODY, g_strconcat(filler, "y", NULL), "enum", "x");
    g_assert_cmpuint(strlen(api_faults_get(faults, 0)->pointer), ==, 240);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/problem/media_types_are_told", media_types_are_told);
    g_test_add_func("/problem/statuses_have_phrases", statuses_have_phrases);
    g_test_add_func("/problem/problems_are_written", problems_are_written);
    g_test_add_func("/problem/faults_are_written", faults_are_written);
    g_test_add_func("/problem/all_faults_are_written", all_faults_are_written);
    g_test_add_func("/problem/faults_are_bounded", faults_are_bounded);
    return g_test_run();
}
