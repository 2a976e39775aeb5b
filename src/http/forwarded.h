/*
 * Who the client is, by the word of trusted proxies (RFC 7239, and X-Forwarded-For).
 */
#pragma once
#include "http/request.h"
#include "http/trusted.h"

enum { HTTP_PEER_SIZE = 46 };

/* The client of whom a proxy says that it does not know, or does not tell, its address. No list of
 * addresses has it. */
#define HTTP_PEER_UNKNOWN "unknown"

/**
 * http_forwarded_peer:
 * @peer: of the connection, which is trusted
 *
 * Proxies append whom they heard. So from the last one backwards, the first that is not trusted
 * itself is the client; what stands before it, anybody may have written. X-Forwarded-For counts
 * where both are given. An entry that is no address ("unknown", "_hidden", "unix:", nothing at
 * all) is a stranger: taking the proxy for the client instead would let strangers in.
 *
 * Returns: (transfer none): @out_peer, which may be HTTP_PEER_UNKNOWN, or @peer if the request has
 *   neither header.
 */
const char *http_forwarded_peer(const HttpRequest *request, const HttpTrusted *trusted,
                                const char *peer, char out_peer[HTTP_PEER_SIZE]);
