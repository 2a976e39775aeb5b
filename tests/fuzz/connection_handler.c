/*
 * The second letter of a path says when it is answered:
 *
 *     /a  at once (and whatever is not below)
 *     /e  before its body has come
 *     /h  later
 *     /g  later, and that is known before its body has come
 *     /m  at once, if its body is short
 *     /s  a stream, as fast as the client reads
 *     /b  such a stream that ends too early
 *     /p  a stream that goes on later
 *     /t  such a stream, begun before its body has come
 *
 * The third is a digit, how large the answer is; the fourth may be "c" to close, "z" to compress,
 * "n" for 204 and "m" for 304.
 */
#include "connection.h"

enum { PIECE = 700, BACKLOG_MANY = 10000 };

static char letter(const HttpRequest *request, unsigned place)
{
    return place < request->path.length ? request->path.data[place] : '\0';
}

char request_kind(const HttpRequest *request)
{
    return letter(request, 1);
}

static size_t size_of(const HttpRequest *request)
{
    static const size_t sizes[] = {0, 1, 50, 300, 5000, 20000, 70000, 0};
    return sizes[(unsigned char)letter(request, 2) % G_N_ELEMENTS(sizes)];
}

static void append(GString *text, HttpText part)
{
    if (part.data != NULL)
        g_string_append_len(text, part.data, (gssize)part.length);
    g_string_append_c(text, part.data == NULL ? '\1' : '\n');
}

char *request_text(const HttpRequest *request)
{
    GString *text = g_string_new(request->minor == 0 ? "1.0\n" : "1.1\n");
    append(text, request->method_name);
    append(text, request->path);
    append(text, request->query);
    for (unsigned i = 0; i < request->header_count; i++) {
        append(text, request->headers[i].name);
        append(text, request->headers[i].value);
    }
    return g_string_free(text, FALSE);
}

void served_free(void *data)
{
    Served *served = data;
    g_free(served->head);
    if (served->body != NULL)
        g_string_free(served->body, TRUE);
    g_free(served);
}

/* One at a time, and none after one that ends the connection. */
static void check_last(const Client *client)
{
    if (client->served->len == 0)
        return;
    const Served *last = client->served->pdata[client->served->len - 1];
    g_assert_true(last->answered && !last->gone);
    g_assert_false(last->closes);
}

static Served *note(Run *run, HttpExchange *exchange)
{
    Served *served = exchange_data(exchange);
    if (served != NULL)
        return served;
    served = g_new0(Served, 1);
    for (unsigned i = 0; i < CLIENTS; i++) {
        if (strcmp(run->clients[i].peer, exchange_request(exchange)->peer) == 0)
            served->client = &run->clients[i];
    }
    g_assert_nonnull(served->client);
    check_last(served->client);
    served->serial = run->served->len;
    served->exchange = exchange;
    exchange_set_data(exchange, served);
    g_ptr_array_add(run->served, served);
    g_ptr_array_add(served->client->served, served);
    return served;
}

/* The request is as it was, however long ago it came. */
static void check_kept(const Served *served)
{
    const HttpRequest *request = exchange_request(served->exchange);
    g_autofree char *head = request_text(request);
    if (served->head != NULL && served->refused == 0)
        g_assert_cmpstr(head, ==, served->head);
    if (served->body != NULL)
        g_assert_cmpmem(request->body.data, request->body.length, served->body->str,
                        served->body->len);
}

static unsigned status_of(const Served *served, const HttpRequest *request)
{
    if (served->refused != 0)
        return served->refused;
    const char wish = letter(request, 3);
    return wish == 'n' ? 204 : wish == 'm' ? 304 : 200;
}

/* (transfer full) */
static char *make_body(const Served *served, size_t length)
{
    return g_strnfill(length, (char)('a' + served->serial % 26));
}

static HttpAnswer begin_answer(Served *served, const char *headers)
{
    const HttpRequest *request = exchange_request(served->exchange);
    check_kept(served);
    served->status = status_of(served, request);
    served->compressed = letter(request, 3) == 'z';
    served->closes |= letter(request, 3) == 'c' || served->refused != 0;
    return (HttpAnswer){.status = served->status,
                        .type = "text/plain",
                        .headers = headers,
                        .compress = served->compressed,
                        .close = letter(request, 3) == 'c'};
}

static void end(Served *served)
{
    served->answered = true;
    served->exchange = NULL;
}

