#include "migrate/data_need.h"

#include "migrate/cast_guard.h"
#include "migrate/data_look.h"
#include "migrate/plan_needs.h"
#include "sql/quote.h"
#include "sql/words.h"

#include <stdlib.h>

#define LONGEST_COUNT "30s"
#define DATA_EXCEPTION "22" /* the class of SQLSTATE */

static void data_need_free(void *data)
{
    DataNeed *found = data;
    g_free(found->place);
    g_free(found->text);
    g_free(found->hint);
    g_free(found);
}

/* One need that is looked at. */
typedef struct Look {
    Database *db;
    const char *search_path;
    const PlanNeed *place;
    const Need *need;
    char *table;      /* as messages call it */
    GPtrArray *found; /* (element-type DataNeed) */
} Look;

/* Takes @text and @hint. */
static void add(const Look *look, char *text, char *hint)
{
    const Revision *revision = look->place->item->revision;
    DataNeed *found = g_new0(DataNeed, 1);
    found->place = g_strdup_printf("%s:%u", revision->path != NULL ? revision->path : revision->id,
                                   look->place->statement->line);
    found->text = text;
    found->hint = hint;
    g_ptr_array_add(look->found, found);
}

static char *rows_of(const char *count)
{
    return g_strdup_printf("%s %s", count, g_str_equal(count, "1") ? "row" : "rows");
}

/* The result of a query in a transaction of its own; NULL if it fails. */
static PGresult *query(const Look *look, const char *sql, GError **error)
{
    g_autoptr(Transaction) transaction =
        data_look_begin(look->db, look->search_path, LONGEST_COUNT, error);
    return transaction != NULL ? database_query(look->db, sql, NULL, 0, error) : NULL;
}

/*
 * A query that failed, as where a column or function does not exist yet, says nothing: the server
 * decides. But if the connection is lost, so is the run: then it is handed on. Takes @failed.
 */
static bool is_survived(GError *failed, GError **error)
{
    if (failed != NULL && failed->code == APP_ERROR_CONNECT) {
        g_propagate_error(error, failed);
        return false;
    }
    g_clear_error(&failed);
    return true;
}

/* How many rows a query counts, in words: "3 rows"; NULL if none, or if it fails. */
static bool count_rows(const Look *look, const GString *sql, char **out_rows, GError **error)
{
    GError *failed = NULL; /* see is_survived() */
    g_autoptr(PGresult) result = query(look, sql->str, &failed);
    if (!is_survived(failed, error))
        return false;
    const char *number = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "0";
    *out_rows = g_str_equal(number, "0") ? NULL : rows_of(number);
    return true;
}

/* The table for a FROM; an index or foreign key is about one table, its partitions included. */
static void append_table(GString *sql, const Look *look, bool partitioned)
{
    sql_append(sql, "%s%s", look->need->only && !partitioned ? "only " : "", look->need->table);
}

typedef bool Looking(const Look *look, bool partitioned, GError **error);

static bool look_for_nulls(const Look *look, bool partitioned, GError **error)
{
    const char *column = look->need->column;
    g_autoptr(GString) sql = g_string_new("select count(*) from ");
    append_table(sql, look, partitioned);
    sql_append(sql, " where %s is null", column);
    g_autofree char *rows = NULL;
    if (!count_rows(look, sql, &rows, error))
        return false;
    if (rows == NULL)
        return true;
    g_autofree char *bare = words_bare_name(column);
    add(look,
        g_strdup_printf("column \"%s\" of table \"%s\" is NULL in %s, and becomes NOT NULL", bare,
                        look->table, rows),
        g_strdup_printf("UPDATE %s SET %s = … WHERE %s IS NULL gives them a value",
                        look->need->table, column, column));
    return true;
}

/*
 * A domain has a default of its own; of a type that is not there yet nothing is known. A column
 * that is there is not added: IF NOT EXISTS.
 */
