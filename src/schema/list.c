#include "schema/list.h"

#include <string.h>

/* Reads one element at *at into @word and moves *at behind it. */
static void read_element(const char **at, GString *word)
{
    const char *p = *at;
    g_string_truncate(word, 0);
    if (*p == '"') {
        for (p++; *p != '\0' && *p != '"'; p++) {
            if (*p == '\\' && p[1] != '\0')
                p++;
            g_string_append_c(word, *p);
        }
        if (*p == '"')
            p++;
    } else {
        while (*p != '\0' && *p != ',' && *p != '}')
            g_string_append_c(word, *p++);
        if (strcmp(word->str, "NULL") == 0)
            g_string_truncate(word, 0);
    }
    *at = p;
}

char **list_parse(const char *literal)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) word = g_string_new(NULL);
    const char *at = literal;
    if (at != NULL && *at == '{' && at[1] != '}') {
        do {
            at++;
            read_element(&at, word);
            g_ptr_array_add(words, g_strdup(word->str));
        } while (*at == ',');
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_steal(words, NULL);
}

char *list_format(const char *const *words)
{
    GString *literal = g_string_new("{");
    for (size_t i = 0; words[i] != NULL; i++) {
        g_string_append(literal, i == 0 ? "\"" : ",\"");
        for (const char *p = words[i]; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                g_string_append_c(literal, '\\');
            g_string_append_c(literal, *p);
        }
        g_string_append_c(literal, '"');
    }
    g_string_append_c(literal, '}');
    return g_string_free(literal, FALSE);
}
