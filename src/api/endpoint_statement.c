#include "api/endpoint_statement.h"

#include "api/route.h"
#include "sql/checksum.h"
#include "sql/scan.h"

#include <string.h>

/* The statement being read. */
typedef struct StatementReader {
    Endpoint *endpoint;
    const char *text;
    size_t length;
    Scanner scanner;
    Token before;      /* the token before the current one, no comment */
    unsigned brackets; /* square ones that are open */
    GString *sql;
    size_t copied; /* bytes of @text that are in @sql */
    GArray *params;
} StatementReader;

static bool G_GNUC_PRINTF(5, 6) refuse(const Endpoint *endpoint, unsigned line, const char *hint,
                                       GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%s:%u: %s\nhint: %s", endpoint->file, line,
                what, hint);
    return false;
}

static bool is_sign(const StatementReader *reader, const Token *token, const char *sign)
{
    return token->kind == TOKEN_OPERATOR && token->length == strlen(sign) &&
           memcmp(reader->text + token->start, sign, token->length) == 0;
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '_')
            return false;
    return true; /* a word begins with no digit */
}

static ApiPlace place_of(const Endpoint *endpoint, const char *name)
{
    const char *at = endpoint->path, *capture = NULL;
    size_t length = 0;
    while (route_capture(&at, &capture, &length))
        if (strlen(name) == length && strncmp(name, capture, length) == 0)
            return PLACE_PATH;
    if (g_str_equal(name, "if_match"))
        return PLACE_HEADER;
    bool query = endpoint->method == HTTP_GET || endpoint->method == HTTP_HEAD ||
                 endpoint->method == HTTP_DELETE;
    return query ? PLACE_QUERY : PLACE_BODY;
}

/* Index of the endpoint's parameter @name (transfer full), which is new or used alike before. */
static bool find_param(const StatementReader *reader, char *name, bool optional, unsigned line,
                       unsigned *out_index, GError **error)
{
    g_autofree char *own = name;
    Endpoint *endpoint = reader->endpoint;
    int index = endpoint_param(endpoint, own);
    const ApiParam *known = index >= 0 ? endpoint->params->pdata[index] : NULL;
    if (known != NULL && known->optional != optional)
        return refuse(endpoint, line, "write it alike everywhere", error,
                      "parameter \"%s\" is %s here, but %s in line %u", own,
                      optional ? "optional" : "needed", optional ? "needed" : "optional",
                      known->line);
    if (known == NULL) {
        ApiPlace place = place_of(endpoint, own);
        if (place == PLACE_PATH && optional)
            return refuse(endpoint, line, "leave out the \"?\"", error,
                          "parameter \"%s\" is in the path and cannot be optional", own);
        ApiParam *param = g_new(ApiParam, 1);
        *param = (ApiParam){
            .name = g_steal_pointer(&own), .place = place, .optional = optional, .line = line};
        index = (int)endpoint->params->len;
        g_ptr_array_add(endpoint->params, param);
    }
    *out_index = (unsigned)index;
    return true;
}

/* The number of the parameter in this statement, from 1. */
static unsigned number_of(StatementReader *reader, unsigned index)
{
    for (unsigned i = 0; i < reader->params->len; i++)
        if (g_array_index(reader->params, unsigned, i) == index)
            return i + 1;
    g_array_append_val(reader->params, index);
    return reader->params->len;
}

/* Writes $n in place of what lies between @start and the scanner. */
static void append_number(StatementReader *reader, size_t start, unsigned number)
{
    GString *sql = reader->sql;
    g_string_append_len(sql, reader->text + reader->copied, (gssize)(start - reader->copied));
    char last = sql->len > 0 ? sql->str[sql->len - 1] : ' ';
    if (g_ascii_isalnum(last) || last == '_' || last == '$' || (unsigned char)last >= 0x80)
        g_string_append_c(sql, ' '); /* else it would be part of that word */
    g_string_append_printf(sql, "$%u", number);
    reader->copied = reader->scanner.at;
    char next = reader->copied < reader->length ? reader->text[reader->copied] : ' ';
    if (g_ascii_isalnum(next))
        g_string_append_c(sql, ' ');
}

