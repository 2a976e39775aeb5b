#include "api/value_time.h"

#include <string.h>

/* A text being read. */
typedef struct Reader {
    const char *at, *end;
} Reader;

static bool take(Reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

/* A number of @least to @most digits, 9 at most. */
static bool take_number(Reader *reader, unsigned least, unsigned most, unsigned *out_number)
{
    unsigned digits = 0, number = 0;
    while (digits < most && reader->at < reader->end && g_ascii_isdigit(*reader->at)) {
        number = number * 10 + (unsigned)g_ascii_digit_value(*reader->at++);
        digits++;
    }
    *out_number = number;
    return digits >= least;
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* A day of the calendar. */
typedef struct Day {
    unsigned year, month, day;
} Day;

/* "2026-11-22"; whether there is such a day is for check_day(). */
static bool take_date(Reader *reader, Day *out_day)
{
    return take_number(reader, 4, 7, &out_day->year) && take(reader, '-') &&
           take_number(reader, 2, 2, &out_day->month) && take(reader, '-') &&
           take_number(reader, 2, 2, &out_day->day);
}

static bool take_era(Reader *reader)
{
    if (reader->end - reader->at != 3 || memcmp(reader->at, " BC", 3) != 0)
        return false;
    reader->at = reader->end;
    return true;
}

/*
 * %NULL if it is a day that PostgreSQL knows. Source: IS_VALID_JULIAN(), IS_VALID_DATE() and
 * MAX_TIMESTAMP of its datatype/timestamp.h; the Gregorian calendar reaches back without end, and
 * 1 BC is the year 0 of its leap years.
 */
static const char *check_day(const Day *day, bool before_christ, unsigned last_year)
{
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (day->month < 1 || day->month > 12)
        return "has no such month";
    if (day->year == 0)
        return "has the year 0, which no calendar has";
    int year = before_christ ? 1 - (int)day->year : (int)day->year;
    unsigned length = lengths[day->month - 1] + (day->month == 2 && is_leap(year));
    if (day->day < 1 || day->day > length)
        return "has no such day";
    bool early =
        year < -4713 || (year == -4713 && (day->month < 11 || (day->month == 11 && day->day < 24)));
    bool late = !before_christ && day->year > last_year;
    return early || late ? "is out of the range that PostgreSQL has" : NULL;
}

/* "18:30", "18:30:00", "18:30:00.123456": also 24:00:00 and the leap second 60. */
static bool take_clock(Reader *reader, bool midnight)
{
    unsigned hour = 0, minute = 0, second = 0, fraction = 0;
    if (!take_number(reader, 2, 2, &hour) || !take(reader, ':') ||
        !take_number(reader, 2, 2, &minute))
        return false;
    if (take(reader, ':')) {
        if (!take_number(reader, 2, 2, &second))
            return false;
        if (take(reader, '.') && !take_number(reader, 1, 9, &fraction))
            return false;
    }
    if (hour == 24)
        return midnight && minute == 0 && second == 0 && fraction == 0;
    return hour < 24 && minute < 60 && (second < 60 || (second == 60 && fraction == 0));
}

/* "Z", "+01", "+01:00", "-00:44:30"; nothing is taken of another. Source: MAX_TZDISP_HOUR. */
static bool take_zone(Reader *reader)
{
    const char *start = reader->at;
    if (take(reader, 'Z') || take(reader, 'z'))
        return true;
    if (!take(reader, '+') && !take(reader, '-'))
        return false;
    unsigned hours = 0, minutes = 0, seconds = 0;
    bool good = take_number(reader, 2, 2, &hours);
    if (good && take(reader, ':'))
        good = take_number(reader, 2, 2, &minutes);
    if (good && take(reader, ':'))
        good = take_number(reader, 2, 2, &seconds);
    good = good && hours <= 15 && minutes < 60 && seconds < 60;
    if (!good)
        reader->at = start;
    return good;
}

static bool is_infinity(const char *text, size_t length)
{
    return (length == 8 && memcmp(text, "infinity", 8) == 0) ||
           (length == 9 && memcmp(text, "-infinity", 9) == 0);
}

static bool append(ValueWriter *writer, const char *text, size_t length)
{
    g_string_append_len(writer->out, text, (gssize)length);
    return true;
}

bool value_date(ValueWriter *writer, const ValuePlace *where, const ApiType *type G_GNUC_UNUSED,
                const char *text, size_t length)
{
    if (is_infinity(text, length))
        return append(writer, text, length);
    Reader reader = {text, text + length};
    Day day = {0};
    bool good = take_date(&reader, &day);
    bool era = good && take_era(&reader);
    if (!good || reader.at != reader.end)
        return value_refuse(writer, where, "date_parsing", "is not a date like \"2026-11-22\"");
    const char *problem = check_day(&day, era, 5874897);
    if (problem != NULL)
        return value_refuse(writer, where, "date_parsing", "%s", problem);
    return append(writer, text, length);
}

bool value_time(ValueWriter *writer, const ValuePlace *where, const ApiType *type, const char *text,
                size_t length)
{
    Reader reader = {text, text + length};
    bool good = take_clock(&reader, true);
    if (good && type->form == FORM_TIMETZ && reader.at == reader.end)
        return value_refuse(writer, where, "timezone_aware",
                            "has no time zone: \"18:30:00Z\", \"18:30:00+02:00\"");
    bool zone = good && take_zone(&reader);
    if (!good || reader.at != reader.end)
        return value_refuse(writer, where, "time_parsing",
                            type->form == FORM_TIMETZ ? "is not a time like \"18:30:00+02:00\""
                                                      : "is not a time like \"18:30:00\"");
    if (zone && type->form != FORM_TIMETZ)
        return value_refuse(writer, where, "timezone_naive",
                            "has a time zone, which this time has not");
    return append(writer, text, length);
}

static bool refuse_timestamp(const ValueWriter *writer, const ValuePlace *where, bool has_zone)
{
    return value_refuse(
        writer, where, "datetime_parsing", "is not a time like \"%s\"%s",
        has_zone ? "2026-11-22T18:30:00Z" : "2026-11-22T18:30:00",
        has_zone && writer->place == PLACE_QUERY ? " (a \"+\" is written \"%2B\" in a query)" : "");
}

bool value_timestamp(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                     const char *text, size_t length)
{
    bool has_zone = type->form == FORM_TIMESTAMPTZ;
    if (is_infinity(text, length))
        return append(writer, text, length);
    Reader reader = {text, text + length};
    Day day = {0};
    if (!take_date(&reader, &day))
        return refuse_timestamp(writer, where, has_zone);
    size_t date = (size_t)(reader.at - text);
    if ((!take(&reader, 'T') && !take(&reader, 't') && !take(&reader, ' ')) ||
        !take_clock(&reader, false))
        return refuse_timestamp(writer, where, has_zone);
    bool zone = take_zone(&reader);
    bool era = take_era(&reader);
    if (reader.at != reader.end)
        return refuse_timestamp(writer, where, has_zone);
    if (zone != has_zone)
        return has_zone ? value_refuse(writer, where, "timezone_aware",
                                       "has no time zone: \"Z\" or \"+02:00\" at its end")
                        : value_refuse(writer, where, "timezone_naive",
                                       "has a time zone, which this time has not");
    const char *problem = check_day(&day, era, 294276);
    if (problem != NULL)
        return value_refuse(writer, where, "datetime_parsing", "%s", problem);
    append(writer, text, date);
    g_string_append_c(writer->out, ' ');
    return append(writer, text + date + 1, length - date - 1);
}

/* "-1.5": digits and a fraction. */
static bool take_amount(Reader *reader)
{
    unsigned number = 0;
    take(reader, '-');
    return take_number(reader, 1, 9, &number) &&
           (!take(reader, '.') || take_number(reader, 1, 9, &number));
}

/* Parts like "1Y2M", each unit at most once and in the order of @units; how many there are. */
static unsigned take_parts(Reader *reader, const char *units)
{
    unsigned parts = 0;
    while (reader->at < reader->end && *reader->at != 'T') {
        if (!take_amount(reader) || reader->at == reader->end)
            return 0;
        const char *unit = strchr(units, *reader->at);
        if (unit == NULL || *unit == '\0')
            return 0;
        units = unit + 1;
        reader->at++;
        parts++;
    }
    return parts;
}

bool value_interval(ValueWriter *writer, const ValuePlace *where, const ApiType *type G_GNUC_UNUSED,
                    const char *text, size_t length)
{
    Reader reader = {text, text + length};
    bool good = take(&reader, 'P');
    bool clock_only = good && reader.at < reader.end && *reader.at == 'T';
    good = good && (clock_only || take_parts(&reader, "YMWD") > 0);
    if (good && take(&reader, 'T'))
        good = take_parts(&reader, "HMS") > 0;
    if (!good || reader.at != reader.end)
        return value_refuse(writer, where, "time_delta_parsing",
                            "is not an ISO 8601 interval like \"P1DT2H30M\"");
    return append(writer, text, length);
}
