/*
 * Whether requests should be sent here: the verdicts of health with hysteresis, so that one slow
 * probe does not take a server out of service. A value, with no clock of its own.
 */
#pragma once
#include "serve/health.h"

typedef struct ReadySettings {
    unsigned failures;  /* so many in a row end it … */
    int64_t failing;    /* … or none better for so many microseconds; 0: the count alone */
    unsigned successes; /* so many in a row begin it again */
} ReadySettings;

extern const ReadySettings ready_settings_default;

/* Begin with {0}: neither started nor ready. */
typedef struct Ready {
    bool started;                 /* there was a verdict that is not fail: for /health/startup */
    bool ready;                   /* for /health/ready */
    unsigned failures, successes; /* in a row */
    int64_t failing_since;        /* of the first of them */
    int64_t changed;              /* when @ready last changed; 0: never */
} Ready;

/**
 * ready_observe:
 * @now: microseconds of a clock that never goes back
 *
 * For verdicts that come by themselves, at a steady pace: those that somebody asked for would let a
 * stranger hurry it. A warning is a success. The first success makes it ready at once.
 *
 * Returns: whether ready has changed.
 */
bool ready_observe(Ready *ready, const ReadySettings *settings, HealthStatus status, int64_t now);
