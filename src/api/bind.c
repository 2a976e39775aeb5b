#include "api/bind.h"

#include "api/cursor.h"
#include "api/percent.h"
#include "api/value.h"
#include "base/buffer.h"

#include <stdint.h>
#include <string.h>

#define KEEP_MOST 65536 /* bytes of a buffer that are kept for the next request */

/* What a request gives for one name. */
typedef struct Given {
    unsigned count;
    unsigned first, last; /* in ApiArguments.pairs */
    JsonSlice value;      /* of a body */
    size_t text;          /* where its text begins in ApiArguments.texts; NO_TEXT: NULL */
} Given;

#define NO_TEXT SIZE_MAX

/* name=value of a query. */
typedef struct Pair {
    const char *value;
    size_t length;
    unsigned next; /* of that name */
} Pair;

struct ApiArguments {
    GString *texts;   /* the values, each ended by NUL */
    GArray *given;    /* (element-type Given): by Endpoint.params, then "limit" and "after" */
    GArray *pairs;    /* (element-type Pair) */
    GString *decoded; /* a name or value without percent-encoding */
    GString *scratch; /* a JSON string without escapes */
    ApiPage page;
};

/* A request being read. */
typedef struct Binder {
    const Endpoint *endpoint;
    const ApiRules *rules;
    const ApiInput *input;
    ApiArguments *arguments;
    ValueWriter writer;
} Binder;

ApiArguments *api_arguments_new(void)
{
    ApiArguments *arguments = g_new0(ApiArguments, 1);
    arguments->texts = g_string_new(NULL);
    arguments->given = g_array_new(FALSE, TRUE, sizeof(Given));
    arguments->pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
    arguments->decoded = g_string_new(NULL);
    arguments->scratch = g_string_new(NULL);
    return arguments;
}

void api_arguments_free(ApiArguments *arguments)
{
    if (arguments == NULL)
        return;
    g_string_free(arguments->texts, TRUE);
    g_array_unref(arguments->given);
    g_array_unref(arguments->pairs);
    g_string_free(arguments->decoded, TRUE);
    g_string_free(arguments->scratch, TRUE);
    g_strfreev(arguments->page.after);
    g_free(arguments);
}

static Given *given_of(const ApiArguments *arguments, unsigned index)
{
    return &g_array_index(arguments->given, Given, index);
}

const char *api_arguments_get(const ApiArguments *arguments, unsigned index)
{
    size_t text = given_of(arguments, index)->text;
    return text == NO_TEXT ? NULL : arguments->texts->str + text;
}

const ApiPage *api_arguments_page(const ApiArguments *arguments)
{
    return &arguments->page;
}

static void empty_buffer(GString **buffer)
{
    if ((*buffer)->allocated_len > KEEP_MOST) {
        g_string_free(*buffer, TRUE);
        *buffer = g_string_new(NULL);
    }
    buffer_empty(*buffer);
}

static void empty_arguments(ApiArguments *arguments, unsigned params, unsigned limit)
{
    empty_buffer(&arguments->texts);
    empty_buffer(&arguments->decoded);
    empty_buffer(&arguments->scratch);
    if (arguments->pairs->len > 0)
        g_array_set_size(arguments->pairs, 0);
    g_array_set_size(arguments->given, params + 2);
    memset(arguments->given->data, 0, (params + 2) * sizeof(Given));
    for (unsigned i = 0; i < params; i++)
        given_of(arguments, i)->text = NO_TEXT;
    g_strfreev(arguments->page.after);
    arguments->page = (ApiPage){.limit = limit};
}

static ValuePlace place_of(const char *name)
{
    return (ValuePlace){.name = name, .length = strlen(name)};
}

static const ApiParam *param_of(const Binder *binder, unsigned index)
{
    return binder->endpoint->params->pdata[index];
}

/* @text without percent-encoding, in ApiArguments.decoded if it has any; %NULL and a fault if it
 * is no text. */
static const char *decode(Binder *binder, const ValuePlace *where, const char *text, size_t *length,
                          bool plus)
{
    GString *decoded = binder->arguments->decoded;
    if (memchr(text, '%', *length) != NULL || (plus && memchr(text, '+', *length) != NULL)) {
        g_string_truncate(decoded, 0);
        if (!percent_decode(decoded, text, *length, plus)) {
            value_refuse(&binder->writer, where, "value_error", "has a malformed percent-encoding");
            return NULL;
        }
        text = decoded->str;
        *length = decoded->len;
    }
    const char *bad = NULL;
    if (g_utf8_validate_len(text, *length, &bad))
        return text;
    if (*bad == '\0')
        value_refuse(&binder->writer, where, "value_error", "has a NUL character");
    else
        value_refuse(&binder->writer, where, "string_unicode", "is not UTF-8");
    return NULL;
}

