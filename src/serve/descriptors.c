#include "serve/descriptors.h"

#include "serve/usage.h"

#include <sys/resource.h>

/* A database connection has its socket and, while it is watched or replaced, copies of it; to
 * cancel a statement takes one more. A loop has two of its own. */
enum { OF_CONNECTION = 3, OF_LOOP = 2 };

/* For the probe, the table of keys, and reading endpoints and their files again. */
enum { OF_PROCESS = 16 };

DescriptorShares descriptors_share(const ServeSettings *settings, uint64_t limit, uint64_t open)
{
    uint64_t loop = OF_LOOP + g_strv_length(settings->listen);
    for (int lane = 0; lane < POOL_LANES; lane++)
        loop += (uint64_t)OF_CONNECTION * settings->connections[lane];
    const uint64_t kept = open + OF_PROCESS + loop * settings->threads;
    const uint64_t left = limit > kept ? (limit - kept) / settings->threads : 0;
    return (DescriptorShares){
        .kept = kept,
        .wanted = kept + (uint64_t)settings->http.connections * settings->threads,
        .clients = (unsigned)MIN(left, settings->http.connections),
    };
}

/* Returns: what the limit is then. */
static uint64_t raise_limit(uint64_t wanted)
{
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    const rlim_t before = limit.rlim_cur;
    if (before == RLIM_INFINITY || before >= wanted)
        return wanted;
    limit.rlim_cur = MIN(limit.rlim_max, wanted);
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

bool descriptors_prepare(ServeSettings *settings, GError **error)
{
    Usage usage = {0};
    usage_read(&usage); /* what it could not tell is 0, and there is some room */
    const uint64_t wanted = descriptors_share(settings, 0, usage.descriptors).wanted;
    const uint64_t limit = raise_limit(wanted);
    const DescriptorShares shares = descriptors_share(settings, limit, usage.descriptors);
    if (shares.clients == 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_PROGRAM,
                    "the process may have %" G_GUINT64_FORMAT
                    " descriptors, but needs %" G_GUINT64_FORMAT " before it can take a client\n"
                    "hint: raise the hard limit (\"ulimit -Hn\", LimitNOFILE= of systemd)",
                    limit, shares.kept + settings->threads);
        return false;
    }
    if (shares.clients <
        settings->http.connections / 10 * 9) /* a little less is not worth a word */
        g_warning(
            "the process may have %" G_GUINT64_FORMAT " descriptors, of which %" G_GUINT64_FORMAT
            " are kept for the database: %u clients of a loop at once instead of %u\n"
            "hint: raise the hard limit (\"ulimit -Hn\", LimitNOFILE= of systemd) to "
            "%" G_GUINT64_FORMAT ", or set \"clients\" to %u",
            limit, shares.kept, shares.clients, settings->http.connections, wanted, shares.clients);
    settings->http.connections = shares.clients;
    return true;
}
