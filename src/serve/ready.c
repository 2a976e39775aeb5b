#include "serve/ready.h"

const ReadySettings ready_settings_default = {
    .failures = 3, .failing = 5 * G_USEC_PER_SEC, .successes = 2};

static bool change(Ready *ready, bool to, int64_t now)
{
    ready->ready = to;
    ready->changed = now;
    return true;
}

static bool observe_failure(Ready *ready, const ReadySettings *settings, int64_t now)
{
    ready->successes = 0;
    if (ready->failures++ == 0)
        ready->failing_since = now;
    if (!ready->ready)
        return false;
    bool often = ready->failures >= settings->failures;
    bool long_ago = settings->failing > 0 && now - ready->failing_since >= settings->failing;
    return (often || long_ago) && change(ready, false, now);
}

bool ready_observe(Ready *ready, const ReadySettings *settings, HealthStatus status, int64_t now)
{
    if (status == HEALTH_FAIL)
        return observe_failure(ready, settings, now);
    ready->failures = 0;
    ready->successes++;
    bool first = !ready->started;
    ready->started = true;
    if (ready->ready || (!first && ready->successes < settings->successes))
        return false;
    return change(ready, true, now);
}
