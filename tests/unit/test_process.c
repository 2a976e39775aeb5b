#include "base/process.h"

#include <string.h>

static void output_and_status_are_told(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(ProcessResult) result = {0};
    const char *words[] = {"sh", "-c", "cat; echo \"$0\" >&2; exit 3", "it's \"odd\"", NULL};
    ProcessStart start = {.words = words, .input = "in"};
    g_assert_true(process_run(&start, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpint(result.status, ==, 3);
    g_assert_cmpstr(result.out, ==, "in");
    g_assert_cmpstr(result.err, ==, "it's \"odd\"\n");
}

static void signal_is_told_as_a_shell_does(void)
{
    g_auto(ProcessResult) result = {0};
    const char *words[] = {"sh", "-c", "kill -9 $$", NULL};
    ProcessStart start = {.words = words};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpint(result.status, ==, 128 + 9);
}

static void failure_repeats_what_the_program_said(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(ProcessResult) result = {0};
    const char *words[] = {"sh", "-c", "echo no room >&2; exit 1", NULL};
    ProcessStart start = {.words = words};
    g_assert_false(process_check(&start, &result, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_cmpstr(error->message, ==, "\"sh\" ended with status 1\nno room");
}

static void missing_program_is_an_error(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(ProcessResult) result = {0};
    const char *words[] = {"/nonexistent/program", NULL};
    ProcessStart start = {.words = words};
    g_assert_false(process_run(&start, &result, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_PROGRAM);
    g_assert_nonnull(strstr(error->message, "\"/nonexistent/program\""));
}

static void environment_and_folder_are_its_own(void)
{
    g_auto(ProcessResult) result = {0};
    char *environment[] = {(char *)"PATH=/usr/bin:/bin", (char *)"X=1", NULL};
    const char *words[] = {"sh", "-c", "echo $X${HOME-none}; pwd", NULL};
    ProcessStart start = {.words = words, .environment = environment, .folder = "/"};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpstr(result.out, ==, "1none\n/\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/process/result", output_and_status_are_told);
    g_test_add_func("/process/signal", signal_is_told_as_a_shell_does);
    g_test_add_func("/process/failure", failure_repeats_what_the_program_said);
    g_test_add_func("/process/missing", missing_program_is_an_error);
    g_test_add_func("/process/environment", environment_and_folder_are_its_own);
    return g_test_run();
}
