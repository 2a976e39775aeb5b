#include "api/operation_name.h"

#include <string.h>

static bool is_capture(const char *segment)
{
    return segment[0] == '{';
}

/* Cuts the English plural off the word at the end of @name. */
static void make_singular(GString *name)
{
    static const struct {
        const char *plural, *singular;
    } endings[] = {
        {"ies", "y"},   {"statuses", "status"}, {"sses", "ss"}, {"shes", "sh"},
        {"ches", "ch"}, {"xes", "x"},           {"ss", "ss"},   {"us", "us"},
        {"is", "is"},   {"news", "news"},       {"s", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
        if (!g_str_has_suffix(name->str, endings[i].plural))
            continue;
        g_string_truncate(name, name->len - strlen(endings[i].plural));
        g_string_append(name, endings[i].singular);
        return;
    }
}

static void append_word(GString *name, const char *segment)
{
    if (name->len > 0)
        g_string_append_c(name, '_');
    for (const char *at = segment; *at != '\0'; at++)
        g_string_append_c(name, g_ascii_isalnum(*at) ? g_ascii_tolower(*at) : '_');
}

static bool is_plural(const char *word)
{
    g_autoptr(GString) singular = g_string_new(word);
    make_singular(singular);
    return !g_str_equal(singular->str, word);
}

/* The fixed parts of a path, those that a capture follows as one of many: "order_lines". */
static GString *name_thing(char **segments, unsigned count)
{
    GString *thing = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++) {
        if (is_capture(segments[i]) || segments[i][0] == '\0')
            continue;
        append_word(thing, segments[i]);
        if (i + 1 < count && is_capture(segments[i + 1]))
            make_singular(thing);
    }
    if (thing->len == 0)
        g_string_append(thing, "root");
    return thing;
}

static const char *get_verb(const Endpoint *endpoint)
{
    switch (endpoint->method) {
    case HTTP_GET:
        return endpoint->returns == RETURNS_MANY ? "list" : "get";
    case HTTP_HEAD:
        return "head";
    case HTTP_POST:
        return "create";
    case HTTP_PUT:
        return "replace";
    case HTTP_PATCH:
        return "update";
    case HTTP_DELETE:
        return "delete";
    default:
        return "call";
    }
}

static char *make_name(const Endpoint *endpoint)
{
    g_auto(GStrv) segments =
        g_strsplit(endpoint->path[0] == '/' ? endpoint->path + 1 : "", "/", -1);
    unsigned count = g_strv_length(segments);
    const char *last = count > 0 ? segments[count - 1] : "";
    /* POST /orders/{id}/cancel does something with an order; POST /orders makes one. */
    bool acts = endpoint->method == HTTP_POST && count > 1 && is_capture(segments[count - 2]) &&
                !is_capture(last) && !is_plural(last);
    g_autoptr(GString) thing = name_thing(segments, acts ? count - 1 : count);
    if (acts) {
        g_autoptr(GString) verb = g_string_new(NULL);
        append_word(verb, last);
        return g_strconcat(verb->str, "_", thing->str, NULL);
    }
    if (endpoint->method == HTTP_POST && !is_capture(last))
        make_singular(thing);
    return g_strconcat(get_verb(endpoint), "_", thing->str, NULL);
}

char *operation_name(const Endpoint *endpoint, GHashTable *taken)
{
    g_autofree char *first = make_name(endpoint);
    char *name = g_strdup(first);
    for (unsigned i = 2; g_hash_table_contains(taken, name); i++) {
        g_free(name);
        name = g_strdup_printf("%s_%u", first, i);
    }
    g_hash_table_add(taken, g_strdup(name));
    return name;
}
