#include "http/inside.h"

#include "base/buffer.h"
#include "base/digits.h"
#include "base/http_status.h"

static void add_number(GString *output, size_t number)
{
    char buffer[DIGITS_MOST + 1];
    const char *digits = digits_write(number, buffer);
    buffer_append(output, digits, (size_t)(buffer + DIGITS_MOST - digits));
}

static void add_header(GString *output, const char *name, const char *value)
{
    buffer_append_text(output, name);
    buffer_append_text(output, value);
    buffer_append_text(output, "\r\n");
}

const HttpRequest *exchange_request(const HttpExchange *exchange)
{
    return http_parser_request(exchange->parser);
}

int64_t exchange_begun(const HttpExchange *exchange)
{
    return exchange->begun;
}

void exchange_set_data(HttpExchange *exchange, void *data)
{
    exchange->data = data;
}

void *exchange_data(const HttpExchange *exchange)
{
    return exchange->data;
}

void exchange_limit_body(HttpExchange *exchange, size_t bytes)
{
    http_parser_limit_body(exchange->parser, bytes);
}

/* A client that was to wait for 100 may send the body or not: nobody knows what would come next. */
static void decide_end(HttpExchange *exchange, bool close)
{
    HttpConnection *connection = exchange->connection;
    const bool unsure = !exchange->whole && http_parser_expects_continue(exchange->parser);
    if (close || unsure || connection->server->draining ||
        !http_parser_keeps_alive(exchange->parser))
        connection->closing = true;
    if (connection->closing && !exchange->whole)
        connection->linger = true;
    if (!exchange->whole)
        http_parser_discard_body(exchange->parser);
}

static void add_connection_header(GString *output, const HttpExchange *exchange)
{
    if (exchange->connection->closing)
        buffer_append_text(output, "Connection: close\r\n");
    else if (exchange_request(exchange)->minor == 0)
        buffer_append_text(output, "Connection: keep-alive\r\n");
}

static void add_head(GString *output, HttpExchange *exchange, const HttpAnswer *answer)
{
    HttpServer *server = exchange->connection->server;
    buffer_append_text(output, "HTTP/1.1 ");
    add_number(output, answer->status);
    add_header(output, " ", http_status_phrase(answer->status));
    buffer_append_text(output, "Date: ");
    buffer_append(output, http_date(&server->date, loop_now(server->loop)), HTTP_DATE_LENGTH);
    buffer_append_text(output, "\r\n");
    if (answer->type != NULL)
        add_header(output, "Content-Type: ", answer->type);
    if (answer->headers != NULL)
        buffer_append_text(output, answer->headers);
    add_connection_header(output, exchange);
}

static bool has_no_body(unsigned status)
{
    return status == 204 || status == 304;
}

/* A compressed body in place of @answer's, where that is wanted and shorter. */
static HttpCoding compress_body(HttpExchange *exchange, HttpAnswer *answer)
{
    HttpServer *server = exchange->connection->server;
    const HttpText accepted = http_request_header(exchange_request(exchange), "accept-encoding");
    const HttpCoding coding = http_coding_choose(accepted);
    if (coding == HTTP_CODING_NONE)
        return coding;
    size_t length = 0;
    const char *made =
        http_compress(server->compressor, coding, answer->body, answer->length, &length);
    if (made == NULL)
        return HTTP_CODING_NONE;
    answer->body = made;
    answer->length = length;
    return coding;
}

static void start_answer(HttpExchange *exchange, const HttpAnswer *answer)
{
    g_assert(!exchange->answered && !exchange->streaming);
    exchange->bodiless =
        has_no_body(answer->status) || exchange_request(exchange)->method == HTTP_HEAD;
    decide_end(exchange, answer->close);
    connection_touch(exchange->connection);
}

void exchange_answer(HttpExchange *exchange, const HttpAnswer *answer)
{
    start_answer(exchange, answer);
    HttpServer *server = exchange->connection->server;
    HttpAnswer sent = *answer;
    const bool may_compress = sent.compress && sent.length >= server->settings->compress_from &&
                              !has_no_body(sent.status);
    const HttpCoding coding = may_compress ? compress_body(exchange, &sent) : HTTP_CODING_NONE;
    GString *output = connection_output(exchange->connection);
    add_head(output, exchange, &sent);
    if (coding != HTTP_CODING_NONE)
        add_header(output, "Content-Encoding: ", http_coding_name(coding));
    if (sent.compress)
        buffer_append_text(output, "Vary: Accept-Encoding\r\n");
    if (!has_no_body(sent.status)) {
        buffer_append_text(output, "Content-Length: ");
        add_number(output, sent.length);
        buffer_append_text(output, "\r\n");
    }
    buffer_append_text(output, "\r\n");
    if (!exchange->bodiless && sent.length > 0)
        buffer_append(output, sent.body, sent.length);
    if (coding != HTTP_CODING_NONE)
        http_compressor_trim(server->compressor);
    exchange->answered = true;
}

void exchange_stream(HttpExchange *exchange, const HttpAnswer *answer)
{
    const bool chunked = exchange_request(exchange)->minor == 1;
    HttpAnswer begun = *answer;
    begun.close |= !chunked;
    start_answer(exchange, &begun);
    exchange->streaming = true;
    exchange->chunk = 0;
    exchange->chunked = chunked;
    GString *output = connection_output(exchange->connection);
    add_head(output, exchange, &begun);
    if (chunked && !has_no_body(begun.status))
        buffer_append_text(output, "Transfer-Encoding: chunked\r\n");
    buffer_append_text(output, "\r\n");
    exchange_write(exchange, begun.body, begun.length);
}

/* Room for the size of a chunk that may grow: leading zeros are allowed (RFC 9112, 7.1). */
enum { CHUNK_DIGITS = 8, CHUNK_END = 2, CHUNK_MOST = 1 << 24 };

/* Adds @data to the chunk that has not been sent yet, so that small pieces cost their bytes alone.
 */
static void add_to_chunk(HttpExchange *exchange, GString *output, const char *data, size_t length)
{
    if (exchange->chunk == 0 || output->len - exchange->chunk > CHUNK_MOST) {
        buffer_append_text(output, "00000000\r\n\r\n");
        exchange->chunk = output->len - CHUNK_END;
    }
    g_string_truncate(output, output->len - CHUNK_END);
    buffer_append(output, data, length);
    size_t size = output->len - exchange->chunk;
    char *digit = output->str + exchange->chunk - CHUNK_END;
    for (int i = 0; i < CHUNK_DIGITS; i++, size /= 16)
        *--digit = "0123456789abcdef"[size % 16];
    buffer_append_text(output, "\r\n");
}

/* An empty chunk would be the end. */
void exchange_write(HttpExchange *exchange, const char *data, size_t length)
{
    g_assert(exchange->streaming && !exchange->answered);
    if (length == 0 || exchange->bodiless)
        return;
    GString *output = connection_output(exchange->connection);
    if (exchange->chunked)
        add_to_chunk(exchange, output, data, length);
    else
        buffer_append(output, data, length);
    connection_touch(exchange->connection);
}

void exchange_end(HttpExchange *exchange, bool whole)
{
    g_assert(exchange->streaming && !exchange->answered);
    HttpConnection *connection = exchange->connection;
    exchange->answered = true;
    connection->closing |= !whole;
    if (whole && exchange->chunked && !exchange->bodiless)
        buffer_append_text(connection_output(connection), "0\r\n\r\n");
    if (!whole)
        connection->broken = true;
    connection_touch(connection);
}

size_t exchange_backlog(const HttpExchange *exchange)
{
    return connection_backlog(exchange->connection);
}
