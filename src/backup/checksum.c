#include "backup/checksum.h"

#include "base/interrupt.h"

#include "backup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 262144 };

static bool fail(const char *what, const char *path, int reason, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not %s \"%s\": %s", what, path,
                g_strerror(reason));
    return false;
}

EVP_MD_CTX *checksum_begin(void)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    int status = EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    g_assert(status == 1);
    return hash;
}

char *checksum_take(EVP_MD_CTX *hash)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(hash, digest, &length);
    char *text = g_malloc((size_t)2 * length + 1);
    for (unsigned i = 0; i < length; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[2 * length] = '\0';
    return text;
}

static bool read_all(int descriptor, const char *path, ManifestFile *file, GError **error)
{
    g_autofree char *block = g_malloc(BLOCK);
    g_autoptr(EVP_MD_CTX) hash = checksum_begin();
    for (file->bytes = 0;;) {
        if (!interrupt_check(error))
            return false;
        ssize_t got = read(descriptor, block, BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail("read file", path, errno, error);
        if (got == 0)
            break;
        EVP_DigestUpdate(hash, block, (size_t)got);
        file->bytes += got;
    }
    file->sha256 = checksum_take(hash);
    return true;
}

bool checksum_file(const char *path, ManifestFile *file, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0)
        return fail("open file", path, errno, error);
    struct stat found;
    bool regular = fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
    bool done =
        regular ? read_all(descriptor, path, file, error) : fail("read", path, EINVAL, error);
    close(descriptor);
    return done;
}

bool checksum_folder(const char *folder, const char *below, GPtrArray *files, GError **error)
{
    g_autofree char *path = g_build_filename(folder, below, NULL);
    g_autoptr(GPtrArray) names = NULL;
    if (!tree_names(path, &names, error))
        return false;
    if (names == NULL)
        return fail("open folder", path, ENOENT, error);
    for (unsigned i = 0; i < names->len; i++) {
        ManifestFile *file = g_new0(ManifestFile, 1);
        g_ptr_array_add(files, file);
        file->name = g_build_filename(below, names->pdata[i], NULL);
        g_autofree char *whole = g_build_filename(folder, file->name, NULL);
        if (!checksum_file(whole, file, error))
            return false;
    }
    return true;
}