/* Makes what has been written since @from the value of a parameter. */
static void end_text(Binder *binder, unsigned index, size_t from, bool good)
{
    if (good) {
        given_of(binder->arguments, index)->text = from;
        g_string_append_c(binder->writer.out, '\0');
    } else {
        g_string_truncate(binder->writer.out, from);
    }
}

static void bind_text(Binder *binder, unsigned index, const ValuePlace *where, const char *text,
                      size_t length)
{
    size_t from = binder->writer.out->len;
    end_text(binder, index, from,
             value_from_text(&binder->writer, where, param_of(binder, index)->type, text, length));
}

static void bind_path(Binder *binder)
{
    const RouteMatch *route = binder->input->route;
    const char *at = binder->endpoint->path, *name = NULL;
    size_t name_length = 0;
    binder->writer.place = PLACE_PATH;
    for (unsigned i = 0; i < route->captures && route_capture(&at, &name, &name_length); i++) {
        int index = endpoint_param_of(binder->endpoint, name, name_length);
        if (index < 0)
            continue;
        ValuePlace where = place_of(param_of(binder, (unsigned)index)->name);
        size_t length = route->capture[i].length;
        const char *text = decode(binder, &where, route->capture[i].data, &length, false);
        if (text != NULL)
            bind_text(binder, (unsigned)index, &where, text, length);
    }
}

static bool is_list(const Endpoint *endpoint)
{
    return endpoint->returns == RETURNS_MANY &&
           (endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD) &&
           (endpoint->limited != NULL || endpoint->paging != NULL);
}

static bool is_name(const char *name, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(name, word, length) == 0;
}

/* Where a name of the query belongs in ApiArguments.given; -1 if it is unknown. */
static int find_query_name(const Binder *binder, const char *name, size_t length)
{
    const Endpoint *endpoint = binder->endpoint;
    int index = endpoint_param_of(endpoint, name, length);
    if (index >= 0)
        return param_of(binder, (unsigned)index)->place == PLACE_QUERY ? index : -1;
    if (is_list(endpoint) && is_name(name, length, "limit"))
        return (int)endpoint->params->len;
    if (is_list(endpoint) && endpoint->paging != NULL && is_name(name, length, "after"))
        return (int)endpoint->params->len + 1;
    return -1;
}

/* One part of the query between "&". */
static void note_pair(Binder *binder, const char *part, const char *end)
{
    ApiArguments *arguments = binder->arguments;
    const char *equals = memchr(part, '=', (size_t)(end - part));
    size_t length = (size_t)((equals != NULL ? equals : end) - part);
    ValuePlace where = {.name = part, .length = length};
    const char *name = decode(binder, &where, part, &length, true);
    if (name == NULL)
        return;
    int index = find_query_name(binder, name, length);
    if (index < 0) {
        where = (ValuePlace){.name = name, .length = length};
        value_refuse(&binder->writer, &where, "extra_forbidden", "is unknown");
        return;
    }
    Pair pair = {.value = equals != NULL ? equals + 1 : end};
    pair.length = (size_t)(end - pair.value);
    Given *given = given_of(arguments, (unsigned)index);
    unsigned here = arguments->pairs->len;
    g_array_append_val(arguments->pairs, pair);
    if (given->count++ == 0)
        given->first = here;
    else
        g_array_index(arguments->pairs, Pair, given->last).next = here;
    given->last = here;
}

static void note_pairs(Binder *binder)
{
    const char *at = binder->input->query;
    if (at == NULL)
        return;
    const char *end = at + binder->input->query_length;
    while (at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        if (stop == NULL)
            stop = end;
        if (stop > at)
            note_pair(binder, at, stop);
        at = stop < end ? stop + 1 : end;
    }
}

/* The single value of a name, decoded; %NULL, maybe with a fault, if there is none. */
static const char *single_value(Binder *binder, const ValuePlace *where, const Given *given,
                                size_t *out_length)
{
    if (given->count == 0)
        return NULL;
    if (given->count > 1) {
        value_refuse(&binder->writer, where, "value_error", "is given twice");
        return NULL;
    }
    const Pair *pair = &g_array_index(binder->arguments->pairs, Pair, given->first);
    *out_length = pair->length;
    return decode(binder, where, pair->value, out_length, true);
}

