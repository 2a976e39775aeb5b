#include "schema/canonical.h"

#include <stdbool.h>
#include <string.h>

#define OPENING "ARRAY["
#define CLOSING "]::text[]"
#define ELEMENT_TYPE "::character varying"

/* Behind the literal 'it''s' that begins at @text; @text itself if none does. */
static const char *skip_literal(const char *text)
{
    const char *p = text;
    if (*p != '\'')
        return text;
    for (p++; *p != '\0'; p++) {
        if (*p != '\'')
            continue;
        if (p[1] != '\'')
            return p + 1;
        p++;
    }
    return text;
}

/*
 * Appends the elements behind ARRAY[ with their casts. Returns what follows the array's own cast,
 * or NULL, with @out as it was, if this is another sort of array.
 */
static const char *append_elements(GString *out, const char *text)
{
    size_t length = out->len;
    const char *p = text;
    for (;;) {
        const char *end = skip_literal(p);
        if (end == p || !g_str_has_prefix(end, ELEMENT_TYPE))
            break;
        end += strlen(ELEMENT_TYPE);
        g_string_append_len(out, p, end - p);
        g_string_append(out, "::text");
        if (g_str_has_prefix(end, CLOSING)) {
            g_string_append_c(out, ']');
            return end + strlen(CLOSING);
        }
        if (!g_str_has_prefix(end, ", "))
            break;
        g_string_append(out, ", ");
        p = end + 2;
    }
    g_string_truncate(out, length);
    return NULL;
}

char *canonical_expression(const char *text)
{
    if (strstr(text, CLOSING) == NULL)
        return NULL;
    g_autoptr(GString) out = g_string_sized_new(strlen(text) + 64);
    bool changed = false;
    for (const char *p = text; *p != '\0';) {
        const char *literal_end = skip_literal(p);
        if (literal_end != p) {
            g_string_append_len(out, p, literal_end - p);
            p = literal_end;
            continue;
        }
        const char *behind = NULL;
        if (g_str_has_prefix(p, OPENING)) {
            g_string_append(out, OPENING);
            p += strlen(OPENING);
            behind = append_elements(out, p);
        } else {
            g_string_append_c(out, *p++);
        }
        changed = changed || behind != NULL;
        p = behind != NULL ? behind : p;
    }
    return changed ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}