/* @colon begins a parameter, whose name comes next. */
static bool read_placeholder(StatementReader *reader, const Token *colon, GError **error)
{
    Token name = {0};
    bool whole = scanner_next(&reader->scanner, &name, error);
    g_assert(whole); /* is_placeholder() has looked at it */
    const char *start = reader->text + name.start;
    if (!is_name(start, name.length))
        return refuse(reader->endpoint, name.line,
                      "a name of a parameter has letters, digits and \"_\"", error,
                      "\":%.*s\" is no parameter", (int)name.length, start);
    bool optional = reader->scanner.at < reader->length && reader->text[reader->scanner.at] == '?';
    reader->scanner.at += optional;
    unsigned index = 0;
    if (!find_param(reader, g_strndup(start, name.length), optional, name.line, &index, error))
        return false;
    append_number(reader, colon->start, number_of(reader, index));
    reader->before = name;
    reader->before.length += optional;
    return true;
}

/* Whether a word follows @token, a colon, at once, and the colon divides no slice. */
static bool is_placeholder(const StatementReader *reader, const Token *token)
{
    if (!is_sign(reader, token, ":"))
        return false;
    Scanner ahead = reader->scanner;
    Token next = {0};
    if (!scanner_next(&ahead, &next, NULL) || next.kind != TOKEN_WORD ||
        next.start != token->start + 1)
        return false;
    const Token *before = &reader->before;
    bool touches = before->length > 0 && before->start + before->length == token->start;
    bool opens =
        is_sign(reader, before, "[") || is_sign(reader, before, ",") || before->kind == TOKEN_OPEN;
    bool operator_before = before->kind == TOKEN_OPERATOR && !is_sign(reader, before, "]");
    return reader->brackets == 0 || !touches || opens || operator_before;
}

static bool read_token(StatementReader *reader, const Token *token, GError **error)
{
    if (token->kind == TOKEN_PARAMETER)
        return refuse(reader->endpoint, token->line, "name the parameter: \":id\"", error,
                      "\"%.*s\" has no name", (int)token->length, reader->text + token->start);
    if (is_sign(reader, token, "["))
        reader->brackets++;
    else if (is_sign(reader, token, "]") && reader->brackets > 0)
        reader->brackets--;
    if (is_placeholder(reader, token))
        return read_placeholder(reader, token, error);
    reader->before = *token;
    return true;
}

static bool read_tokens(StatementReader *reader, GError **error)
{
    for (;;) {
        Token token = {0};
        if (!scanner_next(&reader->scanner, &token, error))
            return false;
        if (token.kind == TOKEN_END)
            break;
        if (token.kind != TOKEN_COMMENT && !read_token(reader, &token, error))
            return false;
    }
    g_string_append_len(reader->sql, reader->text + reader->copied,
                        (gssize)(reader->length - reader->copied));
    return true;
}

/* The first word, behind opening parentheses. */
static Token first_word(const char *text, size_t length, unsigned line)
{
    Scanner scanner = scanner_start(text, length, line);
    Token token = {0};
    while (scanner_next(&scanner, &token, NULL) &&
           (token.kind == TOKEN_OPEN || token.kind == TOKEN_COMMENT))
        continue;
    return token;
}

static bool is_any(const char *text, const Token *token, const char *const *words)
{
    for (; *words != NULL; words++)
        if (token_is_word(text, token, *words))
            return true;
    return false;
}

static const char *const writes[] = {"insert", "update", "delete", "merge", NULL};

/*
 * The word that makes a statement WITH … write: INSERT … behind AS ( or AS MATERIALIZED (, or
 * behind the last list in parentheses; length 0 if none does.
 */
