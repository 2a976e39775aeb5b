/* Programs that run beside us. */
#include "base/child.h"

#include <string.h>

static Child *start(unsigned pipes, const char *script)
{
    const char *words[] = {"sh", "-c", script, NULL};
    g_autoptr(GError) error = NULL;
    Child *child = child_start(&(ProcessStart){.words = words}, pipes, &error);
    g_assert_no_error(error);
    return child;
}

static void passes_bytes_on(void)
{
    g_autoptr(Child) child = start(CHILD_IN | CHILD_OUT, "cat");
    g_assert_true(child_write(child, "one\0two", 7, NULL));
    child_close_in(child);
    char bytes[16];
    size_t length = 0;
    for (ssize_t got = 1; got > 0; length += (size_t)got) {
        got = child_read(child, bytes + length, sizeof bytes - length, NULL);
        g_assert_cmpint(got, >=, 0);
    }
    g_assert_cmpmem(bytes, length, "one\0two", 7);
    g_assert_true(child_end(child, NULL));
}

static void finds_its_list(void)
{
    const char *words[] = {"sh", "-c", "test \"$(cat " PROCESS_LIST ")\" = 'a list'", NULL};
    g_autoptr(Child) child =
        child_start(&(ProcessStart){.words = words, .list = "a list\n"}, CHILD_IN, NULL);
    g_autoptr(GError) error = NULL;
    child_end(child, &error);
    g_assert_no_error(error);
}

static void assert_ends(const char *script, const char *message)
{
    g_autoptr(Child) child = start(0, script);
    g_autoptr(GError) error = NULL;
    g_assert_false(child_end(child, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_cmpstr(error->message, ==, message);
}

static void tells_how_it_ended(void)
{
    assert_ends("echo first >&2; echo second >&2; exit 3",
                "\"sh\" ended with status 3\nfirst\nsecond");
    assert_ends("exit 1", "\"sh\" ended with status 1");
    assert_ends("kill -9 $$", "\"sh\" was ended by signal 9 (Killed)");
    assert_ends("printf 'caf\\351' >&2; exit 1", "\"sh\" ended with status 1\ncaf\357\277\275");
}

static void tells_whether_it_ended_by_itself(void)
{
    const struct {
        const char *script;
        bool refused;
    } cases[] = {{"exit 0", false}, {"exit 3", true}, {"kill -9 $$", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Child) child = start(0, cases[i].script);
        child_end(child, NULL);
        g_assert_cmpint(child_refused(child), ==, cases[i].refused);
    }
}

static void tells_the_end_of_much(void)
{
    g_autoptr(Child) child =
        start(0, "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done >&2; exit 1");
    g_assert_false(child_end(child, NULL));
    g_autofree char *said = child_said(child);
    g_assert_cmpuint(strlen(said), <, 5000);
    g_assert_true(g_str_has_suffix(said, "\nline 2998\nline 2999"));
}

static void input_that_nobody_reads_is_an_error(void)
{
    g_autoptr(Child) child = start(CHILD_IN, "exec <&-; echo tired >&2; exit 4");
    g_autofree char *much = g_malloc0(1 << 20);
    g_autoptr(GError) error = NULL;
    g_assert_false(child_write(child, much, 1 << 20, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_clear_error(&error);
    g_assert_false(child_end(child, &error));
    g_assert_cmpstr(error->message, ==, "\"sh\" ended with status 4\ntired");
}

/* It waits for input that never ends: without a signal this would not return. */
static void is_ended_with_what_holds_it(void)
{
    g_autoptr(Child) child = start(CHILD_OUT, "trap '' PIPE; exec sleep 86400");
    g_assert_cmpint(child_out(child), >=, 0);
}

static void missing_program_is_an_error(void)
{
    const char *words[] = {"/nowhere/program", NULL};
    g_autoptr(GError) error = NULL;
    g_assert_null(child_start(&(ProcessStart){.words = words}, CHILD_IN | CHILD_OUT, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_cmpstr(error->message, ==,
                    "could not run \"/nowhere/program\": No such file or directory");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/child/passes_bytes_on", passes_bytes_on);
    g_test_add_func("/child/finds_its_list", finds_its_list);
    g_test_add_func("/child/tells_how_it_ended", tells_how_it_ended);
    g_test_add_func("/child/tells_whether_it_ended_by_itself", tells_whether_it_ended_by_itself);
    g_test_add_func("/child/tells_the_end_of_much", tells_the_end_of_much);
    g_test_add_func("/child/input_that_nobody_reads_is_an_error",
                    input_that_nobody_reads_is_an_error);
    g_test_add_func("/child/is_ended_with_what_holds_it", is_ended_with_what_holds_it);
    g_test_add_func("/child/missing_program_is_an_error", missing_program_is_an_error);
    return g_test_run();
}