static bool look_for_rows(const Look *look, bool partitioned G_GNUC_UNUSED, GError **error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql,
               "select count(*) from (select from %s limit 1) r where exists (select from pg_type"
               " where oid = to_regtype(%L) and typdefault is null) and not exists (select"
               " from pg_attribute where attrelid = to_regclass(%L) and not attisdropped"
               " and attname = (parse_ident(%L))[1])",
               look->need->table, look->need->type, look->need->table, look->need->column);
    g_autofree char *rows = NULL;
    if (!count_rows(look, sql, &rows, error))
        return false;
    if (rows == NULL)
        return true;
    g_autofree char *bare = words_bare_name(look->need->column);
    add(look,
        g_strdup_printf("table \"%s\" holds rows, and its new column \"%s\" is NOT NULL without a "
                        "default",
                        look->table, bare),
        g_strdup_printf("a DEFAULT gives \"%s\" a value in them; or add it without NOT NULL, "
                        "UPDATE, and SET NOT NULL then",
                        bare));
    return true;
}

static bool look_for_duplicates(const Look *look, bool partitioned, GError **error)
{
    const Need *need = look->need;
    g_autofree char *keys = g_strjoinv(", ", need->columns);
    g_autoptr(GString) sql = g_string_new("select coalesce(sum(n), 0) from (select count(*) as n"
                                          " from ");
    append_table(sql, look, partitioned);
    sql_append(sql, " where (%s)", need->expression != NULL ? need->expression : "true");
    for (char **column = need->columns; *column != NULL && !need->plain; column++)
        sql_append(sql, " and %s is not null", *column);
    g_string_append(sql, " group by ");
    for (char **column = need->columns; *column != NULL; column++)
        sql_append(sql, "%s(%s)", column > need->columns ? ", " : "", *column);
    g_string_append(sql, " having count(*) > 1) d");
    g_autofree char *rows = NULL;
    if (!count_rows(look, sql, &rows, error))
        return false;
    if (rows == NULL)
        return true;
    add(look,
        g_strdup_printf("table \"%s\" holds %s that are not unique in (%s)", look->table, rows,
                        keys),
        g_strdup_printf("SELECT %s, count(*) FROM %s GROUP BY %s HAVING count(*) > 1 shows "
                        "them",
                        keys, need->table, keys));
    return true;
}

static bool look_for_check(const Look *look, bool partitioned, GError **error)
{
    const Need *need = look->need;
    g_autoptr(GString) sql = g_string_new("select count(*) from ");
    append_table(sql, look, partitioned);
    sql_append(sql, " where not (%s)", need->expression);
    g_autofree char *rows = NULL;
    if (!count_rows(look, sql, &rows, error))
        return false;
    if (rows == NULL)
        return true;
    add(look,
        g_strdup_printf("table \"%s\" holds %s against CHECK (%s)", look->table, rows,
                        need->expression),
        g_strdup_printf("SELECT * FROM %s WHERE NOT (%s) shows them", need->table,
                        need->expression));
    return true;
}

static bool look_for_reference(const Look *look, bool partitioned, GError **error)
{
    const Need *need = look->need;
    g_autoptr(GString) sql = g_string_new("select count(*) from ");
    append_table(sql, look, partitioned);
    sql_append(sql, " as r where not exists (select from %s as p where true", need->other);
    for (unsigned i = 0; need->columns[i] != NULL; i++)
        sql_append(sql, " and p.%s = r.%s", need->other_columns[i], need->columns[i]);
    g_string_append_c(sql, ')');
    for (char **column = need->columns; *column != NULL; column++)
        sql_append(sql, " and r.%s is not null", *column);
    g_autofree char *rows = NULL;
    if (!count_rows(look, sql, &rows, error))
        return false;
    if (rows == NULL)
        return true;
    g_autofree char *keys = g_strjoinv(", ", need->columns);
    g_autofree char *other = words_bare_name(need->other);
    add(look,
        g_strdup_printf("table \"%s\" holds %s whose (%s) is not in table \"%s\"", look->table,
                        rows, keys, other),
        g_strdup("INSERT what is missing, or DELETE or UPDATE these rows"));
    return true;
}

