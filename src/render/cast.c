#include "render/cast.h"

#include <stdlib.h>
#include <string.h>

/* A type taken apart. */
typedef struct Type {
    char *name; /* without modifier and brackets: timestamp with time zone */
    bool array;
    int modifiers; /* 0, 1 or 2 */
    long first;
    long second;
} Type;

static void type_clear(Type *type)
{
    g_free(type->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Type, type_clear)

/* Takes the modifier (…) out of @name, where it stands outside of quotes. */
static void take_modifier(Type *type, GString *name)
{
    const char *open =
        name->str[0] == '"' || strchr(name->str, '"') != NULL ? NULL : strchr(name->str, '(');
    const char *close = open != NULL ? strchr(open, ')') : NULL;
    if (close == NULL)
        return;
    char *end = NULL;
    type->first = strtol(open + 1, &end, 10);
    type->modifiers = 1;
    if (*end == ',') {
        type->second = strtol(end + 1, NULL, 10);
        type->modifiers = 2;
    }
    g_string_erase(name, open - name->str, close - open + 1);
}

static Type type_of(const char *text)
{
    Type type = {0};
    g_autoptr(GString) name = g_string_new(text);
    while (g_str_has_suffix(name->str, "[]")) {
        type.array = true;
        g_string_truncate(name, name->len - 2);
    }
    take_modifier(&type, name);
    type.name = g_string_free(g_steal_pointer(&name), FALSE);
    return type;
}

/* How wide a number's type is, from 1; 0 if it is not a number's. */
static int number_rank(const char *name)
{
    static const char *const numbers[] = {"smallint", "integer", "bigint",
                                          "numeric",  "real",    "double precision"};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (strcmp(numbers[i], name) == 0)
            return (int)i + 1;
    return 0;
}

static bool is_string(const char *name)
{
    static const char *const strings[] = {
        "text", "character varying", "character", "name", "citext", NULL};
    return g_strv_contains(strings, name);
}

typedef struct TypePair {
    const char *from;
    const char *to;
} TypePair;

/* Source: pg_cast, castcontext a and i; numbers and strings are known by their families. */
static const TypePair assignments[] = {
    {"date", "timestamp without time zone"},
    {"date", "timestamp with time zone"},
    {"timestamp without time zone", "timestamp with time zone"},
    {"timestamp with time zone", "timestamp without time zone"},
    {"timestamp without time zone", "date"},
    {"timestamp with time zone", "date"},
    {"timestamp without time zone", "time without time zone"},
    {"timestamp with time zone", "time without time zone"},
    {"timestamp with time zone", "time with time zone"},
    {"time without time zone", "time with time zone"},
    {"time with time zone", "time without time zone"},
    {"time without time zone", "interval"},
    {"interval", "time without time zone"},
    {"json", "jsonb"},
    {"jsonb", "json"},
    {"inet", "cidr"},
    {"cidr", "inet"},
    {"bit", "bit varying"},
    {"bit varying", "bit"},
    {"macaddr", "macaddr8"},
    {"macaddr8", "macaddr"},
    {"integer", "money"},
    {"bigint", "money"},
    {"numeric", "money"},
    {"money", "numeric"},
    {"integer", "oid"},
    {"bigint", "oid"},
    {"oid", "bigint"},
};

/* Source: pg_cast, castcontext e. */
static const TypePair explicits[] = {
    {"boolean", "integer"}, {"integer", "boolean"}, {"jsonb", "boolean"},
    {"jsonb", "smallint"},  {"jsonb", "integer"},   {"jsonb", "bigint"},
    {"jsonb", "numeric"},   {"jsonb", "real"},      {"jsonb", "double precision"},
    {"integer", "bit"},     {"bit", "integer"},     {"bigint", "bit"},
    {"bit", "bigint"},
};

static bool is_listed(const TypePair *pairs, size_t count, const char *from, const char *to)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].from, from) == 0 && strcmp(pairs[i].to, to) == 0)
            return true;
    return false;
}

