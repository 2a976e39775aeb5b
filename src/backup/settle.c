#include "backup/settle.h"

#include "backup/about_database.h"
#include "base/interrupt.h"
#include "pg/transaction.h"
#include "sql/quote.h"

/* What cannot be had here does not hold the data back. */
static bool try_statement(Database *admin, const Settle *settle, const char *statement,
                          GPtrArray *notes, GError **error)
{
    g_autofree char *sql = about_database_of(statement, settle->fresh);
    if (sql == NULL)
        return true;
    if (!database_execute(admin, "SAVEPOINT settle", error))
        return false;
    g_autoptr(GError) refused = NULL; /* told as a note */
    if (database_execute(admin, sql, &refused))
        return database_execute(admin, "RELEASE SAVEPOINT settle", error);
    if (!g_error_matches(refused, APP_ERROR, APP_ERROR_SQL)) {
        g_propagate_error(error, g_steal_pointer(&refused));
        return false;
    }
    g_autofree char *told = about_database_of(statement, settle->name);
    g_ptr_array_add(notes,
                    g_strdup_printf("left out: %s: %s", told, database_error(admin)->message));
    return database_execute(admin, "ROLLBACK TO SAVEPOINT settle", error);
}

static bool give_properties(Database *admin, const Settle *settle, GPtrArray *notes, GError **error)
{
    for (unsigned i = 0; i < settle->about->len; i++) {
        const char *statement = settle->about->pdata[i];
        if (settle->without_owners && about_owners(statement))
            continue;
        if (!try_statement(admin, settle, statement, notes, error))
            return false;
    }
    return true;
}

static bool rename_to(Database *admin, const Settle *settle, GError **error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "ALTER DATABASE %I RENAME TO %I", settle->fresh, settle->name);
    if (database_execute(admin, sql->str, error))
        return true;
    if (g_str_equal(database_error(admin)->sqlstate, "42P04") && error != NULL) {
        g_clear_error(error);
        g_set_error(error, APP_ERROR, APP_ERROR_LOCKED,
                    "somebody has made a database \"%s\" meanwhile; nothing was replaced",
                    settle->name);
    }
    return false;
}

bool settle_database(Database *admin, const Settle *settle, GPtrArray *notes, GError **error)
{
    if (!interrupt_check(error))
        return false;
    database_shield(admin);
    g_autoptr(Transaction) transaction = transaction_begin(admin, error);
    return transaction != NULL && give_properties(admin, settle, notes, error) &&
           rename_to(admin, settle, error) && transaction_commit(transaction, error);
}
