#include "backup/sink.h"

#include <zlib.h>
#include <zstd.h>

enum { OUTPUT = 131072, GZIP = 16 /* added to zlib's window bits: with gzip's header */ };

typedef struct CompressSink {
    Sink sink;
    ZSTD_CStream *zstd; /* (nullable) */
    z_stream gzip;
    char output[OUTPUT];
} CompressSink;

static bool fail(const char *reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not compress: %s", reason);
    return false;
}

static bool compress_zstd(CompressSink *sink, const void *bytes, size_t length,
                          ZSTD_EndDirective how, GError **error)
{
    ZSTD_inBuffer in = {bytes, length, 0};
    bool again = true;
    while (again) {
        ZSTD_outBuffer out = {sink->output, sizeof sink->output, 0};
        size_t left = ZSTD_compressStream2(sink->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            return fail(ZSTD_getErrorName(left), error);
        if (!sink_write(sink->sink.next, sink->output, out.pos, error))
            return false;
        again = how == ZSTD_e_end ? left != 0 : in.pos < in.size;
    }
    return true;
}

static bool write_zstd(Sink *sink, const void *bytes, size_t length, GError **error)
{
    return compress_zstd((CompressSink *)sink, bytes, length, ZSTD_e_continue, error);
}

static bool end_zstd(Sink *sink, GError **error)
{
    return compress_zstd((CompressSink *)sink, NULL, 0, ZSTD_e_end, error);
}

/* zlib counts in unsigned int. */
static bool compress_gzip(CompressSink *sink, const void *bytes, unsigned length, int how,
                          GError **error)
{
    sink->gzip.next_in = (Bytef *)bytes;
    sink->gzip.avail_in = length;
    bool again = true;
    while (again) {
        sink->gzip.next_out = (Bytef *)sink->output;
        sink->gzip.avail_out = sizeof sink->output;
        int status = deflate(&sink->gzip, how);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return fail(sink->gzip.msg != NULL ? sink->gzip.msg : "zlib", error);
        size_t made = sizeof sink->output - sink->gzip.avail_out;
        if (!sink_write(sink->sink.next, sink->output, made, error))
            return false;
        again = how == Z_FINISH ? status != Z_STREAM_END : sink->gzip.avail_out == 0;
    }
    return true;
}

static bool write_gzip(Sink *sink, const void *bytes, size_t length, GError **error)
{
    const char *at = bytes;
    while (length > 0) {
        unsigned part = (unsigned)MIN(length, (size_t)1 << 30);
        if (!compress_gzip((CompressSink *)sink, at, part, Z_NO_FLUSH, error))
            return false;
        at += part;
        length -= part;
    }
    return true;
}

static bool end_gzip(Sink *sink, GError **error)
{
    return compress_gzip((CompressSink *)sink, NULL, 0, Z_FINISH, error);
}

static void free_compress(Sink *sink)
{
    CompressSink *compress = (CompressSink *)sink;
    if (compress->zstd != NULL)
        ZSTD_freeCStream(compress->zstd);
    else
        deflateEnd(&compress->gzip);
    g_free(compress);
}

static const SinkKind zstd_kind = {write_zstd, end_zstd, free_compress};
static const SinkKind gzip_kind = {write_gzip, end_gzip, free_compress};

static void begin_zstd(CompressSink *sink, int level)
{
    sink->sink.kind = &zstd_kind;
    sink->zstd = ZSTD_createCStream();
    g_assert(sink->zstd != NULL);
    ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_compressionLevel,
                           level != 0 ? level : ZSTD_CLEVEL_DEFAULT);
    ZSTD_CCtx_setParameter(sink->zstd, ZSTD_c_checksumFlag, 1);
}

static void begin_gzip(CompressSink *sink, int level)
{
    sink->sink.kind = &gzip_kind;
    int status = deflateInit2(&sink->gzip, level != 0 ? level : Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                              MAX_WBITS + GZIP, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
    g_assert(status == Z_OK);
}

Sink *sink_compress_new(Compression compression, int level, Sink *next)
{
    CompressSink *sink = g_new0(CompressSink, 1);
    sink->sink.next = next;
    g_assert(compression != COMPRESSION_NONE);
    (compression == COMPRESSION_ZSTD ? begin_zstd : begin_gzip)(sink, level);
    return &sink->sink;
}

const char *compression_name(Compression compression)
{
    static const char *const names[] = {"none", "gzip", "zstd"};
    return names[compression];
}

const char *compression_suffix(Compression compression)
{
    static const char *const suffixes[] = {"", ".gz", ".zst"};
    return suffixes[compression];
}
