#include "api/encode_nested.h"

/* PostgreSQL's MAXDIM. */
enum { DIMENSIONS = 6 };

/* Where a quoted or bare word ends and what must follow it. */
typedef struct Word {
    const char *data;
    size_t length;
    bool quoted;
    bool escaped; /* holds quotes or backslashes to be taken away */
} Word;

static bool has(const Nested *nested, char character)
{
    return nested->at < nested->end && *nested->at == character;
}

static bool take(Nested *nested, char character)
{
    if (!has(nested, character))
        return false;
    nested->at++;
    return true;
}

/* Reads "…", in which \ takes the next byte as it is and, if @doubled, "" is a quote. */
static bool read_quoted(Nested *nested, bool doubled, Word *out_word)
{
    const char *begin = ++nested->at;
    bool escaped = false;
    for (; nested->at < nested->end; nested->at++) {
        if (*nested->at == '\\') {
            escaped = true;
            if (++nested->at == nested->end)
                return false;
        } else if (*nested->at == '"') {
            if (!doubled || nested->at + 1 == nested->end || nested->at[1] != '"') {
                *out_word = (Word){begin, (size_t)(nested->at - begin), true, escaped};
                nested->at++;
                return true;
            }
            escaped = true;
            nested->at++;
        }
    }
    return false;
}

/* Reads up to one of @ends, which are two characters; quotes and backslashes are none. */
static bool read_bare(Nested *nested, const char ends[2], Word *out_word)
{
    const char *begin = nested->at;
    while (nested->at < nested->end && *nested->at != ends[0] && *nested->at != ends[1]) {
        if (*nested->at == '"' || *nested->at == '\\')
            return false;
        nested->at++;
    }
    *out_word = (Word){begin, (size_t)(nested->at - begin), false, false};
    return true;
}

static void append_unescaped(GString *to, const Word *word)
{
    for (size_t i = 0; i < word->length; i++) {
        /* Only the first of two is left out: the second is the byte that is meant. */
        if (word->data[i] == '\\' || word->data[i] == '"')
            i++;
        g_string_append_c(to, word->data[i]);
    }
}

static void append_word(GString *out, const Nested *nested, const ApiType *type, const Word *word)
{
    if (!word->escaped) {
        nested->inner(out, nested->forms, type, word->data, word->length, nested->depth + 1);
        return;
    }
    g_autoptr(GString) text = g_string_sized_new(word->length);
    append_unescaped(text, word);
    nested->inner(out, nested->forms, type, text->str, text->len, nested->depth + 1);
}

static bool is_null(const Word *word)
{
    return !word->quoted && word->length == 4 && g_ascii_strncasecmp(word->data, "null", 4) == 0;
}

static bool append_element(GString *out, Nested *nested)
{
    Word word = {0};
    const char ends[2] = {nested->type->delimiter, '}'};
    if (has(nested, '"') ? !read_quoted(nested, false, &word) : !read_bare(nested, ends, &word))
        return false;
    if (is_null(&word))
        g_string_append_len(out, "null", 4);
    else
        append_word(out, nested, nested->type->element, &word);
    return word.quoted || word.length > 0;
}

/* Appends `{…}`, at which @nested is. */
static bool append_braces(GString *out, Nested *nested, unsigned dimension)
{
    if (dimension > DIMENSIONS || !take(nested, '{'))
        return false;
    g_string_append_c(out, '[');
    if (take(nested, '}')) {
        g_string_append_c(out, ']');
        return true;
    }
    for (;;) {
        bool good = has(nested, '{') ? append_braces(out, nested, dimension + 1)
                                     : append_element(out, nested);
        if (!good)
            return false;
        if (take(nested, '}'))
            break;
        if (!take(nested, nested->type->delimiter))
            return false;
        g_string_append_c(out, ',');
    }
    g_string_append_c(out, ']');
    return true;
}

/* Leaves out the bounds that do not begin at 1: `[2:4][0:1]=`. */
static bool skip_bounds(Nested *nested)
{
    if (!has(nested, '['))
        return true;
    while (nested->at < nested->end && *nested->at != '=' && *nested->at != '{')
        nested->at++;
    return take(nested, '=');
}

