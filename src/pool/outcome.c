#include "pool/outcome.h"

#include <glib.h>
#include <string.h>

static bool has(const char *sqlstate, const char *prefix)
{
    return g_str_has_prefix(sqlstate, prefix);
}

static bool is_end(const PGresult *error)
{
    const char *severity = PQresultErrorField(error, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity != NULL && (g_str_equal(severity, "FATAL") || g_str_equal(severity, "PANIC"));
}

/* The message is translated; where it comes from is not. */
static bool is_outdated_plan(const PGresult *error)
{
    const char *function = PQresultErrorField(error, PG_DIAG_SOURCE_FUNCTION);
    return function != NULL && g_str_equal(function, "RevalidateCachedQuery");
}

Meaning outcome_of(const PGresult *error)
{
    static const struct {
        const char *prefix;
        Meaning meaning;
    } meanings[] = {
        {"40001", MEANS_CONFLICT},   {"40P01", MEANS_CONFLICT}, {"26000", MEANS_UNPREPARED},
        {"42P05", MEANS_PREPARED},   {"57014", MEANS_OVERDUE},  {"25006", MEANS_READ_ONLY},
        {"57P0", MEANS_UNAVAILABLE}, {"53", MEANS_UNAVAILABLE},
    };
    const char *sqlstate = PQresultErrorField(error, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL || is_end(error))
        return MEANS_LOST;
    if (has(sqlstate, "0A000") && is_outdated_plan(error))
        return MEANS_OUTDATED;
    for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (has(sqlstate, meanings[i].prefix))
            return meanings[i].meaning;
    return MEANS_REFUSED;
}

const char *outcome_reason(const char *sqlstate)
{
    static const char *const reasons[][2] = {
        {"08", "lost"},
        {"25006", "read only"},
        {"25P03", "idle in transaction"},
        {"28", "not let in"},
        {"3D000", "no such database"},
        {"40", "conflict"},
        {"53100", "disk full"},
        {"53200", "out of memory"},
        {"53300", "too many connections"},
        {"53", "out of resources"},
        {"57014", "cancelled"},
        {"57P01", "shutting down"},
        {"57P02", "crashed"},
        {"57P03", "starting"},
        {"57P04", "database dropped"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (has(sqlstate, reasons[i][0]))
            return reasons[i][1];
    return *sqlstate == '\0' ? "lost" : "refused";
}

void outcome_connect_sqlstate(const char *message, char out_sqlstate[6])
{
    g_autofree char *text = g_strchomp(g_strdup(message));
    const size_t length = strlen(text);
    out_sqlstate[0] = '\0';
    if (length < 8 || memcmp(text + length - 8, ":  ", 3) != 0)
        return;
    for (size_t i = length - 5; i < length; i++)
        if (!g_ascii_isdigit(text[i]) && !g_ascii_isupper(text[i]))
            return;
    g_strlcpy(out_sqlstate, text + length - 5, 6);
}
