/*
 * Files as a whole: read, written so that a reader sees the old or the new text and never half,
 * and folders made on the way.
 *
 * Errors are APP_ERROR_INPUT and name the file, as PostgreSQL writes them:
 * could not open file "models/a.sql": Permission denied
 */
#pragma once
#include "base/error.h"

/**
 * file_read:
 * @out_length: (nullable): bytes read, without the NUL that is added
 *
 * Returns: (transfer full): the bytes of @path, ended by NUL; %NULL with APP_ERROR_INPUT.
 */
char *file_read(const char *path, size_t *out_length, GError **error);

/**
 * file_read_text:
 *
 * Returns: (transfer full): the text of @path, without a byte order mark; %NULL with
 *   APP_ERROR_INPUT, also if it is not UTF-8 or holds a NUL; then the line is named.
 */
char *file_read_text(const char *path, GError **error);

/* How file_write() treats what is there. */
typedef enum FileWrite {
    FILE_REPLACE, /* takes the place of what is there */
    FILE_CREATE,  /* APP_ERROR_INPUT if something is there; nothing is changed then */
    FILE_PRIVATE, /* as FILE_REPLACE; a new one is its owner's alone */
} FileWrite;

/**
 * file_write:
 *
 * Writes a file beside @path, syncs it and renames it: whoever reads @path, also after a power
 * cut, finds the old text or @text. The folder must exist.
 */
bool file_write(const char *path, const char *text, FileWrite how, GError **error);

/**
 * file_make_folder:
 * @mode: permissions of folders that are made, before the umask
 *
 * Makes the folder @path and its parents where they are missing.
 */
bool file_make_folder(const char *path, int mode, GError **error);

/**
 * file_make_private_folder:
 * @owner: user id that must own it; @group: its group, if it is made
 *
 * Makes a folder that nobody but @owner can enter, or makes sure that it is one: neither a link
 * nor somebody else's, mode 0700. For names in shared folders such as /tmp, where another user
 * may have put something first.
 */
bool file_make_private_folder(const char *path, unsigned owner, unsigned group, GError **error);

/**
 * file_remove_tree:
 *
 * Removes @path and, if it is a folder and no link, all that is in it. Nothing there is fine, and
 * so is another process that removes the same.
 */
bool file_remove_tree(const char *path, GError **error);

/**
 * file_lock:
 * @path: a file that is made if it is missing, and stays
 * @wait: whether to wait for another process to let go of it
 *
 * Returns: a descriptor that holds an exclusive lock until it is closed, by the process or by
 *   its end; -1 with APP_ERROR_LOCKED if another holds it, or APP_ERROR_INPUT.
 */
int file_lock(const char *path, bool wait, GError **error);

/* Whether a process holds file_lock() of @path. It disturbs nobody else who asks. */
bool file_is_locked(const char *path);
