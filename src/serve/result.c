#include "serve/result.h"

#include "api/cursor.h"
#include "api/encode.h"
#include "api/json_read.h"
#include "api/percent.h"
#include "base/buffer.h"
#include "base/digits.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { MANY_COLUMNS = 64 };

/* Encoded, a value has at least half as many bytes (as bytea does), so what is far too long is not
 * encoded first. */
static bool has_room(const ResultAnswer *answer, size_t more)
{
    return answer->body->len <= answer->most && (answer->body->len + more) / 2 <= answer->most;
}

static size_t row_length(const PGresult *rows, int row, unsigned count)
{
    size_t length = 0;
    for (unsigned column = 0; column < count; column++)
        length += (size_t)PQgetlength(rows, row, (int)column);
    return length;
}

static void read_row(const PGresult *rows, int row, unsigned count, const char **values)
{
    for (unsigned column = 0; column < count; column++) {
        const char *value = PQgetvalue(rows, row, (int)column); /* "" for NULL, too */
        bool is_null = *value == '\0' && PQgetisnull(rows, row, (int)column);
        values[column] = is_null ? NULL : value;
    }
}

/* Appends rows up to @end, each as an object; false if they are too long. */
static bool append_rows(ResultAnswer *answer, const Route *route, const PGresult *rows, int end)
{
    unsigned count = route->endpoint->columns->len;
    const char *few[MANY_COLUMNS];
    g_autofree const char **many = count > MANY_COLUMNS ? g_new(const char *, count) : NULL;
    const char **values = many != NULL ? many : few;
    bool may_be_long = PQresultMemorySize(rows) > answer->most;
    for (int row = 0; row < end; row++) {
        if (may_be_long ? !has_room(answer, row_length(rows, row, count))
                        : answer->body->len > answer->most)
            return false;
        if (row > 0)
            g_string_append_c(answer->body, ',');
        read_row(rows, row, count, values);
        api_encode_row(answer->body, route->shape, values);
    }
    return true;
}

/* Weak, of the content: the compressed form of a body has the same. */
static void append_content_tag(GString *headers, const GString *body)
{
    buffer_append_text(headers, "ETag: W/\"");
    char sum[DIGITS_HEX];
    digits_write_hex(XXH3_64bits(body->str, body->len), sum);
    buffer_append(headers, sum, sizeof sum);
    buffer_append_text(headers, "\"\r\n");
}

/* Longer ones would be headers that clients and proxies refuse. */
enum { VERSION_TAG_MOST = 1024 };

/*
 * The value as a parameter of its type is written, so that If-Match gives back the very value. It
 * is made behind the end of @body for a moment, where there is room.
 *
 * Returns: false, with nothing appended, if it is too long for a header.
 */
static bool append_version_tag(GString *headers, GString *body, const ApiForms *forms,
                               const ApiType *type, const char *value, size_t length)
{
    size_t before = headers->len, from = body->len;
    api_encode_value(body, forms, type, value, length);
    JsonSlice json = {JSON_SORT_STRING, body->str + from, body->len - from};
    g_autoptr(GString) scratch = NULL;
    if (type->form != FORM_JSON && *json.data == '"') {
        if (memchr(json.data, '\\', json.length) != NULL)
            scratch = g_string_sized_new(json.length);
        json.data = json_unquote(&json, scratch, &json.length);
    }
    g_string_append(headers, "ETag: \"");
    bool fits = json.length <= VERSION_TAG_MOST;
    if (fits)
        percent_encode_tag(headers, json.data, json.length);
    fits = fits && headers->len - before <= VERSION_TAG_MOST;
    if (fits)
        g_string_append(headers, "\"\r\n");
    else
        g_string_truncate(headers, before);
    g_string_truncate(body, from);
    return fits;
}

/* The column of the row's version; -1 if the endpoint has none. */
static int version_column(const Endpoint *endpoint)
{
    for (unsigned i = 0; endpoint->version != NULL && i < endpoint->columns->len; i++)
        if (g_str_equal(((const ApiColumn *)endpoint->columns->pdata[i])->name, endpoint->version))
            return (int)i;
    return -1;
}

/* Whether the row names its version, and so has a strong ETag. */
static bool append_tag(GString *headers, const Route *route, const ApiForms *forms,
                       const PGresult *rows, GString *body)
{
    const Endpoint *endpoint = route->endpoint;
    int column = endpoint->returns == RETURNS_ONE ? version_column(endpoint) : -1;
    if (column >= 0 && !PQgetisnull(rows, 0, column) &&
        append_version_tag(headers, body, forms,
                           ((const ApiColumn *)endpoint->columns->pdata[column])->type,
                           PQgetvalue(rows, 0, column), (size_t)PQgetlength(rows, 0, column)))
        return true;
    if (endpoint->method == HTTP_GET)
        append_content_tag(headers, body);
    return false;
}

