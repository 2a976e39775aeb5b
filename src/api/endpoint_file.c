#include "api/endpoint_file.h"

#include "api/endpoint_key.h"
#include "api/endpoint_statement.h"
#include "api/route.h"
#include "base/nearest.h"
#include "sql/split.h"

#include <string.h>

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL};
static const HttpMethod method_numbers[] = {HTTP_GET, HTTP_HEAD,  HTTP_POST,
                                            HTTP_PUT, HTTP_PATCH, HTTP_DELETE};

/* A file being read. */
typedef struct FileReader {
    const char *file;
    const char *text;
    GPtrArray *endpoints;
    Endpoint *open;    /* (nullable) (transfer none): the last of them */
    EndpointKeys keys; /* of it */
    unsigned header;   /* the line where its header ends so far; 0: it has ended */
} FileReader;

static bool G_GNUC_PRINTF(5, 6) refuse(const FileReader *reader, unsigned line, const char *hint,
                                       GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s\nhint: %s", reader->file, line, what,
                hint);
    return false;
}

/* What a comment line begins with. */
typedef struct RouteLine {
    char **words; /* of the comment, by blanks */
    int method;   /* in methods[], or -1 */
} RouteLine;

static bool is_capital(const char *word)
{
    while (g_ascii_isupper(*word))
        word++;
    return *word == '\0';
}

/*
 * Whether a comment is, or is likely meant to be, a route: "GET /items", "get /items", "GTE
 * /items", "GET items".
 */
static bool looks_like_route(char **words)
{
    if (words[0] == NULL || words[1] == NULL)
        return false;
    g_autofree char *capital = g_ascii_strup(words[0], -1);
    bool method = g_strv_contains(methods, capital);
    if (words[1][0] == '/')
        return method || is_capital(words[0]);
    return words[2] == NULL && g_strv_contains(methods, words[0]);
}

static int find_method(const char *word)
{
    for (int i = 0; methods[i] != NULL; i++)
        if (g_str_equal(methods[i], word))
            return i;
    return -1;
}

static bool refuse_method(const FileReader *reader, unsigned line, const char *word, GError **error)
{
    g_autofree char *capital = g_ascii_strup(word, -1);
    const char *nearest = nearest_word(capital, methods);
    g_autofree char *hint =
        nearest != NULL
            ? g_strdup_printf("did you mean \"%s\"?", nearest)
            : g_strdup("methods are GET, HEAD, POST, PUT, PATCH and DELETE; word the comment "
                       "otherwise if it is no route");
    return refuse(reader, line, hint, error, "unknown method \"%s\"", word);
}

static bool begin_endpoint(FileReader *reader, unsigned line, char **words, GError **error)
{
    int method = find_method(words[0]);
    if (method < 0)
        return refuse_method(reader, line, words[0], error);
    if (words[2] != NULL)
        return refuse(reader, line, "write text about it in the next line: \"-- summary: …\"",
                      error, "text behind the path of a route");
    if (!route_check(words[1], error)) {
        g_prefix_error(error, "%s:%u: ", reader->file, line);
        return false;
    }
    reader->open = endpoint_new();
    g_ptr_array_add(reader->endpoints, reader->open);
    reader->open->method = method_numbers[method];
    reader->open->path = g_strdup(words[1]);
    reader->open->file = g_strdup(reader->file);
    reader->open->line = line;
    reader->keys = (EndpointKeys){0};
    reader->header = line;
    return true;
}

static bool reads(const Endpoint *endpoint)
{
    return endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD;
}

/* What the keys leave to the method and to there being a statement. */
static bool end_returns(const FileReader *reader, GError **error)
{
    Endpoint *endpoint = reader->open;
    bool empty = endpoint->statements->len == 0;
    if (!reader->keys.has_returns && !empty && !reads(endpoint))
        return refuse(reader, endpoint->line,
                      "write \"-- returns: one\", many, scalar or none below it", error,
                      "the route does not say what it returns");
    if (!reader->keys.has_returns && empty)
        endpoint->returns = RETURNS_NONE;
    if (empty && endpoint->returns != RETURNS_NONE)
        return refuse(reader, endpoint->line, "write a statement below it, or \"-- returns: none\"",
                      error, "the route has no statement, but returns something");
    if (!reader->keys.has_status)
        endpoint->status = endpoint->returns == RETURNS_NONE ? 204 : 200;
    return true;
}

static bool end_captures(const FileReader *reader, GError **error)
{
    const char *at = reader->open->path, *name = NULL;
    size_t length = 0;
    while (route_capture(&at, &name, &length))
        if (endpoint_param_of(reader->open, name, length) < 0)
            return refuse(reader, reader->open->line, "a statement below it must use the name",
                          error, "no statement uses \":%.*s\"", (int)length, name);
    return true;
}

