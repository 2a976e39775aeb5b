#include "backup/verify.h"

#include "backup/checksum.h"
#include "backup/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

enum { BLOCK = 262144 };

/* What is done, of what. */
typedef struct Reading {
    int64_t done, whole;
    BackupProgress *progress; /* (nullable) */
    void *data;
    VerifySkip *skip; /* (nullable) */
    const void *skip_data;
    char *block;
} Reading;

static void add_fault(GPtrArray *faults, const char *name, const char *fault)
{
    g_ptr_array_add(faults, g_strdup_printf("\"%s\" %s", name, fault));
}

static void add_length_fault(GPtrArray *faults, const ManifestFile *file, int64_t bytes)
{
    g_ptr_array_add(faults,
                    g_strdup_printf("\"%s\" is too %s: %" PRId64 " bytes instead of %" PRId64,
                                    file->name, bytes < file->bytes ? "short" : "long", bytes,
                                    file->bytes));
}

/* What is in the folder, and is of the manifest or not. */
static void check_entry(const TreeEntry *entry, const ManifestFile *file, GPtrArray *faults)
{
    if (entry->kind == TREE_LINK)
        add_fault(faults, entry->name, "is a symbolic link");
    else if (entry->kind == TREE_FOLDER && file != NULL)
        add_fault(faults, entry->name, "is a folder instead of a file");
    else if (entry->kind == TREE_OTHER)
        add_fault(faults, entry->name, "is neither a file nor a folder");
    else if (entry->kind == TREE_FILE && file == NULL && !manifest_is_own_file(entry->name))
        add_fault(faults, entry->name, "is not in the manifest");
    else if (entry->kind == TREE_FILE && file != NULL && entry->bytes != file->bytes)
        add_length_fault(faults, file, entry->bytes);
}

GPtrArray *verify_names(const Manifest *manifest, const GPtrArray *entries, GPtrArray *faults)
{
    g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < manifest->files->len; i++) {
        ManifestFile *file = manifest->files->pdata[i];
        g_hash_table_insert(files, file->name, file);
    }
    for (unsigned i = 0; i < entries->len; i++) {
        TreeEntry *entry = entries->pdata[i];
        g_hash_table_insert(found, entry->name, entry);
        check_entry(entry, g_hash_table_lookup(files, entry->name), faults);
    }
    GPtrArray *there = g_ptr_array_new();
    for (unsigned i = 0; i < manifest->files->len; i++) {
        ManifestFile *file = manifest->files->pdata[i];
        const TreeEntry *entry = g_hash_table_lookup(found, file->name);
        if (entry == NULL)
            add_fault(faults, file->name, "is missing");
        else if (entry->kind == TREE_FILE && entry->bytes == file->bytes)
            g_ptr_array_add(there, file);
    }
    return there;
}

/* (transfer full) (nullable): the checksum; %NULL with errno. */
static char *read_file(int descriptor, Reading *reading, int64_t *out_bytes)
{
    g_autoptr(EVP_MD_CTX) hash = checksum_begin();
    for (*out_bytes = 0;;) {
        ssize_t got = read(descriptor, reading->block, BLOCK);
        if (got == 0)
            return checksum_take(hash);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return NULL;
        EVP_DigestUpdate(hash, reading->block, (size_t)got);
        *out_bytes += got;
        reading->done += got;
        if (reading->progress != NULL)
            reading->progress(reading->done, reading->whole, reading->data);
    }
}

/* A file that cannot be read is as bad as one that is damaged, and the others are looked at. */
static void verify_file(const char *folder, const ManifestFile *file, Reading *reading,
                        GPtrArray *faults)
{
    g_autofree char *path = g_build_filename(folder, file->name, NULL);
    int64_t bytes = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    g_autofree char *sha256 = descriptor >= 0 ? read_file(descriptor, reading, &bytes) : NULL;
    if (sha256 == NULL) {
        g_autofree char *fault = g_strdup_printf("cannot be read: %s", g_strerror(errno));
        add_fault(faults, file->name, fault);
    } else if (bytes != file->bytes) {
        add_length_fault(faults, file, bytes);
    } else if (!g_str_equal(sha256, file->sha256)) {
        add_fault(faults, file->name, "has another content: its checksum is wrong");
    }
    if (descriptor >= 0)
        close(descriptor);
}

static void verify_files(const char *folder, const GPtrArray *files, Reading *reading,
                         GPtrArray *faults)
{
    g_autofree char *block = g_malloc(BLOCK);
    reading->block = block;
    for (unsigned i = 0; i < files->len; i++)
        reading->whole += ((const ManifestFile *)files->pdata[i])->bytes;
    for (unsigned i = 0; i < files->len; i++)
        if (reading->skip == NULL || !reading->skip(files->pdata[i], reading->skip_data))
            verify_file(folder, files->pdata[i], reading, faults);
}

/* What was found earlier is of no use if it cannot be read. */
static void verify_result(const char *folder, const char *file, GPtrArray *faults)
{
    g_autoptr(BackupResult) result = NULL;
    g_autoptr(GError) error = NULL; /* one of the faults */
    if (!backup_result_load(folder, file, &result, &error))
        g_ptr_array_add(faults, g_strdup(error->message));
}

static bool verify(const Backup *backup, Reading *reading, GPtrArray **out_faults, GError **error)
{
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    if (backup->manifest == NULL) {
        g_ptr_array_add(faults, g_strdup(backup->fault));
        *out_faults = g_steal_pointer(&faults);
        return true;
    }
    g_autoptr(GPtrArray) entries = tree_list(backup->folder, error);
    if (entries == NULL)
        return false;
    g_autoptr(GPtrArray) files = verify_names(backup->manifest, entries, faults);
    verify_files(backup->folder, files, reading, faults);
    verify_result(backup->folder, VERIFIED_FILE, faults);
    verify_result(backup->folder, PROVEN_FILE, faults);
    *out_faults = g_steal_pointer(&faults);
    return true;
}

bool backup_verify(const Backup *backup, BackupProgress *progress, void *data,
                   GPtrArray **out_faults, GError **error)
{
    return verify(backup, &(Reading){.progress = progress, .data = data}, out_faults, error);
}

bool backup_verify_rest(const Backup *backup, VerifySkip *skip, const void *data,
                        GPtrArray **out_faults, GError **error)
{
    return verify(backup, &(Reading){.skip = skip, .skip_data = data}, out_faults, error);
}
