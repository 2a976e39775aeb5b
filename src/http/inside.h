/*
 * What the parts of this layer know of each other: server.c accepts, connection.c reads and sends,
 * exchange.c writes answers. Nobody outside includes it but the fuzz target "connection".
 *
 * Rule: exchange.c is called by handlers, so it changes state and queues bytes, and never calls a
 * handler, reads, sends or frees. A connection is freed in the turn alone, so that nothing on the
 * stack can lose it.
 */
#pragma once
#include "http/compress.h"
#include "http/date.h"
#include "http/forwarded.h"
#include "http/parser.h"
#include "http/server.h"

typedef struct HttpConnection HttpConnection;

enum {
    INPUT_SIZE = 65536,
    OUTPUT_MANY = 65536, /* beyond, a connection's further requests wait */
};

struct HttpExchange {
    HttpExchange *next; /* of the spare ones */
    HttpConnection *connection;
    HttpParser *parser;
    void *data;
    int64_t begun;
    bool known;    /* the handler has seen it, and has to hear of its end */
    bool headed;   /* the head has been read */
    bool waiting;  /* the client waits for 100 (Continue) */
    bool whole;    /* the request has been read to its end */
    bool answered; /* nothing more will be written */
    bool streaming;
    bool chunked;
    size_t chunk;  /* where the data of the last chunk begin in the output, none of it sent; or 0 */
    bool bodiless; /* the answer to HEAD, 204, 304: what is written is dropped */
    size_t held;   /* of its head and body, in HttpBodies */
    char peer[HTTP_PEER_SIZE];
};

typedef enum HttpPhase {
    HTTP_PHASE_IDLE, /* between requests */
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_WAIT,    /* for the handler, or for the client to take what was sent */
    HTTP_PHASE_LEAVING, /* waiting, and the client has closed its half */
    HTTP_PHASE_LINGER,  /* our half is closed; input is dropped */
    HTTP_PHASE_CLOSED,  /* to be freed by the turn */
} HttpPhase;

struct HttpConnection {
    HttpServer *server;
    HttpConnection *next; /* of all */
    HttpConnection **link;
    HttpConnection *idle_next; /* of the idle ones */
    HttpConnection *idle_previous;
    HttpConnection *next_dirty;
    HttpExchange *exchange; /* (nullable): %NULL in HTTP_PHASE_IDLE */
    LoopWatch *watch;
    LoopTimer read_timer;
    LoopTimer write_timer;
    GString *input; /* (nullable): what was read and waits, from input_at on */
    size_t input_at;
    size_t held;     /* of the input, in HttpBodies */
    GString *output; /* (nullable): what is to be sent, from output_at on */
    size_t output_at;
    uint64_t sent;
    uint64_t promised; /* the write timer waits for this much to have been sent */
    int descriptor;
    HttpPhase phase;
    bool dirty;   /* in the server's list */
    bool reading; /* LOOP_READ is watched */
    bool blocked; /* LOOP_WRITE is watched */
    bool closing; /* when the output has gone */
    bool linger;  /* …because the client may still be sending */
    bool broken;  /* …with a reset, because the answer is not whole */
    bool ended;   /* the client sends no more */
    bool used;    /* has had a request */
    bool trusted;
    char peer[HTTP_PEER_SIZE];
};

struct HttpServer {
    Loop *loop;
    const HttpSettings *settings;
    const HttpHandler *handler;
    void *data;
    HttpLimits limits;
    HttpTrusted *trusted; /* (nullable) */
    HttpConnection *connections;
    HttpConnection *idle_first; /* in HTTP_PHASE_IDLE for longest */
    HttpConnection *idle_last;
    unsigned count;
    uint64_t accepted;
    HttpConnection *dirty;
    HttpExchange *spare_exchanges;
    unsigned spare_exchange_count;
    GPtrArray *spare_buffers; /* GString */
    size_t spare_bytes;       /* that they hold */
    GPtrArray *listeners;
    LoopTimer accept_timer;
    bool accept_paused;
    bool draining;
    HttpDate date;
    HttpCompressor *compressor;
    char input[INPUT_SIZE];
};

/* connection.c */

/* Takes @descriptor. */
void connection_open(HttpServer *server, int descriptor, const char *peer);

/* For the turn: sends what is queued, ends what has ended, goes on with input that waits. The only
 * one that frees. */
void connection_serve(HttpConnection *connection);

/* Closes it if it is idle, after a look whether a request has come. */
void connection_drain(HttpConnection *connection);

/* Closes those that have been idle for longest, after a look whether a request has come, until one
 * is closed; false if none was idle. */
bool connection_give_way(HttpServer *server);

/* At once, whatever it does: an exchange is gone. connection_serve() frees it. */
void connection_close(HttpConnection *connection);

/* To be served in this turn. */
void connection_touch(HttpConnection *connection);

/* (transfer none): to append to. */
GString *connection_output(HttpConnection *connection);
size_t connection_backlog(const HttpConnection *connection);

/* server.c */

/* Spare ones are kept, so that no request needs memory. */
HttpExchange *server_take_exchange(HttpServer *server);
void server_give_exchange(HttpServer *server, HttpExchange *exchange);
GString *server_take_buffer(HttpServer *server);
void server_give_buffer(HttpServer *server, GString *buffer);

/* One connection less. */
void server_left(HttpServer *server);

/* There may be room for another one: one could give way. */
void server_is_idle(HttpServer *server);
