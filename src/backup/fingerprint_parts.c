#include "backup/fingerprint_parts.h"

#include "backup_queries.h"
#include "sql/quote.h"

#include <string.h>

enum { HOLD_TRIES = 5 };

#define INSUFFICIENT_PRIVILEGE "42501"
#define UNDEFINED_TABLE "42P01"
#define UNDEFINED_SCHEMA "3F000"

static void part_free(void *data)
{
    FingerprintPart *part = data;
    g_free(part->oid);
    g_free(part->schema);
    g_free(part->name);
    g_free(part->hash);
    g_free(part->condition);
    g_free(part);
}

static char *text_or_null(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : g_strdup(PQgetvalue(result, row, column));
}

GPtrArray *fingerprint_parts_list(SnapshotSession *session, GError **error)
{
    g_autoptr(PGresult) rows = snapshot_session_query(session, sql_fingerprint_tables, error);
    if (rows == NULL) {
        g_prefix_error(error, "looking for tables: ");
        return NULL;
    }
    GPtrArray *parts = g_ptr_array_new_with_free_func(part_free);
    for (int i = 0; i < PQntuples(rows); i++) {
        FingerprintPart *part = g_new0(FingerprintPart, 1);
        part->oid = g_strdup(PQgetvalue(rows, i, 0));
        part->schema = text_or_null(rows, i, 1);
        part->name = text_or_null(rows, i, 2);
        part->bytes = g_ascii_strtoll(PQgetvalue(rows, i, 3), NULL, 10);
        part->hash = g_strdup(PQgetvalue(rows, i, 4));
        part->condition = g_strdup(PQgetvalue(rows, i, 5));
        part->is_tree = g_str_equal(PQgetvalue(rows, i, 6), "t");
        g_ptr_array_add(parts, part);
    }
    return parts;
}

int64_t fingerprint_parts_bytes(const GPtrArray *parts)
{
    int64_t whole = 0;
    for (unsigned i = 0; i < parts->len; i++)
        whole += ((const FingerprintPart *)parts->pdata[i])->bytes;
    return whole;
}

const char *fingerprint_part_only(const FingerprintPart *part)
{
    return part->is_tree ? "" : "ONLY ";
}

void fingerprint_part_explain(const FingerprintPart *part, const SnapshotSession *session,
                              GError **error)
{
    const char *state = snapshot_session_error(session)->sqlstate;
    if (part->name == NULL)
        g_prefix_error(error, "large objects: ");
    else
        g_prefix_error(error, "table \"%s.%s\": ", part->schema, part->name);
    if (error == NULL || strstr((*error)->message, "\nhint: ") != NULL)
        return;
    const char *hint = NULL;
    if (strcmp(state, INSUFFICIENT_PRIVILEGE) == 0)
        hint = "the role needs to read all tables (pg_read_all_data), each row of them (BYPASSRLS) "
               "and all large objects";
    else if (strcmp(state, SQLSTATE_LOCK_NOT_AVAILABLE) == 0)
        hint = "another session holds a lock on it: see pg_locks";
    else if (strcmp(state, UNDEFINED_TABLE) == 0 || strcmp(state, UNDEFINED_SCHEMA) == 0)
        hint = "it was dropped or renamed meanwhile";
    if (hint != NULL)
        error_add_hint(error, "%s", hint);
}

/* (nullable): the statement for all tables of @parts; NULL if there are none. */
static char *lock_sql(const GPtrArray *parts)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    for (unsigned i = 0; i < parts->len; i++) {
        const FingerprintPart *part = parts->pdata[i];
        if (part->name == NULL)
            continue;
        g_string_append(sql, sql->len == 0 ? "LOCK TABLE " : ", ");
        sql_append(sql, "%s%I.%I", fingerprint_part_only(part), part->schema, part->name);
    }
    if (sql->len == 0)
        return NULL;
    g_string_append(sql, " IN ACCESS SHARE MODE");
    return g_string_free(g_steal_pointer(&sql), FALSE);
}

