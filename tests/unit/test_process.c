#include "base/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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
    g_assert_cmpstr(error->message, ==,
                    "could not run \"/nonexistent/program\": No such file or directory");
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

#define MUCH ((size_t)1 << 20) /* bytes: more than any pipe takes */

static void much_goes_in_and_out_at_once(void)
{
    g_auto(ProcessResult) result = {0};
    g_autofree char *input = g_strnfill(MUCH, 'x');
    const char *words[] = {"sh", "-c", "tee /dev/stderr", NULL};
    ProcessStart start = {.words = words, .input = input};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpint(result.status, ==, 0);
    g_assert_cmpstr(result.out, ==, input);
    g_assert_cmpstr(result.err, ==, input);
}

static void input_need_not_be_read(void)
{
    g_auto(ProcessResult) result = {0};
    g_autofree char *input = g_strnfill(MUCH, 'x');
    const char *words[] = {"true", NULL};
    ProcessStart start = {.words = words, .input = input};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpint(result.status, ==, 0);
}

static void without_input_there_is_none(void)
{
    g_auto(ProcessResult) result = {0};
    const char *words[] = {"cat", NULL};
    ProcessStart start = {.words = words};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpstr(result.out, ==, "");
}

/* Its end would be waited for as long as the descriptors that it inherits are open. */
static void descriptors_are_not_inherited(void)
{
    g_auto(ProcessResult) result = {0};
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    const char *words[] = {"sh", "-c", "ls /proc/self/fd | wc -l", NULL};
    ProcessStart start = {.words = words, .input = ""};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpstr(g_strstrip(result.out), ==, "4"); /* 0, 1, 2 and the folder itself */
    close(ends[0]);
    close(ends[1]);
}

static void nothing_is_left_to_wait_for(void)
{
    g_auto(ProcessResult) result = {0};
    const char *words[] = {"true", NULL};
    ProcessStart start = {.words = words};
    g_assert_true(process_run(&start, &result, NULL));
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
}

static void attended_program_tells_its_status(void)
{
    const char *words[] = {"sh", "-c", "exit 5", NULL};
    ProcessStart start = {.words = words};
    int status = 0;
    g_assert_true(process_attend(&start, &status, NULL));
    g_assert_cmpint(status, ==, 5);
}

static void detached_program_inherits_one_descriptor_and_is_no_child(void)
{
    g_autofree char *folder = g_dir_make_tmp("process-XXXXXX", NULL);
    g_autofree char *log = g_build_filename(folder, "log", NULL);
    g_autofree char *text = NULL;
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    const char *words[] = {"sh", "-c", "echo said; echo gone >&2; cat <&3 >&2", NULL};
    ProcessStart start = {.words = words};
    int pid = 0;
    g_assert_true(process_detach(&start, log, ends[0], &pid, NULL));
    close(ends[0]);
    g_assert_cmpint(getsid(pid), ==, pid);
    g_assert_false(process_has_ended(pid)); /* it reads until the other end is closed */
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
    g_assert_cmpint(write(ends[1], "in", 2), ==, 2);
    close(ends[1]);
    while (!process_has_ended(pid))
        g_usleep(1000);
    g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "said\ngone\nin");
    g_assert_cmpint(unlink(log), ==, 0);
    g_assert_cmpint(rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/process/result", output_and_status_are_told);
    g_test_add_func("/process/signal", signal_is_told_as_a_shell_does);
    g_test_add_func("/process/failure", failure_repeats_what_the_program_said);
    g_test_add_func("/process/missing", missing_program_is_an_error);
    g_test_add_func("/process/environment", environment_and_folder_are_its_own);
    g_test_add_func("/process/much", much_goes_in_and_out_at_once);
    g_test_add_func("/process/unread", input_need_not_be_read);
    g_test_add_func("/process/empty", without_input_there_is_none);
    g_test_add_func("/process/descriptors", descriptors_are_not_inherited);
    g_test_add_func("/process/reaped", nothing_is_left_to_wait_for);
    g_test_add_func("/process/attend", attended_program_tells_its_status);
    g_test_add_func("/process/detach", detached_program_inherits_one_descriptor_and_is_no_child);
    return g_test_run();
}
