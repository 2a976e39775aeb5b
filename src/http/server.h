/*
 * HTTP/1.1 on one loop: its listeners and connections.
 *
 * Framing is strict (docs/http.md): whatever two readers could understand differently is answered
 * with 400 and the connection is closed. Every deadline is absolute, every size has a limit.
 */
#pragma once
#include "http/bodies.h"
#include "http/exchange.h"
#include "http/trusted.h"
#include "loop/loop.h"

/* Times in milliseconds, sizes in bytes. */
typedef struct HttpSettings {
    size_t target_limit; /* 414 beyond */
    size_t head_limit;   /* 431 beyond */
    unsigned header_limit;
    size_t body_limit;         /* 413 beyond */
    size_t compress_from;      /* smallest body that is compressed */
    unsigned head_time;        /* from the first byte to the end of the head: 408 */
    unsigned body_time;        /* from the end of the head to the end of the body: 408 */
    unsigned idle_time;        /* between two requests */
    unsigned write_time;       /* for a client to take what it was sent */
    unsigned connections;      /* at most, on this loop; for a further one, the connection that has
                                  been idle for longest is closed, or else it waits in the kernel */
    unsigned half_closed_time; /* a client that has closed its half may still get its answer */
    HttpBodies *bodies; /* (nullable): what is kept of requests that are not whole: 503 beyond; and
                         * of those behind others: beyond, the connection ends without them */
    char **trusted;     /* (nullable): proxies, as http_trusted_new() takes them, which is also the
                         * check; a list that it refuses trusts nobody */
} HttpSettings;

/* What is done with requests. @data is that of http_server_new(). All run in the loop's thread. */
typedef struct HttpHandler {
    /* (nullable): the head is whole and valid, the body has not been read: may answer already. */
    void (*head)(HttpExchange *exchange, void *data);
    /* The body is whole: answer now or later. Not called if head() has answered. */
    void (*request)(HttpExchange *exchange, void *data);
    /* The request cannot be accepted: must answer at once, with @status; the connection closes.
     * head() may have been called before, or may not; of the request only texts that are not
     * absent, and headers as far as they were understood. */
    void (*refuse)(HttpExchange *exchange, unsigned status, const char *reason, void *data);
    /* (nullable): the client left after head() or request() and before its answer, or the server is
     * freed: the exchange is gone when this returns. Never after exchange_answer() or
     * exchange_end(). */
    void (*gone)(HttpExchange *exchange, void *data);
    /* (nullable): a stream's backlog has become small (exchange_backlog()). */
    void (*drained)(HttpExchange *exchange, void *data);
} HttpHandler;

typedef struct HttpServer HttpServer;

/* (transfer full). @settings and @handler must outlive it. On a loop that has a pool of database
 * connections, too, it is made first: requests of a turn are then sent to the database in it. */
HttpServer *http_server_new(Loop *loop, const HttpSettings *settings, const HttpHandler *handler,
                            void *data);
/* What has been answered goes out, as far as the system takes it; the rest is gone(). */
void http_server_free(HttpServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpServer, http_server_free)

/* Accepts connections of @descriptor, which listens, and which it closes in the end. */
void http_server_listen(HttpServer *server, int descriptor);

/* Accepts no more (what has connected already is still served), closes idle connections, and ends
 * the others after their answer. */
void http_server_drain(HttpServer *server);

/* Connections accepted so far. */
uint64_t http_server_accepted(const HttpServer *server);

/* Connections now. 0 after draining means that all is answered and written. */
unsigned http_server_connections(const HttpServer *server);