/* An array out of a name that is given once an element. */
static bool read_elements(Binder *binder, const ValuePlace *where, const ApiType *type,
                          const Given *given)
{
    GString *out = binder->writer.out;
    bool vector = type->delimiter == ' ';
    bool good = true;
    unsigned at = given->first;
    if (!vector)
        g_string_append_c(out, '{');
    for (unsigned i = 0; i < given->count; i++) {
        const Pair *pair = &g_array_index(binder->arguments->pairs, Pair, at);
        ValuePlace place = {.outer = where, .index = i};
        size_t length = pair->length;
        at = pair->next;
        if (i > 0)
            g_string_append_c(out, type->delimiter);
        size_t from = out->len;
        const char *text = decode(binder, &place, pair->value, &length, true);
        good = text != NULL &&
               value_from_text(&binder->writer, &place, type->element, text, length) && good;
        if (!vector)
            value_quote(out, from);
    }
    if (!vector)
        g_string_append_c(out, '}');
    return good;
}

static void bind_query_param(Binder *binder, unsigned index)
{
    const ApiParam *param = param_of(binder, index);
    const Given *given = given_of(binder->arguments, index);
    ValuePlace where = place_of(param->name);
    if (given->count == 0 && !param->optional) {
        value_refuse(&binder->writer, &where, "missing", "is missing");
    } else if (given->count > 0 && param->type->form == FORM_ARRAY) {
        size_t from = binder->writer.out->len;
        end_text(binder, index, from, read_elements(binder, &where, param->type, given));
    } else {
        size_t length = 0;
        const char *text = single_value(binder, &where, given, &length);
        if (text != NULL)
            bind_text(binder, index, &where, text, length);
    }
}

static void bind_limit(Binder *binder)
{
    const Given *given = given_of(binder->arguments, binder->endpoint->params->len);
    ValuePlace where = place_of("limit");
    size_t length = 0;
    const char *text = single_value(binder, &where, given, &length);
    if (text == NULL)
        return;
    unsigned limit = 0;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i])) {
            value_refuse(&binder->writer, &where, "int_parsing", "is not an integer");
            return;
        }
        limit = MIN(limit, 100000000) * 10 + (unsigned)g_ascii_digit_value(text[i]);
    }
    if (length == 0)
        value_refuse(&binder->writer, &where, "int_parsing", "is not an integer");
    else if (limit < 1)
        value_refuse(&binder->writer, &where, "greater_than_equal", "is less than 1");
    else if (limit > binder->rules->limit_most)
        value_refuse(&binder->writer, &where, "less_than_equal", "is more than %u",
                     binder->rules->limit_most);
    else
        binder->arguments->page.limit = limit;
}

static void bind_after(Binder *binder)
{
    const Given *given = given_of(binder->arguments, binder->endpoint->params->len + 1);
    ApiPage *page = &binder->arguments->page;
    ValuePlace where = place_of("after");
    size_t length = 0;
    const char *text = single_value(binder, &where, given, &length);
    if (text == NULL)
        return;
    page->after = cursor_read(binder->endpoint, text, length);
    page->has_after = page->after != NULL;
    if (!page->has_after)
        value_refuse(&binder->writer, &where, "value_error",
                     "is no cursor of this list; take it from the Link header");
}

static void bind_query(Binder *binder)
{
    binder->writer.place = PLACE_QUERY;
    note_pairs(binder);
    for (unsigned i = 0; i < binder->endpoint->params->len; i++)
        if (param_of(binder, i)->place == PLACE_QUERY)
            bind_query_param(binder, i);
    bind_limit(binder);
    bind_after(binder);
}

/*
 * What is in the quotes of a strong entity tag. A weak one never matches If-Match (RFC 9110,
 * 13.1.1), and of several nobody knows which version the client has seen: both are faults.
 */
static const char *entity_tag(Binder *binder, const ValuePlace *where, const char *text,
                              size_t *length)
{
    const ValueWriter *writer = &binder->writer;
    if (*length >= 2 && memcmp(text, "W/", 2) == 0) {
        value_refuse(writer, where, "value_error", "is a weak entity tag");
        return NULL;
    }
    const char *close = *length > 1 ? memchr(text + 1, '"', *length - 1) : NULL;
    if (*text != '"' || close == NULL || close != text + *length - 1) {
        value_refuse(writer, where, "value_error", "is not one entity tag in double quotes");
        return NULL;
    }
    *length -= 2;
    return text + 1;
}

