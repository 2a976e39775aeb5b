#include "access/db_roles.h"

#include "access/word_list.h"

#include <string.h>

#define LONGEST_NAME 63 /* NAMEDATALEN - 1: the server would cut it */

struct DbRoles {
    char **names;    /* of tokens and keys */
    char **db_roles; /* of the database: one a name */
    char *anonymous; /* (nullable) */
};

static bool is_db_role(const char *name)
{
    return *name != '\0' && strlen(name) <= LONGEST_NAME && !g_str_equal(name, "none");
}

static bool split_pair(const Config *config, const char *word, char **out_name, char **out_role,
                       GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *name =
        equals != NULL ? g_strndup(word, (size_t)(equals - word)) : g_strdup(word);
    g_autofree char *role = g_strdup(equals != NULL ? equals + 1 : word);
    if (*name == '\0' || !is_db_role(role) || strchr(role, '=') != NULL) {
        g_autofree char *fault = g_strdup_printf(
            "has \"%s\"\nhint: write a role, or role=database_role of at most 63 bytes", word);
        return config_refuse(config, "access", "db_roles", fault, error);
    }
    *out_name = g_steal_pointer(&name);
    *out_role = g_steal_pointer(&role);
    return true;
}

static bool read_pairs(const Config *config, DbRoles *roles, char **words, GError **error)
{
    for (size_t i = 0; words[i] != NULL; i++) {
        char *name = NULL, *role = NULL;
        if (!split_pair(config, words[i], &name, &role, error))
            return false;
        bool twice = g_strv_contains((const char *const *)roles->names, name);
        roles->names[i] = name;
        roles->db_roles[i] = role;
        if (twice) {
            g_autofree char *fault = g_strdup_printf("has \"%s\" twice", name);
            return config_refuse(config, "access", "db_roles", fault, error);
        }
    }
    return true;
}

DbRoles *db_roles_load(const Config *config, GError **error)
{
    g_auto(GStrv) words = word_list(config_get(config, "access", "db_roles"));
    const char *anonymous = config_get(config, "access", "anonymous_role");
    g_autoptr(DbRoles) roles = g_new0(DbRoles, 1);
    roles->names = g_new0(char *, g_strv_length(words) + 1);
    roles->db_roles = g_new0(char *, g_strv_length(words) + 1);
    if (!read_pairs(config, roles, words, error))
        return NULL;
    if (*anonymous != '\0' && !is_db_role(anonymous)) {
        config_refuse(config, "access", "anonymous_role", "is no role of a database", error);
        return NULL;
    }
    roles->anonymous = *anonymous != '\0' ? g_strdup(anonymous) : NULL;
    return g_steal_pointer(&roles);
}

DbRoles *db_roles_copy(const DbRoles *roles)
{
    DbRoles *copy = g_new0(DbRoles, 1);
    copy->names = g_strdupv(roles->names);
    copy->db_roles = g_strdupv(roles->db_roles);
    copy->anonymous = g_strdup(roles->anonymous);
    return copy;
}

void db_roles_free(DbRoles *roles)
{
    if (roles == NULL)
        return;
    g_strfreev(roles->names);
    g_strfreev(roles->db_roles);
    g_free(roles->anonymous);
    g_free(roles);
}

bool db_roles_is_used(const DbRoles *roles)
{
    return roles->names[0] != NULL;
}

const char *db_roles_find(const DbRoles *roles, char **names)
{
    for (size_t i = 0; roles->names[i] != NULL; i++)
        if (g_strv_contains((const char *const *)names, roles->names[i]))
            return roles->db_roles[i];
    return NULL;
}

const char *db_roles_allow(const DbRoles *roles, const char *name)
{
    for (size_t i = 0; roles->db_roles[i] != NULL; i++)
        if (g_str_equal(roles->db_roles[i], name))
            return roles->db_roles[i];
    return NULL;
}

const char *db_roles_anonymous(const DbRoles *roles)
{
    return roles->anonymous;
}

static void add_once(GPtrArray *list, const char *name)
{
    if (name != NULL && !g_ptr_array_find_with_equal_func(list, name, g_str_equal, NULL))
        g_ptr_array_add(list, g_strdup(name));
}

char **db_roles_list(const DbRoles *roles)
{
    GPtrArray *list = g_ptr_array_new();
    for (size_t i = 0; roles->db_roles[i] != NULL; i++)
        add_once(list, roles->db_roles[i]);
    add_once(list, roles->anonymous);
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}