CastWay cast_way(const char *from, const char *to)
{
    g_auto(Type) left = type_of(from);
    g_auto(Type) right = type_of(to);
    if (is_string(right.name) && !right.array)
        return CAST_ASSIGNMENT; /* every type's output is assigned to a string */
    if (left.array != right.array)
        return CAST_TEXT;
    if (strcmp(left.name, right.name) == 0 || is_string(right.name) ||
        (number_rank(left.name) > 0 && number_rank(right.name) > 0) ||
        is_listed(assignments, G_N_ELEMENTS(assignments), left.name, right.name))
        return CAST_ASSIGNMENT;
    if (is_string(left.name) ||
        is_listed(explicits, G_N_ELEMENTS(explicits), left.name, right.name))
        return CAST_EXPLICIT;
    return CAST_TEXT;
}

bool cast_is_of_arrays(const char *from, const char *to)
{
    g_auto(Type) left = type_of(from);
    g_auto(Type) right = type_of(to);
    return left.array && right.array;
}

/* Digits behind the point that a number's type keeps; LONG_MAX for any number of them. */
static long scale_of(const Type *type)
{
    if (number_rank(type->name) <= 3)
        return 0;
    if (strcmp(type->name, "numeric") == 0 && type->modifiers > 0)
        return type->second;
    return G_MAXLONG;
}

static bool number_loses(const Type *from, const Type *to)
{
    enum { SMALLINT = 1, BIGINT = 3, NUMERIC = 4, REAL = 5, DOUBLE = 6 };
    int rank = number_rank(from->name);
    switch (number_rank(to->name)) {
    case REAL: /* 24 bits are exact */
        return rank != SMALLINT && rank != REAL;
    case DOUBLE: /* 53 bits are exact */
        return rank == BIGINT || rank == NUMERIC;
    default:
        return scale_of(from) > scale_of(to);
    }
}

static bool is_time_of_day(const char *name)
{
    return g_str_has_prefix(name, "time with");
}

static bool is_timestamp(const char *name)
{
    return g_str_has_prefix(name, "timestamp with");
}

/* Of a time, timestamp or interval: digits of a second that it keeps. */
static long second_digits(const Type *type)
{
    return type->modifiers > 0 ? type->first : 6;
}

/* A timestamp loses its date or its time of day; all may lose digits. */
static bool time_loses(const Type *from, const Type *to)
{
    if (is_timestamp(from->name) && !is_timestamp(to->name))
        return true;
    return strcmp(to->name, "date") != 0 && second_digits(from) > second_digits(to);
}

static bool is_of_time(const char *name)
{
    return is_time_of_day(name) || is_timestamp(name) || strcmp(name, "interval") == 0;
}

bool cast_loses(const char *from, const char *to)
{
    g_auto(Type) left = type_of(from);
    g_auto(Type) right = type_of(to);
    if (number_rank(left.name) > 0 && number_rank(right.name) > 0)
        return number_loses(&left, &right);
    if (is_of_time(left.name) && (is_of_time(right.name) || strcmp(right.name, "date") == 0))
        return time_loses(&left, &right);
    return false;
}

/* Digits before the point that a number's type takes, at least; LONG_MAX for any number of them. */
static long digits_of(const Type *type)
{
    static const long digits[] = {0, 4, 9, 18, G_MAXLONG, 37, 307};
    if (strcmp(type->name, "numeric") == 0 && type->modifiers > 0)
        return type->first - type->second;
    return digits[number_rank(type->name)];
}

/* Digits that a number of the type may have. Source: the manual on numeric types. */
static long most_digits_of(const Type *type)
{
    static const long digits[] = {0, 5, 10, 19, G_MAXLONG, 39, 309};
    if (strcmp(type->name, "numeric") == 0 && type->modifiers > 0)
        return type->first - type->second;
    return digits[number_rank(type->name)];
}

/* Characters that a string's type takes; LONG_MAX for any number of them. */
static long length_of(const Type *type)
{
    return type->modifiers > 0 ? type->first : G_MAXLONG;
}

bool cast_fails(const char *from, const char *to)
{
    g_auto(Type) left = type_of(from);
    g_auto(Type) right = type_of(to);
    bool numbers = number_rank(left.name) > 0 && number_rank(right.name) > 0;
    if (numbers && number_rank(left.name) == number_rank(right.name) &&
        strcmp(left.name, "numeric") != 0)
        return false;
    if (numbers)
        return most_digits_of(&left) > digits_of(&right);
    if (is_string(left.name) && is_string(right.name))
        return length_of(&left) > length_of(&right);
    return is_string(left.name) && !is_string(right.name);
}