bool encode_array(GString *out, Nested *nested)
{
    return skip_bounds(nested) && append_braces(out, nested, 1) && nested->at == nested->end;
}

bool encode_vector(GString *out, Nested *nested)
{
    g_string_append_c(out, '[');
    while (nested->at < nested->end) {
        Word word = {0};
        if (!read_bare(nested, (const char[2]){' ', ' '}, &word) || word.length == 0)
            return false;
        append_word(out, nested, nested->type->element, &word);
        if (nested->at == nested->end)
            break;
        nested->at++;
        if (nested->at == nested->end)
            return false;
        g_string_append_c(out, ',');
    }
    g_string_append_c(out, ']');
    return true;
}

static bool append_field(GString *out, Nested *nested, const ApiField *field)
{
    Word word = {0};
    g_string_append(out, field->key);
    if (has(nested, '"') ? !read_quoted(nested, true, &word)
                         : !read_bare(nested, (const char[2]){',', ')'}, &word))
        return false;
    if (!word.quoted && word.length == 0)
        g_string_append_len(out, "null", 4);
    else
        append_word(out, nested, field->type, &word);
    return true;
}

bool encode_composite(GString *out, Nested *nested)
{
    if (!take(nested, '('))
        return false;
    g_string_append_c(out, '{');
    const GArray *fields = nested->type->fields;
    for (unsigned i = 0; i < fields->len; i++) {
        if (i > 0) {
            if (!take(nested, ','))
                return false;
            g_string_append_c(out, ',');
        }
        if (!append_field(out, nested, &g_array_index(fields, ApiField, i)))
            return false;
    }
    g_string_append_c(out, '}');
    return take(nested, ')') && nested->at == nested->end;
}

/* Appends a bound up to one of @ends; an empty one is unbounded. */
static bool append_bound(GString *out, Nested *nested, const char ends[2])
{
    Word word = {0};
    if (has(nested, '"') ? !read_quoted(nested, true, &word) : !read_bare(nested, ends, &word))
        return false;
    if (!word.quoted && word.length == 0)
        g_string_append_len(out, "null", 4);
    else
        append_word(out, nested, nested->type->element, &word);
    return true;
}

/* Appends the range at which @nested is, and goes behind it. */
static bool append_range(GString *out, Nested *nested)
{
    static const char empty[] = "empty";
    size_t length = (size_t)(nested->end - nested->at);
    if (length >= 5 && g_ascii_strncasecmp(nested->at, empty, 5) == 0) {
        nested->at += 5;
        g_string_append(out, "{\"empty\":true}");
        return true;
    }
    char bounds[] = ",\"bounds\":\"[)\"}";
    bounds[11] = has(nested, '(') ? '(' : '[';
    if (!take(nested, '(') && !take(nested, '['))
        return false;
    g_string_append(out, "{\"lower\":");
    if (!append_bound(out, nested, (const char[2]){',', ','}) || !take(nested, ','))
        return false;
    g_string_append(out, ",\"upper\":");
    if (!append_bound(out, nested, (const char[2]){')', ']'}))
        return false;
    bounds[12] = has(nested, ')') ? ')' : ']';
    if (!take(nested, ')') && !take(nested, ']'))
        return false;
    g_string_append(out, bounds);
    return true;
}

bool encode_range(GString *out, Nested *nested)
{
    return append_range(out, nested) && nested->at == nested->end;
}

bool encode_multirange(GString *out, Nested *nested)
{
    if (!take(nested, '{'))
        return false;
    g_string_append_c(out, '[');
    Nested range = *nested;
    range.type = nested->type->element;
    if (range.type->form != FORM_RANGE)
        return false;
    while (!has(&range, '}')) {
        if (!append_range(out, &range))
            return false;
        if (!take(&range, ','))
            break;
        g_string_append_c(out, ',');
        if (has(&range, '}'))
            return false;
    }
    g_string_append_c(out, ']');
    return take(&range, '}') && range.at == range.end;
}
