#include "http/inside.h"

#include <errno.h>
#include <sys/socket.h>

/* Milliseconds. How long input is dropped before the socket is closed: closing with input unread
 * would reset the connection and may take the answer with it (RFC 9112, 9.6). And how long one that
 * connected just before a drain may take to send its request. */
enum { LINGER_TIME = 1000, DRAIN_TIME = 250 };

void connection_touch(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    if (connection->dirty)
        return;
    connection->dirty = true;
    connection->next_dirty = server->dirty;
    server->dirty = connection;
    loop_again(server->loop);
}

/* At the end of the idle ones: their order is that in which they became idle. */
static void join_idle(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    connection->idle_previous = server->idle_last;
    connection->idle_next = NULL;
    if (server->idle_last != NULL)
        server->idle_last->idle_next = connection;
    else
        server->idle_first = connection;
    server->idle_last = connection;
    server_is_idle(server);
}

static void leave_idle(HttpConnection *connection)
{
    HttpServer *server = connection->server;
    if (connection->idle_previous != NULL)
        connection->idle_previous->idle_next = connection->idle_next;
    else
        server->idle_first = connection->idle_next;
    if (connection->idle_next != NULL)
        connection->idle_next->idle_previous = connection->idle_previous;
    else
        server->idle_last = connection->idle_previous;
}

/* The only one that changes it. */
static void set_phase(HttpConnection *connection, HttpPhase phase)
{
    if (connection->phase == HTTP_PHASE_IDLE)
        leave_idle(connection);
    connection->phase = phase;
    if (phase == HTTP_PHASE_IDLE)
        join_idle(connection);
}

GString *connection_output(HttpConnection *connection)
{
    if (connection->output == NULL)
        connection->output = server_take_buffer(connection->server);
    return connection->output;
}

size_t connection_backlog(const HttpConnection *connection)
{
    return connection->output == NULL ? 0 : connection->output->len - connection->output_at;
}

static void give_buffer(HttpConnection *connection, GString **buffer)
{
    if (*buffer != NULL)
        server_give_buffer(connection->server, g_steal_pointer(buffer));
}

static void drop_kept(HttpConnection *connection)
{
    give_buffer(connection, &connection->input);
    http_bodies_release(connection->server->settings->bodies, &connection->held);
}

static void watch(HttpConnection *connection, bool reading, bool blocked)
{
    connection->reading = reading;
    connection->blocked = blocked;
    loop_watch_set(connection->watch,
                   (reading ? LOOP_READ | LOOP_HANGUP : 0) | (blocked ? LOOP_WRITE : 0));
}

static void finish_exchange(HttpConnection *connection)
{
    server_give_exchange(connection->server, g_steal_pointer(&connection->exchange));
    connection->used = true;
}

/* The exchange will have no answer, or no end of it. */
static void lose_exchange(HttpConnection *connection)
{
    HttpExchange *exchange = connection->exchange;
    const HttpServer *server = connection->server;
    if (exchange == NULL)
        return;
    if (exchange->known && !exchange->answered && server->handler->gone != NULL)
        server->handler->gone(exchange, server->data);
    connection->broken |= exchange->streaming && !exchange->answered;
    exchange->answered = true;
    finish_exchange(connection);
}

