#include "backup/source.h"

#include <zlib.h>
#include <zstd.h>

enum { INPUT = 131072, GZIP = 16 /* added to zlib's window bits: with gzip's header */ };

typedef struct DecompressSource {
    Source source;
    ZSTD_DStream *zstd; /* (nullable) */
    z_stream gzip;
    ZSTD_inBuffer in; /* of either */
    bool open;        /* in the middle of a member */
    bool over;        /* its source has ended */
    char input[INPUT];
} DecompressSource;

static ssize_t fail(const char *reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not decompress: %s", reason);
    return -1;
}

/* Reads on if all was taken. */
static bool fill(DecompressSource *source, GError **error)
{
    if (source->in.pos < source->in.size || source->over)
        return true;
    ssize_t got = source_read(source->source.next, source->input, sizeof source->input, error);
    if (got < 0)
        return false;
    source->over = got == 0;
    source->in = (ZSTD_inBuffer){source->input, (size_t)got, 0};
    return true;
}

/* Whether there is nothing more to come. */
static bool is_over(const DecompressSource *source)
{
    return source->over && source->in.pos == source->in.size;
}

static ssize_t read_zstd(Source *source, void *bytes, size_t size, GError **error)
{
    DecompressSource *from = (DecompressSource *)source;
    ZSTD_outBuffer out = {bytes, size, 0};
    while (out.pos == 0) {
        if (!fill(from, error))
            return -1;
        if (is_over(from) && !from->open)
            return 0;
        size_t before = from->in.pos;
        size_t left = ZSTD_decompressStream(from->zstd, &out, &from->in);
        if (ZSTD_isError(left))
            return fail(ZSTD_getErrorName(left), error);
        from->open = left != 0;
        if (from->open && is_over(from) && out.pos == 0 && from->in.pos == before)
            return fail("it is cut off", error);
    }
    return (ssize_t)out.pos;
}

/* One step of zlib. Returns: its status. */
static int step(DecompressSource *from, void *bytes, size_t size, size_t *out_made)
{
    z_stream *gzip = &from->gzip;
    gzip->next_in = (Bytef *)from->input + from->in.pos;
    gzip->avail_in = (unsigned)(from->in.size - from->in.pos);
    gzip->next_out = bytes;
    gzip->avail_out = (unsigned)MIN(size, (size_t)1 << 30);
    unsigned room = gzip->avail_out;
    int status = inflate(gzip, Z_NO_FLUSH);
    from->in.pos = from->in.size - gzip->avail_in;
    *out_made = room - gzip->avail_out;
    return status;
}

static ssize_t read_gzip(Source *source, void *bytes, size_t size, GError **error)
{
    DecompressSource *from = (DecompressSource *)source;
    for (size_t made = 0;;) {
        if (!fill(from, error))
            return -1;
        if (is_over(from) && !from->open)
            return 0;
        int status = step(from, bytes, size, &made);
        if (status == Z_STREAM_END)
            inflateReset(&from->gzip); /* another member may follow */
        else if (status != Z_OK && status != Z_BUF_ERROR)
            return fail(from->gzip.msg != NULL ? from->gzip.msg : "damaged", error);
        from->open = status != Z_STREAM_END;
        if (made > 0)
            return (ssize_t)made;
        if (from->open && is_over(from))
            return fail("it is cut off", error);
    }
}

static void free_decompress(Source *source)
{
    DecompressSource *from = (DecompressSource *)source;
    if (from->zstd != NULL)
        ZSTD_freeDStream(from->zstd);
    else
        inflateEnd(&from->gzip);
    g_free(from);
}

static const SourceKind zstd_kind = {read_zstd, free_decompress};
static const SourceKind gzip_kind = {read_gzip, free_decompress};

Source *source_decompress_new(Compression compression, Source *next)
{
    DecompressSource *from = g_new0(DecompressSource, 1);
    from->source =
        (Source){.kind = compression == COMPRESSION_ZSTD ? &zstd_kind : &gzip_kind, .next = next};
    from->open = true; /* nothing at all is no member */
    if (compression == COMPRESSION_ZSTD) {
        from->zstd = ZSTD_createDStream();
        g_assert(from->zstd != NULL);
    } else {
        int status = inflateInit2(&from->gzip, MAX_WBITS + GZIP);
        g_assert(status == Z_OK);
    }
    return &from->source;
}
