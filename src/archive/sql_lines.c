#include "archive/sql_lines.h"

#include <string.h>

static bool is_word_start(unsigned char c)
{
    return g_ascii_isalpha((char)c) || c == '_' || c >= 0x80;
}

static bool is_word(unsigned char c)
{
    return is_word_start(c) || g_ascii_isdigit((char)c);
}

/* --- Inside quotes and comments: each returns the offset behind what it read. --- */

/* Up to @quote; one that is doubled closes and opens again. */
static size_t pass_quoted(SqlLines *lines, const char *line, size_t length, size_t at, char quote)
{
    const char *end = memchr(line + at, quote, length - at);
    if (end == NULL)
        return length;
    lines->mode = SQL_PLAIN;
    return (size_t)(end - line) + 1;
}

static size_t pass_escapes(SqlLines *lines, const char *line, size_t length, size_t at)
{
    while (at < length) {
        if (line[at] == '\\' || (line[at] == '\'' && at + 1 < length && line[at + 1] == '\'')) {
            at += 2;
        } else if (line[at++] == '\'') {
            lines->mode = SQL_PLAIN;
            lines->escaped = true;
            lines->line_since = false;
            break;
        }
    }
    return MIN(at, length);
}

static size_t pass_dollars(SqlLines *lines, const char *line, size_t length, size_t at)
{
    const GString *dollars = lines->dollars;
    const char *end = memmem(line + at, length - at, dollars->str, dollars->len);
    if (end == NULL)
        return length;
    lines->mode = SQL_PLAIN;
    return (size_t)(end - line) + dollars->len;
}

static bool is_pair(const char *line, size_t length, size_t at, char first, char second)
{
    return line[at] == first && at + 1 < length && line[at + 1] == second;
}

static size_t pass_comment(SqlLines *lines, const char *line, size_t length, size_t at)
{
    while (at < length) {
        if (is_pair(line, length, at, '/', '*')) {
            lines->comments++;
            at += 2;
        } else if (is_pair(line, length, at, '*', '/')) {
            at += 2;
            if (--lines->comments == 0) {
                lines->mode = SQL_PLAIN;
                break;
            }
        } else {
            at++;
        }
    }
    return at;
}

static size_t pass_inside(SqlLines *lines, const char *line, size_t length, size_t at)
{
    switch (lines->mode) {
    case SQL_COMMENT:
        return pass_comment(lines, line, length, at);
    case SQL_STRING:
        return pass_quoted(lines, line, length, at, '\'');
    case SQL_NAME:
        return pass_quoted(lines, line, length, at, '"');
    case SQL_ESCAPES:
        return pass_escapes(lines, line, length, at);
    default:
        return pass_dollars(lines, line, length, at);
    }
}

/* --- Tokens of a statement --- */

static bool word_is(const char *word, size_t length, const char *known)
{
    return strlen(known) == length && g_ascii_strncasecmp(word, known, length) == 0;
}

static SqlKind kind_by_first_word(const char *word, size_t length)
{
    if (word_is(word, length, "COPY"))
        return SQL_KIND_COPY;
    return word_is(word, length, "CREATE") ? SQL_KIND_CREATE : SQL_KIND_OTHER;
}

static SqlKind kind_behind_create(const char *word, size_t length)
{
    if (word_is(word, length, "OR") || word_is(word, length, "REPLACE"))
        return SQL_KIND_CREATE;
    bool routine = word_is(word, length, "FUNCTION") || word_is(word, length, "PROCEDURE");
    return routine ? SQL_KIND_ROUTINE : SQL_KIND_OTHER;
}

/* Pairs of CASE … END lie inside the body; the END that is left over ends it. */
static void see_word_of_routine(SqlLines *lines, const char *word, size_t length)
{
    if (lines->blocks == 0) {
        bool outside = lines->parentheses == 0;
        lines->blocks = outside && lines->after && word_is(word, length, "ATOMIC");
        lines->after = outside && word_is(word, length, "BEGIN");
    } else if (word_is(word, length, "CASE")) {
        lines->blocks++;
    } else if (word_is(word, length, "END")) {
        lines->blocks--;
    }
}

static void see_word(SqlLines *lines, const char *word, size_t length)
{
    switch (lines->kind) {
    case SQL_KIND_NEW:
        lines->kind = kind_by_first_word(word, length);
        break;
    case SQL_KIND_CREATE:
        lines->kind = kind_behind_create(word, length);
        break;
    case SQL_KIND_ROUTINE:
        see_word_of_routine(lines, word, length);
        break;
    case SQL_KIND_COPY:
        if (lines->parentheses == 0 && lines->after && word_is(word, length, "STDIN"))
            lines->from_stdin = true;
        lines->after = word_is(word, length, "FROM");
        break;
    default:
        break;
    }
}

