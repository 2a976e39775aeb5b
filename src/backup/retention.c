#include "backup/retention.h"

#include <string.h>

enum { HOUR = 3600, DAY = 86400, MOST = 100000 };

/* Two times of one period have the same number; later ones have larger ones. */
static int64_t hour_of(int64_t time)
{
    return time / HOUR;
}

static int64_t day_of(int64_t time)
{
    return time / DAY;
}

/* 1970-01-01 was a Thursday; weeks begin with Monday. */
static int64_t week_of(int64_t time)
{
    return (day_of(time) + 3) / 7;
}

static int64_t month_of(int64_t time)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
    return (int64_t)12 * g_date_time_get_year(date) + g_date_time_get_month(date);
}

static int64_t year_of(int64_t time)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
    return g_date_time_get_year(date);
}

typedef struct Period {
    const char *name;
    size_t offset;                   /* of the number in Retention */
    int64_t (*number)(int64_t time); /* (nullable): each backup is one of its own */
} Period;

static const Period periods[] = {
    {"last", offsetof(Retention, last), NULL},
    {"hourly", offsetof(Retention, hourly), hour_of},
    {"daily", offsetof(Retention, daily), day_of},
    {"weekly", offsetof(Retention, weekly), week_of},
    {"monthly", offsetof(Retention, monthly), month_of},
    {"yearly", offsetof(Retention, yearly), year_of},
};

static unsigned *number_of(const Period *period, Retention *retention)
{
    return (unsigned *)((char *)retention + period->offset);
}

static const Period *find_period(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(periods); i++)
        if (g_str_equal(periods[i].name, name))
            return &periods[i];
    return NULL;
}

static bool refuse(const char *part, const char *fault, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                "\"%s\" %s\n"
                "hint: as 7 daily, 4 weekly, 12 monthly; there are also last, hourly and yearly",
                part, fault);
    return false;
}

static bool parse_part(const char *part, Retention *retention, GError **error)
{
    char *end = NULL;
    uint64_t number = g_ascii_isdigit(*part) ? g_ascii_strtoull(part, &end, 10) : 0;
    if (end == NULL || *end != ' ')
        return refuse(part, "is not a number and a period", error);
    if (number == 0 || number > MOST)
        return refuse(part, "must have a number from 1 to 100000", error);
    const Period *period = find_period(end + strspn(end, " "));
    if (period == NULL)
        return refuse(part, "names no known period", error);
    unsigned *kept = number_of(period, retention);
    if (*kept != 0)
        return refuse(part, "names a period for the second time", error);
    *kept = (unsigned)number;
    return true;
}

bool retention_parse(const char *text, Retention *out_retention, GError **error)
{
    Retention retention = {0};
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    g_auto(GStrv) parts = g_strsplit(stripped, ",", -1);
    for (char **part = parts; *part != NULL; part++)
        if (!parse_part(g_strstrip(*part), &retention, error))
            return false;
    *out_retention = retention;
    return true;
}

/* What is known while reasons are found. */
typedef struct Choice {
    const GPtrArray *backups;
    int64_t now;
    GPtrArray *reasons; /* GString, empty if it goes */
} Choice;

static const Backup *backup_at(const Choice *choice, unsigned i)
{
    return choice->backups->pdata[i];
}

/* Counts for what is kept. */
static bool is_good(const Choice *choice, unsigned i)
{
    const Backup *backup = backup_at(choice, i);
    return backup->state != BACKUP_BROKEN && backup->time <= choice->now;
}

static void add_reason(const Choice *choice, unsigned i, const char *reason)
{
    GString *reasons = choice->reasons->pdata[i];
    g_string_append_printf(reasons, "%s%s", reasons->len > 0 ? ", " : "", reason);
}

static void keep_newest(const Choice *choice)
{
    bool good = false, proven = false;
    for (unsigned i = choice->backups->len; i-- > 0;) {
        if (!is_good(choice, i))
            continue;
        if (!good)
            add_reason(choice, i, "newest good");
        good = true;
        if (!proven && backup_at(choice, i)->state == BACKUP_PROVEN) {
            add_reason(choice, i, "newest proven");
            proven = true;
        }
    }
}

