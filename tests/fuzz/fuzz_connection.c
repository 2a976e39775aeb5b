/*
 * Any bytes as what up to three clients do, each on a connection of its own, and what the server
 * makes of it: each request is handled once and in order, and answered once; none behind one that
 * ends the connection; nothing waits for ever; nothing is left in the end.
 *
 * The bytes are those that the clients send, but for 0xff and the letter behind it:
 *
 *     .      what is written so far arrives, and the loop turns once
 *     0 1 2  which client writes from here on
 *     s x    it closes its half; it leaves
 *     r R    it reads a little; all there is
 *     a z    the handler answers what it has held for longest; for shortest
 *     w      and writes some of a stream that it holds
 *     t T    100 milliseconds pass; a second
 *     d      the server ends when all is answered
 *     q      the server ends at once
 */
#include "connection.h"

#include <errno.h>
#include <sys/socket.h>

enum { ESCAPE = 0xff, READ_LITTLE = 2000, SOCKET_BUFFER = 4096, IDLE_TURNS = 4 };

/* Times in milliseconds. The limits are near each other, so that all are reached. */
const HttpSettings run_settings = {.target_limit = 100,
                                   .head_limit = 600,
                                   .header_limit = 8,
                                   .body_limit = 400,
                                   .compress_from = 100,
                                   .head_time = 1000,
                                   .body_time = 1000,
                                   .idle_time = 3000,
                                   .write_time = 2000,
                                   .connections = CLIENTS,
                                   .half_closed_time = 1500};

/* The clock of the loop, in place of GLib's: time passes when the input says so. */
static int64_t clock_now;

gint64 g_get_monotonic_time(void)
{
    return clock_now;
}

/* Sent as far as it goes; the rest is never sent, as if the client had not written it. */
static void flush(Client *client)
{
    if (client->descriptor >= 0 && !client->shut && client->pending->len > 0) {
        const ssize_t sent =
            send(client->descriptor, client->pending->str, client->pending->len, MSG_NOSIGNAL);
        if (sent > 0)
            g_string_append_len(client->sent, client->pending->str, sent);
    }
    g_string_truncate(client->pending, 0);
}

static void flush_all(Run *run)
{
    for (unsigned i = 0; i < CLIENTS; i++)
        flush(&run->clients[i]);
}

static void turn(Run *run)
{
    flush_all(run);
    loop_again(run->loop);
    loop_run(run->loop);
}

static void on_turn(void *data)
{
    loop_stop(data);
}

static void come(Run *run, Client *client)
{
    int pair[2] = {-1, -1};
    if (client->came)
        return;
    const int made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair);
    g_assert_cmpint(made, ==, 0);
    const int size = SOCKET_BUFFER;
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    client->came = true;
    client->descriptor = pair[1];
    run->server->count++;
    connection_open(run->server, pair[0], client->peer);
}

static void leave(Client *client)
{
    flush(client);
    if (client->descriptor >= 0)
        close(client->descriptor);
    client->descriptor = -1;
}

static void close_half(Client *client)
{
    flush(client);
    if (client->descriptor >= 0)
        shutdown(client->descriptor, SHUT_WR);
    client->shut = true;
}

/* Returns: whether anything came. */
static bool receive(Client *client, size_t most)
{
    char buffer[READ_LITTLE];
    size_t all = 0;
    while (client->descriptor >= 0 && !client->ended && all < most) {
        const ssize_t length = recv(client->descriptor, buffer, sizeof buffer, 0);
        if (length < 0 && errno == EAGAIN)
            break;
        client->ended = length <= 0; /* or the server has closed it with input unread */
        if (length > 0)
            g_string_append_len(client->received, buffer, length);
        all += length > 0 ? (size_t)length : 1;
    }
    return all > 0;
}

static void pass(Run *run, unsigned milliseconds)
{
    run->disturbed = true;
    clock_now += (int64_t)milliseconds * 1000;
}