/* The values that the plan's enum type has not, each with the number of its rows. */
static void append_removed(GString *sql, const PlanNeed *place, const char *inner)
{
    const Need *need = place->need;
    g_autofree char *list = g_strjoinv(", ", place->labels);
    if (place->several)
        sql_append(sql, "select v, count(*) from %s, unnest((%s)::text[]) v", need->table, inner);
    else
        sql_append(sql, "select v, count(*) from (select (%s)::text as v from %s) s", inner,
                   need->table);
    sql_append(sql, " where v is not null and v not in (%s) group by v order by v", list);
}

/* An enum type that the plan makes anew, without values that it had. */
static bool look_for_removed(const Look *look, GError **error)
{
    const Need *need = look->need;
    g_autofree char *inner = need_before_cast(need);
    if (inner == NULL)
        return true;
    g_autoptr(GString) sql = g_string_new(NULL);
    append_removed(sql, look->place, inner);
    GError *failed = NULL; /* see is_survived() */
    g_autoptr(PGresult) result = query(look, sql->str, &failed);
    if (!is_survived(failed, error))
        return false;
    g_autofree char *bare = words_bare_name(need->column);
    for (int i = 0; i < PQntuples(result); i++) {
        g_autofree char *rows = rows_of(PQgetvalue(result, i, 1));
        add(look,
            g_strdup_printf("column \"%s\" of table \"%s\" holds the value \"%s\" in %s, and type "
                            "\"%s\" loses it",
                            bare, look->table, PQgetvalue(result, i, 0), rows, need->type),
            g_strdup("UPDATE the rows first; \"--allow-data-loss\" cannot help, as nothing could "
                     "take the place of the value"));
    }
    return true;
}

/* Strings that the server would not cut: all but blanks behind the length. */
static bool look_for_long(const Look *look, GError **error)
{
    const Need *need = look->need;
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql,
               "select count(*) from %s where rtrim(%s::text) is distinct from rtrim(%s::%s::text)",
               need->table, need->column, need->column, need->type);
    g_autofree char *rows = NULL;
    if (!count_rows(look, sql, &rows, error))
        return false;
    if (rows == NULL)
        return true;
    g_autofree char *bare = words_bare_name(need->column);
    add(look,
        g_strdup_printf("column \"%s\" of table \"%s\" is too long for type %s in %s", bare,
                        look->table, need->type, rows),
        g_strdup_printf("UPDATE the rows first; or USING %s::%s cuts them, which loses data",
                        need->column, need->type));
    return true;
}

/* Whether the server refuses a value, as being out of range or no number. */
static bool look_for_misfits(const Look *look, GError **error)
{
    const Need *need = look->need;
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "select count((%s)::%s) from %s", need->expression, need->type, need->table);
    GError *failed = NULL; /* a finding, or see is_survived() */
    g_autoptr(Transaction) transaction =
        data_look_begin(look->db, look->search_path, LONGEST_COUNT, &failed);
    g_autoptr(PGresult) result =
        transaction != NULL ? database_query(look->db, sql->str, NULL, 0, &failed) : NULL;
    if (result != NULL)
        return true;
    if (!is_survived(failed, error))
        return false;
    const SqlError *last = database_error(look->db);
    if (!g_str_has_prefix(last->sqlstate, DATA_EXCEPTION))
        return true;
    g_autofree char *bare = words_bare_name(need->column);
    add(look,
        g_strdup_printf(
            "column \"%s\" of table \"%s\" holds a value that type %s does not take: %s", bare,
            look->table, need->type, last->message),
        g_strdup("UPDATE the rows first, or change the USING expression"));
    return true;
}

