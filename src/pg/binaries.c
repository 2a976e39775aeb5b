#include "pg/binaries.h"

#include "base/file.h"
#include "base/process.h"

#include <glob.h>
#include <string.h>

void binaries_free(Binaries *binaries)
{
    if (binaries == NULL)
        return;
    g_free(binaries->folder);
    g_free(binaries);
}

static bool is_program(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_file_test(path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test(path, G_FILE_TEST_IS_DIR);
}

/* "postgres (PostgreSQL) 15.20 (Debian …)" → 15; 0 if the program says nothing such. */
static int ask_major(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    const char *words[] = {path, "--version", NULL};
    ProcessStart start = {.words = words};
    g_auto(ProcessResult) result = {0};
    /* A program that does not run is as good as none. */
    if (!process_run(&start, &result, NULL) || result.status != 0)
        return 0;
    const char *number = strstr(result.out, "(PostgreSQL) ");
    return number != NULL ? (int)strtol(number + strlen("(PostgreSQL) "), NULL, 10) : 0;
}

static void add_pg_config(GPtrArray *folders)
{
    const char *words[] = {"pg_config", "--bindir", NULL};
    ProcessStart start = {.words = words};
    g_auto(ProcessResult) result = {0};
    /* Without pg_config the usual places are left. */
    if (process_run(&start, &result, NULL) && result.status == 0)
        g_ptr_array_add(folders, g_strdup(g_strchomp(result.out)));
}

/* By the first number in the path, the greatest first. */
static int compare_version(const void *a, const void *b)
{
    const char *first = *(const char *const *)a, *second = *(const char *const *)b;
    long x = strtol(first + strcspn(first, "0123456789"), NULL, 10);
    long y = strtol(second + strcspn(second, "0123456789"), NULL, 10);
    return x != y ? (x < y ? 1 : -1) : strcmp(first, second);
}

static void add_pattern(GPtrArray *folders, const char *pattern)
{
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0) {
        qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), compare_version);
        for (size_t i = 0; i < found.gl_pathc; i++)
            g_ptr_array_add(folders, g_strdup(found.gl_pathv[i]));
    }
    globfree(&found);
}

static const char *get_named(const Environment *environment)
{
    const char *named = environment_get(environment, "RETORT_PGBIN");
    return named != NULL && *named != '\0' ? named : NULL;
}

/* (element-type char *): where to look, in order. */
static GPtrArray *list_folders(const Environment *environment)
{
    static const char *const patterns[] = {
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/usr/libexec/postgresql*",
        "/usr/local/pgsql/bin",
        "/opt/postgresql*/bin",
        "/opt/pgsql*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
    };
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    const char *named = get_named(environment);
    if (named != NULL) {
        g_ptr_array_add(folders, g_strdup(named));
        return folders;
    }
    add_pg_config(folders);
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        add_pattern(folders, patterns[i]);
    g_autofree char *in_path = process_find_program("postgres");
    if (in_path != NULL)
        g_ptr_array_add(folders, g_path_get_dirname(in_path));
    return folders;
}

static char *read_os_release(void)
{
    /* Without it the hint is general. */
    char *text = file_read("/etc/os-release", NULL, NULL);
    return text != NULL ? text : g_strdup("");
}

/* (transfer full): what to type for the server's programs on this system. */
static char *install_hint(int major)
{
    static const struct {
        const char *id, *version;
        int major;
    } releases[] = {{"debian", "12", 15},
                    {"debian", "13", 17},
                    {"ubuntu", "22.04", 14},
                    {"ubuntu", "24.04", 16},
                    {"ubuntu", "26.04", 18}};
    g_autofree char *text = read_os_release();
    if (strstr(text, "ID=alpine") != NULL)
        return g_strdup("apk add postgresql");
    if (strstr(text, "fedora") != NULL || strstr(text, "rhel") != NULL)
        return g_strdup("dnf install postgresql-server");
    for (size_t i = 0; major == 0 && i < G_N_ELEMENTS(releases); i++) {
        g_autofree char *id = g_strconcat("\nID=", releases[i].id, "\n", NULL);
        g_autofree char *version = g_strconcat("VERSION_ID=\"", releases[i].version, "\"", NULL);
        if (strstr(text, id) != NULL && strstr(text, version) != NULL)
            major = releases[i].major;
    }
    return major != 0 ? g_strdup_printf("apt-get install postgresql-%d", major)
                      : g_strdup("apt-get install postgresql");
}

static void refuse(const Environment *environment, int major, GError **error)
{
    g_autofree char *hint = install_hint(major);
    g_autofree char *version = major != 0 ? g_strdup_printf(" %d", major) : g_strdup("");
    const char *named = get_named(environment);
    if (named != NULL)
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "RETORT_PGBIN is \"%s\", which holds no programs (initdb, postgres) of "
                    "PostgreSQL%s\nhint: %s, or name another folder",
                    named, version, hint);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "no server programs (initdb, postgres) of PostgreSQL%s are installed\n"
                    "hint: %s, or name their folder in RETORT_PGBIN",
                    version, hint);
}

Binaries *binaries_find(const Environment *environment, int major, GError **error)
{
    g_autoptr(GPtrArray) folders = list_folders(environment);
    for (unsigned i = 0; i < folders->len; i++) {
        const char *folder = folders->pdata[i];
        if (!is_program(folder, "initdb") || !is_program(folder, "postgres"))
            continue;
        int found = ask_major(folder, "postgres");
        if (found == 0 || (major != 0 && found != major))
            continue;
        Binaries *binaries = g_new0(Binaries, 1);
        binaries->folder = g_strdup(folder);
        binaries->major = found;
        return binaries;
    }
    refuse(environment, major, error);
    return NULL;
}

char *binaries_find_client(const Environment *environment, const char *name, int major,
                           GError **error)
{
    g_autoptr(GPtrArray) folders = list_folders(environment);
    g_autofree char *in_path = process_find_program(name);
    if (in_path != NULL)
        g_ptr_array_add(folders, g_path_get_dirname(in_path));
    for (unsigned i = 0; i < folders->len; i++)
        if (is_program(folders->pdata[i], name) &&
            (major == 0 || ask_major(folders->pdata[i], name) >= major))
            return g_build_filename(folders->pdata[i], name, NULL);
    g_autofree char *hint = major != 0 ? g_strdup_printf("-%d", major) : g_strdup("");
    g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                "the program \"%s\"%s%s is not installed\n"
                "hint: apt-get install postgresql-client%s",
                name, major != 0 ? " of PostgreSQL version " : "", major != 0 ? hint + 1 : "",
                hint);
    return NULL;
}
