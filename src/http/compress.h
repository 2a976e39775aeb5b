/*
 * Content codings: which one a client wants (RFC 9110, 12.5.3), and how it is made.
 */
#pragma once
#include "http/text.h"

typedef enum HttpCoding {
    HTTP_CODING_NONE,
    HTTP_CODING_GZIP,
    HTTP_CODING_ZSTD,
} HttpCoding;

/* The one of highest quality in @accepted, an Accept-Encoding (absent: none wanted); of equals zstd
 * before gzip before none. A malformed part counts as absent. */
HttpCoding http_coding_choose(HttpText accepted);

/* As Content-Encoding names it. */
const char *http_coding_name(HttpCoding coding);

/* Makes them, one at a time; its memory is used again. */
typedef struct HttpCompressor HttpCompressor;

/* (transfer full) */
HttpCompressor *http_compressor_new(void);
void http_compressor_free(HttpCompressor *compressor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpCompressor, http_compressor_free)

/* Returns: (nullable) (transfer none): @data compressed, until the next call; %NULL if that would
 * not be shorter. */
const char *http_compress(HttpCompressor *compressor, HttpCoding coding, const char *data,
                          size_t length, size_t *out_length);

/* Gives back what a large answer needed. */
void http_compressor_trim(HttpCompressor *compressor);
