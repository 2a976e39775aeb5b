#include "sql/split.h"

#include <stdint.h>
#include <string.h>

Splitter splitter_start(const char *text, size_t length, unsigned line)
{
    return (Splitter){.scanner = scanner_start(text, length, line)};
}

/* Whether a statement has begun and not ended yet. */
static bool is_open(const Splitter *splitter)
{
    return splitter->open.kind == PIECE_STATEMENT;
}

/*
 * Sees at the first words whether the statement creates a function or procedure: only there
 * does BEGIN ATOMIC begin a body.
 */
static void note_first_words(Splitter *splitter, const Token *token)
{
    const char *text = splitter->scanner.text;
    if (splitter->words == 0)
        splitter->create = token_is_word(text, token, "create");
    else if (splitter->create && !token_is_word(text, token, "or") &&
             !token_is_word(text, token, "replace")) {
        splitter->routine =
            token_is_word(text, token, "function") || token_is_word(text, token, "procedure");
        splitter->create = false;
    }
    splitter->words++;
}

/* Counts what only END closes. After "." or AS such a word is a name. */
static void note_block(Splitter *splitter, const Token *token)
{
    const char *text = splitter->scanner.text;
    const Token *before = &splitter->before;
    if (!splitter->routine || splitter->depth > 0 || token_is_word(text, before, "as") ||
        (before->kind == TOKEN_OPERATOR && text[before->start] == '.'))
        return;
    if (splitter->blocks == 0)
        splitter->blocks +=
            token_is_word(text, token, "atomic") && token_is_word(text, before, "begin");
    else if (token_is_word(text, token, "case"))
        splitter->blocks++;
    else if (token_is_word(text, token, "end"))
        splitter->blocks--;
}

static void note_parenthesis(Splitter *splitter, const Token *token)
{
    if (token->kind == TOKEN_OPEN && splitter->depth++ == 0)
        splitter->open_line = token->line;
    else if (token->kind == TOKEN_CLOSE && splitter->depth > 0)
        splitter->depth--;
}

static void add_token(Splitter *splitter, const Token *token)
{
    if (!is_open(splitter))
        splitter->open =
            (Piece){.kind = PIECE_STATEMENT, .start = token->start, .line = token->line};
    splitter->open.length = token->start + token->length - splitter->open.start;
    note_parenthesis(splitter, token);
    if (token->kind == TOKEN_WORD) {
        note_first_words(splitter, token);
        note_block(splitter, token);
    }
    splitter->before = *token;
}

/* Gives out the open statement and makes ready for the next. */
static void end_statement(Splitter *splitter, Piece *out_piece)
{
    *out_piece = splitter->open;
    *splitter = (Splitter){.scanner = splitter->scanner};
}

static bool end_text(Splitter *splitter, Piece *out_piece, GError **error)
{
    if (splitter->depth > 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%u: parenthesis is not closed",
                    splitter->open_line);
        return false;
    }
    if (splitter->blocks > 0) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                    "%u: function body that begins with BEGIN ATOMIC has no END",
                    splitter->open.line);
        return false;
    }
    end_statement(splitter, out_piece);
    return true;
}

static Piece comment_piece(const Splitter *splitter, const Token *token)
{
    return (Piece){
        .kind = PIECE_COMMENT,
        .start = token->start,
        .length = token->length,
        .line = token->line,
        .inside = is_open(splitter),
        .statement_line = splitter->open.line,
    };
}

bool splitter_next(Splitter *splitter, Piece *out_piece, GError **error)
{
    for (;;) {
        Token token = {0};
        if (!scanner_next(&splitter->scanner, &token, error))
            return false;
        bool top = splitter->depth == 0 && splitter->blocks == 0;
        if (token.kind == TOKEN_END)
            return end_text(splitter, out_piece, error);
        if (token.kind == TOKEN_COMMENT) {
            if (top && splitter->scanner.text[token.start] == '-') {
                *out_piece = comment_piece(splitter, &token);
                return true;
            }
        } else if (token.kind != TOKEN_SEMICOLON || !top) {
            bool alone = token.kind == TOKEN_META; /* ends with its line */
            if (alone && is_open(splitter)) {
                g_set_error(error, APP_ERROR, APP_ERROR_INPUT,
                            "%u: backslash in a statement\nhint: commands of psql are not SQL",
                            token.line);
                return false;
            }
            add_token(splitter, &token);
            if (alone) {
                end_statement(splitter, out_piece);
                return true;
            }
        } else if (is_open(splitter)) {
            end_statement(splitter, out_piece);
            return true;
        }
    }
}

static unsigned line_of(const char *text, size_t at, unsigned line)
{
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    return line;
}

/* Whether all bytes are ASCII and none is NUL; looked at by eights, as most texts are so. */
static bool is_ascii(const char *text, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t)) {
        uint64_t bytes;
        memcpy(&bytes, text + at, sizeof bytes);
        if (((bytes | (bytes - ones)) & highs) != 0) /* a byte from 128, or a NUL */
            return false;
    }
    for (; at < length; at++)
        if ((signed char)text[at] <= 0)
            return false;
    return true;
}

bool split_check_text(const char *text, size_t length, unsigned line, GError **error)
{
    const char *bad = NULL;
    if (is_ascii(text, length))
        return true;
    if (g_utf8_validate_len(text, length, &bad))
        return true;
    size_t at = (size_t)(bad - text);
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "%u: %s\nhint: the file must be UTF-8 text",
                line_of(text, at, line), *bad == '\0' ? "NUL byte" : "invalid UTF-8");
    return false;
}

GPtrArray *split_statements(const char *text, size_t length, unsigned line, GError **error)
{
    if (!split_check_text(text, length, line, error))
        return NULL;
    g_autoptr(GPtrArray) statements =
        g_ptr_array_new_with_free_func((GDestroyNotify)statement_free);
    Splitter splitter = splitter_start(text, length, line);
    for (;;) {
        Piece piece = {0};
        if (!splitter_next(&splitter, &piece, error))
            return NULL;
        if (piece.kind == PIECE_END)
            return g_steal_pointer(&statements);
        if (piece.kind == PIECE_STATEMENT) {
            g_autofree char *copy = g_strndup(text + piece.start, piece.length);
            g_ptr_array_add(statements, statement_new(copy, piece.line));
        }
    }
}