/* The other side sees that something is missing, and the system forgets what it has not taken. */
static void make_reset(const HttpConnection *connection)
{
    const struct linger now = {.l_onoff = 1};
    setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void connection_close(HttpConnection *connection)
{
    if (connection->phase == HTTP_PHASE_CLOSED)
        return;
    lose_exchange(connection);
    if (connection->broken || connection_backlog(connection) > 0)
        make_reset(connection);
    set_phase(connection, HTTP_PHASE_CLOSED);
    loop_timer_stop(&connection->read_timer);
    loop_timer_stop(&connection->write_timer);
    loop_watch_free(connection->watch);
    close(connection->descriptor);
    drop_kept(connection);
    give_buffer(connection, &connection->output);
    connection_touch(connection);
    server_left(connection->server);
}

static bool wants_input(const HttpConnection *connection)
{
    if (connection->closing || connection->phase >= HTTP_PHASE_LINGER)
        return false;
    if (connection->exchange != NULL)
        return !connection->exchange->whole;
    return connection_backlog(connection) < OUTPUT_MANY;
}

static void begin_exchange(HttpConnection *connection)
{
    HttpExchange *exchange = server_take_exchange(connection->server);
    exchange->connection = connection;
    exchange->begun = loop_now(connection->server->loop);
    connection->exchange = exchange;
    set_phase(connection, HTTP_PHASE_WAIT); /* the deadlines of the last request are over */
    loop_timer_stop(&connection->read_timer);
}

/* Has the handler answer with @status, and ends the connection. */
static void refuse(HttpConnection *connection, unsigned status, const char *reason)
{
    HttpExchange *exchange = connection->exchange;
    const HttpServer *server = connection->server;
    connection->closing = connection->linger = true;
    if (exchange->streaming && !exchange->answered) {
        lose_exchange(connection);
        connection_touch(connection);
        return;
    }
    if (!exchange->answered) {
        HttpRequest *request = http_parser_request(exchange->parser);
        if (request->peer == NULL)
            request->peer = connection->peer;
        server->handler->refuse(exchange, status, reason, server->data);
        g_assert(exchange->answered);
    }
    finish_exchange(connection);
    connection_touch(connection);
}

static void refuse_fault(HttpConnection *connection)
{
    const char *reason = NULL;
    const unsigned status = http_parser_fault(connection->exchange->parser, &reason);
    refuse(connection, status, reason);
}

static void on_head(HttpConnection *connection)
{
    HttpExchange *exchange = connection->exchange;
    const HttpServer *server = connection->server;
    HttpRequest *request = http_parser_request(exchange->parser);
    exchange->headed = true;
    exchange->waiting = http_parser_expects_continue(exchange->parser);
    request->peer = connection->peer;
    request->trusted = connection->trusted;
    if (connection->trusted)
        request->peer =
            http_forwarded_peer(request, server->trusted, connection->peer, exchange->peer);
    if (server->handler->head == NULL)
        return;
    exchange->known = true;
    server->handler->head(exchange, server->data);
}

static void on_whole(HttpConnection *connection)
{
    HttpExchange *exchange = connection->exchange;
    const HttpServer *server = connection->server;
    exchange->whole = true;
    http_bodies_release(server->settings->bodies, &exchange->held);
    if (!exchange->answered && !exchange->streaming) {
        exchange->known = true;
        server->handler->request(exchange, server->data);
    }
    if (exchange->answered)
        finish_exchange(connection);
}

/* Once, if the body is wanted and none of it has come (RFC 9110, 10.1.1). */
static void say_continue(HttpConnection *connection, bool has_come)
{
    HttpExchange *exchange = connection->exchange;
    if (!exchange->headed || !exchange->waiting)
        return;
    exchange->waiting = false;
    if (has_come || exchange->answered || exchange->streaming)
        return;
    g_string_append(connection_output(connection), "HTTP/1.1 100 Continue\r\n\r\n");
    connection_touch(connection);
}

/* A part of a request has come, and what has come has been read. */
static void on_part(HttpConnection *connection, bool has_come)
{
    HttpExchange *exchange = connection->exchange;
    HttpBodies *bodies = connection->server->settings->bodies;
    if (http_bodies_hold(bodies, &exchange->held, http_parser_kept(exchange->parser)))
        say_continue(connection, has_come);
    else
        refuse(connection, 503, "too many requests are on their way; try again later");
}

/* Returns: how much of it was taken. */
static size_t take_input(HttpConnection *connection, const char *data, size_t length)
{
    size_t at = 0;
    while (wants_input(connection) && (connection->exchange != NULL || at < length)) {
        if (connection->exchange == NULL)
            begin_exchange(connection);
        HttpExchange *exchange = connection->exchange;
        size_t taken = 0;
        const HttpParsed parsed =
            http_parser_feed(exchange->parser, data + at, length - at, &taken);
        at += taken;
        if (parsed == HTTP_PARSED_PART) {
            on_part(connection, taken > 0);
            break;
        }
        if (parsed == HTTP_PARSED_HEAD)
            on_head(connection);
        else if (parsed == HTTP_PARSED_WHOLE)
            on_whole(connection);
        else
            refuse_fault(connection);
    }
    return at;
}

/* Requests behind the one that is worked on. Where there is no room for them, it is the last one:
 * the client sees that, and asks again (RFC 9112, 9.3.2). */
static void keep_input(HttpConnection *connection, const char *data, size_t length)
{
    if (length == 0)
        return;
    if (connection->closing ||
        !http_bodies_hold(connection->server->settings->bodies, &connection->held, length)) {
        connection->closing = connection->linger = true;
        return;
    }
    connection->input = server_take_buffer(connection->server);
    connection->input_at = 0;
    g_string_append_len(connection->input, data, (gssize)length);
}

static int64_t after(const HttpConnection *connection, unsigned milliseconds)
{
    return loop_now(connection->server->loop) + (int64_t)milliseconds * 1000;
}

static void on_read_timer(LoopTimer *timer, void *data)
{
    (void)timer;
    HttpConnection *connection = data;
    const HttpPhase phase = connection->phase;
    if (phase == HTTP_PHASE_HEAD)
        refuse(connection, 408, "the head did not come in time");
    else if (phase == HTTP_PHASE_BODY)
        refuse(connection, 408, "the body did not come in time");
    else
        connection_close(connection);
    if (phase == HTTP_PHASE_HEAD || phase == HTTP_PHASE_BODY)
        set_phase(connection, HTTP_PHASE_WAIT);
}

/* Some of what was promised to it has not been taken: it reads too slowly, or not at all. */
static void on_write_timer(LoopTimer *timer, void *data)
{
    (void)timer;
    HttpConnection *connection = data;
    connection->broken = true;
    connection_close(connection);
}

static HttpPhase phase_now(const HttpConnection *connection)
{
    const HttpExchange *exchange = connection->exchange;
    if (connection->phase >= HTTP_PHASE_LINGER)
        return connection->phase;
    if (connection->closing)
        return exchange != NULL && connection->phase == HTTP_PHASE_LEAVING ? HTTP_PHASE_LEAVING
                                                                           : HTTP_PHASE_WAIT;
    if (exchange == NULL)
        return connection->output == NULL && connection->input == NULL ? HTTP_PHASE_IDLE
                                                                       : HTTP_PHASE_WAIT;
    if (!exchange->headed)
        return HTTP_PHASE_HEAD;
    if (!exchange->whole)
        return HTTP_PHASE_BODY;
    return connection->phase == HTTP_PHASE_LEAVING ? HTTP_PHASE_LEAVING : HTTP_PHASE_WAIT;
}

static int64_t phase_deadline(const HttpConnection *connection, HttpPhase phase)
{
    const HttpSettings *settings = connection->server->settings;
    switch (phase) {
    case HTTP_PHASE_IDLE:
        return after(connection, settings->idle_time);
    case HTTP_PHASE_HEAD:
        g_assert(connection->exchange != NULL);
        return connection->exchange->begun + (int64_t)settings->head_time * 1000;
    case HTTP_PHASE_BODY:
        return after(connection, settings->body_time);
    case HTTP_PHASE_LEAVING:
        return after(connection, settings->half_closed_time);
    case HTTP_PHASE_LINGER:
        return after(connection, LINGER_TIME);
    case HTTP_PHASE_WAIT:
    case HTTP_PHASE_CLOSED:
        break;
    }
    return 0;
}

static void enter_phase(HttpConnection *connection, HttpPhase phase)
{
    if (phase == connection->phase)
        return;
    set_phase(connection, phase);
    const int64_t due = phase_deadline(connection, phase);
    if (due == 0)
        loop_timer_stop(&connection->read_timer);
    else
        loop_timer_start(connection->server->loop, &connection->read_timer, due, on_read_timer,
                         connection);
}

/* After anything has happened: what is waited for now, and until when. */
static void settle(HttpConnection *connection)
{
    if (connection->phase >= HTTP_PHASE_LINGER)
        return;
    const HttpExchange *exchange = connection->exchange;
    if (connection->ended && !connection->closing && connection->input == NULL &&
        (exchange == NULL || !exchange->whole)) {
        lose_exchange(connection);
        connection->closing = true;
        connection_touch(connection);
    }
    enter_phase(connection, phase_now(connection));
    if (!connection->reading && !connection->ended && connection->input == NULL &&
        wants_input(connection))
        watch(connection, true, connection->blocked);
}

static void read_input(HttpConnection *connection)
{
    char *input = connection->server->input;
    const ssize_t length = recv(connection->descriptor, input, INPUT_SIZE, 0);
    if (length < 0) {
        if (errno != EAGAIN && errno != EINTR)
            connection_close(connection);
        return;
    }
    if (length == 0) {
        connection->ended = true;
        watch(connection, false, connection->blocked);
    }
    const size_t taken = take_input(connection, input, (size_t)length);
    keep_input(connection, input + taken, (size_t)length - taken);
    settle(connection);
}

/* Input while none is wanted: it stays where it is. A reset shows as an error; a half that was
 * closed may be that of a client that has left. */
static void hold_input(HttpConnection *connection, unsigned events)
{
    char byte = 0;
    const ssize_t peeked = recv(connection->descriptor, &byte, 1, MSG_PEEK);
    if (peeked < 0 && errno != EAGAIN && errno != EINTR) {
        connection_close(connection);
        return;
    }
    watch(connection, false, connection->blocked);
    if ((events & LOOP_HANGUP || peeked == 0) && connection->exchange != NULL)
        enter_phase(connection, HTTP_PHASE_LEAVING);
}

static void drop_input(HttpConnection *connection)
{
    const ssize_t length = recv(connection->descriptor, connection->server->input, INPUT_SIZE, 0);
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR))
        connection_close(connection);
}

