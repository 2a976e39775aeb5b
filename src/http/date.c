#include "http/date.h"

#include <glib.h>
#include <string.h>
#include <time.h>

static void write_number(char *out, unsigned digits, int number)
{
    for (unsigned i = digits; i-- > 0; number /= 10)
        out[i] = (char)('0' + number % 10);
}

void http_date_write(int64_t seconds, char out_text[HTTP_DATE_LENGTH + 1])
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const time_t time = seconds;
    struct tm parts = {0};
    gmtime_r(&time, &parts);
    memcpy(out_text, "Sun, 06 Nov 1994 08:49:37 GMT", HTTP_DATE_LENGTH + 1);
    memcpy(out_text, days + (size_t)parts.tm_wday * 3, 3);
    write_number(out_text + 5, 2, parts.tm_mday);
    memcpy(out_text + 8, months + (size_t)parts.tm_mon * 3, 3);
    write_number(out_text + 12, 4, parts.tm_year + 1900);
    write_number(out_text + 17, 2, parts.tm_hour);
    write_number(out_text + 20, 2, parts.tm_min);
    write_number(out_text + 23, 2, parts.tm_sec);
}

const char *http_date(HttpDate *date, int64_t now)
{
    if (now < date->until)
        return date->text;
    const int64_t real = g_get_real_time();
    http_date_write(real / G_USEC_PER_SEC, date->text);
    date->until = now + G_USEC_PER_SEC - real % G_USEC_PER_SEC;
    return date->text;
}
