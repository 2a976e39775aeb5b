#include "archive/sequence_set.h"

#include <string.h>

static void skip_space(const char **at)
{
    while (g_ascii_isspace(**at))
        (*at)++;
}

/* Whether @text stands there; then @at is behind it. */
static bool skip(const char **at, const char *text)
{
    skip_space(at);
    if (!g_str_has_prefix(*at, text))
        return false;
    *at += strlen(text);
    return true;
}

/* What the quoted string there says; NULL if there is none. */
static char *read_string(const char **at)
{
    if (!skip(at, "'"))
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    for (const char *next = *at; *next != '\0'; next++) {
        if (*next == '\'' && *++next != '\'') {
            *at = next;
            return g_string_free(g_steal_pointer(&text), FALSE);
        }
        g_string_append_c(text, *next);
    }
    return NULL;
}

static bool read_value(const char **at, int64_t *out_value)
{
    skip_space(at);
    size_t length = strspn(*at, "-0123456789");
    g_autofree char *digits = g_strndup(*at, length);
    gint64 value = 0;
    if (!g_ascii_string_to_signed(digits, 10, G_MININT64, G_MAXINT64, &value, NULL))
        return false;
    *at += length;
    *out_value = value;
    return true;
}

static bool read_called(const char **at, bool *out_called)
{
    *out_called = skip(at, "true");
    return *out_called || skip(at, "false");
}

static bool is_at_end(const char *at)
{
    skip(&at, ";");
    skip_space(&at);
    return *at == '\0';
}

SequenceSet *sequence_set_parse(const char *statement)
{
    const char *at = statement;
    if (!skip(&at, "SELECT pg_catalog.setval("))
        return NULL;
    g_autoptr(SequenceSet) set = g_new0(SequenceSet, 1);
    set->name = read_string(&at);
    if (set->name == NULL || !skip(&at, ",") || !read_value(&at, &set->value) || !skip(&at, ",") ||
        !read_called(&at, &set->called) || !skip(&at, ")") || !is_at_end(at))
        return NULL;
    return g_steal_pointer(&set);
}

void sequence_set_free(SequenceSet *set)
{
    if (set == NULL)
        return;
    g_free(set->name);
    g_free(set);
}
