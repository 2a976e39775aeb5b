/*
 * Which endpoint answers a path.
 */
#pragma once
#include "api/endpoint.h"

typedef struct Router Router;

enum { ROUTE_CAPTURES = 16 };

/* Of one request. A value. */
typedef struct RouteMatch {
    void *target;      /* what router_add() was given; %NULL if there is none */
    unsigned methods;  /* 1 << HttpMethod of each method of this path; 0: the path is unknown */
    unsigned captures; /* values of {…}, percent-encoded, in the order of the path */
    struct {
        const char *data;
        size_t length;
    } capture[ROUTE_CAPTURES];
} RouteMatch;

/**
 * route_check:
 * @path: "/items/{id}": segments of fixed text or of one {name}; at most ROUTE_CAPTURES of those,
 *   each name once; %-encoding in fixed text is read; "/items/" is another path than "/items"
 *
 * Returns: whether @path is one that router_add() takes; else APP_ERROR_INPUT without a place.
 */
bool route_check(const char *path, GError **error);

/**
 * route_capture:
 * @at: in: the path, or where the last call left it; out: behind the capture
 *
 * Returns: whether there is another {name}, which is put out; the path must be a checked one.
 */
bool route_capture(const char **at, const char **out_name, size_t *out_length);

Router *router_new(void);
void router_free(Router *router);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Router, router_free)

/**
 * router_add:
 * @path: "/items/{id}"; fixed text goes before {…}
 * @target: not NULL; borrowed
 *
 * Returns: else APP_ERROR_INPUT: malformed, or taken (names of captures do not matter).
 */
bool router_add(Router *router, HttpMethod method, const char *path, void *target, GError **error);

/*
 * The most fixed path of a request decides, segment by segment from the left; then its methods: a
 * request with another method is not handed to a path with captures. Fixed text is compared after
 * %-decoding, so "%2F" never divides segments, and a capture is never empty. GET
 * answers HEAD where no endpoint has HEAD. Allocates nothing.
 */
void router_find(const Router *router, HttpMethod method, const char *path, size_t length,
                 RouteMatch *out_match);
