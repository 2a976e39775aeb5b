/*
 * A server of the HTTP layer alone, without database: what the tests of that layer talk to.
 *
 * It prints where it listens, and ends on SIGTERM when all connections have. Times are in
 * milliseconds. Its paths:
 *
 *     /            "ok"
 *     /echo        method, path, query, peer and body, a line each
 *     /body        the body alone
 *     /large?N     N bytes that can be compressed
 *     /stream?N    N pieces of 1,000 bytes, as the client takes them
 *     /broken      a stream that ends too early
 *     /early       answered before the body is read
 *     /hold        answered when somebody asks for /release
 *     /stats       what has happened so far
 */
#include "http/listener.h"
#include "http/server.h"

#include <signal.h>
#include <sys/signalfd.h>

enum { PIECE = 1000, MANY = 100000 };

typedef struct Stream {
    guint64 left;
    bool broken;
} Stream;

typedef struct Program {
    Loop *loop;
    HttpServer *http;
    HttpBodies bodies;
    GPtrArray *held; /* HttpExchange */
    GString *large;
    unsigned requests;
    unsigned refused;
    unsigned gone;
    unsigned most; /* backlog of a stream */
    int signals;
    bool ending;
} Program;

static void answer(HttpExchange *exchange, const char *text, size_t length)
{
    exchange_answer(
        exchange,
        &(HttpAnswer){.status = 200, .type = "text/plain", .body = text, .length = length});
}

static void append(GString *text, HttpText part)
{
    if (part.data != NULL)
        g_string_append_len(text, part.data, (gssize)part.length);
    g_string_append_c(text, '\n');
}

static void echo(HttpExchange *exchange)
{
    const HttpRequest *request = exchange_request(exchange);
    g_autoptr(GString) text = g_string_new(NULL);
    append(text, request->method_name);
    append(text, request->path);
    append(text, request->query);
    append(text, (HttpText){request->peer, strlen(request->peer)});
    append(text, request->body);
    answer(exchange, text->str, text->len);
}

static guint64 number_of(const HttpRequest *request)
{
    g_autofree char *digits = g_strndup(request->query.data, request->query.length);
    return digits == NULL ? 0 : g_ascii_strtoull(digits, NULL, 10);
}

static void large(Program *program, HttpExchange *exchange)
{
    const size_t length = number_of(exchange_request(exchange));
    while (program->large->len < length)
        g_string_append_printf(program->large, "line %zu of a large answer\n", program->large->len);
    exchange_answer(exchange, &(HttpAnswer){.status = 200,
                                            .type = "text/plain",
                                            .body = program->large->str,
                                            .length = length,
                                            .compress = true});
}

static void write_pieces(Program *program, HttpExchange *exchange)
{
    Stream *stream = exchange_data(exchange);
    char piece[PIECE];
    memset(piece, 'x', sizeof piece);
    for (; stream->left > 0 && exchange_backlog(exchange) < MANY; stream->left--)
        exchange_write(exchange, piece, sizeof piece);
    program->most = MAX(program->most, (unsigned)exchange_backlog(exchange));
    if (stream->left > 0)
        return;
    const bool broken = stream->broken;
    g_free(stream);
    exchange_end(exchange, !broken);
}

static void begin_stream(Program *program, HttpExchange *exchange, bool broken)
{
    Stream *stream = g_new0(Stream, 1);
    stream->left = broken ? 2 : number_of(exchange_request(exchange));
    stream->broken = broken;
    exchange_set_data(exchange, stream);
    exchange_stream(exchange, &(HttpAnswer){.status = 200, .type = "text/plain"});
    write_pieces(program, exchange);
}

static void release(Program *program, HttpExchange *exchange)
{
    for (unsigned i = 0; i < program->held->len; i++)
        answer(program->held->pdata[i], "released\n", strlen("released\n"));
    g_ptr_array_set_size(program->held, 0);
    answer(exchange, "ok\n", strlen("ok\n"));
}

static void stats(Program *program, HttpExchange *exchange)
{
    g_autofree char *text = g_strdup_printf(
        "requests %u\nrefused %u\ngone %u\nheld %u\nconnections %u\nmost %u\n"
        "bodies %zu\n",
        program->requests, program->refused, program->gone, program->held->len,
        http_server_connections(program->http), program->most, atomic_load(&program->bodies.held));
    answer(exchange, text, strlen(text));
}

static void on_head(HttpExchange *exchange, void *data)
{
    (void)data;
    const HttpRequest *request = exchange_request(exchange);
    if (http_text_is(request->path, "/early"))
        answer(exchange, "early\n", strlen("early\n"));
    if (http_text_is(request->path, "/small"))
        exchange_limit_body(exchange, 10);
}

static void on_request(HttpExchange *exchange, void *data)
{
    Program *program = data;
    const HttpRequest *request = exchange_request(exchange);
    program->requests++;
    if (http_text_is(request->path, "/echo"))
        echo(exchange);
    else if (http_text_is(request->path, "/body"))
        answer(exchange, request->body.data, request->body.length);
    else if (http_text_is(request->path, "/large"))
        large(program, exchange);
    else if (http_text_is(request->path, "/stream"))
        begin_stream(program, exchange, false);
    else if (http_text_is(request->path, "/broken"))
        begin_stream(program, exchange, true);
    else if (http_text_is(request->path, "/hold"))
        g_ptr_array_add(program->held, exchange);
    else if (http_text_is(request->path, "/release"))
        release(program, exchange);
    else if (http_text_is(request->path, "/stats"))
        stats(program, exchange);
    else
        answer(exchange, "ok\n", strlen("ok\n"));
}

