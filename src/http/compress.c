#include "http/compress.h"

#include <zlib.h>
#include <zstd.h>

/* Fast ones: a thread that compresses serves nobody else. */
enum { GZIP_LEVEL = 1, ZSTD_LEVEL = 1, GZIP_WINDOW = 15 + 16, KEPT_OUTPUT = 1 << 20 };

struct HttpCompressor {
    z_stream gzip;
    bool gzip_begun;
    ZSTD_CCtx *zstd;
    char *output;
    size_t size;
};

/* "0.5" as 500; absent is 1000, malformed 0 (RFC 9110, 12.4.2). */
static unsigned read_quality(HttpText text)
{
    if (text.length < 1 || text.length > 5 || (text.data[0] != '0' && text.data[0] != '1'))
        return 0;
    unsigned quality = text.data[0] == '1' ? 1000 : 0;
    if (text.length == 1)
        return quality;
    if (text.data[1] != '.')
        return 0;
    unsigned place = 100;
    for (size_t i = 2; i < text.length; i++, place /= 10) {
        if (!g_ascii_isdigit(text.data[i]))
            return 0;
        quality += place * (unsigned)(text.data[i] - '0');
    }
    return quality > 1000 ? 0 : quality;
}

/* "gzip;q=0.5" → its name, 500. */
static HttpText read_part(HttpText part, unsigned *out_quality)
{
    HttpText rest = part, name = {0}, parameter = {0};
    *out_quality = 1000;
    http_text_next(&rest, ';', &name);
    while (http_text_next(&rest, ';', &parameter)) {
        HttpText value = parameter, key = {0};
        http_text_next(&value, '=', &key);
        if (!http_text_is_word(key, "q"))
            continue;
        *out_quality = value.data == NULL ? 0 : read_quality(http_text_trim(value));
    }
    return name;
}

enum { UNSAID = -1 };

typedef struct Wishes {
    int gzip;
    int zstd;
    int identity;
    int others;
} Wishes;

static Wishes read_wishes(HttpText accepted)
{
    Wishes wishes = {UNSAID, UNSAID, UNSAID, UNSAID};
    HttpText part = {0};
    while (http_text_next(&accepted, ',', &part)) {
        unsigned quality = 0;
        const HttpText name = read_part(part, &quality);
        if (http_text_is_word(name, "gzip") || http_text_is_word(name, "x-gzip"))
            wishes.gzip = (int)quality;
        else if (http_text_is_word(name, "zstd"))
            wishes.zstd = (int)quality;
        else if (http_text_is_word(name, "identity"))
            wishes.identity = (int)quality;
        else if (http_text_is_word(name, "*"))
            wishes.others = (int)quality;
    }
    return wishes;
}

HttpCoding http_coding_choose(HttpText accepted)
{
    if (accepted.data == NULL)
        return HTTP_CODING_NONE;
    const Wishes wishes = read_wishes(accepted);
    const int others = MAX(wishes.others, 0);
    const int gzip = wishes.gzip == UNSAID ? others : wishes.gzip;
    const int zstd = wishes.zstd == UNSAID ? others : wishes.zstd;
    const int identity = MAX(wishes.identity, 0);
    if (zstd > 0 && zstd >= gzip && zstd >= identity)
        return HTTP_CODING_ZSTD;
    if (gzip > 0 && gzip >= identity)
        return HTTP_CODING_GZIP;
    return HTTP_CODING_NONE;
}

const char *http_coding_name(HttpCoding coding)
{
    static const char *const names[] = {
        [HTTP_CODING_NONE] = "identity",
        [HTTP_CODING_GZIP] = "gzip",
        [HTTP_CODING_ZSTD] = "zstd",
    };
    return names[coding];
}

HttpCompressor *http_compressor_new(void)
{
    return g_new0(HttpCompressor, 1);
}

void http_compressor_free(HttpCompressor *compressor)
{
    if (compressor == NULL)
        return;
    if (compressor->gzip_begun)
        deflateEnd(&compressor->gzip);
    ZSTD_freeCCtx(compressor->zstd);
    g_free(compressor->output);
    g_free(compressor);
}

void http_compressor_trim(HttpCompressor *compressor)
{
    if (compressor->size <= KEPT_OUTPUT)
        return;
    g_clear_pointer(&compressor->output, g_free);
    compressor->size = 0;
}

static void need(HttpCompressor *compressor, size_t size)
{
    if (size <= compressor->size)
        return;
    g_free(compressor->output);
    compressor->output = g_malloc(size);
    compressor->size = size;
}

static bool begin_gzip(HttpCompressor *compressor)
{
    if (compressor->gzip_begun)
        return deflateReset(&compressor->gzip) == Z_OK;
    compressor->gzip_begun = deflateInit2(&compressor->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
                                          Z_DEFAULT_STRATEGY) == Z_OK;
    return compressor->gzip_begun;
}

/* 0: it did not become shorter. */
static size_t gzip(HttpCompressor *compressor, const char *data, size_t length)
{
    z_stream *stream = &compressor->gzip;
    if (length > G_MAXUINT || !begin_gzip(compressor))
        return 0;
    need(compressor, length);
    stream->next_in = (Bytef *)data;
    stream->avail_in = (uInt)length;
    stream->next_out = (Bytef *)compressor->output;
    stream->avail_out = (uInt)length;
    return deflate(stream, Z_FINISH) == Z_STREAM_END ? length - stream->avail_out : 0;
}

static size_t zstd(HttpCompressor *compressor, const char *data, size_t length)
{
    if (compressor->zstd == NULL)
        compressor->zstd = ZSTD_createCCtx();
    if (compressor->zstd == NULL)
        return 0;
    need(compressor, length);
    const size_t made =
        ZSTD_compressCCtx(compressor->zstd, compressor->output, length, data, length, ZSTD_LEVEL);
    return ZSTD_isError(made) ? 0 : made;
}

const char *http_compress(HttpCompressor *compressor, HttpCoding coding, const char *data,
                          size_t length, size_t *out_length)
{
    size_t made = 0;
    if (coding == HTTP_CODING_GZIP)
        made = gzip(compressor, data, length);
    else if (coding == HTTP_CODING_ZSTD)
        made = zstd(compressor, data, length);
    if (made == 0 || made >= length)
        return NULL;
    *out_length = made;
    return compressor->output;
}
