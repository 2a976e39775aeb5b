/*
 * What lies in a folder and below it, and how to put that on the disk for good.
 */
#pragma once
#include "base/error.h"

#include <stdint.h>

typedef enum TreeKind {
    TREE_FILE,
    TREE_FOLDER,
    TREE_LINK,  /* a symbolic one */
    TREE_OTHER, /* a socket, a pipe, a device, or what lies too deep */
} TreeKind;

typedef struct TreeEntry {
    char *name; /* below the folder: "dump/3021.dat" */
    TreeKind kind;
    int64_t bytes; /* of a file */
} TreeEntry;

/**
 * tree_names:
 * @out_names: (element-type utf8) (transfer full) (nullable): what is in @folder, sorted; NULL if
 *   there is no such folder
 *
 * Returns: whether it could be read; else APP_ERROR_INPUT.
 */
bool tree_names(const char *folder, GPtrArray **out_names, GError **error);

/**
 * tree_list:
 *
 * Follows no links. Returns: (element-type TreeEntry) (transfer full): by name, a folder before
 * what is in it; %NULL with APP_ERROR_INPUT. What goes while it looks is left out.
 */
GPtrArray *tree_list(const char *folder, GError **error);

/* Syncs all files and folders of @entries, and @folder; else APP_ERROR_INPUT. */
bool tree_sync(const char *folder, const GPtrArray *entries, GError **error);

/* Syncs the folder itself: the names in it; else APP_ERROR_INPUT. A file system that cannot does it
 * soon, and is no error. */
bool tree_sync_folder(const char *folder, GError **error);

/**
 * tree_read_text:
 * @most: bytes
 *
 * As file_read_text(), but only of a file, no link or pipe, and of bounded length.
 */
char *tree_read_text(const char *path, int64_t most, GError **error);
