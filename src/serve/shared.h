/*
 * What all loops of the server share: only read, or made for many threads.
 */
#pragma once
#include "access/rate_limit.h"
#include "serve/access_log.h"
#include "serve/control.h"
#include "serve/metrics.h"
#include "serve/serve_settings.h"
#include "serve/service.h"

struct Shared {
    const ServeSettings *settings;
    RateLimits *limits;
    Metrics *metrics;
    AccessLog *log;
    Control *control;
    Lanes *lanes;
    bool reads_elsewhere; /* the fast lane may be at standbys */
    HttpTrusted *inside;  /* who sees metrics and details */
    /* From any thread: answers have another shape than their endpoints: they are read again. */
    void (*tell_outdated)(void *data);
    void *server; /* its @data */
};
