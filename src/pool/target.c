#include "pool/target.h"

#include "base/references.h"

#include <netdb.h>
#include <string.h>

struct Target {
    References references;
    GPtrArray *keys, *values; /* what libpq is told beside hosts, addresses and ports */
    char **hosts, **addresses, **ports;
    bool chooses; /* one that can write, of several */
    bool names;
};

/* What the environment or libpq itself says where the settings say nothing. */
static char *default_of(const char *keyword)
{
    PQconninfoOption *options = PQconndefaults();
    char *value = NULL;
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        if (g_str_equal(o->keyword, keyword))
            value = g_strdup(o->val);
    PQconninfoFree(options);
    return value;
}

/* (transfer full): the words of a list; {NULL} if it is not given. */
static char **list_of(const ConnectionSettings *settings, const char *keyword)
{
    const char *given = settings_get(settings, keyword);
    g_autofree char *value = given != NULL ? g_strdup(given) : default_of(keyword);
    return g_strsplit(value != NULL ? value : "", ",", -1);
}

static bool is_path(const char *host)
{
    return *host == '/' || *host == '@';
}

static bool is_address(const char *host)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return false;
    freeaddrinfo(found);
    return true;
}

static const char *nth(char *const *list, unsigned i)
{
    return i < g_strv_length((char **)list) ? list[i] : "";
}

/* One port stands for all hosts. */
static const char *port_of(const Target *target, unsigned i)
{
    return g_strv_length(target->ports) == 1 ? target->ports[0] : nth(target->ports, i);
}

static bool needs_resolving(const Target *target, unsigned i)
{
    const char *host = target->hosts[i];
    return *host != '\0' && *nth(target->addresses, i) == '\0' && !is_path(host) &&
           !is_address(host);
}

static void add(Target *target, const char *key, const char *value)
{
    g_ptr_array_add(target->keys, g_strdup(key));
    g_ptr_array_add(target->values, g_strdup(value));
}

static void add_defaults(Target *target, const ConnectionSettings *settings, bool writes)
{
    if (settings_get(settings, "gssencmode") == NULL && g_getenv("PGGSSENCMODE") == NULL)
        add(target, "gssencmode", "disable"); /* looking for a ticket can block */
    if (writes && g_strv_length(target->hosts) > 1 &&
        settings_get(settings, "target_session_attrs") == NULL &&
        g_getenv("PGTARGETSESSIONATTRS") == NULL)
        add(target, "target_session_attrs", "read-write");
    target->chooses = writes && g_strv_length(target->hosts) > 1;
    add(target, "client_encoding", "UTF8");
}

Target *target_new(const ConnectionSettings *settings, bool writes)
{
    static const char *const own[] = {"host", "hostaddr", "port", "client_encoding", NULL};
    Target *target = g_new0(Target, 1);
    references_begin(&target->references);
    target->keys = g_ptr_array_new_with_free_func(g_free);
    target->values = g_ptr_array_new_with_free_func(g_free);
    target->hosts = list_of(settings, "host");
    target->addresses = list_of(settings, "hostaddr");
    target->ports = list_of(settings, "port");
    g_autofree const char **keys = settings_keywords(settings);
    g_autofree const char **values = settings_values(settings);
    for (unsigned i = 0; keys[i] != NULL; i++)
        if (!g_strv_contains(own, keys[i]))
            add(target, keys[i], values[i]);
    add_defaults(target, settings, writes);
    for (unsigned i = 0; target->hosts[i] != NULL; i++)
        target->names = target->names || needs_resolving(target, i);
    return target;
}

Target *target_ref(Target *target)
{
    references_add(&target->references);
    return target;
}

void target_free(Target *target)
{
    if (target == NULL || !references_drop(&target->references))
        return;
    g_ptr_array_unref(target->keys);
    g_ptr_array_unref(target->values);
    g_strfreev(target->hosts);
    g_strfreev(target->addresses);
    g_strfreev(target->ports);
    g_free(target);
}

bool target_chooses(const Target *target)
{
    return target->chooses;
}

bool target_has_names(const Target *target)
{
    return target->names;
}

/* The lists of hosts, addresses and ports that libpq is given, entry by entry. */
typedef struct Lists {
    GString *hosts, *addresses, *ports;
    unsigned count;
} Lists;

static void lists_add(Lists *lists, const char *host, const char *address, const char *port)
{
    const char *comma = lists->count++ > 0 ? "," : "";
    g_string_append_printf(lists->hosts, "%s%s", comma, host);
    g_string_append_printf(lists->addresses, "%s%s", comma, address);
    g_string_append_printf(lists->ports, "%s%s", comma, port);
}

static void resolve(const Target *target, unsigned i, Lists *lists)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    if (getaddrinfo(target->hosts[i], NULL, &hints, &found) != 0)
        return;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        char address[NI_MAXHOST];
        if (getnameinfo(at->ai_addr, at->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) == 0)
            lists_add(lists, target->hosts[i], address, port_of(target, i));
    }
    freeaddrinfo(found);
}

char **target_resolve(const Target *target)
{
    Lists lists = {g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), 0};
    for (unsigned i = 0; target->hosts[i] != NULL; i++) {
        if (needs_resolving(target, i))
            resolve(target, i, &lists);
        else
            lists_add(&lists, target->hosts[i], nth(target->addresses, i), port_of(target, i));
    }
    char **resolved = g_new0(char *, 4);
    resolved[0] = g_string_free(lists.hosts, FALSE);
    resolved[1] = g_string_free(lists.addresses, FALSE);
    resolved[2] = g_string_free(lists.ports, FALSE);
    if (lists.count == 0)
        g_clear_pointer(&resolved, g_strfreev);
    return resolved;
}

PGconn *target_connect(const Target *target, char *const *resolved)
{
    static const char *const names[] = {"host", "hostaddr", "port"};
    g_autofree char *hosts = g_strjoinv(",", target->hosts);
    g_autofree char *addresses = g_strjoinv(",", target->addresses);
    g_autofree char *ports = g_strjoinv(",", target->ports);
    const char *const own[] = {resolved ? resolved[0] : hosts, resolved ? resolved[1] : addresses,
                               resolved ? resolved[2] : ports};
    const unsigned count = target->keys->len;
    g_autofree const char **keys = g_new0(const char *, count + G_N_ELEMENTS(names) + 1);
    g_autofree const char **values = g_new0(const char *, count + G_N_ELEMENTS(names) + 1);
    memcpy(keys, target->keys->pdata, count * sizeof *keys);
    memcpy(values, target->values->pdata, count * sizeof *values);
    memcpy(keys + count, names, sizeof names);
    memcpy(values + count, own, sizeof own);
    return PQconnectStartParams(keys, values, 0);
}
