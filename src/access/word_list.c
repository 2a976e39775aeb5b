#include "access/word_list.h"

char **word_list(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t,", -1);
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    for (char **part = parts; *part != NULL; part++)
        if (**part != '\0')
            g_strv_builder_add(words, *part);
    return g_strv_builder_end(words);
}