static void release(Run *run, bool newest)
{
    if (run->held->len > 0)
        run_release(run, run->held->pdata[newest ? run->held->len - 1 : 0]);
}

/* Returns: false if it was the last. */
static bool act(Run *run, unsigned char letter, Client **client)
{
    flush_all(run);
    switch (letter) {
    case '0':
    case '1':
    case '2':
        *client = &run->clients[letter - '0'];
        come(run, *client);
        break;
    case 's':
        close_half(*client);
        break;
    case 'x':
        leave(*client);
        break;
    case 'r':
        receive(*client, 1);
        break;
    case 'R':
        receive(*client, G_MAXSIZE);
        break;
    case 'a':
    case 'z':
        release(run, letter == 'z');
        break;
    case 'w':
        if (run->held->len > 0)
            run_write(run->held->pdata[run->held->len - 1]);
        break;
    case 't':
    case 'T':
        pass(run, letter == 't' ? 100 : 1000);
        break;
    case 'd':
        run->disturbed = true;
        http_server_drain(run->server);
        break;
    case 'q':
        run->disturbed = true;
        return false;
    default:
        turn(run);
        break;
    }
    return true;
}

/* Everybody reads and all is answered, until nothing happens any more. */
static void finish(Run *run)
{
    for (unsigned idle = 0; idle < IDLE_TURNS;) {
        bool happened = run->held->len > 0;
        release(run, false);
        turn(run);
        for (unsigned i = 0; i < CLIENTS; i++)
            happened |= receive(&run->clients[i], G_MAXSIZE);
        idle = happened ? 0 : idle + 1;
    }
}

static void play(Run *run, const uint8_t *data, size_t size)
{
    Client *client = &run->clients[0];
    come(run, client);
    for (size_t i = 0; i < size; i++) {
        const bool acts = data[i] == ESCAPE && i + 1 < size && data[i + 1] != ESCAPE;
        i += data[i] == ESCAPE && i + 1 < size;
        if (!acts)
            g_string_append_c(client->pending, (char)data[i]);
        else if (!act(run, data[i], &client))
            return;
    }
    finish(run);
}

static void begin(Run *run)
{
    clock_now = G_USEC_PER_SEC;
    run->loop = loop_new(NULL);
    g_assert_nonnull(run->loop);
    run->server = http_server_new(run->loop, &run_settings, &run_handler, run);
    run->served = g_ptr_array_new_with_free_func(served_free);
    run->held = g_ptr_array_new();
    loop_each_turn(run->loop, on_turn, run->loop);
    for (unsigned i = 0; i < CLIENTS; i++) {
        Client *client = &run->clients[i];
        *client = (Client){.descriptor = -1};
        g_snprintf(client->peer, sizeof client->peer, "127.0.0.%u", i + 1);
        client->pending = g_string_new(NULL);
        client->sent = g_string_new(NULL);
        client->received = g_string_new(NULL);
        client->served = g_ptr_array_new();
    }
}

/* What was still held is gone with the server. */
static void end(Run *run)
{
    g_clear_pointer(&run->server, http_server_free);
    g_assert_cmpuint(run->held->len, ==, 0);
    for (unsigned i = 0; i < run->served->len; i++)
        g_assert_true(((const Served *)run->served->pdata[i])->answered);
    loop_no_turn(run->loop, on_turn, run->loop);
    loop_free(run->loop);
    for (unsigned i = 0; i < CLIENTS; i++) {
        Client *client = &run->clients[i];
        leave(client);
        g_string_free(client->pending, TRUE);
        g_string_free(client->sent, TRUE);
        g_string_free(client->received, TRUE);
        g_ptr_array_free(client->served, TRUE);
    }
    g_ptr_array_free(run->held, TRUE);
    g_ptr_array_free(run->served, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Run run = {0};
    begin(&run);
    play(&run, data, size);
    for (unsigned i = 0; i < CLIENTS; i++)
        run_check(&run, &run.clients[i]);
    end(&run);
    return 0;
}