/* For the client to take all that has been queued by now. */
static void await_writing(HttpConnection *connection)
{
    if (loop_timer_runs(&connection->write_timer) && connection->sent < connection->promised)
        return;
    connection->promised = connection->sent + connection_backlog(connection);
    loop_timer_start(connection->server->loop, &connection->write_timer,
                     after(connection, connection->server->settings->write_time), on_write_timer,
                     connection);
}

static void keep_output(HttpConnection *connection)
{
    if (connection->output_at > OUTPUT_MANY &&
        connection->output_at > connection->output->len / 2) {
        g_string_erase(connection->output, 0, (gssize)connection->output_at);
        connection->output_at = 0;
    }
    if (!connection->blocked)
        watch(connection, connection->reading, true);
    await_writing(connection);
}

static void empty_output(HttpConnection *connection)
{
    give_buffer(connection, &connection->output);
    connection->output_at = 0;
    if (connection->blocked)
        watch(connection, connection->reading, false);
    loop_timer_stop(&connection->write_timer);
}

static void tell_drained(HttpConnection *connection)
{
    HttpExchange *exchange = connection->exchange;
    const HttpServer *server = connection->server;
    if (exchange != NULL && exchange->streaming && !exchange->answered &&
        connection_backlog(connection) <= EXCHANGE_FEW && server->handler->drained != NULL)
        server->handler->drained(exchange, server->data);
}

