/*
 * The "-- key: value" lines below a route.
 */
#pragma once
#include "api/endpoint.h"

/* What an endpoint has been given so far. A value; begin with {0}. */
typedef struct EndpointKeys {
    unsigned given; /* bit by place in the table of keys */
    bool has_returns, has_status, has_verify;
} EndpointKeys;

/**
 * endpoint_key_name:
 * @text: a comment without its dashes and one space behind them
 *
 * Returns: the length of a word in lower case that a colon and space follow; 0 if @text does not
 *   begin so.
 */
size_t endpoint_key_name(const char *text);

/* Whether there is a key of the name @name. */
bool endpoint_key_is_known(const char *name, size_t length);

/**
 * endpoint_key_read:
 * @text: for which endpoint_key_name() is not 0
 *
 * Returns: else APP_ERROR_INPUT without a place: unknown, there twice, or a wrong value.
 */
bool endpoint_key_read(EndpointKeys *keys, Endpoint *endpoint, const char *text, GError **error);
