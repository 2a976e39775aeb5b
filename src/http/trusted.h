/*
 * Whose word about the client is believed: addresses and networks of proxies.
 *
 * Made once from configuration, read-only after: loops share it.
 */
#pragma once
#include "base/error.h"
#include "http/text.h"

typedef struct HttpTrusted HttpTrusted;

/**
 * http_trusted_new:
 * @entries: (nullable): addresses and networks, "10.0.0.0/8", "::1", or "unix" for whoever comes
 *   over a socket file
 *
 * Returns: (transfer full): %NULL with APP_ERROR_USAGE if an entry is none of these.
 */
HttpTrusted *http_trusted_new(const char *const *entries, GError **error);
void http_trusted_free(HttpTrusted *trusted);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpTrusted, http_trusted_free)

/* @address: as in HttpRequest.peer. @trusted may be %NULL, which trusts nobody. */
bool http_trusted_has(const HttpTrusted *trusted, HttpText address);