/* Checks the endpoint as a whole, now that the next one or the end of the file has come. */
static bool end_endpoint(FileReader *reader, GError **error)
{
    Endpoint *endpoint = reader->open;
    if (endpoint == NULL)
        return true;
    bool empty = endpoint->statements->len == 0;
    if (empty && !reader->keys.has_verify)
        return refuse(reader, endpoint->line,
                      "write one below it; or \"-- verify: yes\" if it only tells whether the "
                      "database answers",
                      error, "the route has no statement");
    if (!empty && endpoint->is_static)
        return refuse(reader, endpoint->line, "leave out \"verify\": the statement itself is asked",
                      error, "\"verify: no\" is for a route without statements");
    if (endpoint->description != NULL)
        g_strchomp(endpoint->description);
    if (!end_returns(reader, error) || !end_captures(reader, error))
        return false;
    if (endpoint->version != NULL && endpoint->returns != RETURNS_ONE)
        return refuse(reader, endpoint->line, "write \"-- returns: one\"", error,
                      "\"version\" is a column of one row, but the route does not return one");
    return true;
}

/* A line of text in the header: part of the description. */
static void add_text(FileReader *reader, const char *text)
{
    char *before = reader->open->description;
    if (before == NULL && *text == '\0')
        return;
    reader->open->description =
        before == NULL || *before == '\0' ? g_strdup(text) : g_strconcat(before, "\n", text, NULL);
    g_free(before);
}

static bool read_header_line(FileReader *reader, const Piece *piece, const char *comment,
                             GError **error)
{
    reader->header = piece->line;
    const char *text = *comment == ' ' ? comment + 1 : comment;
    if (endpoint_key_name(text) == 0) {
        add_text(reader, text + strspn(text, " \t"));
        return true;
    }
    if (endpoint_key_read(&reader->keys, reader->open, text, error))
        return true;
    g_prefix_error(error, "%s:%u: ", reader->file, piece->line);
    return false;
}

/* Whether nothing stands before @at in its line. */
static bool begins_line(const char *text, size_t at)
{
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t'))
        at--;
    return at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
}

static bool read_route(FileReader *reader, const Piece *piece, char **words, GError **error)
{
    if (piece->inside)
        return refuse(reader, piece->line, "end that statement with a semicolon", error,
                      "a route inside the statement that begins in line %u", piece->statement_line);
    return end_endpoint(reader, error) && begin_endpoint(reader, piece->line, words, error);
}

static bool read_comment(FileReader *reader, const Piece *piece, GError **error)
{
    if (!begins_line(reader->text, piece->start))
        return true;
    g_autofree char *comment = g_strndup(reader->text + piece->start + 2, piece->length - 2);
    g_strchomp(comment);
    g_auto(GStrv) all = g_strsplit_set(comment, " \t", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **word = all; *word != NULL; word++)
        if (**word != '\0')
            g_ptr_array_add(words, *word);
    g_ptr_array_add(words, NULL);
    if (looks_like_route((char **)words->pdata))
        return read_route(reader, piece, (char **)words->pdata, error);
    if (piece->inside)
        return true;
    if (reader->header != 0 && piece->line == reader->header + 1)
        return read_header_line(reader, piece, comment, error);
    reader->header = 0;
    const char *text = *comment == ' ' ? comment + 1 : comment;
    size_t length = endpoint_key_name(text);
    if (length > 0 && endpoint_key_is_known(text, length))
        return refuse(reader, piece->line,
                      "move it up to the route; or word the comment otherwise if it is no key",
                      error, "key \"%.*s\" does not stand directly below a route", (int)length,
                      text);
    return true;
}

static bool read_statement(FileReader *reader, const Piece *piece, GError **error)
{
    reader->header = 0;
    if (reader->open == NULL)
        return refuse(reader, piece->line, "begin with a line \"-- GET /path\"", error,
                      "a statement before the first route");
    return endpoint_add_statement(reader->open, reader->text + piece->start, piece->length,
                                  piece->line, error);
}

static bool read_pieces(FileReader *reader, size_t length, GError **error)
{
    Splitter splitter = splitter_start(reader->text, length, 1);
    for (;;) {
        Piece piece = {0};
        if (!splitter_next(&splitter, &piece, error)) {
            g_prefix_error(error, "%s:", reader->file);
            return false;
        }
        if (piece.kind == PIECE_END)
            return end_endpoint(reader, error);
        if (piece.kind == PIECE_COMMENT ? !read_comment(reader, &piece, error)
                                        : !read_statement(reader, &piece, error))
            return false;
    }
}

GPtrArray *endpoint_file_parse(const char *file, const char *text, size_t length, GError **error)
{
    if (!split_check_text(text, length, 1, error)) {
        g_prefix_error(error, "%s:", file);
        return NULL;
    }
    bool mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    g_autoptr(GPtrArray) endpoints = g_ptr_array_new_with_free_func((GDestroyNotify)endpoint_free);
    FileReader reader = {.file = file, .text = text + 3 * mark, .endpoints = endpoints};
    if (!read_pieces(&reader, length - 3 * mark, error))
        return NULL;
    return g_steal_pointer(&endpoints);
}