static void keep_period(const Choice *choice, const Period *period, unsigned number)
{
    int64_t last = INT64_MAX;
    for (unsigned i = choice->backups->len; i-- > 0 && number > 0;) {
        if (!is_good(choice, i))
            continue;
        int64_t own = period->number != NULL ? period->number(backup_at(choice, i)->time) : i;
        if (own == last)
            continue;
        last = own;
        number--;
        add_reason(choice, i, period->name);
    }
}

static void keep_others(const Choice *choice, bool all)
{
    bool newer_is_good = false;
    for (unsigned i = choice->backups->len; i-- > 0;) {
        const Backup *backup = backup_at(choice, i);
        if (backup->pinned != NULL)
            add_reason(choice, i, "pinned");
        if (backup->time > choice->now)
            add_reason(choice, i, "later than now");
        else if (backup->state == BACKUP_BROKEN && !newer_is_good)
            add_reason(choice, i, "broken, and no newer one is good");
        newer_is_good = newer_is_good || is_good(choice, i);
        if (all && ((GString *)choice->reasons->pdata[i])->len == 0)
            add_reason(choice, i, "nothing says how many are kept");
    }
}

/* As retention_explain(), of one database. */
static GPtrArray *explain_one(const GPtrArray *backups, const Retention *retention, int64_t now)
{
    GPtrArray *reasons = g_ptr_array_new_with_free_func(g_free);
    Choice choice = {backups, now, reasons};
    for (unsigned i = 0; i < backups->len; i++)
        g_ptr_array_add(reasons, g_string_new(NULL));
    keep_newest(&choice);
    bool all = true;
    Retention copy = *retention;
    for (unsigned i = 0; i < G_N_ELEMENTS(periods); i++) {
        unsigned number = *number_of(&periods[i], &copy);
        keep_period(&choice, &periods[i], number);
        all = all && number == 0;
    }
    keep_others(&choice, all);
    for (unsigned i = 0; i < backups->len; i++) {
        GString *text = reasons->pdata[i];
        bool goes = text->len == 0;
        reasons->pdata[i] = g_string_free(text, goes);
    }
    return reasons;
}

/* (nullable): of one whose manifest cannot be read */
static const char *database_of(const Backup *backup)
{
    return backup->manifest != NULL ? backup->manifest->database : NULL;
}

/* Those of @database, and those of which nobody knows of which they are, get a reason if they have
 * none and stay. */
static void explain_database(const GPtrArray *backups, const char *database,
                             const Retention *retention, int64_t now, GPtrArray *reasons)
{
    g_autoptr(GPtrArray) some = g_ptr_array_new();
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(unsigned));
    for (unsigned i = 0; i < backups->len; i++) {
        const char *own = database_of(backups->pdata[i]);
        if (own != NULL && g_strcmp0(own, database) != 0)
            continue;
        g_ptr_array_add(some, backups->pdata[i]);
        g_array_append_val(places, i);
    }
    g_autoptr(GPtrArray) found = explain_one(some, retention, now);
    for (unsigned i = 0; i < some->len; i++) {
        void **reason = &reasons->pdata[g_array_index(places, unsigned, i)];
        if (*reason == NULL)
            *reason = g_steal_pointer(&found->pdata[i]);
    }
}

GPtrArray *retention_explain(const GPtrArray *backups, const Retention *retention, int64_t now)
{
    GPtrArray *reasons = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(reasons, (int)backups->len);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < backups->len; i++) {
        const char *database = database_of(backups->pdata[i]);
        if (database != NULL && g_hash_table_add(seen, (char *)database))
            explain_database(backups, database, retention, now, reasons);
    }
    if (g_hash_table_size(seen) == 0)
        explain_database(backups, NULL, retention, now, reasons);
    return reasons;
}

GPtrArray *retention_select(const GPtrArray *backups, const Retention *retention, int64_t now)
{
    g_autoptr(GPtrArray) reasons = retention_explain(backups, retention, now);
    GPtrArray *gone = g_ptr_array_new();
    for (unsigned i = 0; i < backups->len; i++)
        if (reasons->pdata[i] == NULL)
            g_ptr_array_add(gone, backups->pdata[i]);
    return gone;
}
