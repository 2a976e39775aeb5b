#include "backup/moment.h"

#include <string.h>
#include <sys/random.h>

enum { RANDOM_DIGITS = 12 };

static char *format(int64_t time, const char *how)
{
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time);
    g_assert(date != NULL);
    return g_date_time_format(date, how);
}

/* @form has a 0 for each digit. */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; text++, form++)
        if (*form == '0' ? !g_ascii_isdigit(*text) : *text != *form)
            return false;
    return true;
}

static int number(const char *digits, unsigned length)
{
    int sum = 0;
    for (unsigned i = 0; i < length; i++)
        sum = 10 * sum + g_ascii_digit_value(digits[i]);
    return sum;
}

/* @day: YYYY-MM-DD; @hour, @minute, @second: two digits each; all of them digits. */
static bool parse(const char *day, const char *hour, const char *minute, const char *second,
                  int64_t *out_time)
{
    int year = number(day, 4);
    g_autoptr(GDateTime) date =
        year < 1970 ? NULL
                    : g_date_time_new_utc(year, number(day + 5, 2), number(day + 8, 2),
                                          number(hour, 2), number(minute, 2), number(second, 2));
    if (date != NULL && out_time != NULL)
        *out_time = g_date_time_to_unix(date);
    return date != NULL;
}

char *moment_format(int64_t time)
{
    return format(time, "%Y-%m-%dT%H:%M:%SZ");
}

bool moment_parse(const char *text, int64_t *out_time)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    return has_form(text, form) && strlen(text) == strlen(form) &&
           parse(text, text + 11, text + 14, text + 17, out_time);
}

char *backup_id_new(int64_t time)
{
    uint8_t random[RANDOM_DIGITS / 2];
    ssize_t got = getrandom(random, sizeof(random), 0);
    g_assert(got == (ssize_t)sizeof(random)); /* so few are never cut short */
    g_autofree char *date = format(time, "%Y-%m-%dT%H%M%SZ-");
    GString *id = g_string_new(date);
    for (unsigned i = 0; i < sizeof(random); i++)
        g_string_append_printf(id, "%02x", random[i]);
    return g_string_free(id, FALSE);
}

bool backup_id_parse(const char *text, int64_t *out_time)
{
    static const char form[] = "0000-00-00T000000Z-";
    return has_form(text, form) && strlen(text) == strlen(form) + RANDOM_DIGITS &&
           strspn(text + strlen(form), "0123456789abcdef") == RANDOM_DIGITS &&
           parse(text, text + 11, text + 13, text + 15, out_time);
}
