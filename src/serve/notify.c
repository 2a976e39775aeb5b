#include "serve/notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PATIENCE = 1000 }; /* milliseconds */

struct Notify {
    int socket; /* connected; -1: nobody listens */
    int64_t watchdog;
};

/* An address of @length bytes: the name of an abstract socket has no NUL at its end. */
static bool read_address(const char *name, struct sockaddr_un *out_address, socklen_t *out_length,
                         GError **error)
{
    size_t length = strlen(name);
    if ((*name != '/' && *name != '@') || length < 2 || length >= sizeof out_address->sun_path) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "NOTIFY_SOCKET \"%s\" is no path and no abstract socket", name);
        return false;
    }
    *out_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out_address->sun_path, name, length);
    if (*name == '@')
        out_address->sun_path[0] = '\0';
    *out_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*name == '/'));
    return true;
}

static bool open_socket(Notify *notify, const char *name, GError **error)
{
    struct sockaddr_un address;
    socklen_t length = 0;
    if (!read_address(name, &address, &length, error))
        return false;
    notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->socket >= 0 &&
        connect(notify->socket, (const struct sockaddr *)&address, length) == 0)
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "NOTIFY_SOCKET \"%s\": %s", name,
                g_strerror(errno));
    return false;
}

static bool read_number(const Environment *environment, const char *name, guint64 *out_number,
                        GError **error)
{
    const char *text = environment_get(environment, name);
    if (text == NULL || *text == '\0' ||
        g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, out_number, NULL))
        return true;
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s \"%s\" is no number", name, text);
    return false;
}

/* The variables may be those of a parent's own watchdog: WATCHDOG_PID tells whose they are. */
static bool read_watchdog(Notify *notify, const Environment *environment, GError **error)
{
    guint64 every = 0;
    guint64 pid = 0;
    if (!read_number(environment, "WATCHDOG_USEC", &every, error) ||
        !read_number(environment, "WATCHDOG_PID", &pid, error))
        return false;
    if (pid == 0 || pid == (guint64)getpid())
        notify->watchdog = (int64_t)every;
    return true;
}

Notify *notify_open(const Environment *environment, GError **error)
{
    g_autoptr(Notify) notify = g_new0(Notify, 1);
    notify->socket = -1;
    const char *name = environment_get(environment, "NOTIFY_SOCKET");
    if (name == NULL || *name == '\0')
        return g_steal_pointer(&notify);
    if (!open_socket(notify, name, error) || !read_watchdog(notify, environment, error))
        return NULL;
    return g_steal_pointer(&notify);
}

void notify_close(Notify *notify)
{
    if (notify == NULL)
        return;
    if (notify->socket >= 0)
        close(notify->socket);
    g_free(notify);
}

bool notify_is_on(const Notify *notify)
{
    return notify->socket >= 0;
}

int64_t notify_watchdog(const Notify *notify)
{
    return notify->watchdog;
}

static bool transmit(const Notify *notify, const char *message, int patience)
{
    if (notify->socket < 0)
        return true;
    size_t length = strlen(message);
    for (;;) {
        ssize_t sent = send(notify->socket, message, length, MSG_NOSIGNAL);
        if (sent >= 0)
            return (size_t)sent == length;
        if (errno == EINTR)
            continue;
        struct pollfd room = {.fd = notify->socket, .events = POLLOUT};
        if (errno != EAGAIN || patience == 0 || poll(&room, 1, patience) <= 0)
            return false;
        patience = 0;
    }
}

/* @status on one line: a line break would begin another assignment. */
static void append_status(GString *message, const char *status)
{
    if (status == NULL)
        return;
    g_string_append(message, message->len > 0 ? "\nSTATUS=" : "STATUS=");
    for (const char *c = status; *c != '\0'; c++)
        g_string_append_c(message, g_ascii_iscntrl(*c) ? ' ' : *c);
}

static bool tell(const Notify *notify, const char *state, const char *status, int patience)
{
    g_autoptr(GString) message = g_string_new(state);
    append_status(message, status);
    return transmit(notify, message->str, patience);
}

bool notify_ready(Notify *notify, const char *status)
{
    return tell(notify, "READY=1", status, PATIENCE);
}

bool notify_reloading(Notify *notify)
{
    char message[64];
    g_snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
               g_get_monotonic_time());
    return transmit(notify, message, PATIENCE);
}

bool notify_stopping(Notify *notify, const char *status)
{
    return tell(notify, "STOPPING=1", status, PATIENCE);
}

bool notify_status(Notify *notify, const char *status)
{
    return tell(notify, "", status, 0);
}

bool notify_alive(Notify *notify)
{
    return transmit(notify, "WATCHDOG=1", 0);
}
