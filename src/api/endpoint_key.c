#include "api/endpoint_key.h"

#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#define DEADLINE_MOST 3600000 /* milliseconds: an hour */

static bool refuse(const char *key, const char *what, const char *hint, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "key \"%s\" %s\nhint: %s", key, what, hint);
    return false;
}

/* Index of @value in @words; else refused with the nearest. */
static bool read_choice(const char *key, const char *value, const char *const *words,
                        unsigned *out_index, GError **error)
{
    for (unsigned i = 0; words[i] != NULL; i++)
        if (g_str_equal(words[i], value)) {
            *out_index = i;
            return true;
        }
    const char *nearest = nearest_word(value, words);
    g_autofree char *list = g_strjoinv("\", \"", (char **)words);
    g_autofree char *what = g_strdup_printf("has the value \"%s\"", value);
    g_autofree char *hint = nearest != NULL ? g_strdup_printf("did you mean \"%s\"?", nearest)
                                            : g_strdup_printf("it may be \"%s\"", list);
    return refuse(key, what, hint, error);
}

static bool read_yes(const char *key, const char *value, bool *out_yes, GError **error)
{
    static const char *const words[] = {"no", "yes", NULL};
    unsigned index = 0;
    if (!read_choice(key, value, words, &index, error))
        return false;
    *out_yes = index == 1;
    return true;
}

