#include "serve/trace.h"

#include <string.h>

static HttpText text(const char *value)
{
    return (HttpText){value, value != NULL ? strlen(value) : 0};
}

#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN_ID "b7ad6b7169203331"

static void sane_ids_are_taken(void)
{
    g_autoptr(TraceIds) ids = trace_ids_new();
    g_autofree char *longest = g_strnfill(REQUEST_ID_LIMIT, 'x');
    const char *const taken[] = {"a", "3F-aa_b.9", longest};
    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
        Trace trace = {0};
        trace_begin(ids, text(taken[i]), text(NULL), &trace);
        g_assert_true(trace.id.data == taken[i]);
        g_assert_cmpuint(trace.id.length, ==, strlen(taken[i]));
        g_assert_null(trace.parent.data);
    }
}

static void other_ids_are_replaced(void)
{
    g_autoptr(TraceIds) ids = trace_ids_new();
    g_autofree char *long_one = g_strnfill(REQUEST_ID_LIMIT + 1, 'x');
    const char *const refused[] = {NULL, "", "a b", "a\"", "a\n", "\xc3\xa4", "a/b", long_one};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        Trace trace = {0};
        trace_begin(ids, text(refused[i]), text(NULL), &trace);
        g_assert_true(trace.id.data == trace.made);
        g_assert_true(trace_is_id(trace.id));
    }
    g_assert_false(trace_is_id((HttpText){"a\0b", 3}));
}

static void made_ids_differ(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned loop = 0; loop < 4; loop++) {
        g_autoptr(TraceIds) ids = trace_ids_new();
        for (unsigned i = 0; i < 2000; i++) {
            Trace trace = {0};
            trace_begin(ids, text(NULL), text(NULL), &trace);
            g_assert_true(g_hash_table_add(seen, g_strndup(trace.id.data, trace.id.length)));
        }
    }
}

static void parents_are_checked(void)
{
    static const struct {
        const char *value;
        bool valid;
    } cases[] = {
        {"00-" TRACE_ID "-" SPAN_ID "-01", true},
        {"00-" TRACE_ID "-" SPAN_ID "-ff", true},
        {"cc-" TRACE_ID "-" SPAN_ID "-01-what.comes", true},
        {"cc-" TRACE_ID "-" SPAN_ID "-01", true},
        {NULL, false},
        {"", false},
        {"ff-" TRACE_ID "-" SPAN_ID "-01", false},
        {"00-" TRACE_ID "-" SPAN_ID "-01-more", false},
        {"cc-" TRACE_ID "-" SPAN_ID "-01.more", false},
        {"cc-" TRACE_ID "-" SPAN_ID "-01-a\"b", false},
        {"00-00000000000000000000000000000000-" SPAN_ID "-01", false},
        {"00-" TRACE_ID "-0000000000000000-01", false},
        {"00-0AF7651916CD43DD8448EB211C80319C-" SPAN_ID "-01", false},
        {"00-" TRACE_ID "-" SPAN_ID "-1", false},
        {"00-" TRACE_ID "-" SPAN_ID "-0g", false},
        {"00_" TRACE_ID "-" SPAN_ID "-01", false},
    };
    g_autoptr(TraceIds) ids = trace_ids_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Trace trace = {0};
        trace_begin(ids, text(NULL), text(cases[i].value), &trace);
        g_assert_cmpint(trace.parent.data != NULL, ==, cases[i].valid);
        g_assert_true(!cases[i].valid || trace.parent.length == strlen(cases[i].value));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trace/sane_ids_are_taken", sane_ids_are_taken);
    g_test_add_func("/trace/other_ids_are_replaced", other_ids_are_replaced);
    g_test_add_func("/trace/made_ids_differ", made_ids_differ);
    g_test_add_func("/trace/parents_are_checked", parents_are_checked);
    return g_test_run();
}
