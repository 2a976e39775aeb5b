#include "sql/checksum.h"

#include "sql/scan.h"

#include <string.h>

/* Two words stay apart by a NUL, which no statement holds. */
static void append_token(GString *tokens, const char *text, const Token *token)
{
    size_t at = tokens->len;
    g_string_append_len(tokens, text + token->start, (gssize)token->length);
    if (token->kind == TOKEN_WORD || token->kind == TOKEN_NUMBER)
        for (; at < tokens->len; at++)
            if (tokens->str[at] >= 'A' && tokens->str[at] <= 'Z')
                tokens->str[at] = (char)(tokens->str[at] + ('a' - 'A'));
    g_string_append_c(tokens, '\0');
}

void checksum_add_statement(GChecksum *sum, const char *text)
{
    size_t length = strlen(text);
    Scanner scanner = scanner_start(text, length, 1);
    Token token = {0};
    g_autoptr(GString) tokens = g_string_sized_new(length + 1);
    bool whole = scanner_next(&scanner, &token, NULL);
    for (; whole && token.kind != TOKEN_END; whole = scanner_next(&scanner, &token, NULL))
        if (token.kind != TOKEN_COMMENT)
            append_token(tokens, text, &token);
    if (!whole)
        g_string_append(tokens, text + scanner.at);
    g_string_append_c(tokens, ';');
    g_checksum_update(sum, (const guchar *)tokens->str, (gssize)tokens->len);
}

void checksum_add_word(GChecksum *sum, const char *word)
{
    g_checksum_update(sum, (const guchar *)word, (gssize)strlen(word) + 1);
}

char *checksum_of_statement(const char *text)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    checksum_add_statement(sum, text);
    return g_strdup(g_checksum_get_string(sum));
}