/* Words that commas, or if @spaces spaces too, divide; none empty or twice. */
static bool read_list(const char *key, const char *value, bool spaces, char ***out_list,
                      GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(value, spaces ? ", \t" : ",", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (char **part = parts; *part != NULL; part++) {
        g_strstrip(*part);
        if (**part == '\0' && spaces)
            continue;
        if (**part == '\0')
            return refuse(key, "has an empty word", "commas stand between words", error);
        if (g_ptr_array_find_with_equal_func(words, *part, g_str_equal, NULL))
            return refuse(key, "names one twice", "name each once", error);
        g_ptr_array_add(words, g_strdup(*part));
    }
    if (words->len == 0)
        return refuse(key, "names none", "leave the line out", error);
    g_ptr_array_add(words, NULL);
    g_strfreev(*out_list);
    *out_list = (char **)g_ptr_array_steal(words, NULL);
    return true;
}

/* The digits at @text; 0 if there are none or too many for a number that anybody means. */
static unsigned read_number(const char *text, const char **out_end)
{
    unsigned number = 0;
    const char *at = text;
    for (; g_ascii_isdigit(*at) && at - text < 9; at++)
        number = number * 10 + (unsigned)g_ascii_digit_value(*at);
    *out_end = at;
    return number;
}

static bool read_summary(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                         GError **error G_GNUC_UNUSED)
{
    g_free(endpoint->summary);
    endpoint->summary = g_strdup(value);
    return true;
}

/* Lines below it are added by the reader of the file. */
static bool read_description(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint,
                             const char *value, GError **error G_GNUC_UNUSED)
{
    char *before = endpoint->description;
    endpoint->description =
        before == NULL ? g_strdup(value) : g_strconcat(before, "\n", value, NULL);
    g_free(before);
    return true;
}

static bool read_tags(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                      GError **error)
{
    return read_list("tags", value, false, &endpoint->tags, error);
}

static bool read_status(EndpointKeys *keys, Endpoint *endpoint, const char *value, GError **error)
{
    const char *end = value;
    unsigned status = read_number(value, &end);
    if (end - value != 3 || *end != '\0' || status < 200 || status > 299)
        return refuse("returns", "has a status that is none of 200 to 299",
                      "write it as \"returns: one 201\"", error);
    bool empty = status == 204 || status == 205;
    if (empty && endpoint->returns != RETURNS_NONE)
        return refuse("returns", "has a status whose answers have no body",
                      "write \"returns: none\"", error);
    endpoint->status = status;
    keys->has_status = true;
    return true;
}

static bool read_returns(EndpointKeys *keys, Endpoint *endpoint, const char *value, GError **error)
{
    static const char *const words[] = {
        [RETURNS_MANY] = "many",
        [RETURNS_ONE] = "one",
        [RETURNS_NONE] = "none",
        [RETURNS_SCALAR] = "scalar",
        [4] = NULL,
    };
    g_autofree char *word = g_strdup(value);
    char *status = strpbrk(word, " \t");
    if (status != NULL)
        *status++ = '\0';
    unsigned index = 0;
    if (!read_choice("returns", word, words, &index, error))
        return false;
    endpoint->returns = index;
    keys->has_returns = true;
    return status == NULL || read_status(keys, endpoint, g_strchug(status), error);
}

static bool read_cache(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                       GError **error)
{
    for (const char *at = value; *at != '\0'; at++)
        if (!g_ascii_isprint(*at))
            return refuse("cache", "has a character that no header may have",
                          "write it as \"cache: public, max-age=60\"", error);
    g_free(endpoint->cache);
    endpoint->cache = g_strdup(value);
    return true;
}

static bool read_deadline(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                          GError **error)
{
    const char *unit = value;
    uint64_t number = read_number(value, &unit);
    if (g_str_equal(unit, "s"))
        number *= 1000;
    else if (!g_str_equal(unit, "ms"))
        number = 0;
    if (number == 0 || number > DEADLINE_MOST)
        return refuse("deadline", "is no time from \"1ms\" to \"3600s\"",
                      "write it as \"250ms\" or \"5s\"", error);
    endpoint->deadline = (unsigned)number;
    return true;
}

static bool read_lane(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                      GError **error)
{
    static const char *const words[] = {"fast", "write", "slow", NULL};
    unsigned index = 0;
    if (!read_choice("lane", value, words, &index, error))
        return false;
    endpoint->lane = LANE_FAST + index;
    return true;
}

static bool read_role(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                      GError **error)
{
    return read_list("role", value, true, &endpoint->roles, error);
}

static bool read_deprecated(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                            GError **error)
{
    return read_yes("deprecated", value, &endpoint->deprecated, error);
}

static bool read_version(EndpointKeys *keys G_GNUC_UNUSED, Endpoint *endpoint, const char *value,
                         GError **error G_GNUC_UNUSED)
{
    g_free(endpoint->version);
    endpoint->version = g_strdup(value);
    return true;
}

static bool read_verify(EndpointKeys *keys, Endpoint *endpoint, const char *value, GError **error)
{
    bool verify = false;
    if (!read_yes("verify", value, &verify, error))
        return false;
    endpoint->is_static = !verify;
    keys->has_verify = true;
    return true;
}

static const struct {
    const char *name;
    bool (*read)(EndpointKeys *keys, Endpoint *endpoint, const char *value, GError **error);
} known[] = {
    {"summary", read_summary}, {"description", read_description},
    {"tags", read_tags},       {"returns", read_returns},
    {"cache", read_cache},     {"deadline", read_deadline},
    {"lane", read_lane},       {"role", read_role},
    {"version", read_version}, {"deprecated", read_deprecated},
    {"verify", read_verify},
};

size_t endpoint_key_name(const char *text)
{
    size_t length = 0;
    while (g_ascii_islower(text[length]) || text[length] == '_' || text[length] == '-')
        length++;
    char behind = length > 0 && text[length] == ':' ? text[length + 1] : 'x';
    return behind == '\0' || behind == ' ' || behind == '\t' ? length : 0;
}

bool endpoint_key_is_known(const char *name, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (strlen(known[i].name) == length && strncmp(known[i].name, name, length) == 0)
            return true;
    return false;
}

static bool refuse_unknown(const char *name, GError **error)
{
    const char *names[G_N_ELEMENTS(known) + 1] = {NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        names[i] = known[i].name;
    const char *nearest = nearest_word(name, names);
    g_autofree char *hint =
        nearest != NULL
            ? g_strdup_printf("did you mean \"%s\"?", nearest)
            : g_strdup("a line of text begins with two spaces more, or another letter case");
    return refuse(name, "is unknown", hint, error);
}

bool endpoint_key_read(EndpointKeys *keys, Endpoint *endpoint, const char *text, GError **error)
{
    size_t length = endpoint_key_name(text);
    g_autofree char *name = g_strndup(text, length);
    g_autofree char *value = g_strstrip(g_strdup(text + length + 1));
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!g_str_equal(known[i].name, name))
            continue;
        if ((keys->given & 1u << i) != 0)
            return refuse(name, "is there twice", "leave one of the lines out", error);
        keys->given |= 1u << i;
        if (*value == '\0' && known[i].read != read_description)
            return refuse(name, "has no value", "leave the line out", error);
        return known[i].read(keys, endpoint, value, error);
    }
    return refuse_unknown(name, error);
}
