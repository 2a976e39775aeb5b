/*
 * A user of the operating system, and what that user may reach.
 */
#pragma once
#include "base/error.h"

#include <sys/types.h>

/* A plain value, freed by user_free(). */
typedef struct User {
    uid_t id;
    gid_t group;
    char *name;
    gid_t *groups; /* (array length=group_count): all groups of the user */
    int group_count;
} User;

/* (transfer full) (nullable): the user of that id or name; %NULL if there is none. */
User *user_find_by_id(uid_t id);
User *user_find_by_name(const char *name);
void user_free(User *user);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(User, user_free)

/*
 * Makes the calling process act as @user for good. It calls only what is allowed between fork and
 * exec; false if it may not.
 */
bool user_become(const User *user);

/* Whether @user can enter the folder @path. Asked of the kernel by a child that is that user. */
bool user_can_enter(const User *user, const char *path);