static void bind_if_match(Binder *binder, unsigned index)
{
    const char *text = binder->input->if_match;
    size_t length = text != NULL ? binder->input->if_match_length : 0;
    ValuePlace where = place_of("if-match");
    bool optional = param_of(binder, index)->optional;
    for (; length > 0 && (*text == ' ' || *text == '\t'); length--)
        text++;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    binder->writer.place = PLACE_HEADER;
    if (length == 0) {
        if (!optional)
            value_refuse(&binder->writer, &where, "missing", "is missing");
        return;
    }
    if (length == 1 && *text == '*') { /* any version */
        if (!optional)
            value_refuse(&binder->writer, &where, "value_error", "names no version");
        return;
    }
    text = entity_tag(binder, &where, text, &length);
    if (text != NULL) /* as percent_encode_tag() has made it */
        text = decode(binder, &where, text, &length, false);
    if (text != NULL)
        bind_text(binder, index, &where, text, length);
}

static void bind_headers(Binder *binder)
{
    for (unsigned i = 0; i < binder->endpoint->params->len; i++)
        if (param_of(binder, i)->place == PLACE_HEADER)
            bind_if_match(binder, i);
}

static bool G_GNUC_PRINTF(3, 4)
    refuse_body(const Binder *binder, const char *kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    api_faults_add(binder->writer.faults, PLACE_BODY, g_strdup(""), kind, "%s", message);
    return false;
}

static void note_member(Binder *binder, const JsonSlice *key, const JsonSlice *value)
{
    ValuePlace where = {0};
    where.name = json_unquote(key, binder->arguments->scratch, &where.length);
    int index = endpoint_param_of(binder->endpoint, where.name, where.length);
    if (index < 0 || param_of(binder, (unsigned)index)->place != PLACE_BODY) {
        value_refuse(&binder->writer, &where, "extra_forbidden", "is unknown");
        return;
    }
    Given *given = given_of(binder->arguments, (unsigned)index);
    if (given->count++ > 0)
        value_refuse(&binder->writer, &where, "value_error", "is given twice");
    given->value = *value;
}

static bool note_members(Binder *binder)
{
    const ApiInput *input = binder->input;
    JsonSlice object = {0}, key = {0}, value = {0};
    size_t at = 0;
    const char *problem = NULL;
    if (!json_read(input->body, input->body_length, binder->rules->depth, &object, &at, &problem))
        return refuse_body(binder, "json_invalid", "is not JSON: %s at byte %" G_GSIZE_FORMAT,
                           problem, at + 1);
    if (object.sort != JSON_SORT_OBJECT)
        return refuse_body(binder, "dict_type", "is not an object");
    JsonWalk walk = json_walk(&object);
    while (json_walk_next(&walk, &key, &value))
        note_member(binder, &key, &value);
    return true;
}

/* null is for what is optional, and for json, where it is a value. */
static void bind_member(Binder *binder, unsigned index)
{
    const ApiParam *param = param_of(binder, index);
    const Given *given = given_of(binder->arguments, index);
    ValuePlace where = place_of(param->name);
    if (given->count == 0 && !param->optional) {
        value_refuse(&binder->writer, &where, "missing", "is missing");
    } else if (given->count > 0 && !(param->optional && given->value.sort == JSON_SORT_NULL)) {
        size_t from = binder->writer.out->len;
        end_text(binder, index, from,
                 value_from_json(&binder->writer, &where, param->type, &given->value));
    }
}

static bool has_required_member(const Binder *binder)
{
    for (unsigned i = 0; i < binder->endpoint->params->len; i++)
        if (param_of(binder, i)->place == PLACE_BODY && !param_of(binder, i)->optional)
            return true;
    return false;
}

static void bind_body(Binder *binder)
{
    HttpMethod method = binder->endpoint->method;
    if (method != HTTP_POST && method != HTTP_PUT && method != HTTP_PATCH)
        return;
    binder->writer.place = PLACE_BODY;
    if (binder->input->body == NULL || binder->input->body_length == 0) {
        if (has_required_member(binder))
            refuse_body(binder, "missing", "is missing");
        return;
    }
    if (!note_members(binder))
        return;
    for (unsigned i = 0; i < binder->endpoint->params->len; i++)
        if (param_of(binder, i)->place == PLACE_BODY)
            bind_member(binder, i);
}

bool api_bind(const Endpoint *endpoint, const ApiRules *rules, const ApiInput *input,
              ApiArguments *arguments, ApiFaults *faults)
{
    unsigned before = api_faults_count(faults);
    empty_arguments(arguments, endpoint->params->len, rules->limit_default);
    Binder binder = {
        .endpoint = endpoint,
        .rules = rules,
        .input = input,
        .arguments = arguments,
        .writer = {.out = arguments->texts,
                   .scratch = arguments->scratch,
                   .faults = faults,
                   .depth = rules->depth},
    };
    bind_path(&binder);
    bind_query(&binder);
    bind_headers(&binder);
    bind_body(&binder);
    return api_faults_count(faults) == before;
}