static bool look_for_casts(const Look *look, bool partitioned G_GNUC_UNUSED, GError **error)
{
    if (look->place->labels != NULL)
        return look_for_removed(look, error);
    g_autoptr(GString) sql = g_string_new(NULL);
    cast_guard_append_column(sql, look->need);
    g_autofree char *column = NULL; /* "1 row" of the catalog, if it is there */
    if (!count_rows(look, sql, &column, error))
        return false;
    if (column == NULL)
        return true;
    return cast_guard_is_string(look->need) ? look_for_long(look, error)
                                            : look_for_misfits(look, error);
}

static Looking *const lookings[] = {
    [NEED_CAST] = look_for_casts,   [NEED_NOT_NULL] = look_for_nulls,
    [NEED_NO_ROWS] = look_for_rows, [NEED_UNIQUE] = look_for_duplicates,
    [NEED_CHECK] = look_for_check,  [NEED_REFERENCE] = look_for_reference,
};

/* What rows are looked at: which of @needs is about a table that is there. */
static PGresult *find_tables(const Look *look, const GPtrArray *needs, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    for (unsigned i = 0; i < needs->len; i++) {
        const PlanNeed *place = needs->pdata[i];
        g_autofree char *index = g_strdup_printf("%u", i);
        if (place->settled && !place->after_rows)
            sql_append(rows, "%s(%s, %L)", rows->len > 0 ? ", " : "", index, place->need->table);
    }
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql,
               "select v.i, c.relkind = 'p', case when s.nspname = 'public' then c.relname::text"
               " else s.nspname || '.' || c.relname end"
               " from (values %s) v (i, name) join pg_class c on c.oid = to_regclass(v.name)"
               " join pg_namespace s on s.oid = c.relnamespace"
               " where c.relkind in ('r', 'p', 'm') order by v.i",
               rows->len > 0 ? rows->str : "(0, 'none.none')");
    return query(look, sql->str, error);
}

static bool look_at(Look *look, const GPtrArray *needs, GError **error)
{
    g_autoptr(GError) failed = NULL; /* a name that is none: the server decides */
    g_autoptr(PGresult) tables = find_tables(look, needs, &failed);
    for (int i = 0; tables != NULL && i < PQntuples(tables); i++) {
        look->place = needs->pdata[strtoul(PQgetvalue(tables, i, 0), NULL, 10)];
        look->need = look->place->need;
        look->table = PQgetvalue(tables, i, 2);
        bool partitioned = g_str_equal(PQgetvalue(tables, i, 1), "t");
        if (!lookings[look->need->kind](look, partitioned, error))
            return false;
    }
    return true;
}

GPtrArray *data_need_find(Database *db, const GPtrArray *plan, const char *search_path,
                          GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(data_need_free);
    g_autoptr(GPtrArray) needs = plan_needs_find(plan);
    Look look = {.db = db, .search_path = search_path, .found = found};
    if (needs->len > 0 && !look_at(&look, needs, error))
        return NULL;
    return g_steal_pointer(&found);
}

bool data_need_check(Database *db, const GPtrArray *plan, const char *search_path, GError **error)
{
    g_autoptr(GPtrArray) found = data_need_find(db, plan, search_path, error);
    if (found == NULL || found->len == 0)
        return found != NULL;
    g_autoptr(GString) text =
        g_string_new("nothing was changed, as the stored rows do not allow it:");
    const char *last = "";
    for (unsigned i = 0; i < found->len; i++) {
        const DataNeed *need = found->pdata[i];
        if (i > 0 && !g_str_equal(last, need->hint))
            g_string_append_printf(text, "\nhint: %s", last);
        g_string_append_printf(text, "\n  %s: %s", need->place, need->text);
        last = need->hint;
    }
    g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                "%s\nhint: %s\n"
                "hint: \"--no-row-check\" runs it all the same: then the server decides",
                text->str, last);
    return false;
}
