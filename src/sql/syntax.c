#include "sql/syntax.h"

#include <pg_query.h>
#include <string.h>

json_t *syntax_parse(const char *text)
{
    if (strlen(text) > SYNTAX_LENGTH_MOST)
        return NULL;
    PgQueryParseResult parsed = pg_query_parse(text);
    json_t *tree = parsed.error == NULL ? json_loads(parsed.parse_tree, 0, NULL) : NULL;
    pg_query_free_parse_result(parsed);
    return tree;
}
