#include "migrate/data_look.h"

Transaction *data_look_begin(Database *db, const char *search_path, const char *longest,
                             GError **error)
{
    g_autoptr(Transaction) transaction = transaction_begin_mode(db, "READ ONLY", error);
    if (transaction == NULL)
        return NULL;
    const char *values[] = {search_path, longest};
    g_autoptr(PGresult) set =
        database_query(db,
                       "select set_config('search_path', $1, true),"
                       " set_config('row_security', 'off', true),"
                       " set_config('lock_timeout', '3s', true),"
                       " set_config('statement_timeout',"
                       " coalesce($2, current_setting('statement_timeout')), true)",
                       values, 2, error);
    return set != NULL ? g_steal_pointer(&transaction) : NULL;
}
