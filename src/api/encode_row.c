#include "api/encode_row.h"

#include "api/encode.h"
#include "api/json_text.h"
#include "base/buffer.h"

#include <stdint.h>
#include <string.h>

/* How most values of a column are written: what is not of that kind goes the long way. */
typedef enum Quick {
    QUICK_NOT,
    QUICK_INTEGER, /* digits as they are */
    QUICK_NUMBER,  /* the same with fraction or exponent */
    QUICK_STRING,  /* between quotes, if it is ASCII without anything to escape */
} Quick;

enum {
    STEP = 16,        /* bytes of a key that are copied at once */
    INTEGER_MOST = 20 /* bytes of an integer that is written quickly: any of 64 bits */
};

/* `"name":` of a column with the comma or brace before it, and what its values are. Keys may be
 * read up to STEP bytes beyond their end. */
typedef struct ShapeColumn {
    const char *key;
    size_t key_length;
    Quick quick;
    const ApiType *type;
} ShapeColumn;

struct ApiRowShape {
    ApiForms forms;
    unsigned count;
    size_t room; /* of the keys and integers, brackets and quotes of a row */
    char *keys;
    ShapeColumn columns[];
};

static Quick quick_of(ApiForm form, const ApiForms *forms)
{
    switch (form) {
    case FORM_INTEGER:
        return QUICK_INTEGER;
    case FORM_BIGINT:
        return forms->bigint_is_string ? QUICK_STRING : QUICK_INTEGER;
    case FORM_FLOAT:
        return QUICK_NUMBER;
    case FORM_NUMERIC:
        return forms->numeric_is_number ? QUICK_NUMBER : QUICK_STRING;
    case FORM_TEXT:
    case FORM_UUID:
    case FORM_DATE:
    case FORM_TIME:
    case FORM_INTERVAL:
    case FORM_ENUM:
        return QUICK_STRING;
    default:
        return QUICK_NOT;
    }
}

ApiRowShape *api_row_shape_new(const GPtrArray *columns, const ApiForms *forms)
{
    ApiRowShape *shape = g_malloc0(sizeof(ApiRowShape) + columns->len * sizeof(shape->columns[0]));
    g_autoptr(GString) keys = g_string_new(NULL);
    shape->forms = *forms;
    shape->count = columns->len;
    for (unsigned i = 0; i < columns->len; i++) {
        const ApiColumn *column = columns->pdata[i];
        size_t begin = keys->len;
        g_string_append_c(keys, i == 0 ? '{' : ',');
        json_append_string(keys, column->name, strlen(column->name));
        g_string_append_c(keys, ':');
        shape->columns[i] = (ShapeColumn){.key_length = keys->len - begin,
                                          .type = column->type,
                                          .quick = quick_of(column->type->form, forms)};
    }
    shape->room = keys->len + STEP + INTEGER_MOST * columns->len + strlen("{\"\"}");
    g_string_set_size(keys, keys->len + STEP);
    shape->keys = g_string_free(g_steal_pointer(&keys), FALSE);
    const char *key = shape->keys;
    for (unsigned i = 0; i < shape->count; i++) {
        shape->columns[i].key = key;
        key += shape->columns[i].key_length;
    }
    return shape;
}

void api_row_shape_free(ApiRowShape *shape)
{
    if (shape == NULL)
        return;
    g_free(shape->keys);
    g_free(shape);
}

/* Bytes that are looked at all at once: signed, so that those beyond ASCII are below all others. */
typedef int8_t Octets __attribute__((vector_size(16)));
typedef uint64_t Words __attribute__((vector_size(16)));

/* Not zero where a string does not take a byte as it is. */
static Words special(Octets octets)
{
    return (Words)(octets < ' ') | (Words)(octets == '"') | (Words)(octets == '\\');
}

static bool is_none(Words found)
{
    return (found[0] | found[1]) == 0;
}

/* Copies less than eight bytes, each once or twice, and gives all of them, with blanks. */
static uint64_t copy_short(char *to, const char *text, size_t length)
{
    uint64_t word = UINT64_C(0x2020202020202020);
    for (size_t i = 0; length < 4 && i < length; i++) {
        to[i] = text[i];
        word = word << 8 | (unsigned char)text[i];
    }
    if (length < 4)
        return word;
    uint32_t first = 0, last = 0;
    memcpy(&first, text, 4);
    memcpy(&last, text + length - 4, 4);
    memcpy(to, &first, 4);
    memcpy(to + length - 4, &last, 4);
    return (uint64_t)first << 32 | last;
}

