#include "api/json_read.h"

#include <jansson.h>
#include <string.h>

static bool read_text(const char *text, JsonSlice *out_value)
{
    size_t at = 0;
    const char *problem = NULL;
    size_t length = strlen(text);
    char *copy = g_malloc(MAX(length, 1)); /* without a NUL behind it */
    memcpy(copy, text, length);
    bool good = json_read(copy, length, 8, out_value, &at, &problem);
    if (good) {
        g_assert_cmpmem(out_value->data, out_value->length, text + (out_value->data - copy),
                        out_value->length);
        out_value->data = text + (out_value->data - copy);
    } else {
        g_assert_nonnull(problem);
        g_assert_cmpuint(at, <=, length);
    }
    g_free(copy);
    return good;
}

static const char *const good_texts[] = {
    "{}",
    "[]",
    "\"\"",
    "0",
    "-0",
    "1.5e-3",
    "1E+2",
    "true",
    "false",
    "null",
    " [ 1 , 2 ] \n",
    "{\"a\":{\"b\":[{}]}}",
    "{\"a\":1,\"b\":[],\"c\":\"]}\"}",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u00e4\\ud83d\\ude00\"",
    "\"\xc3\xa4\x7f\"",
    "[[[[[[[[]]]]]]]]",
    "[\"a\\\\\",1]",
    "{\"\":0}",
};

static const struct {
    const char *text;
    size_t at;
    const char *problem;
} bad_texts[] = {
    {"", 0, "ends too early"},
    {"  ", 2, "ends too early"},
    {"{", 1, "has a member without a name in double quotes"},
    {"{\"a\"", 4, "has a member's name without a colon"},
    {"{\"a\":", 5, "ends too early"},
    {"{\"a\":1", 6, "ends too early"},
    {"{\"a\":1,}", 7, "has a member without a name in double quotes"},
    {"{a:1}", 1, "has a member without a name in double quotes"},
    {"{'a':1}", 1, "has a member without a name in double quotes"},
    {"{\"a\" 1}", 5, "has a member's name without a colon"},
    {"{\"a\":1]", 6, "has no comma or end here"},
    {"[1,]", 3, "has no value here"},
    {"[1 2]", 3, "has no comma or end here"},
    {"[1", 2, "ends too early"},
    {"[1}", 2, "has no comma or end here"},
    {"]", 0, "has no value here"},
    {"1 2", 2, "has something behind its end"},
    {"nul", 0, "has no value here"},
    {"NaN", 0, "has no value here"},
    {"Infinity", 0, "has no value here"},
    {"True", 0, "has no value here"},
    {"truex", 4, "has something behind its end"},
    {"01", 2, "has a number that begins with 0"},
    {"-", 1, "has a malformed number"},
    {"+1", 0, "has no value here"},
    {"1.", 2, "has a malformed number"},
    {".5", 0, "has no value here"},
    {"1e", 2, "has a malformed number"},
    {"1e+", 3, "has a malformed number"},
    {"0x1", 1, "has something behind its end"},
    {"\"a", 2, "has a string that is not closed"},
    {"\"a\\", 3, "has an unknown escape in a string"},
    {"\"\\x\"", 2, "has an unknown escape in a string"},
    {"\"a\nb\"", 2, "has a control character in a string"},
    {"\"\\u12g4\"", 3, "has \"\\u\" without four hexadecimal digits"},
    {"\"\\u12", 3, "has \"\\u\" without four hexadecimal digits"},
    {"\"\\u0000\"", 3, "has a NUL character, which PostgreSQL's text cannot hold"},
    {"\"\\ud83d\"", 1, "has half a surrogate pair"},
    {"\"\\ud83d\\n\"", 1, "has half a surrogate pair"},
    {"\"\\ud83d\\u0041\"", 1, "has half a surrogate pair"},
    {"\"\\ude00\"", 1, "has half a surrogate pair"},
    {"\"\xff\"", 1, "is not UTF-8"},
    {"\"\xc0\x80\"", 1, "is not UTF-8"},
    {"[[[[[[[[[]]]]]]]]]", 8, "is nested too deeply"},
    {"{\"a\":[[[[[[[{\"b\":1}]]]]]]]}", 12, "is nested too deeply"},
    {"/**/1", 0, "has no value here"},
    {"\xef\xbb\xbf"
     "1",
     0, "has no value here"},
};

static void good_texts_are_read(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(good_texts); i++) {
        g_test_message("%s", good_texts[i]);
        JsonSlice value;
        g_assert_true(read_text(good_texts[i], &value));
    }
}