static void answer(Served *served)
{
    const size_t length = size_of(exchange_request(served->exchange));
    g_autofree char *headers = g_strdup_printf("X-Serial: %u\r\n", served->serial);
    g_autofree char *body = make_body(served, length);
    HttpAnswer made = begin_answer(served, headers);
    made.body = body;
    made.length = served->length = length;
    exchange_answer(served->exchange, &made);
    end(served);
}

static void write_piece(Served *served, size_t length)
{
    g_autofree char *piece = make_body(served, length);
    served->length += length;
    exchange_write(served->exchange, piece, length);
}

static void begin_stream(Served *served)
{
    g_autofree char *headers = g_strdup_printf("X-Serial: %u\r\n", served->serial);
    HttpAnswer made = begin_answer(served, headers);
    made.compress = served->compressed = false;
    served->closes |= exchange_request(served->exchange)->minor == 0;
    served->left = size_of(exchange_request(served->exchange));
    served->streamed = true;
    exchange_stream(served->exchange, &made);
}

static void end_stream(Served *served, bool whole)
{
    served->broken = !whole;
    served->closes |= !whole;
    exchange_end(served->exchange, whole);
    end(served);
}

/* As much as the client takes. */
static void flow(Served *served)
{
    while (served->left > 0 && exchange_backlog(served->exchange) < BACKLOG_MANY) {
        const size_t length = MIN(PIECE, served->left);
        served->left -= length;
        write_piece(served, length);
    }
    if (served->left == 0)
        end_stream(served, request_kind(exchange_request(served->exchange)) != 'b');
}

void run_write(Served *served)
{
    if (served->streamed)
        write_piece(served, PIECE);
}

void run_release(Run *run, Served *served)
{
    g_ptr_array_remove(run->held, served);
    if (served->streamed)
        end_stream(served, true);
    else
        answer(served);
}

static void on_head(HttpExchange *exchange, void *data)
{
    Run *run = data;
    g_assert_null(exchange_data(exchange));
    Served *served = note(run, exchange);
    const HttpRequest *request = exchange_request(exchange);
    served->head = request_text(request);
    switch (request_kind(request)) {
    case 'e':
        answer(served);
        break;
    case 'g':
        g_ptr_array_add(run->held, served);
        break;
    case 'm':
        exchange_limit_body(exchange, SMALL_BODY);
        break;
    case 't':
        begin_stream(served);
        g_ptr_array_add(run->held, served);
        break;
    default:
        break;
    }
}

static void on_request(HttpExchange *exchange, void *data)
{
    Run *run = data;
    Served *served = exchange_data(exchange);
    const HttpRequest *request = exchange_request(exchange);
    g_assert_true(served != NULL && served->body == NULL && served->exchange == exchange);
    served->body = g_string_new_len(request->body.data, (gssize)request->body.length);
    switch (request_kind(request)) {
    case 'g':
        break;
    case 'h':
        g_ptr_array_add(run->held, served);
        break;
    case 'p':
        begin_stream(served);
        g_ptr_array_add(run->held, served);
        break;
    case 's':
    case 'b':
        begin_stream(served);
        flow(served);
        break;
    default:
        answer(served);
    }
}

static void on_refuse(HttpExchange *exchange, unsigned status, const char *reason, void *data)
{
    Run *run = data;
    Served *served = note(run, exchange);
    g_assert_true(status >= 400 && status < 600 && reason != NULL);
    g_assert_false(served->answered || served->streamed);
    g_ptr_array_remove(run->held, served);
    served->refused = status;
    answer(served);
}

static void on_gone(HttpExchange *exchange, void *data)
{
    Run *run = data;
    Served *served = exchange_data(exchange);
    g_assert_true(served != NULL && served->exchange == exchange && !served->gone);
    g_ptr_array_remove(run->held, served);
    served->gone = true;
    served->closes = true;
    end(served);
}

static void on_drained(HttpExchange *exchange, void *data)
{
    (void)data;
    Served *served = exchange_data(exchange);
    g_assert_true(served->streamed && served->exchange == exchange);
    g_assert_cmpuint(exchange_backlog(exchange), <=, EXCHANGE_FEW);
    if (served->left > 0 && strchr("sb", request_kind(exchange_request(exchange))) != NULL)
        flow(served);
}

const HttpHandler run_handler = {on_head, on_request, on_refuse, on_gone, on_drained};
