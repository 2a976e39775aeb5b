#include "http/listener.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

struct ListenerFile {
    char *path;
    dev_t device;
    ino_t number;
};

enum { SOCKET_MODE = 0660, UNSENT = 131072 };

static int refuse_address(const char *address, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                "\"%s\" is no address to listen on\n"
                "hint: write \"127.0.0.1:8000\", \"[::1]:8000\", \":8000\" or \"unix:/path\"",
                address);
    return -1;
}

/* Of a path there is something else than a socket. */
static bool is_other_file(const char *address)
{
    GStatBuf there;
    return g_str_has_prefix(address, "unix:") && g_lstat(address + strlen("unix:"), &there) == 0 &&
           !S_ISSOCK(there.st_mode);
}

static int fail(const char *address, int reason, GError **error)
{
    const char *hint = "";
    if (reason == EADDRINUSE && is_other_file(address))
        hint = "\nhint: what is there is no socket; choose another path, or remove it";
    else if (reason == EADDRINUSE)
        hint = "\nhint: another program listens there already; \"ss -ltnpx\" tells which";
    else if (reason == EACCES)
        hint = "\nhint: ports below 1024, and folders of others, need a right to them";
    else if (reason == EADDRNOTAVAIL)
        hint = "\nhint: this machine has no such address";
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not listen on \"%s\": %s%s", address,
                g_strerror(reason), hint);
    return -1;
}

/* Closes @descriptor; keeps errno. */
static int give_up(int descriptor)
{
    const int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

static bool set_option(int descriptor, int level, int option)
{
    const int on = 1;
    return setsockopt(descriptor, level, option, &on, sizeof on) == 0;
}

/* -1 with errno. Options of TCP are inherited by what is accepted. The system is to keep little
 * that has not been sent, so that a client that does not read shows early. */
static int listen_tcp(const struct addrinfo *found, bool shared)
{
    const int descriptor =
        socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (descriptor < 0)
        return -1;
    if (!set_option(descriptor, SOL_SOCKET, SO_REUSEADDR) ||
        !set_option(descriptor, IPPROTO_TCP, TCP_NODELAY) ||
        (shared && !set_option(descriptor, SOL_SOCKET, SO_REUSEPORT)))
        return give_up(descriptor);
    const int unsent = UNSENT;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    const int both = 0;
    if (found->ai_family == AF_INET6 &&
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both) != 0)
        return give_up(descriptor);
    if (bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 ||
        listen(descriptor, LISTENER_BACKLOG) != 0)
        return give_up(descriptor);
    return descriptor;
}

/* "[::1]:8000" → "::1", "8000"; an empty host is all addresses. */
static bool split_address(const char *address, char **out_host, char **out_port)
{
    const char *colon = strrchr(address, ':');
    guint64 port = 0;
    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 0, 65535, &port, NULL))
        return false;
    g_autofree char *host = g_strndup(address, (gsize)(colon - address));
    const size_t length = strlen(host);
    const bool bracketed = length > 2 && host[0] == '[' && host[length - 1] == ']';
    if (bracketed) {
        memmove(host, host + 1, length - 2);
        host[length - 2] = '\0';
    } else if (strpbrk(host, ":[]/ ") != NULL) {
        return false;
    }
    *out_host = g_steal_pointer(&host);
    *out_port = g_strdup(colon + 1);
    return true;
}

static int open_tcp(const char *address, bool shared, GError **error)
{
    g_autofree char *host = NULL;
    g_autofree char *port = NULL;
    if (!split_address(address, &host, &port))
        return refuse_address(address, error);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const int outcome = getaddrinfo(host[0] == '\0' ? NULL : host, port, &hints, &found);
    if (outcome != 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE, "could not listen on \"%s\": %s", address,
                    gai_strerror(outcome));
        return -1;
    }
    /* All addresses: IPv6 takes both families, where the machine has it. */
    int descriptor = -1;
    for (const struct addrinfo *one = found; one != NULL && host[0] == '\0' && descriptor < 0;
         one = one->ai_next)
        descriptor = one->ai_family == AF_INET6 ? listen_tcp(one, shared) : -1;
    for (const struct addrinfo *one = found; one != NULL && descriptor < 0; one = one->ai_next)
        descriptor = listen_tcp(one, shared);
    const int reason = errno;
    freeaddrinfo(found);
    return descriptor < 0 ? fail(address, reason, error) : descriptor;
}

/* Whether nobody answers at a socket file that is there. */
static bool is_left_over(const struct sockaddr_un *place)
{
    struct stat status = {0};
    if (lstat(place->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return false;
    const bool refused = connect(descriptor, (const struct sockaddr *)place, sizeof *place) != 0 &&
                         errno == ECONNREFUSED;
    close(descriptor);
    return refused;
}

static int open_unix(const char *address, const char *path, GError **error)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    const size_t length = strlen(path);
    if (path[0] != '/' || length >= sizeof place.sun_path)
        return refuse_address(address, error);
    memcpy(place.sun_path, path, length + 1);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return fail(address, errno, error);
    int outcome = bind(descriptor, (const struct sockaddr *)&place, sizeof place);
    if (outcome != 0 && errno == EADDRINUSE && is_left_over(&place) && unlink(path) == 0)
        outcome = bind(descriptor, (const struct sockaddr *)&place, sizeof place);
    /* Nobody can connect before listen(), so nobody can before the mode is right. */
    if (outcome != 0 || chmod(path, SOCKET_MODE) != 0 ||
        listen(descriptor, LISTENER_BACKLOG) != 0) {
        give_up(descriptor);
        return fail(address, errno, error);
    }
    return descriptor;
}

int listener_open(const char *address, bool shared, GError **error)
{
    if (g_str_has_prefix(address, "unix:"))
        return open_unix(address, address + strlen("unix:"), error);
    return open_tcp(address, shared, error);
}

ListenerFile *listener_file_new(int descriptor)
{
    struct sockaddr_un place = {0};
    socklen_t length = sizeof place;
    struct stat status = {0};
    if (getsockname(descriptor, (struct sockaddr *)&place, &length) != 0 ||
        place.sun_family != AF_UNIX || length > sizeof place || place.sun_path[0] == '\0' ||
        lstat(place.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return NULL;
    ListenerFile *file = g_new(ListenerFile, 1);
    *file = (ListenerFile){g_strndup(place.sun_path, sizeof place.sun_path), status.st_dev,
                           status.st_ino};
    return file;
}

void listener_file_remove(ListenerFile *file)
{
    if (file == NULL)
        return;
    struct stat status = {0};
    if (lstat(file->path, &status) == 0 && status.st_dev == file->device &&
        status.st_ino == file->number)
        unlink(file->path);
    g_free(file->path);
    g_free(file);
}

char *listener_url(int descriptor)
{
    union {
        struct sockaddr any;
        struct sockaddr_un path;
        struct sockaddr_storage storage;
    } place = {0};
    socklen_t length = sizeof place;
    if (getsockname(descriptor, &place.any, &length) != 0)
        return g_strdup("");
    if (place.any.sa_family == AF_UNIX)
        return g_strconcat("unix:", place.path.sun_path, NULL);
    char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
    if (getnameinfo(&place.any, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return g_strdup("");
    const bool v6 = place.any.sa_family == AF_INET6;
    return g_strconcat("http://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port, NULL);
}
