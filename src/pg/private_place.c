#include "pg/private_place.h"

#include "base/file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_LENGTH 40 /* leaves room for "_owner" within PostgreSQL's 63 */
#define HASH_LENGTH 12
#define FALLBACK "/var/lib/retort"

void private_place_free(PrivatePlace *place)
{
    if (place == NULL)
        return;
    g_free(place->folder);
    g_free(place->home);
    g_free(place->socket);
    g_free(place->database);
    g_free(place->owner);
    g_free(place->app);
    user_free(place->user);
    g_free(place);
}

char *private_database_name(const char *given)
{
    static const char *const taken[] = {"postgres", "template0", "template1", "", NULL};
    g_autofree char *plain = g_str_to_ascii(given, "C");
    GString *name = g_string_new(NULL);
    for (const char *p = plain; *p != '\0' && name->len < NAME_LENGTH; p++) {
        bool good = g_ascii_isalnum(*p);
        if (good)
            g_string_append_c(name, g_ascii_tolower(*p));
        else if (name->len > 0 && name->str[name->len - 1] != '_')
            g_string_append_c(name, '_');
    }
    while (name->len > 0 && name->str[name->len - 1] == '_')
        g_string_truncate(name, name->len - 1);
    if (name->len > 0 && g_ascii_isdigit(name->str[0]))
        g_string_prepend(name, "db_");
    if (g_strv_contains(taken, name->str) || g_str_has_prefix(name->str, "pg_"))
        g_string_append(name, name->len > 0 ? "_db" : "app");
    return g_string_free(name, FALSE);
}

static char *resolve(const char *folder, GError **error)
{
    char *real = realpath(folder, NULL);
    int reason = errno;
    if (real == NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "could not open folder \"%s\": %s", folder,
                    g_strerror(reason));
        return NULL;
    }
    char *copy = g_strdup(real);
    free(real);
    return copy;
}

static User *find_user(const char *folder, GError **error)
{
    uid_t self = geteuid();
    User *user = NULL;
    GStatBuf found;
    if (self != 0)
        user = user_find_by_id(self);
    else if (g_stat(folder, &found) == 0 && found.st_uid != 0)
        user = user_find_by_id(found.st_uid);
    if (user == NULL && self == 0)
        user = user_find_by_name("postgres");
    if (user != NULL)
        return user;
    if (self == 0)
        g_set_error_literal(error, APP_ERROR, APP_ERROR_PROGRAM,
                            "PostgreSQL does not run as root, and there is no user \"postgres\"\n"
                            "hint: install PostgreSQL, or make that user");
    else
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "user %u has no name, which PostgreSQL needs\n"
                    "hint: add it to /etc/passwd",
                    self);
    return NULL;
}

/* Short, since a socket's path has 107 bytes, and the same for every session of the user. */
static char *socket_folder(uid_t user, const char *hash)
{
    return g_strdup_printf("/tmp/retort-%u-%s", user, hash);
}

PrivatePlace *private_place_find(const char *folder, const char *name, GError **error)
{
    g_autoptr(PrivatePlace) place = g_new0(PrivatePlace, 1);
    place->folder = resolve(folder, error);
    if (place->folder == NULL)
        return NULL;
    place->user = find_user(place->folder, error);
    if (place->user == NULL)
        return NULL;
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, place->folder, -1);
    hash[HASH_LENGTH] = '\0';
    place->home = user_can_enter(place->user, place->folder)
                      ? g_build_filename(place->folder, ".retort", NULL)
                      : g_build_filename(FALLBACK, hash, NULL);
    place->socket = socket_folder(place->user->id, hash);
    g_autofree char *base = g_path_get_basename(place->folder);
    bool is_named = name != NULL && *name != '\0';
    place->database = private_database_name(is_named ? name : base);
    place->owner = g_strconcat(place->database, "_owner", NULL);
    place->app = g_strconcat(place->database, "_app", NULL);
    return g_steal_pointer(&place);
}

bool private_place_give(const PrivatePlace *place, const char *path, GError **error)
{
    if (geteuid() != 0 || lchown(path, place->user->id, place->user->group) == 0)
        return true;
    int reason = errno;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not give \"%s\" to user \"%s\": %s",
                path, place->user->name, g_strerror(reason));
    return false;
}

/* The server's user must be able to pass through, whatever root's umask is. */
static bool open_to_pass(const char *path, GError **error)
{
    if (g_chmod(path, 0755) == 0)
        return true;
    int reason = errno;
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM, "could not change the mode of \"%s\": %s",
                path, g_strerror(reason));
    return false;
}

/* What root makes in somebody's folder is to be that user's; git is to pass it over. */
static bool make_home(const PrivatePlace *place, GError **error)
{
    if (g_file_test(place->home, G_FILE_TEST_IS_DIR))
        return true;
    g_autofree char *ignore = g_build_filename(place->home, ".gitignore", NULL);
    bool in_project = g_str_has_prefix(place->home, place->folder);
    if (!file_make_folder(place->home, 0755, error) || !open_to_pass(place->home, error) ||
        (!in_project && !open_to_pass(FALLBACK, error)) ||
        !file_write(ignore, "*\n", FILE_REPLACE, error))
        return false;
    GStatBuf owner;
    if (!in_project || g_stat(place->folder, &owner) != 0 || owner.st_uid != place->user->id)
        return true;
    return private_place_give(place, place->home, error) &&
           private_place_give(place, ignore, error);
}

bool private_place_make(const PrivatePlace *place, GError **error)
{
    return make_home(place, error) &&
           file_make_private_folder(place->socket, place->user->id, place->user->group, error);
}

int private_place_major(const PrivatePlace *place)
{
    /* No home yet means no data. */
    g_autoptr(GDir) home = g_dir_open(place->home, 0, NULL);
    const char *name = NULL;
    int newest = 0;
    while (home != NULL && (name = g_dir_read_name(home)) != NULL) {
        if (!g_str_has_prefix(name, "pg"))
            continue;
        char *end = NULL;
        long major = strtol(name + 2, &end, 10);
        if (major > newest && *end == '\0')
            newest = (int)major;
    }
    return newest;
}
