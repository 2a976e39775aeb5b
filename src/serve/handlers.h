/*
 * Endpoints whose answer a function of C makes: include/retort.h.
 */
#pragma once
#include "serve/call.h"
#include "serve/endpoint_set.h"

#include "retort.h"

/* One that was registered. */
typedef struct Handler {
    char *endpoint;
    RetortHandle *handle;
    void *data;
} Handler;

/**
 * handlers_add:
 * @handlers: (nullable) (element-type Handler): those that are registered
 * @out_found: (nullable): a table to which Endpoint → Handler is added, both borrowed
 *
 * Adds their endpoints to those of files, in @set, not described yet.
 *
 * Returns: false with APP_ERROR_INPUT if one is malformed, or its route is taken.
 */
bool handlers_add(EndpointSet *set, const GPtrArray *handlers, GHashTable *out_found,
                  GError **error);

/* Begins @call, whose route has a handler. */
void handler_run(Call *call);

/* The client has taken most of what it was sent. */
void handler_drained(Call *call);

/* Ends what hangs on @call; with each call that ends. */
void handler_end(Call *call);
