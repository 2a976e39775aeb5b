#include "http/inside.h"
#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum {
    SPARE_MOST = 256,        /* exchanges, and buffers */
    SPARE_BUFFER = 262144,   /* larger ones are given back */
    SPARE_BUFFERS = 1048576, /* bytes of all that are kept */
    FIRST_BUFFER = 1024,
    ACCEPT_AT_ONCE = 64,   /* others have their turn, too */
    ACCEPT_PAUSE = 100000, /* microseconds, when the system has no descriptors */
};

typedef struct Listener {
    HttpServer *server;
    LoopWatch *watch;
    int descriptor;
} Listener;

HttpExchange *server_take_exchange(HttpServer *server)
{
    HttpExchange *exchange = server->spare_exchanges;
    if (exchange == NULL) {
        exchange = g_new0(HttpExchange, 1);
        exchange->parser = http_parser_new(&server->limits);
        return exchange;
    }
    server->spare_exchanges = exchange->next;
    server->spare_exchange_count--;
    exchange->next = NULL;
    return exchange;
}

static void free_exchange(HttpExchange *exchange)
{
    http_parser_free(exchange->parser);
    g_free(exchange);
}

void server_give_exchange(HttpServer *server, HttpExchange *exchange)
{
    http_bodies_release(server->settings->bodies, &exchange->held);
    if (server->spare_exchange_count == SPARE_MOST) {
        free_exchange(exchange);
        return;
    }
    http_parser_reset(exchange->parser);
    *exchange = (HttpExchange){.parser = exchange->parser, .next = server->spare_exchanges};
    server->spare_exchanges = exchange;
    server->spare_exchange_count++;
}

static void free_buffer(void *buffer)
{
    g_string_free(buffer, TRUE);
}

GString *server_take_buffer(HttpServer *server)
{
    if (server->spare_buffers->len == 0)
        return g_string_sized_new(FIRST_BUFFER);
    GString *buffer =
        g_ptr_array_steal_index_fast(server->spare_buffers, server->spare_buffers->len - 1);
    server->spare_bytes -= buffer->allocated_len;
    return buffer;
}

void server_give_buffer(HttpServer *server, GString *buffer)
{
    if (buffer->allocated_len > SPARE_BUFFER || server->spare_buffers->len == SPARE_MOST ||
        server->spare_bytes + buffer->allocated_len > SPARE_BUFFERS) {
        free_buffer(buffer);
        return;
    }
    g_string_truncate(buffer, 0);
    server->spare_bytes += buffer->allocated_len;
    g_ptr_array_add(server->spare_buffers, buffer);
}

static void close_listener(void *data)
{
    Listener *listener = data;
    loop_watch_free(listener->watch);
    close(listener->descriptor);
    g_free(listener);
}

static void on_turn(void *data)
{
    HttpServer *server = data;
    HttpConnection *connection = server->dirty;
    server->dirty = NULL;
    while (connection != NULL) {
        HttpConnection *next = connection->next_dirty;
        connection->dirty = false;
        connection_serve(connection);
        connection = next;
    }
}

static HttpTrusted *trusted_of(const HttpSettings *settings)
{
    /* Who made the settings has checked them; if not, nobody is trusted. */
    g_autoptr(GError) error = NULL;
    return http_trusted_new((const char *const *)settings->trusted, &error);
}

HttpServer *http_server_new(Loop *loop, const HttpSettings *settings, const HttpHandler *handler,
                            void *data)
{
    HttpServer *server = g_new0(HttpServer, 1);
    server->loop = loop;
    server->settings = settings;
    server->handler = handler;
    server->data = data;
    server->limits = (HttpLimits){.target = settings->target_limit,
                                  .head = settings->head_limit,
                                  .headers = settings->header_limit,
                                  .body = settings->body_limit};
    server->trusted = trusted_of(settings);
    server->spare_buffers = g_ptr_array_new_with_free_func(free_buffer);
    server->listeners = g_ptr_array_new_with_free_func(close_listener);
    server->compressor = http_compressor_new();
    loop_each_turn(loop, on_turn, server);
    return server;
}

void http_server_free(HttpServer *server)
{
    if (server == NULL)
        return;
    g_ptr_array_free(server->listeners, TRUE);
    loop_timer_stop(&server->accept_timer);
    server->listeners = NULL;
    on_turn(server);
    for (HttpConnection *one = server->connections; one != NULL; one = one->next)
        connection_close(one);
    on_turn(server);
    loop_no_turn(server->loop, on_turn, server);
    while (server->spare_exchanges != NULL) {
        HttpExchange *exchange = server->spare_exchanges;
        server->spare_exchanges = exchange->next;
        free_exchange(exchange);
    }
    g_ptr_array_free(server->spare_buffers, TRUE);
    http_trusted_free(server->trusted);
    http_compressor_free(server->compressor);
    g_free(server);
}

