#include "serve/usage.h"

#include <glib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Fields of /proc/self/stat behind the program's name: proc(5) counts them from 1. */
enum { STAT_FIRST = 3, STAT_USER = 14, STAT_KERNEL, STAT_THREADS = 20, STAT_START = 22 };
enum { STAT_VIRTUAL = 23, STAT_RESIDENT = 24 };

static double seconds_of(clockid_t clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* @ticks: since the machine was started. To 10 ms, which is what a tick has: so it stays equal. */
static double start_seconds(double ticks, double ticks_a_second)
{
    double booted = seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME);
    return (double)(int64_t)((booted + ticks / ticks_a_second) * 100 + 0.5) / 100;
}

static bool read_stat(Usage *usage)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/self/stat", &text, NULL, NULL))
        return false;
    const char *rest = strrchr(text, ')'); /* the name may hold spaces and brackets */
    if (rest == NULL || rest[1] == '\0')
        return false;
    g_auto(GStrv) words = g_strsplit(rest + 2, " ", -1);
    if (g_strv_length(words) <= STAT_RESIDENT - STAT_FIRST)
        return false;
    double ticks = (double)sysconf(_SC_CLK_TCK);
    usage->cpu_seconds = (g_ascii_strtod(words[STAT_USER - STAT_FIRST], NULL) +
                          g_ascii_strtod(words[STAT_KERNEL - STAT_FIRST], NULL)) /
                         ticks;
    usage->start_seconds =
        start_seconds(g_ascii_strtod(words[STAT_START - STAT_FIRST], NULL), ticks);
    usage->threads = g_ascii_strtoull(words[STAT_THREADS - STAT_FIRST], NULL, 10);
    usage->virtual_size = g_ascii_strtoull(words[STAT_VIRTUAL - STAT_FIRST], NULL, 10);
    usage->resident = g_ascii_strtoull(words[STAT_RESIDENT - STAT_FIRST], NULL, 10) *
                      (uint64_t)sysconf(_SC_PAGESIZE);
    return true;
}

/* Since Linux 6.2 the size of the folder is their number; before, they are counted. */
static bool count_descriptors(Usage *usage)
{
    struct stat folder;
    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) {
        usage->descriptors = (uint64_t)folder.st_size;
        return true;
    }
    g_autoptr(GDir) names = g_dir_open("/proc/self/fd", 0, NULL);
    if (names == NULL)
        return false;
    while (g_dir_read_name(names) != NULL)
        usage->descriptors++;
    if (usage->descriptors > 0)
        usage->descriptors--; /* the folder's own */
    return true;
}

bool usage_read(Usage *out_usage)
{
    *out_usage = (Usage){0};
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        out_usage->descriptor_limit = limit.rlim_cur;
    bool known = read_stat(out_usage);
    return count_descriptors(out_usage) && known;
}