/* The words of @query but for after=. */
static void append_query(GString *link, HttpText query)
{
    const char *end = query.data + query.length;
    for (const char *at = query.data; at != NULL && at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        if (length > 0 && !(length >= 6 && memcmp(at, "after=", 6) == 0)) {
            g_string_append_len(link, at, (gssize)length);
            g_string_append_c(link, '&');
        }
        at += length + 1;
    }
}

/* The next page begins behind the last row of this one. */
static void append_link(GString *headers, const Route *route, const PGresult *rows, int last,
                        const HttpRequest *request)
{
    const GArray *columns = route->endpoint->paging->keys;
    g_autofree const char **keys = g_new0(const char *, columns->len + 1);
    for (unsigned i = 0; i < columns->len; i++)
        keys[i] = PQgetvalue(rows, last, (int)g_array_index(columns, unsigned, i));
    g_autofree char *cursor = cursor_write(route->endpoint, keys);
    g_string_append(headers, "Link: <");
    g_string_append_len(headers, request->path.data, (gssize)request->path.length);
    g_string_append_c(headers, '?');
    append_query(headers, request->query);
    g_string_append(headers, "after=");
    g_string_append(headers, cursor);
    g_string_append(headers, ">; rel=\"next\"\r\n");
}

static bool write_many(const Route *route, const PGresult *rows, const ApiPage *page,
                       const HttpRequest *request, ResultAnswer *answer)
{
    int count = PQntuples(rows);
    int shown = route->first.sql != NULL ? MIN(count, (int)page->limit) : count;
    g_string_append_c(answer->body, '[');
    bool fits = append_rows(answer, route, rows, shown);
    g_string_append_c(answer->body, ']');
    if (shown < count && shown > 0 && route->endpoint->paging != NULL)
        append_link(answer->headers, route, rows, shown - 1, request);
    else if (shown < count)
        g_string_append(answer->headers, "Retort-More: true\r\n");
    return fits;
}

static bool write_scalar(const Route *route, const ApiForms *forms, const PGresult *rows,
                         ResultAnswer *answer)
{
    const ApiColumn *column = route->endpoint->columns->pdata[0];
    size_t length = (size_t)PQgetlength(rows, 0, 0);
    if (!has_room(answer, length))
        return false;
    api_encode_value(answer->body, forms, column->type,
                     PQgetisnull(rows, 0, 0) ? NULL : PQgetvalue(rows, 0, 0), length);
    return true;
}

bool result_fits(const Route *route, const PGresult *rows)
{
    const GPtrArray *columns = route->endpoint->columns;
    if (columns == NULL || route->endpoint->returns == RETURNS_NONE)
        return true;
    if (PQnfields(rows) != (int)columns->len)
        return false;
    for (unsigned i = 0; i < columns->len; i++) {
        const ApiColumn *column = columns->pdata[i];
        if (PQftype(rows, (int)i) != column->sent ||
            strcmp(PQfname(rows, (int)i), column->name) != 0)
            return false;
    }
    return true;
}

bool result_is_missing(const Route *route, const PGresult *rows)
{
    switch (route->endpoint->returns) {
    case RETURNS_MANY:
        return false;
    case RETURNS_ONE:
    case RETURNS_SCALAR:
        return PQntuples(rows) == 0;
    case RETURNS_NONE:
        break;
    }
    const char *command = PQcmdStatus((PGresult *)rows);
    return (g_str_has_prefix(command, "UPDATE ") || g_str_has_prefix(command, "DELETE ") ||
            g_str_has_prefix(command, "MERGE ")) &&
           g_str_equal(PQcmdTuples((PGresult *)rows), "0");
}

static bool write_body(const Route *route, const ApiForms *forms, const PGresult *rows,
                       const ApiPage *page, const HttpRequest *request, ResultAnswer *answer)
{
    const Endpoint *endpoint = route->endpoint;
    bool fits = endpoint->returns == RETURNS_MANY  ? write_many(route, rows, page, request, answer)
                : endpoint->returns == RETURNS_ONE ? append_rows(answer, route, rows, 1)
                                                   : write_scalar(route, forms, rows, answer);
    return fits && answer->body->len <= answer->most;
}

unsigned result_write(const Route *route, const ApiForms *forms, const PGresult *rows,
                      const ApiPage *page, const HttpRequest *request, ResultAnswer *answer)
{
    const Endpoint *endpoint = route->endpoint;
    answer->exact = false;
    if (result_is_missing(route, rows))
        return 404;
    if (endpoint->returns == RETURNS_NONE)
        return endpoint->status;
    if (!write_body(route, forms, rows, page, request, answer))
        return 0;
    answer->exact = append_tag(answer->headers, route, forms, rows, answer->body);
    if (endpoint->cache != NULL) {
        g_string_append(answer->headers, "Cache-Control: ");
        g_string_append(answer->headers, endpoint->cache);
        g_string_append(answer->headers, "\r\n");
    }
    return endpoint->status;
}
