#include "migrate/standing.h"

#include "migrate/history_table.h"
#include "sql/quote.h"

#include <string.h>

/*
 * Whether there are a version and a history to read. A role of the application may lack rights,
 * and to_regclass() fails in a schema that it may not enter. Functions alone: to plan a query of
 * catalogs takes a new session longer than all else here.
 */
static const char what_exists[] =
    "select pg_catalog.to_regclass($1) is not null,"
    " case when pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('retort')::oid, 'usage')"
    " then pg_catalog.has_table_privilege(pg_catalog.to_regclass('retort.history')::oid, 'select')"
    " end";

/* The last word of the history as one more row, without a version. */
static const char last_word[] =
    " union all (select null, revision, direction, outcome, step, steps,"
    " extract(epoch from coalesce(finished_at, started_at))::int8 from retort.history"
    " where version_table = $1 order by id desc limit 1)";

enum { VERSION, REVISION, DIRECTION, OUTCOME, STEP, STEPS, SINCE };

static gint64 number(const PGresult *result, int row, int column)
{
    return g_ascii_strtoll(PQgetvalue(result, row, column), NULL, 10);
}

static void read_part(const PGresult *result, int row, Standing *standing)
{
    standing->step = (unsigned)number(result, row, STEP);
    standing->steps = (unsigned)number(result, row, STEPS);
    standing->attempted = g_str_equal(PQgetvalue(result, row, OUTCOME), "started");
    if (!standing->attempted && (standing->step == 0 || standing->step >= standing->steps))
        return;
    g_autoptr(GDateTime) since = g_date_time_new_from_unix_utc(number(result, row, SINCE));
    standing->revision = g_strdup(PQgetvalue(result, row, REVISION));
    standing->direction = g_strdup(PQgetvalue(result, row, DIRECTION));
    standing->since = g_date_time_format(since, "%Y-%m-%d %H:%M:%S UTC");
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_rows(Standing *standing, const VersionTable *table, Database *db, bool history,
                      GError **error)
{
    const char *name = version_table_quoted(table);
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "select version_num, null, null, null, 0, 0, 0 from %s%s", name,
               history ? last_word : "");
    g_autoptr(PGresult) result =
        database_query(db, sql->str, (const char *const[]){name}, history ? 1 : 0, error);
    if (result == NULL)
        return false;
    g_autoptr(GStrvBuilder) rows = g_strv_builder_new();
    for (int i = 0; i < PQntuples(result); i++)
        if (PQgetisnull(result, i, VERSION))
            read_part(result, i, standing);
        else
            g_strv_builder_add(rows, PQgetvalue(result, i, VERSION));
    standing->rows = g_strv_builder_end(rows);
    qsort(standing->rows, g_strv_length(standing->rows), sizeof(char *), compare_ids);
    return true;
}

Standing *standing_load(const VersionTable *table, Database *db, GError **error)
{
    g_autoptr(Standing) standing = g_new0(Standing, 1);
    g_autoptr(PGresult) found = database_query(
        db, what_exists, (const char *const[]){version_table_quoted(table)}, 1, error);
    if (found == NULL)
        return NULL;
    if (*PQgetvalue(found, 0, 0) != 't')
        standing->rows = g_new0(char *, 1);
    else if (!read_rows(standing, table, db, *PQgetvalue(found, 0, 1) == 't', error))
        return NULL;
    return g_steal_pointer(&standing);
}

bool standing_load_backups(Standing *standing, const VersionTable *table, Database *db,
                           GError **error)
{
    g_clear_pointer(&standing->backups, g_hash_table_unref);
    standing->backups = history_table_backups(table, db, error);
    return standing->backups != NULL;
}

void standing_free(Standing *standing)
{
    if (standing == NULL)
        return;
    g_strfreev(standing->rows);
    g_free(standing->revision);
    g_free(standing->direction);
    g_free(standing->since);
    g_clear_pointer(&standing->backups, g_hash_table_unref);
    g_free(standing);
}

char *standing_describe(const Standing *standing)
{
    if (standing->revision == NULL)
        return NULL;
    return g_strdup_printf("in the middle of its %s, after step %u of %u%s, since %s",
                           standing->direction, standing->step, standing->steps,
                           standing->attempted ? ", and the next was begun" : "", standing->since);
}
