#include "access/claim_path.h"

#include <glib.h>
#include <string.h>

#define DEEPEST 8

/* Reads one name and moves *@at behind it; %NULL if there is none. */
static char *read_name(const char **at)
{
    bool is_quoted = **at == '"';
    const char *start = *at + is_quoted;
    size_t length = strcspn(start, is_quoted ? "\"" : ".\" \t");
    const char *end = start + length;
    if (length == 0 || (is_quoted && *end != '"'))
        return NULL;
    *at = end + is_quoted;
    return g_strndup(start, length);
}

char **claim_path_parse(const char *text)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    const char *at = text;
    for (unsigned depth = 0; depth < DEEPEST; depth++) {
        g_autofree char *name = read_name(&at);
        if (name == NULL)
            return NULL;
        g_strv_builder_add(names, name);
        if (*at == '\0')
            return g_strv_builder_end(names);
        if (*at++ != '.')
            return NULL;
    }
    return NULL;
}

const json_t *claim_path_find(char **path, const json_t *claims)
{
    const json_t *found = claims;
    for (char **name = path; found != NULL && *name != NULL; name++)
        found = json_object_get(found, *name);
    return found;
}

static void add_once(GPtrArray *roles, const char *role)
{
    if (*role != '\0' && !g_ptr_array_find_with_equal_func(roles, role, g_str_equal, NULL))
        g_ptr_array_add(roles, g_strdup(role));
}

char **claim_roles(const json_t *value)
{
    g_autoptr(GPtrArray) roles = g_ptr_array_new_with_free_func(g_free);
    if (json_is_string(value)) {
        g_auto(GStrv) words = g_strsplit(json_string_value(value), " ", ROLES_MOST + 1);
        for (char **word = words; *word != NULL; word++)
            add_once(roles, *word);
        if (g_strv_length(words) > ROLES_MOST)
            return NULL;
    } else if (json_is_array(value)) {
        if (json_array_size(value) > ROLES_MOST)
            return NULL;
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *role = json_array_get(value, i);
            if (!json_is_string(role))
                return NULL;
            add_once(roles, json_string_value(role));
        }
    } else if (value != NULL && !json_is_null(value)) {
        return NULL;
    }
    g_ptr_array_add(roles, NULL);
    g_ptr_array_set_free_func(roles, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&roles), FALSE);
}
