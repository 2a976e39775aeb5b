#include "cli/backup_age.h"

#include "base/duration.h"

static bool read_limit(const Config *config, const char *key, int64_t *out_seconds, GError **error)
{
    const char *text = config_get(config, "backup", key);
    int64_t milliseconds = 0;
    if (*text != '\0' && (!duration_parse(text, &milliseconds) || milliseconds < 1000))
        return config_refuse(config, "backup", key,
                             "must be a time such as 26h or 8d, or empty for none", error);
    *out_seconds = milliseconds / 1000;
    return true;
}

bool backup_limits_read(const Config *config, BackupLimits *out_limits, GError **error)
{
    return read_limit(config, "max_age", &out_limits->age, error) &&
           read_limit(config, "max_proven_age", &out_limits->proven_age, error);
}

/* (transfer full): one that began a moment later than now, by another clock, is no older than now.
 */
static char *age_in_words(int64_t time, int64_t now)
{
    return duration_in_words(MAX(now - time, 0));
}

char *backup_age_text(const BackupAges *ages, int64_t now)
{
    g_autofree char *good = age_in_words(ages->good_time, now);
    g_autofree char *proven = age_in_words(ages->proven_time, now);
    return g_strdup_printf("last good: %s%s; last proven: %s%s", ages->good != NULL ? good : "none",
                           ages->good != NULL ? " ago" : "", ages->proven != NULL ? proven : "none",
                           ages->proven != NULL ? " ago" : "");
}

/* @id: (nullable): of the last one that is @which */
static void judge(GPtrArray *faults, const char *which, const char *id, int64_t age, int64_t most)
{
    if (most == 0 || (id != NULL && age < most))
        return;
    g_autofree char *words = duration_in_words(age);
    g_autofree char *wanted = duration_in_words(most);
    g_ptr_array_add(faults, id == NULL
                                ? g_strdup_printf("there is no %s backup", which)
                                : g_strdup_printf("the last %s backup is %s old, not less than %s",
                                                  which, words, wanted));
}

GPtrArray *backup_age_faults(const BackupAges *ages, const BackupLimits *limits, int64_t now)
{
    GPtrArray *faults = g_ptr_array_new_with_free_func(g_free);
    judge(faults, "good", ages->good, now - ages->good_time, limits->age);
    judge(faults, "proven", ages->proven, now - ages->proven_time, limits->proven_age);
    return faults;
}
