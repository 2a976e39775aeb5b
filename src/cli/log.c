#include "cli/log.h"

#include <stdio.h>
#include <unistd.h>

static struct {
    bool quiet;
    bool debug;
} writer; /* the log writer's own state, the one thing here that is not constant */

static const char *find_text(const GLogField *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (g_str_equal(fields[i].key, "MESSAGE"))
            return fields[i].value;
    return "";
}

static GLogWriterOutput write_line(GLogLevelFlags level, const GLogField *fields, gsize count,
                                   void *unused G_GNUC_UNUSED)
{
    if ((level & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO)) != 0 && writer.quiet)
        return G_LOG_WRITER_HANDLED;
    if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0 && !writer.debug)
        return G_LOG_WRITER_HANDLED;
    const char *prefix = "";
    if ((level & G_LOG_LEVEL_WARNING) != 0)
        prefix = "warning: ";
    else if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) != 0)
        prefix = "fault: ";
    else if ((level & G_LOG_LEVEL_DEBUG) != 0)
        prefix = "debug: ";
    fflush(stdout); /* where both go to one place, they stand in their order */
    g_printerr("%s%s\n", prefix, find_text(fields, count));
    return G_LOG_WRITER_HANDLED;
}

void log_start(void)
{
    writer.debug = g_getenv("RETORT_DEBUG") != NULL;
    g_log_set_writer_func(write_line, NULL, NULL);
}

void log_set_quiet(bool quiet)
{
    writer.quiet = quiet;
}
