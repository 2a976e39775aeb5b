/*
 * Tells when anything in some folders changes, also when a folder goes, comes, or is another one of
 * the same name: what stands above it is watched for its name. So is what stands above the target
 * of each symbolic link, on the way to a folder or in it.
 */
#pragma once
#include "loop/loop.h"

typedef struct FolderWatch FolderWatch;

/* Called in the loop's thread; once for many changes that come together. */
typedef void FolderChanged(void *data);

/**
 * folder_watch_new:
 * @folders: absolute paths; there or not. Folders in them are watched, too
 *
 * Returns: (transfer full): %NULL if the system gives no inotify.
 */
FolderWatch *folder_watch_new(Loop *loop, const char *const *folders, FolderChanged *changed,
                              void *data);
void folder_watch_free(FolderWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FolderWatch, folder_watch_free)