/* Copies @text, some bytes maybe twice. Returns: whether a string takes it as it is. */
static bool copy_plain(char *to, const char *text, size_t length)
{
    if (length < sizeof(uint64_t)) {
        uint64_t word = copy_short(to, text, length);
        return is_none(special((Octets)(Words){word, word}));
    }
    if (length < sizeof(Octets)) {
        uint64_t first = 0, last = 0;
        memcpy(&first, text, sizeof first);
        memcpy(&last, text + length - sizeof last, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + length - sizeof last, &last, sizeof last);
        return is_none(special((Octets)(Words){first, last}));
    }
    Words found = {0};
    Octets octets;
    for (size_t i = 0; i + sizeof octets < length; i += sizeof octets) {
        memcpy(&octets, text + i, sizeof octets);
        memcpy(to + i, &octets, sizeof octets);
        found |= special(octets);
    }
    memcpy(&octets, text + length - sizeof octets, sizeof octets);
    memcpy(to + length - sizeof octets, &octets, sizeof octets);
    return is_none(found | special(octets));
}

/* Returns: behind the number as JSON has it, of INTEGER_MOST bytes at most; NULL if it is none. */
static char *copy_integer(char *to, const char *text)
{
    size_t i = text[0] == '-';
    to[0] = '-';
    if (text[i] == '0' && text[i + 1] != '\0')
        return NULL;
    const size_t first = i;
    for (; (unsigned char)(text[i] - '0') <= 9; i++) {
        if (i == INTEGER_MOST)
            return NULL;
        to[i] = text[i];
    }
    return i > first && text[i] == '\0' ? to + i : NULL;
}

/* As many at once as are read and written in one go. */
static char *write_key(char *to, const char *key, size_t length)
{
    memcpy(to, key, STEP);
    for (size_t i = STEP; i < length; i += STEP)
        memcpy(to + i, key + i, STEP);
    return to + length;
}

/* There is room for all of a row but its strings at what this returns, the end of @out. */
static G_GNUC_NO_INLINE char *write_long_way(GString *out, char *to, const ApiRowShape *shape,
                                             const ApiType *type, const char *text)
{
    buffer_commit(out, to);
    api_encode_value(out, &shape->forms, type, text, text != NULL ? strlen(text) : 0);
    return buffer_reserve(out, shape->room);
}

static G_GNUC_NO_INLINE char *grow(GString *out, char *to, size_t size)
{
    buffer_commit(out, to);
    return buffer_reserve(out, size);
}

/* Returns: the end of what was written; NULL if it goes the long way. @to may be moved. */
static char *write_quick(GString *out, char **to, const ApiRowShape *shape, Quick quick,
                         const char *text)
{
    if (quick == QUICK_INTEGER)
        return copy_integer(*to, text);
    if (quick == QUICK_NOT)
        return NULL;
    const size_t length = strlen(text);
    if ((size_t)(out->str + out->allocated_len - *to) <= length + shape->room)
        *to = grow(out, *to, length + shape->room);
    if (quick == QUICK_NUMBER) {
        memcpy(*to, text, length);
        return json_is_number(text, length) ? *to + length : NULL;
    }
    (*to)[0] = '"';
    (*to)[length + 1] = '"';
    return copy_plain(*to + 1, text, length) ? *to + length + 2 : NULL;
}

void api_encode_row(GString *out, const ApiRowShape *shape, const char *const *values)
{
    char *to = buffer_reserve(out, shape->room);
    if (shape->count == 0)
        *to++ = '{';
    const ShapeColumn *end = shape->columns + shape->count;
    for (const ShapeColumn *column = shape->columns; column < end; column++, values++) {
        to = write_key(to, column->key, column->key_length);
        char *written =
            *values != NULL ? write_quick(out, &to, shape, column->quick, *values) : NULL;
        to = written != NULL ? written : write_long_way(out, to, shape, column->type, *values);
    }
    *to++ = '}';
    buffer_commit(out, to);
}