static void bad_texts_are_refused(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_texts); i++) {
        g_test_message("case %" G_GSIZE_FORMAT ": %s", i, bad_texts[i].problem);
        JsonSlice value;
        size_t at = 0;
        const char *problem = NULL;
        g_assert_false(
            json_read(bad_texts[i].text, strlen(bad_texts[i].text), 8, &value, &at, &problem));
        g_assert_cmpstr(problem, ==, bad_texts[i].problem);
        g_assert_cmpuint(at, ==, bad_texts[i].at);
        g_assert_false(read_text(bad_texts[i].text, &value));
    }
    JsonSlice value;
    size_t at = 0;
    const char *problem = NULL;
    g_assert_false(json_read("\"a\0b\"", 5, 8, &value, &at, &problem));
    g_assert_cmpstr(problem, ==, "has a NUL character");
    g_assert_false(json_read("[]", 2, 0, &value, &at, &problem));
    g_assert_cmpstr(problem, ==, "is nested too deeply");
}

/* Writes what is read as jansson writes it. */
static void append_value(GString *out, const JsonSlice *value, GString *scratch)
{
    if (value->sort != JSON_SORT_OBJECT && value->sort != JSON_SORT_ARRAY) {
        if (value->sort != JSON_SORT_STRING) {
            g_string_append_len(out, value->data, (gssize)value->length);
            return;
        }
        size_t length = 0;
        const char *text = json_unquote(value, scratch, &length);
        json_t *string = json_stringn(text, length);
        char *dumped = json_dumps(string, JSON_ENCODE_ANY);
        g_string_append(out, dumped);
        free(dumped);
        json_decref(string);
        return;
    }
    JsonWalk walk = json_walk(value);
    JsonSlice name, element;
    bool object = value->sort == JSON_SORT_OBJECT;
    g_string_append_c(out, object ? '{' : '[');
    for (bool first = true; json_walk_next(&walk, &name, &element); first = false) {
        if (!first)
            g_string_append_c(out, ',');
        if (object) {
            append_value(out, &name, scratch);
            g_string_append_c(out, ':');
        }
        append_value(out, &element, scratch);
    }
    g_string_append_c(out, object ? '}' : ']');
}

/* Random texts of pieces that are likely to be right: what jansson takes is read, and alike. */
static void jansson_reads_the_same(void)
{
    static const char *const pieces[] = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"a\"",
        "\"b\"",
        "\"\\u00e4\"",
        "\"\\ud83d\\ude00\"",
        "12",
        "-3",
        "true",
        "null",
        " ",
        "\"x\\\"y\"",
        "\"c\":",
        "0",
        "\"\\u12\"",
        "01",
        "\"\xc3\xa4\"",
        "[1,2]",
        "{\"d\":[]}",
        "\\",
        "\"",
    };
    g_autoptr(GString) text = g_string_new(NULL), mine = g_string_new(NULL);
    g_autoptr(GString) scratch = g_string_new(NULL);
    unsigned taken = 0;
    for (unsigned i = 0; i < 200000; i++) {
        g_string_truncate(text, 0);
        for (int count = g_test_rand_int_range(1, 9); count > 0; count--)
            g_string_append(text, pieces[g_test_rand_int_range(0, (int)G_N_ELEMENTS(pieces))]);
        json_t *theirs = json_loadb(text->str, text->len, JSON_DECODE_ANY, NULL);
        JsonSlice value;
        bool good = read_text(text->str, &value);
        g_assert_cmpint(good, ==, theirs != NULL);
        g_string_truncate(mine, 0);
        if (good)
            append_value(mine, &value, scratch);
        json_t *again = good ? json_loadb(mine->str, mine->len, JSON_DECODE_ANY, NULL) : NULL;
        if (good)
            g_assert_true(json_equal(theirs, again));
        taken += good;
        json_decref(theirs);
        json_decref(again);
    }
    g_assert_cmpuint(taken, >, 1000);
}

static void members_are_walked(void)
{
    JsonSlice value, name, element;
    const char *text = " {\"a\" : [1, {\"x\":\"]\\\"\"}] ,\"b\\n\":-1.5e3\t}";
    g_assert_true(read_text(text, &value));
    g_assert_cmpint(value.sort, ==, JSON_SORT_OBJECT);
    JsonWalk walk = json_walk(&value);
    g_assert_true(json_walk_next(&walk, &name, &element));
    g_assert_cmpmem(name.data, name.length, "\"a\"", 3);
    g_assert_cmpint(element.sort, ==, JSON_SORT_ARRAY);
    g_assert_cmpmem(element.data, element.length, "[1, {\"x\":\"]\\\"\"}]", 16);
    g_assert_true(json_walk_next(&walk, &name, &element));
    g_autoptr(GString) scratch = g_string_new(NULL);
    size_t length = 0;
    const char *text_of_name = json_unquote(&name, scratch, &length);
    g_assert_cmpmem(text_of_name, length, "b\n", 2);
    g_assert_cmpint(element.sort, ==, JSON_SORT_NUMBER);
    g_assert_cmpmem(element.data, element.length, "-1.5e3", 6);
    g_assert_false(json_walk_next(&walk, &name, &element));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json_read/good_texts_are_read", good_texts_are_read);
    g_test_add_func("/json_read/bad_texts_are_refused", bad_texts_are_refused);
    g_test_add_func("/json_read/jansson_reads_the_same", jansson_reads_the_same);
    g_test_add_func("/json_read/members_are_walked", members_are_walked);
    return g_test_run();
}
