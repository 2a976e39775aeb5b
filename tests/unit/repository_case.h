/* A folder of backups for a test, and what it is asked. */
#pragma once
#include "backup/partial.h"
#include "backup/verify.h"
#include "backups.h"
#include "base/file.h"

#define ID "2026-11-22T183000Z-3f2a9c41b7de"
#define LATER_ID "2026-11-23T000000Z-000000000000"

typedef struct Case {
    char *top;
    char *folder; /* of backups; not there yet */
} Case;

static inline void set_up(Case *test, const void *unused)
{
    (void)unused;
    test->top = g_dir_make_tmp("repository-XXXXXX", NULL);
    test->folder = g_build_filename(test->top, "backups", NULL);
}

static inline void tear_down(Case *test, const void *unused)
{
    (void)unused;
    g_assert_true(file_remove_tree(test->top, NULL));
    g_free(test->top);
    g_free(test->folder);
}

static inline PartialBackup *begin(const Case *test, const char *id)
{
    g_autoptr(GError) error = NULL;
    PartialBackup *partial = partial_begin(test->folder, id, &error);
    g_assert_no_error(error);
    return partial;
}

static inline void commit(PartialBackup *partial, const char *id)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Manifest) manifest = sample_manifest(id);
    partial_commit(partial, manifest, &error);
    g_assert_no_error(error);
}

static inline void make_backup(const Case *test, const char *id)
{
    g_autoptr(PartialBackup) partial = begin(test, id);
    sample_write(partial_folder(partial));
    commit(partial, id);
}

static inline GPtrArray *list(const Case *test)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *backups = repository_list(test->folder, &error);
    g_assert_no_error(error);
    return backups;
}

/* (transfer full): the only one. */
static inline Backup *find(const Case *test, const char *name)
{
    g_autoptr(GError) error = NULL;
    Backup *backup = repository_find(test->folder, name, &error);
    g_assert_no_error(error);
    return backup;
}

static inline char *path_of(const Case *test, const char *name)
{
    return g_build_filename(test->folder, name, NULL);
}

static inline bool exists(const Case *test, const char *name)
{
    g_autofree char *path = path_of(test, name);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static inline void put(const Case *test, const char *name, const char *text)
{
    g_autofree char *path = path_of(test, name);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* The faults that verify finds, a line each. */
static inline char *faults_of(const Backup *backup)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) faults = NULL;
    backup_verify(backup, NULL, NULL, &faults, &error);
    g_assert_no_error(error);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < faults->len; i++)
        g_string_append_printf(text, "%s\n", (const char *)faults->pdata[i]);
    return g_string_free(text, FALSE);
}

static inline void add_case(const char *suite, const char *name, void (*run)(Case *, const void *))
{
    g_autofree char *path = g_strconcat("/", suite, "/", name, NULL);
    g_test_add(path, Case, NULL, set_up, run, tear_down);
}
