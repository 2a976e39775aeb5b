#include "base/duration.h"

#include <glib.h>
#include <inttypes.h>

static const struct {
    const char *unit;
    int64_t milliseconds;
} units[] = {
    {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000},
};
static const int64_t longest = INT64_C(10000) * 86400000;

bool duration_parse(const char *text, int64_t *out_milliseconds)
{
    int64_t number = 0;
    const char *at = text;
    for (; g_ascii_isdigit(*at) && number <= longest; at++)
        number = number * 10 + (*at - '0');
    if (at == text)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(at, units[i].unit) && number <= longest / units[i].milliseconds) {
            *out_milliseconds = number * units[i].milliseconds;
            return true;
        }
    return false;
}

char *duration_in_words(int64_t seconds)
{
    static const struct {
        const char *name;
        uint64_t seconds;
    } words[] = {{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}};
    uint64_t length = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
    size_t i = 0;
    while (i < G_N_ELEMENTS(words) - 1 && length < 2 * words[i].seconds)
        i++;
    uint64_t number = length / words[i].seconds;
    return g_strdup_printf("%s%" PRIu64 " %s%s", seconds < 0 ? "in " : "", number, words[i].name,
                           number == 1 ? "" : "s");
}