/* IPv4 that came to an IPv6 socket is written as IPv4. */
static void write_peer(const struct sockaddr_storage *place, char out_peer[HTTP_PEER_SIZE])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)place;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)place;
    g_strlcpy(out_peer, "unix", HTTP_PEER_SIZE);
    if (place->ss_family == AF_INET)
        inet_ntop(AF_INET, &v4->sin_addr, out_peer, HTTP_PEER_SIZE);
    else if (place->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, out_peer, HTTP_PEER_SIZE);
    else if (place->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &v6->sin6_addr, out_peer, HTTP_PEER_SIZE);
}

static void watch_listeners(HttpServer *server, bool accept)
{
    server->accept_paused = !accept;
    for (unsigned i = 0; i < server->listeners->len; i++) {
        const Listener *listener = server->listeners->pdata[i];
        loop_watch_set(listener->watch, accept ? LOOP_READ : 0);
    }
}

static void on_accept_timer(LoopTimer *timer, void *data)
{
    (void)timer;
    HttpServer *server = data;
    if (server->count < server->settings->connections || server->idle_first != NULL)
        watch_listeners(server, true);
}

/* Without descriptors or memory, a listener would be ready for ever: look again in a while. */
static void pause_accepting(HttpServer *server)
{
    watch_listeners(server, false);
    loop_timer_start(server->loop, &server->accept_timer, loop_now(server->loop) + ACCEPT_PAUSE,
                     on_accept_timer, server);
}

static bool is_shortage(int reason)
{
    return reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM;
}

/* Nobody loses a connection for a client that is not there. */
static bool somebody_waits(int listener)
{
    struct pollfd asked = {.fd = listener, .events = POLLIN};
    return poll(&asked, 1, 0) == 1;
}

/* Clients that do nothing must not keep out those who want something. */
static bool make_room(HttpServer *server, int listener, void (*pause)(HttpServer *server))
{
    if (!somebody_waits(listener))
        return false;
    if (connection_give_way(server))
        return true;
    pause(server);
    return false;
}

/* Until a connection ends or becomes idle. */
static void stop_accepting(HttpServer *server)
{
    watch_listeners(server, false);
}

/* Returns: whether there may be more. */
static bool accept_one(HttpServer *server, int listener)
{
    if (server->count >= server->settings->connections &&
        !make_room(server, listener, stop_accepting))
        return false;
    struct sockaddr_storage place = {0};
    socklen_t length = sizeof place;
    const int descriptor =
        accept4(listener, (struct sockaddr *)&place, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        const int reason = errno;
        if (is_shortage(reason))
            return make_room(server, listener, pause_accepting);
        /* Others tell of one connection that did not come about (accept(2)). */
        return reason != EAGAIN && reason != EBADF && reason != EINVAL;
    }
    char peer[HTTP_PEER_SIZE] = "";
    write_peer(&place, peer);
    server->count++;
    server->accepted++;
    connection_open(server, descriptor, peer);
    return true;
}

static void on_listener(unsigned events, void *data)
{
    (void)events;
    const Listener *listener = data;
    for (unsigned i = 0; i < ACCEPT_AT_ONCE; i++) {
        if (!accept_one(listener->server, listener->descriptor))
            break;
    }
}

void http_server_listen(HttpServer *server, int descriptor)
{
    Listener *listener = g_new0(Listener, 1);
    listener->server = server;
    listener->descriptor = descriptor;
    listener->watch = loop_watch_new(server->loop, descriptor,
                                     server->accept_paused ? 0 : LOOP_READ, on_listener, listener);
    g_ptr_array_add(server->listeners, listener);
}

void server_is_idle(HttpServer *server)
{
    if (server->accept_paused && server->listeners != NULL &&
        !loop_timer_runs(&server->accept_timer))
        watch_listeners(server, true);
}

void server_left(HttpServer *server)
{
    server->count--;
    server_is_idle(server);
}

/* What had connected by now, and not what goes on connecting: others would come for ever. */
static void accept_last(HttpServer *server, const Listener *listener)
{
    for (unsigned left = LISTENER_BACKLOG; left > 0; left--)
        if (!accept_one(server, listener->descriptor))
            return;
}

void http_server_drain(HttpServer *server)
{
    if (server->draining)
        return;
    for (unsigned i = 0; i < server->listeners->len; i++)
        accept_last(server, server->listeners->pdata[i]);
    server->draining = true;
    loop_timer_stop(&server->accept_timer);
    g_ptr_array_set_size(server->listeners, 0);
    for (HttpConnection *one = server->connections; one != NULL; one = one->next)
        connection_drain(one);
}

uint64_t http_server_accepted(const HttpServer *server)
{
    return server->accepted;
}

unsigned http_server_connections(const HttpServer *server)
{
    return server->count;
}
