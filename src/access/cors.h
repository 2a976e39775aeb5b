/*
 * Which web pages of other origins may call: CORS, as the Fetch standard describes it.
 *
 * Closed unless `cors_origins` of [access] says otherwise. A browser asks before most calls (the
 * preflight, an OPTIONS request) and reads the headers of the answers; anything but a browser is
 * not concerned, so this is no means to keep anybody out.
 */
#pragma once
#include "base/config.h"
#include "base/http_method.h"

typedef struct Cors Cors;

/**
 * cors_load:
 *
 * Reads `cors_origins`, `cors_credentials` and `cors_max_age` of [access].
 *
 * Returns: (transfer full): %NULL with APP_ERROR_INPUT with the place if an origin is not as
 *   browsers send it (https://host, or https://host:port where that is not the usual one), or if
 *   credentials are to be sent from everywhere.
 */
Cors *cors_load(const Config *config, GError **error);
void cors_free(Cors *cors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cors, cors_free)

/* Whether pages of any other origin may call. */
bool cors_is_open(const Cors *cors);

/**
 * cors_append:
 * @origin: (nullable): value of the header Origin, @length bytes
 * @lines: gets whole header lines, each ended by CR LF
 *
 * What an answer, whatever its status, needs. An origin that may not call gets no more than
 * `Vary: Origin`, and its browser then hides the answer.
 *
 * Returns: whether a page of @origin may see the answer.
 */
bool cors_append(const Cors *cors, const char *origin, size_t length, GString *lines);

/* Bit of a method in masks. */
#define CORS_METHOD(method) (1u << (method))

/* A preflight. Texts are values of headers, not ended by NUL. */
typedef struct CorsQuestion {
    const char *origin; /* (nullable) */
    size_t origin_length;
    const char *method; /* (nullable): Access-Control-Request-Method */
    size_t method_length;
    unsigned methods; /* CORS_METHOD()s of the route */
} CorsQuestion;

/**
 * cors_append_preflight:
 * @lines: as of cors_append()
 *
 * Which headers may be sent does not depend on those that are asked for: all that this server reads
 * are named.
 *
 * Returns: whether @question is a preflight of a page that may call with that method; else it
 *   has appended at most `Vary`.
 */
bool cors_append_preflight(const Cors *cors, const CorsQuestion *question, GString *lines);
