#include "backup/checksum.h"
#include "backup/source.h"
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file, or a descriptor of somebody else's. */
typedef struct FileSource {
    Source source;
    int descriptor;
    char *path;                 /* (nullable) */
    const ManifestFile *wanted; /* (nullable) */
    EVP_MD_CTX *hash;           /* (nullable): until it was compared */
    int64_t bytes;
} FileSource;

static bool fail_verify(const FileSource *file, const char *fault, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_VERIFY, "file \"%s\" %s", file->path, fault);
    return false;
}

/* At its end. */
static bool compare(FileSource *file, GError **error)
{
    if (file->bytes < file->wanted->bytes)
        return fail_verify(file, "is cut off", error);
    g_autofree char *sum = checksum_take(file->hash);
    g_clear_pointer(&file->hash, EVP_MD_CTX_free);
    return g_str_equal(sum, file->wanted->sha256) ||
           fail_verify(file, "is not what was stored: its checksum is another one", error);
}

static ssize_t read_bytes(Source *source, void *bytes, size_t size, GError **error)
{
    FileSource *file = (FileSource *)source;
    ssize_t got = -1;
    if (file->path == NULL ? !interrupt_await(file->descriptor, POLLIN, error)
                           : !interrupt_check(error))
        return -1;
    while ((got = read(file->descriptor, bytes, size)) < 0 && errno == EINTR)
        continue;
    if (got < 0) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not read %s%s%s: %s",
                    file->path != NULL ? "file \"" : "the input",
                    file->path != NULL ? file->path : "", file->path != NULL ? "\"" : "",
                    g_strerror(reason));
        return -1;
    }
    file->bytes += got;
    if (file->hash == NULL)
        return got;
    EVP_DigestUpdate(file->hash, bytes, (size_t)got);
    if (file->bytes > file->wanted->bytes)
        return fail_verify(file, "is longer than what was stored", error) ? got : -1;
    return got > 0 || compare(file, error) ? got : -1;
}

static void free_file(Source *source)
{
    FileSource *file = (FileSource *)source;
    if (file->path != NULL)
        close(file->descriptor);
    EVP_MD_CTX_free(file->hash);
    g_free(file->path);
    g_free(file);
}

static const SourceKind kind = {read_bytes, free_file};

Source *source_file_new(const char *path, const ManifestFile *wanted, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        int reason = errno;
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not open file \"%s\": %s", path,
                    g_strerror(reason));
        return NULL;
    }
    FileSource *file = g_new0(FileSource, 1);
    struct stat found = {0};
    bool known = fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
    *file = (FileSource){.source = {.kind = &kind, .whole = known ? found.st_size : 0},
                         .descriptor = descriptor,
                         .path = g_strdup(path),
                         .wanted = wanted,
                         .hash = wanted != NULL ? checksum_begin() : NULL};
    return &file->source;
}

Source *source_descriptor_new(int descriptor)
{
    FileSource *file = g_new0(FileSource, 1);
    *file = (FileSource){.source = {.kind = &kind}, .descriptor = descriptor};
    return &file->source;
}
