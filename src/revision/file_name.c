#include "revision/file_name.h"

#include <string.h>

/* Letters and digits, lower case; whatever is between words is one "_". */
char *file_name_slug(const char *message, unsigned longest)
{
    g_autofree char *valid = g_utf8_make_valid(message, -1);
    g_autofree char *lower = g_utf8_strdown(valid, -1);
    GString *slug = g_string_new(NULL);
    size_t whole = 0; /* the end of the last word that fits */
    unsigned length = 0;
    bool between = false;
    for (const char *p = lower; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!g_unichar_isalnum(c)) {
            whole = slug->len;
            between = slug->len > 0;
            continue;
        }
        if (length + between + 1 > longest) {
            g_string_truncate(slug, whole > 0 ? whole : slug->len);
            break;
        }
        length += between + 1u;
        if (between)
            g_string_append_c(slug, '_');
        between = false;
        g_string_append_unichar(slug, c);
    }
    return g_string_free(slug, FALSE);
}

static bool refuse(const char *pattern, const char *what, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "file_template \"%s\" %s", pattern, what);
    return false;
}

/* One "%…" of the pattern, which then stands behind it. */
static bool expand_part(const char **at, const char *pattern, const char *id, const char *slug,
                        GDateTime *created, GString *name, GError **error)
{
    if (g_str_has_prefix(*at, "%{id}")) {
        g_string_append(name, id);
        *at += strlen("%{id}");
        return true;
    }
    if (g_str_has_prefix(*at, "%{slug}")) {
        g_string_append(name, slug);
        *at += strlen("%{slug}");
        return true;
    }
    if ((*at)[1] == '\0' || strchr("YmdHMS%", (*at)[1]) == NULL)
        return refuse(
            pattern, "has an unknown part\nhint: it knows %{id}, %{slug}, %Y %m %d %H %M %S and %%",
            error);
    const char format[] = {'%', (*at)[1], '\0'};
    g_autofree char *value = g_date_time_format(created, format);
    g_string_append(name, value);
    *at += 2;
    return true;
}

static bool check_pattern(const char *pattern, GError **error)
{
    if (strstr(pattern, "%{id}") == NULL)
        return refuse(pattern, "has no %{id}, so two revisions could have one name", error);
    g_auto(GStrv) parts = g_strsplit(pattern, "/", -1);
    for (char **part = parts; *part != NULL; part++)
        if (**part == '\0' || **part == '.')
            return refuse(pattern, "leads out of its folder or hides the file", error);
    return true;
}

char *file_name_expand(const char *pattern, const char *id, const char *message, GDateTime *created,
                       unsigned slug_length, GError **error)
{
    if (!check_pattern(pattern, error))
        return NULL;
    g_autofree char *slug = file_name_slug(message, slug_length);
    g_autofree char *safe_id = g_strdelimit(g_strdup(id), "/", '_');
    g_autoptr(GString) name = g_string_new(NULL);
    for (const char *at = pattern; *at != '\0';) {
        if (*at != '%')
            g_string_append_c(name, *at++);
        else if (!expand_part(&at, pattern, safe_id, slug, created, name, error))
            return NULL;
    }
    while (name->len > 0 && name->str[name->len - 1] == '_')
        g_string_truncate(name, name->len - 1);
    g_string_append(name, ".sql");
    return g_string_free(g_steal_pointer(&name), FALSE);
}