static void send_output(HttpConnection *connection)
{
    const GString *output = connection->output;
    if (connection->exchange != NULL)
        connection->exchange->chunk = 0; /* what is under way stays as it is */
    const ssize_t sent = send(connection->descriptor, output->str + connection->output_at,
                              output->len - connection->output_at, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        connection_close(connection);
        return;
    }
    if (sent > 0) {
        connection->sent += (uint64_t)sent;
        connection->output_at += (size_t)sent;
    }
    if (connection->output_at == output->len)
        empty_output(connection);
    else
        keep_output(connection);
    if (sent > 0)
        tell_drained(connection);
}

/* All has been answered and sent. */
static void end_connection(HttpConnection *connection)
{
    if (connection->broken || !connection->linger || connection->ended)
        connection_close(connection);
    else {
        shutdown(connection->descriptor, SHUT_WR);
        drop_kept(connection);
        enter_phase(connection, HTTP_PHASE_LINGER);
        watch(connection, true, false);
    }
}

static void on_ready(unsigned events, void *data)
{
    HttpConnection *connection = data;
    if (connection->phase == HTTP_PHASE_LINGER) {
        drop_input(connection);
        return;
    }
    if (events & LOOP_WRITE && connection->output != NULL) {
        send_output(connection);
        connection_touch(connection);
    }
    if (connection->phase == HTTP_PHASE_CLOSED || !(events & (LOOP_READ | LOOP_HANGUP)))
        return;
    if (connection->input == NULL && wants_input(connection))
        read_input(connection);
    else
        hold_input(connection, events);
}

