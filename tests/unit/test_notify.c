#include "serve/notify.h"

#include <glib/gstdio.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The environment with NOTIFY_SOCKET and the watchdog's variables as given. */
static Environment *environment_with(const char *socket_name, const char *every, const char *pid)
{
    g_unsetenv("NOTIFY_SOCKET");
    g_unsetenv("WATCHDOG_USEC");
    g_unsetenv("WATCHDOG_PID");
    g_autoptr(GString) text = g_string_new(NULL);
    if (socket_name != NULL)
        g_string_append_printf(text, "NOTIFY_SOCKET='%s'\n", socket_name);
    if (every != NULL)
        g_string_append_printf(text, "WATCHDOG_USEC=%s\n", every);
    if (pid != NULL)
        g_string_append_printf(text, "WATCHDOG_PID=%s\n", pid);
    g_autoptr(GError) error = NULL;
    Environment *environment = environment_parse(".env", text->str, &error);
    g_assert_no_error(error);
    return environment;
}

/* A manager's socket under @name. */
static int manager_open(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (*name == '@')
        address.sun_path[0] = '\0';
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    g_assert_cmpint(bind(manager, (const struct sockaddr *)&address, size), ==, 0);
    return manager;
}

static char *receive(int manager)
{
    char text[512];
    ssize_t length = recv(manager, text, sizeof text, MSG_DONTWAIT);
    g_assert_cmpint(length, >, 0);
    return g_strndup(text, (size_t)length);
}

static void expect(int manager, const char *message)
{
    g_autofree char *got = receive(manager);
    g_assert_cmpstr(got, ==, message);
}

static void tells_its_states(int manager, const char *name)
{
    g_autoptr(Environment) environment = environment_with(name, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Notify) notify = notify_open(environment, &error);
    g_assert_no_error(error);
    g_assert_true(notify_is_on(notify));
    g_assert_true(notify_ready(notify, "serving http://127.0.0.1:8000"));
    expect(manager, "READY=1\nSTATUS=serving http://127.0.0.1:8000");
    g_assert_true(notify_status(notify, "two\nlines"));
    expect(manager, "STATUS=two lines");
    g_assert_true(notify_alive(notify));
    expect(manager, "WATCHDOG=1");
    g_assert_true(notify_stopping(notify, NULL));
    expect(manager, "STOPPING=1");
    int64_t before = g_get_monotonic_time();
    g_assert_true(notify_reloading(notify));
    g_autofree char *reloading = receive(manager);
    static const char begin[] = "RELOADING=1\nMONOTONIC_USEC=";
    g_assert_true(g_str_has_prefix(reloading, begin));
    int64_t said = g_ascii_strtoll(reloading + strlen(begin), NULL, 10);
    g_assert_cmpint(said, >=, before);
    g_assert_cmpint(said, <=, g_get_monotonic_time());
}

static void tells_a_socket_file(void)
{
    g_autofree char *folder = g_dir_make_tmp("notify-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "socket", NULL);
    int manager = manager_open(path);
    tells_its_states(manager, path);
    close(manager);
    g_unlink(path);
    g_rmdir(folder);
}

static void tells_an_abstract_socket(void)
{
    g_autofree char *name = g_strdup_printf("@retort-test-notify-%d", getpid());
    int manager = manager_open(name);
    tells_its_states(manager, name);
    close(manager);
}

static void is_silent_without_a_manager(void)
{
    g_autoptr(Environment) environment = environment_with(NULL, "1000000", NULL);
    g_autoptr(Notify) notify = notify_open(environment, NULL);
    g_assert_nonnull(notify);
    g_assert_false(notify_is_on(notify));
    g_assert_cmpint(notify_watchdog(notify), ==, 0);
    g_assert_true(notify_ready(notify, NULL));
    g_assert_true(notify_alive(notify));
}

static void knows_whose_watchdog_it_is(void)
{
    g_autofree char *name = g_strdup_printf("@retort-test-watchdog-%d", getpid());
    int manager = manager_open(name);
    g_autofree char *me = g_strdup_printf("%d", getpid());
    const struct {
        const char *pid;
        int64_t every;
    } cases[] = {{NULL, 2000000}, {me, 2000000}, {"1", 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Environment) environment = environment_with(name, "2000000", cases[i].pid);
        g_autoptr(Notify) notify = notify_open(environment, NULL);
        g_assert_cmpint(notify_watchdog(notify), ==, cases[i].every);
    }
    close(manager);
}

static void refuses_what_is_malformed(void)
{
    static const struct {
        const char *name;
        const char *every;
        AppError code;
    } cases[] = {{"relative", NULL, APP_ERROR_INPUT},
                 {"@", NULL, APP_ERROR_INPUT},
                 {"/nowhere/at/all", NULL, APP_ERROR_PROGRAM},
                 {"@retort-test-nobody", NULL, APP_ERROR_PROGRAM}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Environment) environment = environment_with(cases[i].name, cases[i].every, NULL);
        g_autoptr(GError) error = NULL;
        g_assert_null(notify_open(environment, &error));
        g_assert_error(error, APP_ERROR, (int)cases[i].code);
    }
    g_autofree char *name = g_strdup_printf("@retort-test-malformed-%d", getpid());
    int manager = manager_open(name);
    g_autoptr(Environment) environment = environment_with(name, "soon", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(notify_open(environment, &error));
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    close(manager);
}

/* A manager that reads nothing: what does not wait is lost at once, and the caller is told. */
static void never_hangs_on_a_full_queue(void)
{
    g_autofree char *name = g_strdup_printf("@retort-test-full-%d", getpid());
    int manager = manager_open(name);
    g_autoptr(Environment) environment = environment_with(name, NULL, NULL);
    g_autoptr(Notify) notify = notify_open(environment, NULL);
    while (notify_alive(notify))
        continue;
    g_assert_false(notify_status(notify, "nobody reads this"));
    expect(manager, "WATCHDOG=1");
    g_assert_true(notify_alive(notify));
    close(manager);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notify/tells_a_socket_file", tells_a_socket_file);
    g_test_add_func("/notify/tells_an_abstract_socket", tells_an_abstract_socket);
    g_test_add_func("/notify/is_silent_without_a_manager", is_silent_without_a_manager);
    g_test_add_func("/notify/knows_whose_watchdog_it_is", knows_whose_watchdog_it_is);
    g_test_add_func("/notify/refuses_what_is_malformed", refuses_what_is_malformed);
    g_test_add_func("/notify/never_hangs_on_a_full_queue", never_hangs_on_a_full_queue);
    return g_test_run();
}
