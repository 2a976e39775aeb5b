#include "api/value_plain.h"

#include "api/value_time.h"
#include "base/base64.h"
#include "base/buffer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef bool ReadText(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                      const char *text, size_t length);

static bool append(ValueWriter *writer, const char *text, size_t length)
{
    buffer_append(writer->out, text, length);
    return true;
}

static bool is_text(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static bool read_text(ValueWriter *writer, const ValuePlace *where G_GNUC_UNUSED,
                      const ApiType *type G_GNUC_UNUSED, const char *text, size_t length)
{
    return append(writer, text, length);
}

/* "1" and "0" are for queries, where they are usual. */
static bool read_boolean(ValueWriter *writer, const ValuePlace *where,
                         const ApiType *type G_GNUC_UNUSED, const char *text, size_t length)
{
    bool yes = is_text(text, length, "true") || is_text(text, length, "1");
    if (!yes && !is_text(text, length, "false") && !is_text(text, length, "0"))
        return value_refuse(writer, where, "bool_parsing", "is neither true nor false");
    return append(writer, yes ? "true" : "false", yes ? 4 : 5);
}

/* The number of @text, all of it digits; UINT64_MAX if it is larger than that. */
static bool parse_digits(const char *text, size_t length, uint64_t *out_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
        uint64_t digit = (uint64_t)g_ascii_digit_value(text[i]);
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    *out_number = number;
    return length > 0;
}

static bool read_integer(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                         const char *text, size_t length)
{
    size_t sign = length > 0 && *text == '-';
    uint64_t number = 0;
    if (!parse_digits(text + sign, length - sign, &number))
        return value_refuse(writer, where, "int_parsing", "is not an integer");
    unsigned bits = type->bytes == 0 ? 64 : type->bytes * 8;
    uint64_t half = UINT64_C(1) << (bits - 1);
    uint64_t most = type->is_unsigned ? half - 1 + half : half - 1;
    uint64_t least = type->is_unsigned ? 0 : half; /* below 0 */
    if (sign == 0 && number > most)
        return value_refuse(writer, where, "less_than_equal", "is more than %" G_GUINT64_FORMAT,
                            most);
    if (sign == 1 && number > least)
        return value_refuse(writer, where, "greater_than_equal",
                            "is less than %s%" G_GUINT64_FORMAT, least > 0 ? "-" : "", least);
    return append(writer, text, length);
}

/* A decimal number: where its parts are. */
typedef struct Decimal {
    size_t whole;    /* digits before the point, without zeros at the front */
    size_t fraction; /* digits behind it */
    bool zero;
    int64_t exponent;
} Decimal;

/* "-12.5e-3", ".5", "5.": whether @text is a number as PostgreSQL's numeric takes it. */
static bool parse_decimal(const char *text, size_t length, Decimal *out_decimal)
{
    Decimal decimal = {.zero = true};
    const char *at = text, *end = text + length;
    at += at < end && (*at == '-' || *at == '+');
    size_t digits = 0;
    for (; at < end && g_ascii_isdigit(*at); at++, digits++) {
        decimal.zero = decimal.zero && *at == '0';
        decimal.whole += !decimal.zero;
    }
    if (at < end && *at == '.')
        for (at++; at < end && g_ascii_isdigit(*at); at++, decimal.fraction++)
            decimal.zero = decimal.zero && *at == '0';
    if (digits + decimal.fraction == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        bool minus = at < end && *at == '-';
        at += at < end && (*at == '-' || *at == '+');
        uint64_t exponent = 0;
        if (!parse_digits(at, (size_t)(end - at), &exponent))
            return false;
        decimal.exponent = (int64_t)MIN(exponent, 1000000) * (minus ? -1 : 1);
        at = end;
    }
    *out_decimal = decimal;
    return at == end;
}

static bool is_special(const char *text, size_t length)
{
    return is_text(text, length, "NaN") || is_text(text, length, "Infinity") ||
           is_text(text, length, "-Infinity");
}

/* Source: the PostgreSQL manual, Numeric Types: 131072 digits before the point, 16383 behind. */
static bool read_numeric(ValueWriter *writer, const ValuePlace *where,
                         const ApiType *type G_GNUC_UNUSED, const char *text, size_t length)
{
    Decimal decimal = {0};
    if (is_special(text, length))
        return append(writer, text, length);
    if (!parse_decimal(text, length, &decimal))
        return value_refuse(writer, where, "decimal_parsing", "is not a number");
    if ((int64_t)decimal.whole + decimal.exponent > 131072)
        return value_refuse(writer, where, "decimal_whole_digits",
                            "has more than 131072 digits before the decimal point");
    if ((int64_t)decimal.fraction - decimal.exponent > 16383)
        return value_refuse(writer, where, "decimal_max_places",
                            "has more than 16383 digits behind the decimal point");
    return append(writer, text, length);
}

static bool read_float(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                       const char *text, size_t length)
{
    Decimal decimal = {0};
    if (is_special(text, length))
        return append(writer, text, length);
    if (!parse_decimal(text, length, &decimal))
        return value_refuse(writer, where, "float_parsing", "is not a number");
    size_t from = writer->out->len;
    append(writer, text, length);
    double number = g_ascii_strtod(writer->out->str + from, NULL);
    bool fits = !isinf(number) && (number != 0 || decimal.zero);
    if (type->bytes == 4)
        fits = fits && !isinf((float)number) && ((float)number != 0 || decimal.zero);
    return fits || value_refuse(writer, where, "finite_number", "is out of range for \"%s\"",
                                type->bytes == 4 ? "real" : "double precision");
}

static bool read_uuid(ValueWriter *writer, const ValuePlace *where,
                      const ApiType *type G_GNUC_UNUSED, const char *text, size_t length)
{
    bool good = length == 36;
    for (size_t i = 0; good && i < length; i++)
        good = i == 8 || i == 13 || i == 18 || i == 23 ? text[i] == '-' : g_ascii_isxdigit(text[i]);
    return good ? append(writer, text, length)
                : value_refuse(writer, where, "uuid_parsing",
                               "is not a UUID like \"0b9d7a54-1f0e-4c38-9a57-2d5e8f6a1c3b\"");
}

/* base64 as "\\x…": decoded behind the mark, then spread out from the end. */
static bool read_bytea(ValueWriter *writer, const ValuePlace *where,
                       const ApiType *type G_GNUC_UNUSED, const char *text, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    GString *out = writer->out;
    g_string_append(out, "\\x");
    size_t from = out->len, bytes = 0;
    g_string_set_size(out, from + BASE64_BYTES(length));
    if (!base64_decode(BASE64_ANY, text, length, (unsigned char *)out->str + from, &bytes))
        return value_refuse(writer, where, "bytes_invalid_encoding", "is not base64");
    g_string_set_size(out, from + bytes * 2);
    for (size_t i = bytes; i-- > 0;) {
        unsigned char byte = (unsigned char)out->str[from + i];
        out->str[from + i * 2 + 1] = digits[byte & 15];
        out->str[from + i * 2] = digits[byte >> 4];
    }
    return true;
}

static bool read_enum(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                      const char *text, size_t length)
{
    for (char **label = type->labels; label != NULL && *label != NULL; label++)
        if (is_text(text, length, *label))
            return append(writer, text, length);
    g_autofree char *list =
        type->labels != NULL ? g_strjoinv("\", \"", type->labels) : g_strdup("");
    return value_refuse(writer, where, "enum", "is none of \"%s\"", list);
}

static ReadText *const readers[] = {
    [FORM_TEXT] = read_text,
    [FORM_BOOLEAN] = read_boolean,
    [FORM_INTEGER] = read_integer,
    [FORM_BIGINT] = read_integer,
    [FORM_FLOAT] = read_float,
    [FORM_NUMERIC] = read_numeric,
    [FORM_UUID] = read_uuid,
    [FORM_DATE] = value_date,
    [FORM_TIME] = value_time,
    [FORM_TIMETZ] = value_time,
    [FORM_TIMESTAMP] = value_timestamp,
    [FORM_TIMESTAMPTZ] = value_timestamp,
    [FORM_INTERVAL] = value_interval,
    [FORM_BYTEA] = read_bytea,
    [FORM_ENUM] = read_enum,
    [FORM_VOID] = read_text,
};

bool value_plain_from_text(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                           const char *text, size_t length)
{
    return readers[type->form](writer, where, type, text, length);
}

/* An integer may be written 5.0, as JSON knows one sort of number. */
static bool read_json_integer(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                              const JsonSlice *value)
{
    size_t whole = 0;
    while (whole < value->length && strchr(".eE", value->data[whole]) == NULL)
        whole++;
    for (size_t i = whole + 1; i < value->length; i++)
        if (value->data[whole] != '.' || value->data[i] != '0')
            return value_refuse(writer, where, "int_from_float",
                                "is not written as a whole number");
    return read_integer(writer, where, type, value->data, whole);
}

static bool read_json_number(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                             const JsonSlice *value)
{
    if (type->form == FORM_FLOAT)
        return read_float(writer, where, type, value->data, value->length);
    if (type->form == FORM_NUMERIC)
        return read_numeric(writer, where, type, value->data, value->length);
    return read_json_integer(writer, where, type, value);
}

/* Whether the form has numbers in JSON; strings are taken for all but the small integers. */
static bool is_number(ApiForm form)
{
    return form == FORM_INTEGER || form == FORM_BIGINT || form == FORM_FLOAT ||
           form == FORM_NUMERIC;
}

static bool refuse_sort(const ValueWriter *writer, const ValuePlace *where, ApiForm form)
{
    switch (form) {
    case FORM_BOOLEAN:
        return value_refuse(writer, where, "bool_type", "is neither true nor false");
    case FORM_INTEGER:
    case FORM_BIGINT:
        return value_refuse(writer, where, "int_type", "is not an integer");
    case FORM_FLOAT:
        return value_refuse(writer, where, "float_type", "is not a number");
    case FORM_NUMERIC:
        return value_refuse(writer, where, "decimal_type", "is not a number");
    default:
        return value_refuse(writer, where, "string_type", "is not a string");
    }
}

bool value_plain_from_json(ValueWriter *writer, const ValuePlace *where, const ApiType *type,
                           const JsonSlice *value)
{
    bool truth = value->sort == JSON_SORT_TRUE || value->sort == JSON_SORT_FALSE;
    if (type->form == FORM_BOOLEAN && truth)
        return append(writer, value->data, value->length);
    if (is_number(type->form) && value->sort == JSON_SORT_NUMBER)
        return read_json_number(writer, where, type, value);
    if (value->sort != JSON_SORT_STRING || type->form == FORM_BOOLEAN || type->form == FORM_INTEGER)
        return refuse_sort(writer, where, type->form);
    size_t length = 0;
    const char *text = json_unquote(value, writer->scratch, &length);
    if (type->form == FORM_FLOAT && !is_special(text, length))
        return refuse_sort(writer, where, type->form);
    return value_plain_from_text(writer, where, type, text, length);
}
