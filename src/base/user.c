#include "base/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

static User *user_new(const struct passwd *entry)
{
    User *user = g_new0(User, 1);
    user->id = entry->pw_uid;
    user->group = entry->pw_gid;
    user->name = g_strdup(entry->pw_name);
    int count = 0;
    getgrouplist(user->name, user->group, NULL, &count);
    user->groups = g_new0(gid_t, (size_t)count + 1);
    user->group_count = count;
    if (getgrouplist(user->name, user->group, user->groups, &user->group_count) < 0)
        user->group_count = 0;
    return user;
}

User *user_find_by_id(uid_t id)
{
    const struct passwd *entry = getpwuid(id);
    return entry != NULL ? user_new(entry) : NULL;
}

User *user_find_by_name(const char *name)
{
    const struct passwd *entry = getpwnam(name);
    return entry != NULL ? user_new(entry) : NULL;
}

void user_free(User *user)
{
    if (user == NULL)
        return;
    g_free(user->name);
    g_free(user->groups);
    g_free(user);
}

bool user_become(const User *user)
{
    if (geteuid() == user->id && getuid() == user->id)
        return true;
    return setgroups((size_t)user->group_count, user->groups) == 0 && setgid(user->group) == 0 &&
           setuid(user->id) == 0;
}

bool user_can_enter(const User *user, const char *path)
{
    if (geteuid() == user->id)
        return access(path, X_OK) == 0;
    pid_t child = fork();
    if (child == 0)
        _exit(user_become(user) && access(path, X_OK) == 0 ? 0 : 1);
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