static bool run_sql(SnapshotSession *session, const char *sql, GError **error)
{
    g_autoptr(PGresult) done = snapshot_session_query(session, sql, error);
    return done != NULL;
}

/* One by one, to see which it is. */
static bool lock_each(const GPtrArray *parts, SnapshotSession *session, GError **error)
{
    for (unsigned i = 0; i < parts->len; i++) {
        const FingerprintPart *part = parts->pdata[i];
        g_autoptr(GPtrArray) alone = g_ptr_array_new();
        g_ptr_array_add(alone, (void *)part);
        g_autofree char *sql = lock_sql(alone);
        if (sql != NULL && !run_sql(session, sql, error)) {
            fingerprint_part_explain(part, session, error);
            return false;
        }
    }
    return true;
}

bool fingerprint_parts_lock(const GPtrArray *parts, SnapshotSession *session, GError **error)
{
    g_autofree char *sql = lock_sql(parts);
    if (sql == NULL)
        return true;
    g_autoptr(GError) reason = NULL;
    if (!run_sql(session, "SAVEPOINT lead", error))
        return false;
    if (!run_sql(session, sql, &reason)) {
        if (snapshot_session_failed_with(session, "")) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        if (!run_sql(session, "ROLLBACK TO lead; SET LOCAL lock_timeout = '1s'", error) ||
            !lock_each(parts, session, error))
            return false;
    }
    return run_sql(session, "RELEASE lead", error);
}

/* Whether all tables of @parts were among those that are locked. */
static bool has_all(const GPtrArray *locked, const GPtrArray *parts)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < locked->len; i++)
        g_hash_table_add(known, ((const FingerprintPart *)locked->pdata[i])->oid);
    for (unsigned i = 0; i < parts->len; i++) {
        const FingerprintPart *part = parts->pdata[i];
        if (part->name != NULL && !g_hash_table_contains(known, part->oid))
            return false;
    }
    return true;
}

static bool list_anew(GPtrArray **parts, SnapshotSession *session, GError **error)
{
    GPtrArray *seen = fingerprint_parts_list(session, error);
    if (seen == NULL)
        return false;
    g_ptr_array_unref(*parts);
    *parts = seen;
    return true;
}

/* @parts becomes what is in the snapshot; @out_late if a table came in between. */
static bool lock_and_look(GPtrArray **parts, SnapshotSession *session, bool *out_late,
                          GError **error)
{
    g_autoptr(GPtrArray) locked = g_ptr_array_ref(*parts);
    if (!snapshot_session_renew(session, error) ||
        !fingerprint_parts_lock(locked, session, error) || !list_anew(parts, session, error))
        return false;
    *out_late = !has_all(locked, *parts);
    return true;
}

static bool was_gone(const SnapshotSession *session)
{
    return snapshot_session_failed_with(session, UNDEFINED_TABLE) ||
           snapshot_session_failed_with(session, UNDEFINED_SCHEMA);
}

char *fingerprint_parts_hold(SnapshotSession *session, GPtrArray **out_parts, GError **error)
{
    g_autoptr(GPtrArray) parts = fingerprint_parts_list(session, error);
    if (parts == NULL)
        return NULL;
    bool late = true;
    for (unsigned tries = 0; late && tries < HOLD_TRIES; tries++) {
        g_autoptr(GError) reason = NULL;
        if (lock_and_look(&parts, session, &late, &reason))
            continue;
        if (tries + 1 == HOLD_TRIES || !was_gone(session)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return NULL;
        }
        if (!snapshot_session_renew(session, error) || !list_anew(&parts, session, error))
            return NULL;
    }
    if (late && !fingerprint_parts_lock(parts, session, error))
        return NULL;
    char *snapshot = snapshot_session_export(session, error);
    if (snapshot != NULL)
        *out_parts = g_steal_pointer(&parts);
    return snapshot;
}
