#include "sql/statement.h"

Statement *statement_new(const char *text, unsigned line)
{
    Statement *statement = g_new(Statement, 1);
    statement->text = g_strdup(text);
    statement->line = line;
    return statement;
}

void statement_free(Statement *statement)
{
    if (statement == NULL)
        return;
    g_free(statement->text);
    g_free(statement);
}
