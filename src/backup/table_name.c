#include "backup/table_name.h"

#include "sql/quote.h"

char *table_name_format(const char *schema, const char *name)
{
    g_autoptr(GString) sql = g_string_new("");
    sql_append(sql, "%I.%I", schema, name);
    return g_strdup(sql->str);
}

bool table_name_matches(const char *word, const char *schema, const char *name)
{
    g_autofree char *quoted = sql_quote_identifier(name);
    g_autofree char *both = g_strconcat(schema, ".", name, NULL);
    g_autofree char *both_quoted = table_name_format(schema, name);
    const char *forms[] = {name, quoted, both, both_quoted};
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (g_str_equal(word, forms[i]))
            return true;
    return false;
}
