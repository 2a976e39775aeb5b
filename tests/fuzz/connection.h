/*
 * The parts of the target "connection": a server of the HTTP layer, its clients, and what each side
 * saw of the other.
 *
 * connection_handler.c answers requests and notes them, connection_check.c compares the notes with
 * what the clients sent and got, fuzz_connection.c lets it all happen.
 */
#pragma once
#include "fuzz.h"
#include "http/inside.h"

enum { CLIENTS = 3 };

typedef struct Client Client;

/* A request as the handler saw it, and its answer. */
typedef struct Served {
    Client *client;
    HttpExchange *exchange; /* (nullable): while it is not answered */
    unsigned serial;        /* of all requests of a run; a header of the answer tells it */
    char *head;             /* (nullable): %NULL if it was refused before it had one */
    GString *body;          /* (nullable): %NULL if it never became whole, or was not waited for */
    unsigned refused;       /* the status, or 0 */
    unsigned status;
    size_t length; /* of the answer's body, as far as it was written */
    size_t left;   /* that a stream has still to write */
    bool streamed;
    bool compressed; /* may be */
    bool answered;
    bool broken; /* a stream that ended too early */
    bool gone;
    bool closes; /* nothing may come after it */
} Served;

struct Client {
    char peer[HTTP_PEER_SIZE];
    int descriptor;    /* -1: it has not come yet, or has left */
    GString *pending;  /* to be sent */
    GString *sent;     /* all that the server could read */
    GString *received; /* all that it sent */
    GPtrArray *served; /* Served, in order */
    bool came;
    bool shut;  /* its half is closed */
    bool ended; /* the server's is */
};

typedef struct Run {
    Loop *loop;
    HttpServer *server;
    Client clients[CLIENTS];
    GPtrArray *served; /* owns them */
    GPtrArray *held;   /* Served that are answered later, the oldest first */
    bool disturbed;    /* deadlines may have ended connections, or the server did */
} Run;

extern const HttpSettings run_settings;
extern const HttpHandler run_handler;

/* (transfer full): method, target and headers as one text, which tells them all. */
char *request_text(const HttpRequest *request);

/* What a path asks for: "/a" and so on, see connection_handler.c. */
char request_kind(const HttpRequest *request);

enum { SMALL_BODY = 10 }; /* what "/m" takes at most */

/* Answers or ends what is held. */
void run_release(Run *run, Served *served);

/* Writes a piece of what is held, if it is a stream. */
void run_write(Served *served);

void served_free(void *served);

/* What a client saw is what it may see; all of it, if the run was not disturbed. */
void run_check(const Run *run, const Client *client);
