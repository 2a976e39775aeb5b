#include "backup/checksum.h"
#include "backup/sink.h"
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/* A file, or a descriptor of somebody else's. */
typedef struct FileSink {
    Sink sink;
    int descriptor;
    char *path;       /* (nullable) */
    EVP_MD_CTX *hash; /* (nullable) */
    int64_t bytes;
    ManifestFile *file; /* (nullable) */
} FileSink;

static bool fail(const FileSink *file, const char *what, int reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not %s %s%s%s: %s", what,
                file->path != NULL ? "file \"" : "the output", file->path != NULL ? file->path : "",
                file->path != NULL ? "\"" : "", g_strerror(reason));
    return false;
}

static bool write_bytes(Sink *sink, const void *bytes, size_t length, GError **error)
{
    FileSink *file = (FileSink *)sink;
    const char *at = bytes;
    if (file->hash != NULL)
        EVP_DigestUpdate(file->hash, bytes, length);
    file->bytes += (int64_t)length;
    while (length > 0) {
        /* A reader may let it wait for as long as it likes. */
        if (file->path == NULL && !interrupt_await(file->descriptor, POLLOUT, error))
            return false;
        ssize_t written = write(file->descriptor, at, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(file, "write to", errno, error);
        at += written;
        length -= (size_t)written;
    }
    return true;
}

static bool end(Sink *sink, GError **error)
{
    FileSink *file = (FileSink *)sink;
    if (file->path == NULL)
        return true;
    /* A full disk may be told only here, or when it is closed. */
    if (fsync(file->descriptor) != 0)
        return fail(file, "sync", errno, error);
    if (close(g_steal_fd(&file->descriptor)) != 0)
        return fail(file, "close", errno, error);
    if (file->file != NULL) {
        file->file->name = g_path_get_basename(file->path);
        file->file->bytes = file->bytes;
        file->file->sha256 = checksum_take(file->hash);
    }
    return true;
}

static void free_file(Sink *sink)
{
    FileSink *file = (FileSink *)sink;
    if (file->path != NULL && file->descriptor >= 0)
        close(file->descriptor);
    EVP_MD_CTX_free(file->hash);
    g_free(file->path);
    g_free(file);
}

static const SinkKind kind = {write_bytes, end, free_file};

Sink *sink_file_new(const char *folder, const char *name, ManifestFile *file, GError **error)
{
    FileSink *sink = g_new0(FileSink, 1);
    *sink = (FileSink){.sink = {&kind, NULL}, .file = file, .hash = checksum_begin()};
    sink->path = g_build_filename(folder, name, NULL);
    sink->descriptor = open(sink->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (sink->descriptor >= 0)
        return &sink->sink;
    fail(sink, "create", errno, error);
    free_file(&sink->sink);
    return NULL;
}

Sink *sink_descriptor_new(int descriptor)
{
    FileSink *sink = g_new0(FileSink, 1);
    *sink = (FileSink){.sink = {&kind, NULL}, .descriptor = descriptor};
    return &sink->sink;
}
