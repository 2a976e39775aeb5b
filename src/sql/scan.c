#include "sql/scan.h"

#include <string.h>

#define LONGEST_OPERATOR 64 /* the server takes less than NAMEDATALEN; bounds the look-ahead */

Scanner scanner_start(const char *text, size_t length, unsigned line)
{
    return (Scanner){.text = text, .length = length, .line = line};
}

bool token_is_word(const char *text, const Token *token, const char *word)
{
    return token->kind == TOKEN_WORD && strlen(word) == token->length &&
           g_ascii_strncasecmp(text + token->start, word, token->length) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* What a byte may be in a word: 1 its start, 2 any part of it. All of UTF-8 beyond ASCII may. */
static const unsigned char word_bytes[256] = {
    ['a' ... 'z'] = 3,   ['A' ... 'Z'] = 3, ['_'] = 3,
    [0x80 ... 0xff] = 3, ['0' ... '9'] = 2, ['$'] = 2,
};

static bool is_word_start(char c)
{
    return (word_bytes[(unsigned char)c] & 1) != 0;
}

static bool is_word_part(char c)
{
    return (word_bytes[(unsigned char)c] & 2) != 0;
}

/* 1: an operator character; 2: one that lets an operator end in "+" or "-" */
static const unsigned char operators[256] = {
    ['+'] = 1, ['-'] = 1, ['*'] = 1, ['/'] = 1, ['<'] = 1, ['>'] = 1,
    ['='] = 1, ['~'] = 2, ['!'] = 2, ['@'] = 2, ['#'] = 2, ['^'] = 2,
    ['&'] = 2, ['|'] = 2, ['`'] = 2, ['?'] = 2, ['%'] = 2,
};

static bool is_operator(char c)
{
    return operators[(unsigned char)c] != 0;
}

/* The byte @ahead of @at; NUL behind the end. */
static char peek(const Scanner *scanner, size_t at, size_t ahead)
{
    return at + ahead < scanner->length ? scanner->text[at + ahead] : '\0';
}

static bool refuse(const Token *token, const char *what, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%u: %s", token->line, what);
    return false;
}

static size_t line_end(const Scanner *scanner, size_t at)
{
    while (at < scanner->length && scanner->text[at] != '\n' && scanner->text[at] != '\r')
        at++;
    return at;
}

static void skip_space(Scanner *scanner)
{
    for (; scanner->at < scanner->length && is_space(scanner->text[scanner->at]); scanner->at++)
        scanner->line += scanner->text[scanner->at] == '\n';
}

static bool end_comment(const Scanner *scanner, Token *token, GError **error)
{
    unsigned depth = 0;
    for (size_t at = token->start; at + 1 < scanner->length; at++) {
        if (scanner->text[at] == '/' && scanner->text[at + 1] == '*') {
            depth++;
            at++;
        } else if (scanner->text[at] == '*' && scanner->text[at + 1] == '/') {
            at++;
            if (--depth == 0) {
                token->length = at + 1 - token->start;
                return true;
            }
        }
    }
    return refuse(token, "comment is not closed", error);
}

/*
 * Where a string that was closed before @at goes on: at the quote of the next part, if there is
 * only space with a line end and comments between; else 0.
 */
static size_t find_continuation(const Scanner *scanner, size_t at)
{
    bool crossed = false;
    for (; at < scanner->length; at++) {
        char c = scanner->text[at];
        if (c == '-' && peek(scanner, at, 1) == '-')
            at = line_end(scanner, at) - 1;
        else if (c == '\n' || c == '\r')
            crossed = true;
        else if (!is_space(c))
            return crossed && c == '\'' ? at : 0;
    }
    return 0;
}

/* The end of one part of a quoted text whose opening quote is at @at; 0 if it is not closed. */
static size_t end_part(const Scanner *scanner, size_t at, bool escapes)
{
    char quote = scanner->text[at];
    for (at++; at < scanner->length; at++) {
        if (escapes && scanner->text[at] == '\\') {
            at++;
        } else if (scanner->text[at] == quote) {
            if (peek(scanner, at, 1) != quote)
                return at + 1;
            at++;
        }
    }
    return 0;
}

/* A string or quoted identifier whose quote is @prefix bytes into the token. */
static bool end_quoted(const Scanner *scanner, Token *token, size_t prefix, GError **error)
{
    size_t at = token->start + prefix; /* the quote that opens the next part */
    bool escapes = prefix == 1 && g_ascii_tolower(scanner->text[token->start]) == 'e';
    token->kind = scanner->text[at] == '"' ? TOKEN_QUOTED : TOKEN_STRING;
    do {
        size_t end = end_part(scanner, at, escapes);
        if (end == 0)
            return refuse(token,
                          token->kind == TOKEN_QUOTED ? "quoted identifier is not closed"
                                                      : "quoted string is not closed",
                          error);
        token->length = end - token->start;
        at = token->kind == TOKEN_STRING ? find_continuation(scanner, end) : 0;
    } while (at != 0);
    return true;
}

/* "$1", "$tag$…$tag$", or a lone "$". */
static bool end_dollar(const Scanner *scanner, Token *token, GError **error)
{
    size_t at = token->start + 1;
    if (g_ascii_isdigit(peek(scanner, at, 0))) {
        while (g_ascii_isdigit(peek(scanner, at, 0)))
            at++;
        token->kind = TOKEN_PARAMETER;
        token->length = at - token->start;
        return true;
    }
    while (is_word_part(peek(scanner, at, 0)) && peek(scanner, at, 0) != '$')
        at++;
    if (peek(scanner, at, 0) != '$')
        return true;
    size_t tag = at + 1 - token->start;
    const char *body = scanner->text + at + 1;
    const char *close = memmem(body, scanner->length - at - 1, scanner->text + token->start, tag);
    if (close == NULL)
        return refuse(token, "dollar-quoted string is not closed", error);
    token->kind = TOKEN_STRING;
    token->length = (size_t)(close - scanner->text) + tag - token->start;
    return true;
}

static void end_number(const Scanner *scanner, Token *token)
{
    size_t at = token->start;
    bool decimal = !(scanner->text[at] == '0' && g_ascii_isalpha(peek(scanner, at, 1)));
    for (;; at++) {
        char c = peek(scanner, at, 0);
        char before = at > token->start ? scanner->text[at - 1] : '0';
        bool exponent = decimal && (c == '+' || c == '-') && (before == 'e' || before == 'E') &&
                        g_ascii_isdigit(peek(scanner, at, 1));
        bool point = c == '.' && before != '.' && peek(scanner, at, 1) != '.';
        if (!g_ascii_isalnum(c) && c != '_' && !exponent && !point)
            break;
    }
    token->kind = TOKEN_NUMBER;
    token->length = at - token->start;
}

/* An operator ends before a comment; and before its last "+" or "-", as the server has it. */
static void end_operator(const Scanner *scanner, Token *token)
{
    size_t length = 0;
    bool special = false; /* has a character that lets it end in "+" or "-" */
    while (length < LONGEST_OPERATOR && is_operator(peek(scanner, token->start, length))) {
        char c = peek(scanner, token->start, length);
        char next = peek(scanner, token->start, length + 1);
        if ((c == '-' && next == '-') || (c == '/' && next == '*'))
            break;
        special = special || operators[(unsigned char)c] == 2;
        length++;
    }
    const char *start = scanner->text + token->start;
    while (!special && length > 1 && (start[length - 1] == '+' || start[length - 1] == '-'))
        length--;
    token->kind = TOKEN_OPERATOR;
    token->length = length;
}

/* Where the quote of a string with a prefix is (E'…', U&"…"); 0 if @token begins no such. */
static size_t find_quote(const Scanner *scanner, const Token *token)
{
    char first = g_ascii_tolower(scanner->text[token->start]);
    char second = peek(scanner, token->start, 1);
    if (second == '\'' && (first == 'e' || first == 'b' || first == 'x' || first == 'n'))
        return 1;
    char third = peek(scanner, token->start, 2);
    return first == 'u' && second == '&' && (third == '\'' || third == '"') ? 2 : 0;
}

static bool end_word(const Scanner *scanner, Token *token, GError **error)
{
    size_t quote = find_quote(scanner, token);
    if (quote > 0)
        return end_quoted(scanner, token, quote, error);
    token->kind = TOKEN_WORD;
    while (is_word_part(peek(scanner, token->start, token->length)))
        token->length++;
    return true;
}

/* The tokens of punctuation: one byte each, but for "::", ":=" and "..". */
static void end_punctuation(const Scanner *scanner, Token *token)
{
    char c = scanner->text[token->start];
    char next = peek(scanner, token->start, 1);
    token->kind = c == '('                                  ? TOKEN_OPEN
                  : c == ')'                                ? TOKEN_CLOSE
                  : c == ';'                                ? TOKEN_SEMICOLON
                  : c != '\0' && strchr(":.,[]", c) != NULL ? TOKEN_OPERATOR
                                                            : TOKEN_OTHER;
    if ((c == ':' && (next == ':' || next == '=')) || (c == '.' && next == '.'))
        token->length = 2;
}

static bool end_token(const Scanner *scanner, Token *token, GError **error)
{
    char c = scanner->text[token->start];
    char next = peek(scanner, token->start, 1);
    if (is_word_start(c))
        return end_word(scanner, token, error);
    if (c == '\'' || c == '"')
        return end_quoted(scanner, token, 0, error);
    if (c == '$')
        return end_dollar(scanner, token, error);
    if (c == '/' && next == '*') {
        token->kind = TOKEN_COMMENT;
        return end_comment(scanner, token, error);
    }
    if ((c == '-' && next == '-') || c == '\\') {
        token->kind = c == '-' ? TOKEN_COMMENT : TOKEN_META;
        token->length = line_end(scanner, token->start) - token->start;
    } else if (g_ascii_isdigit(c) || (c == '.' && g_ascii_isdigit(next))) {
        end_number(scanner, token);
    } else if (is_operator(c)) {
        end_operator(scanner, token);
    } else {
        end_punctuation(scanner, token);
    }
    return true;
}

bool scanner_next(Scanner *scanner, Token *out_token, GError **error)
{
    skip_space(scanner);
    Token token = {.kind = TOKEN_END, .start = scanner->at, .line = scanner->line};
    if (scanner->at < scanner->length) {
        token.kind = TOKEN_OTHER;
        token.length = 1;
        if (!end_token(scanner, &token, error))
            return false;
    }
    const char *end = scanner->text + token.start + token.length;
    if (token.kind != TOKEN_WORD)
        for (const char *p = scanner->text + token.start; p < end; p++)
            scanner->line += *p == '\n';
    scanner->at = token.start + token.length;
    *out_token = token;
    return true;
}
