#include "serve/db_role_check.h"

#include "pg/transaction.h"
#include "schema/list.h"
#include "serve_queries.h"
#include "sql/quote.h"

/* Columns of db_roles.sql. */
enum { COLUMN_PROBLEM, COLUMN_NAME, COLUMN_OWN, COLUMN_HAS_SET };

static void append_grant(GString *mend, const char *name, const PGresult *rows, int row)
{
    const char *own = PQgetvalue(rows, row, COLUMN_OWN);
    bool has_set = g_str_equal(PQgetvalue(rows, row, COLUMN_HAS_SET), "true");
    sql_append(mend, "GRANT %I TO %I%s;", name, own, has_set ? " WITH SET TRUE" : "");
}

static void add_row(GPtrArray *findings, const PGresult *rows, int row)
{
    const char *problem = PQgetvalue(rows, row, COLUMN_PROBLEM);
    const char *name = PQgetvalue(rows, row, COLUMN_NAME);
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GString) mend = g_string_new(NULL);
    if (g_str_equal(problem, "missing")) {
        g_string_printf(message, "[access] names the database role \"%s\", which does not exist",
                        name);
        sql_append(mend, "CREATE ROLE %I;\n", name);
        append_grant(mend, name, rows, row);
    } else if (g_str_equal(problem, "unsettable")) {
        g_string_printf(message,
                        "[access] names the database role \"%s\", but role \"%s\" may not work as "
                        "it: its requests are refused",
                        name, PQgetvalue(rows, row, COLUMN_OWN));
        append_grant(mend, name, rows, row);
    } else if (g_str_equal(problem, "superuser")) {
        g_string_printf(message,
                        "[access] names the database role \"%s\", which is a superuser: its "
                        "requests may do anything",
                        name);
        sql_append(mend, "ALTER ROLE %I NOSUPERUSER;", name);
    } else {
        g_string_printf(message,
                        "[access] names the database role \"%s\", which has BYPASSRLS: row-level "
                        "security does not hold for its requests",
                        name);
        sql_append(mend, "ALTER ROLE %I NOBYPASSRLS;", name);
    }
    role_finding_add(findings, false, message->str, mend->str);
}

GPtrArray *db_role_check(Database *db, const char *const *roles, GError **error)
{
    g_autoptr(GPtrArray) findings = role_findings_new();
    g_autofree char *names = list_format(roles);
    g_autoptr(Transaction) transaction = transaction_begin_mode(db, "READ ONLY", error);
    if (transaction == NULL || !database_execute(db, "SET LOCAL search_path = pg_catalog", error))
        return NULL;
    g_autoptr(PGresult) rows =
        database_query(db, sql_db_roles, (const char *const[]){names}, 1, error);
    if (rows == NULL)
        return NULL;
    for (int row = 0; row < PQntuples(rows); row++)
        add_row(findings, rows, row);
    return g_steal_pointer(&findings);
}