static void on_refuse(HttpExchange *exchange, unsigned status, const char *reason, void *data)
{
    Program *program = data;
    program->refused++;
    exchange_answer(exchange, &(HttpAnswer){.status = status,
                                            .type = "text/plain",
                                            .body = reason,
                                            .length = strlen(reason)});
}

static void on_gone(HttpExchange *exchange, void *data)
{
    Program *program = data;
    program->gone++;
    g_ptr_array_remove(program->held, exchange);
    g_free(exchange_data(exchange));
}

static void on_drained(HttpExchange *exchange, void *data)
{
    write_pieces(data, exchange);
}

static void on_signal(unsigned events, void *data)
{
    (void)events;
    Program *program = data;
    struct signalfd_siginfo info = {0};
    if (read(program->signals, &info, sizeof info) != sizeof info)
        return;
    program->ending = true;
    http_server_drain(program->http);
}

static void on_turn(void *data)
{
    Program *program = data;
    if (program->ending && http_server_connections(program->http) == 0)
        loop_stop(program->loop);
}

static bool listen_on(Program *program, char **addresses, GError **error)
{
    for (unsigned i = 0; addresses != NULL && addresses[i] != NULL; i++) {
        const int descriptor = listener_open(addresses[i], false, error);
        if (descriptor < 0)
            return false;
        g_autofree char *url = listener_url(descriptor);
        http_server_listen(program->http, descriptor);
        g_print("%s\n", url);
    }
    return true;
}

static bool run(Program *program, const HttpSettings *settings, char **addresses, GError **error)
{
    static const HttpHandler handler = {on_head, on_request, on_refuse, on_gone, on_drained};
    g_autoptr(Loop) loop = loop_new(error);
    if (loop == NULL)
        return false;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    program->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    program->loop = loop;
    program->held = g_ptr_array_new();
    program->large = g_string_new(NULL);
    g_autoptr(HttpServer) http = http_server_new(loop, settings, &handler, program);
    program->http = http;
    LoopWatch *watch = loop_watch_new(loop, program->signals, LOOP_READ, on_signal, program);
    loop_each_turn(loop, on_turn, program);
    const bool good = listen_on(program, addresses, error);
    if (good)
        loop_run(loop);
    loop_watch_free(watch);
    g_clear_pointer(&http, http_server_free);
    g_ptr_array_free(program->held, TRUE);
    g_string_free(program->large, TRUE);
    close(program->signals);
    return good;
}

int main(int argc, char **argv)
{
    int target = 8192, head = 32768, headers = 100, body = 1 << 20, compress = 1024;
    int head_time = 10000, body_time = 10000, idle_time = 60000, write_time = 10000;
    int bodies = 1 << 28, connections = 20000, half_closed_time = 10000;
    g_auto(GStrv) addresses = NULL;
    g_auto(GStrv) trusted = NULL;
    const GOptionEntry options[] = {
        {"listen", 0, 0, G_OPTION_ARG_STRING_ARRAY, &addresses, "where", "ADDRESS"},
        {"trust", 0, 0, G_OPTION_ARG_STRING_ARRAY, &trusted, "a proxy", "ADDRESS"},
        {"target-limit", 0, 0, G_OPTION_ARG_INT, &target, "bytes", "N"},
        {"head-limit", 0, 0, G_OPTION_ARG_INT, &head, "bytes", "N"},
        {"header-limit", 0, 0, G_OPTION_ARG_INT, &headers, "headers", "N"},
        {"body-limit", 0, 0, G_OPTION_ARG_INT, &body, "bytes", "N"},
        {"compress-from", 0, 0, G_OPTION_ARG_INT, &compress, "bytes", "N"},
        {"bodies", 0, 0, G_OPTION_ARG_INT, &bodies, "bytes", "N"},
        {"head-time", 0, 0, G_OPTION_ARG_INT, &head_time, "ms", "N"},
        {"body-time", 0, 0, G_OPTION_ARG_INT, &body_time, "ms", "N"},
        {"idle-time", 0, 0, G_OPTION_ARG_INT, &idle_time, "ms", "N"},
        {"write-time", 0, 0, G_OPTION_ARG_INT, &write_time, "ms", "N"},
        {"half-closed-time", 0, 0, G_OPTION_ARG_INT, &half_closed_time, "ms", "N"},
        {"connections", 0, 0, G_OPTION_ARG_INT, &connections, "at once", "N"},
        {NULL},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, options, NULL);
    Program program = {0};
    bool good = g_option_context_parse(context, &argc, &argv, &error);
    program.bodies.most = (size_t)bodies;
    const HttpSettings settings = {
        .bodies = &program.bodies,
        .target_limit = (size_t)target,
        .head_limit = (size_t)head,
        .header_limit = (unsigned)headers,
        .body_limit = (size_t)body,
        .compress_from = (size_t)compress,
        .head_time = (unsigned)head_time,
        .body_time = (unsigned)body_time,
        .idle_time = (unsigned)idle_time,
        .write_time = (unsigned)write_time,
        .half_closed_time = (unsigned)half_closed_time,
        .connections = (unsigned)connections,
        .trusted = trusted,
    };
    good = good && run(&program, &settings, addresses, &error);
    if (!good)
        g_printerr("%s\n", error->message);
    return good ? 0 : 1;
}
