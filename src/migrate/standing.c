#include "migrate/standing.h"

#include "sql/quote.h"

/* Whether there are a version and a history to read. A role of the application may lack rights. */
static const char what_exists[] = "select pg_catalog.to_regclass($1) is not null,"
                                  " exists (select from pg_catalog.pg_class c"
                                  " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
                                  " where n.nspname = 'retort' and c.relname = 'history'"
                                  " and pg_catalog.has_schema_privilege(n.oid, 'usage')"
                                  " and pg_catalog.has_table_privilege(c.oid, 'select'))";

/* One row for each row of the version, at least one, each with the last word of the history. */
static const char with_history[] =
    " left join (select revision, direction, outcome, step, steps,"
    " pg_catalog.to_char(coalesce(finished_at, started_at) at time zone 'UTC',"
    " 'YYYY-MM-DD HH24:MI:SS') || ' UTC' as since"
    " from retort.history where version_table = $1 order by id desc limit 1) h on true";

static const char without_history[] =
    " left join (select null, null, null, 0, 0, null where $1::text is null)"
    " h(revision, direction, outcome, step, steps, since) on true";

enum { VERSION, REVISION, DIRECTION, OUTCOME, STEP, STEPS, SINCE };

static unsigned number(const PGresult *result, int column)
{
    return (unsigned)g_ascii_strtoull(PQgetvalue(result, 0, column), NULL, 10);
}

static void read_part(const PGresult *result, Standing *standing)
{
    standing->step = number(result, STEP);
    standing->steps = number(result, STEPS);
    standing->attempted = g_str_equal(PQgetvalue(result, 0, OUTCOME), "started");
    if (!standing->attempted && (standing->step == 0 || standing->step >= standing->steps))
        return;
    standing->revision = g_strdup(PQgetvalue(result, 0, REVISION));
    standing->direction = g_strdup(PQgetvalue(result, 0, DIRECTION));
    standing->since = g_strdup(PQgetvalue(result, 0, SINCE));
}

static bool read_rows(Standing *standing, const VersionTable *table, Database *db, bool history,
                      GError **error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql,
               "select v.version_num, h.* from (select) one left join %s v on true%s"
               " order by v.version_num collate \"C\"",
               version_table_quoted(table), history ? with_history : without_history);
    g_autoptr(PGresult) result =
        database_query(db, sql->str, (const char *const[]){version_table_quoted(table)}, 1, error);
    if (result == NULL)
        return false;
    g_autoptr(GStrvBuilder) rows = g_strv_builder_new();
    for (int i = 0; i < PQntuples(result); i++)
        if (!PQgetisnull(result, i, VERSION))
            g_strv_builder_add(rows, PQgetvalue(result, i, VERSION));
    standing->rows = g_strv_builder_end(rows);
    read_part(result, standing);
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

void standing_free(Standing *standing)
{
    if (standing == NULL)
        return;
    g_strfreev(standing->rows);
    g_free(standing->revision);
    g_free(standing->direction);
    g_free(standing->since);
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
