/*
 * The verdict on the database and on the way to it, out of what is known. Pure.
 *
 * What is told, by SQLSTATE and facts rather than by a message, and to whom: docs/health.md. The
 * document is application/health+json (draft-inadarei-api-health-check).
 */
#pragma once
#include "revision/graph.h"
#include "serve/lanes.h"
#include "serve/probe.h"

#define HEALTH_TYPE "application/health+json"

typedef enum HealthStatus { HEALTH_PASS, HEALTH_WARN, HEALTH_FAIL } HealthStatus;

/* "pass", "warn" or "fail". */
const char *health_status_name(HealthStatus status);

/* 200 or 503. */
unsigned health_http_status(HealthStatus status);

/* How the database's revisions stand to those at hand. A value. */
typedef struct HealthRevisions {
    bool checked;     /* there are revisions at hand */
    unsigned behind;  /* revisions at hand that the database lacks */
    unsigned unknown; /* ids of the database that are not at hand: it is ahead */
} HealthRevisions;

/**
 * health_compare_revisions:
 * @graph: (nullable): the revisions at hand
 * @found: (array zero-terminated=1): the database's ids
 */
HealthRevisions health_compare_revisions(const RevisionGraph *graph, const char *const *found);

/* What is known of the backups. A value. */
typedef struct HealthBackups {
    bool known;
    const char *fault;      /* (nullable): why their ages are not */
    double age, proven_age; /* of the last good and the last proven one, in seconds; negative: there
                               is none */
} HealthBackups;

/* What is known. Texts are borrowed. */
typedef struct HealthInputs {
    const ProbeResult *probe;
    HealthRevisions revisions;
    LaneSummary lanes[POOL_LANES];
    HealthBackups backups;
    const char *const *write_routes; /* (nullable) (array zero-terminated=1): affected where nothing
                                        can be written: "POST /items" */
} HealthInputs;

/* What is how bad. Begin with health_policy_default. */
typedef struct HealthPolicy {
    HealthStatus revision;  /* other revisions than those at hand */
    HealthStatus read_only; /* a database that cannot be written: FAIL where endpoints write, PASS
                               where none does */
    int64_t slow;           /* microseconds from which on an answered probe is a warning */
    int64_t wedged;         /* microseconds that a loop is without connections though the probe is
                               answered: then it fails */
    unsigned queue;         /* requests that may wait in a lane of a loop: half of them are a
                               warning; 0: never */
    double lag_warn;        /* seconds; 0: never */
    double lag_fail;
    double backup_warn; /* age of the last good backup, in seconds, that is a warning; 0: none */
    double proven_warn; /* of the last proven one */
} HealthPolicy;

extern const HealthPolicy health_policy_default;

typedef struct Health Health;

/* (transfer full): copies what it needs. */
Health *health_judge(const HealthInputs *inputs, const HealthPolicy *policy);
void health_free(Health *health);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Health, health_free)

/* The worst of all checks. */
HealthStatus health_status(const Health *health);

/* (transfer none) (nullable): the worst check in one line, for the log; %NULL if all pass. */
const char *health_cause(const Health *health);

/* (transfer none): SQLSTATE behind it; "" if none. */
const char *health_sqlstate(const Health *health);

/* Who answers. All texts may be NULL. */
typedef struct HealthService {
    const char *version;     /* of the application */
    const char *release_id;  /* of the program */
    const char *service_id;  /* one of several of the same service: host name */
    const char *description; /* its title */
} HealthService;

/* Appends the whole document, for those who may see it: messages of the server are in it. */
void health_append(GString *out, const Health *health, const HealthService *service);

/* Appends what strangers see: the status alone. */
void health_append_short(GString *out, HealthStatus status);