static Token find_write(const char *text, size_t length, unsigned line)
{
    Scanner scanner = scanner_start(text, length, line);
    Token last[2] = {0}; /* the tokens before, the nearest first */
    Token token = {0};
    unsigned depth = 0;
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
        if (token.kind == TOKEN_COMMENT)
            continue;
        depth += token.kind == TOKEN_OPEN;
        depth -= token.kind == TOKEN_CLOSE && depth > 0;
        bool main_word = depth == 0 && last[0].kind == TOKEN_CLOSE;
        bool inner_word =
            last[0].kind == TOKEN_OPEN &&
            (token_is_word(text, &last[1], "as") || token_is_word(text, &last[1], "materialized"));
        if ((main_word || inner_word) && is_any(text, &token, writes))
            return token;
        last[1] = last[0];
        last[0] = token;
    }
    return (Token){0};
}

/* Only what PREPARE takes; and nothing that writes where GET promises not to. */
static bool check_kind(const Endpoint *endpoint, const char *text, size_t length, unsigned line,
                       GError **error)
{
    static const char *const reads[] = {"select", "values", "table", "with", NULL};
    Token word = first_word(text, length, line);
    if (!is_any(text, &word, reads) && !is_any(text, &word, writes))
        return refuse(endpoint, line,
                      "an endpoint runs SELECT, VALUES, TABLE, INSERT, UPDATE, DELETE, MERGE, and "
                      "those behind WITH",
                      error, "a statement that begins with \"%.*s\" is no query",
                      (int)MIN(word.length, 40), text + word.start);
    if (endpoint->method != HTTP_GET && endpoint->method != HTTP_HEAD)
        return true;
    Token write = is_any(text, &word, writes)          ? word
                  : token_is_word(text, &word, "with") ? find_write(text, length, line)
                                                       : (Token){0};
    if (write.length == 0)
        return true;
    g_autofree char *verb = g_ascii_strup(text + write.start, (gssize)write.length);
    return refuse(endpoint, write.line, "use POST, PUT, PATCH or DELETE", error,
                  "%s in an endpoint that only reads, as its method is %s", verb,
                  endpoint->method == HTTP_GET ? "GET" : "HEAD");
}

/* Whether the call of set_config() whose parenthesis comes next ends with ", true". */
static bool is_local(Scanner scanner)
{
    unsigned depth = 0;
    Token last[2] = {0}, token = {0};
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END) {
        if (token.kind == TOKEN_COMMENT)
            continue;
        if (depth == 0 && token.kind != TOKEN_OPEN)
            return false;
        depth += token.kind == TOKEN_OPEN;
        if (token.kind == TOKEN_CLOSE && --depth == 0)
            break;
        last[1] = last[0];
        last[0] = token;
    }
    return token_is_word(scanner.text, &last[0], "true") && last[1].kind == TOKEN_OPERATOR;
}

/* A setting that outlives its transaction would reach the next requests of that session. */
static bool check_settings(const Endpoint *endpoint, const char *text, size_t length, unsigned line,
                           GError **error)
{
    Scanner scanner = scanner_start(text, length, line);
    Token token = {0};
    while (scanner_next(&scanner, &token, NULL) && token.kind != TOKEN_END)
        if (token_is_word(text, &token, "set_config") && !is_local(scanner))
            return refuse(endpoint, token.line,
                          "write set_config(name, value, true): it ends with the transaction",
                          error, "set_config() that may reach other requests");
    return true;
}

bool endpoint_add_statement(Endpoint *endpoint, const char *text, size_t length, unsigned line,
                            GError **error)
{
    if (!check_kind(endpoint, text, length, line, error) ||
        !check_settings(endpoint, text, length, line, error))
        return false;
    g_autoptr(GString) sql = g_string_sized_new(length + 16);
    g_autoptr(GArray) params = g_array_new(FALSE, FALSE, sizeof(unsigned));
    StatementReader reader = {
        .endpoint = endpoint,
        .text = text,
        .length = length,
        .scanner = scanner_start(text, length, line),
        .sql = sql,
        .params = params,
    };
    if (!read_tokens(&reader, error))
        return false;
    g_autofree char *sum = checksum_of_statement(sql->str);
    ApiStatement *statement = g_new(ApiStatement, 1);
    *statement = (ApiStatement){
        .sql = g_strdup(sql->str),
        .params = g_steal_pointer(&params),
        .line = line,
        .name = g_strdup_printf("e%.32s", sum),
    };
    g_ptr_array_add(endpoint->statements, statement);
    return true;
}
