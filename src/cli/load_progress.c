#include "cli/load_progress.h"

enum { MEGABYTE = 1000000 };

void load_tell(const LoadStanding *standing, void *data)
{
    const LoadTelling *telling = data;
    double seconds = MAX((double)(g_get_monotonic_time() - telling->began) / G_USEC_PER_SEC, 0.1);
    double rate = (double)standing->bytes / seconds / MEGABYTE;
    g_autoptr(GString) detail = g_string_new(NULL);
    g_string_append_printf(detail, "MB, %.0f MB/s", rate);
    if (standing->whole > 0 && standing->taken > 0) {
        double done = (double)standing->taken / (double)standing->whole;
        g_string_append_printf(detail, ", %.0f %%, about %.0f s left", done * 100,
                               seconds / done - seconds);
    }
    progress_update(telling->progress, (size_t)(standing->bytes / MEGABYTE), 0, detail->str);
}