static size_t pass_word(SqlLines *lines, const char *line, size_t length, size_t at)
{
    size_t end = at + 1;
    while (end < length && (is_word((unsigned char)line[end]) || line[end] == '$'))
        end++;
    if (end < length && line[end] == '\'' && word_is(line + at, end - at, "E")) {
        lines->mode = SQL_ESCAPES;
        lines->after = false;
        return end + 1;
    }
    if (lines->kind != SQL_KIND_OTHER)
        see_word(lines, line + at, end - at);
    return end;
}

/* $tag$, or a dollar that means something else. */
static size_t pass_dollar(SqlLines *lines, const char *line, size_t length, size_t at)
{
    size_t end = at + 1;
    if (end < length && is_word_start((unsigned char)line[end]))
        while (end < length && is_word((unsigned char)line[end]))
            end++;
    if (end == length || line[end] != '$')
        return at + 1;
    if (lines->dollars == NULL)
        lines->dollars = g_string_new(NULL);
    g_string_truncate(lines->dollars, 0);
    g_string_append_len(lines->dollars, line + at, (gssize)(end + 1 - at));
    lines->mode = SQL_DOLLARS;
    return end + 1;
}

static size_t pass_number(const char *line, size_t length, size_t at)
{
    while (at < length && is_word((unsigned char)line[at]))
        at++;
    return at;
}

static size_t pass_other(SqlLines *lines, const char *line, size_t length, size_t at)
{
    switch (line[at]) {
    case '\'':
        lines->mode = lines->escapes ? SQL_ESCAPES : SQL_STRING;
        return at + 1;
    case '"':
        lines->mode = SQL_NAME;
        return at + 1;
    case '$':
        return pass_dollar(lines, line, length, at);
    case '(':
        lines->parentheses++;
        return at + 1;
    case ')':
        lines->parentheses -= lines->parentheses > 0;
        return at + 1;
    default:
        return at + 1;
    }
}

static size_t pass_token(SqlLines *lines, const char *line, size_t length, size_t at)
{
    bool goes_on = lines->escaped && lines->line_since && line[at] == '\'';
    lines->escaped = false;
    if (is_word_start((unsigned char)line[at]))
        return pass_word(lines, line, length, at);
    lines->after = false;
    if (lines->kind == SQL_KIND_NEW || lines->kind == SQL_KIND_CREATE)
        lines->kind = SQL_KIND_OTHER;
    if (g_ascii_isdigit(line[at]))
        return pass_number(line, length, at);
    if (!goes_on)
        return pass_other(lines, line, length, at);
    lines->mode = SQL_ESCAPES;
    return at + 1;
}

/* --- Between tokens --- */

size_t sql_comment_length(const char *comment, size_t length)
{
    size_t end = 0;
    while (end < length && comment[end] != '\n' && comment[end] != '\r')
        end++;
    return end;
}

static void begin_statement(SqlLines *lines)
{
    lines->open = true;
    lines->kind = SQL_KIND_NEW;
    lines->from_stdin = lines->after = lines->escaped = false;
    lines->parentheses = lines->blocks = 0;
}

static bool is_end(const SqlLines *lines, char c)
{
    return c == ';' && lines->parentheses == 0 && lines->blocks == 0;
}

/* Whether what is there is between tokens; then @at is behind it. */
static bool pass_space(SqlLines *lines, const char *line, size_t length, size_t *at)
{
    if (g_ascii_isspace(line[*at]) || line[*at] == '\v') {
        lines->line_since = lines->line_since || line[*at] == '\n' || line[*at] == '\r';
        (*at)++;
        return true;
    }
    if (is_pair(line, length, *at, '-', '-')) {
        *at += sql_comment_length(line + *at, length - *at);
        return true;
    }
    if (is_pair(line, length, *at, '/', '*')) {
        lines->mode = SQL_COMMENT;
        lines->comments = 1;
        lines->escaped = false;
        *at += 2;
        return true;
    }
    return false;
}

SqlStop sql_lines_next(SqlLines *lines, const char *line, size_t length, size_t *at)
{
    while (*at < length) {
        if (lines->mode != SQL_PLAIN) {
            *at = pass_inside(lines, line, length, *at);
            continue;
        }
        if (!lines->open && is_pair(line, length, *at, '-', '-'))
            return SQL_STOP_COMMENT;
        if (pass_space(lines, line, length, at))
            continue;
        if (line[*at] == '\\')
            return SQL_STOP_COMMAND;
        if (!lines->open && line[*at] == ';') {
            (*at)++;
        } else if (!lines->open) {
            begin_statement(lines);
            return SQL_STOP_BEGIN;
        } else if (is_end(lines, line[*at])) {
            lines->open = false;
            return SQL_STOP_END;
        } else {
            *at = pass_token(lines, line, length, *at);
        }
    }
    return SQL_STOP_LINE;
}

bool sql_lines_is_quoted(const SqlLines *lines)
{
    return lines->mode != SQL_PLAIN && lines->mode != SQL_COMMENT;
}

void sql_lines_clear(SqlLines *lines)
{
    if (lines->dollars != NULL)
        g_string_free(lines->dollars, TRUE);
    *lines = (SqlLines){0};
}