static void go_on(HttpConnection *connection)
{
    GString *input = connection->input;
    if (input == NULL || !wants_input(connection))
        return;
    connection->input_at += take_input(connection, input->str + connection->input_at,
                                       input->len - connection->input_at);
    if (connection->closing)
        connection->linger |= connection->input_at < input->len;
    if (connection->closing || connection->input_at == input->len)
        drop_kept(connection);
}

static void free_closed(HttpConnection *connection)
{
    *connection->link = connection->next;
    if (connection->next != NULL)
        connection->next->link = connection->link;
    g_free(connection);
}

void connection_serve(HttpConnection *connection)
{
    const HttpExchange *exchange = connection->exchange;
    if (exchange != NULL && exchange->answered && (exchange->whole || connection->closing))
        finish_exchange(connection);
    if (connection->output != NULL && !connection->blocked)
        send_output(connection);
    go_on(connection);
    if (connection->phase < HTTP_PHASE_LINGER && connection->closing &&
        connection->exchange == NULL && connection->output == NULL)
        end_connection(connection);
    settle(connection);
    if (connection->server->draining)
        connection_drain(connection);
    if (connection->phase == HTTP_PHASE_CLOSED && !connection->dirty)
        free_closed(connection);
}

void connection_drain(HttpConnection *connection)
{
    if (connection->phase != HTTP_PHASE_IDLE)
        return;
    read_input(connection);
    if (connection->phase != HTTP_PHASE_IDLE)
        return;
    if (connection->used)
        connection_close(connection);
    else
        loop_timer_start(connection->server->loop, &connection->read_timer,
                         after(connection, DRAIN_TIME), on_read_timer, connection);
}

bool connection_give_way(HttpServer *server)
{
    while (server->idle_first != NULL) {
        HttpConnection *connection = server->idle_first;
        read_input(connection);
        if (connection->phase == HTTP_PHASE_IDLE)
            connection_close(connection);
        if (connection->phase == HTTP_PHASE_CLOSED)
            return true;
    }
    return false;
}

void connection_open(HttpServer *server, int descriptor, const char *peer)
{
    HttpConnection *connection = g_new0(HttpConnection, 1);
    connection->server = server;
    connection->descriptor = descriptor;
    g_strlcpy(connection->peer, peer, sizeof connection->peer);
    connection->trusted = http_trusted_has(server->trusted, (HttpText){peer, strlen(peer)});
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next != NULL)
        connection->next->link = &connection->next;
    server->connections = connection;
    connection->reading = true;
    connection->watch =
        loop_watch_new(server->loop, descriptor, LOOP_READ | LOOP_HANGUP, on_ready, connection);
    connection->phase = HTTP_PHASE_WAIT;
    enter_phase(connection, HTTP_PHASE_IDLE);
}
