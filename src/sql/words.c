#include "sql/words.h"

#include <string.h>

Words words_read(const char *text)
{
    Words words = {.text = text, .tokens = g_array_new(FALSE, FALSE, sizeof(Token))};
    Scanner scanner = scanner_start(text, strlen(text), 1);
    Token token = {.kind = TOKEN_END};
    g_autoptr(GError) unreadable = NULL; /* then it is no statement that anybody can tell of */
    while (scanner_next(&scanner, &token, &unreadable) && token.kind != TOKEN_END)
        if (token.kind != TOKEN_COMMENT)
            g_array_append_val(words.tokens, token);
    words.end = unreadable != NULL ? 0 : words.tokens->len;
    return words;
}

void words_clear(Words *words)
{
    g_clear_pointer(&words->tokens, g_array_unref);
}

bool words_at_end(const Words *words)
{
    return words->at >= words->end;
}

static const Token *token_at(const Words *words, unsigned at)
{
    return at < words->end ? &g_array_index(words->tokens, Token, at) : NULL;
}

static bool is_at(const Words *words, unsigned at, const char *word, size_t length)
{
    const Token *token = token_at(words, at);
    return token != NULL && token->kind != TOKEN_QUOTED && token->kind != TOKEN_STRING &&
           token->length == length &&
           g_ascii_strncasecmp(words->text + token->start, word, length) == 0;
}

bool words_see(const Words *words, const char *word)
{
    return is_at(words, words->at, word, strlen(word));
}

bool words_see_any(const Words *words, const char *list)
{
    for (;;) {
        size_t length = strcspn(list, "|");
        if (is_at(words, words->at, list, length))
            return true;
        if (list[length] == '\0')
            return false;
        list += length + 1;
    }
}

bool words_take(Words *words, const char *phrase)
{
    unsigned at = words->at;
    for (;;) {
        size_t length = strcspn(phrase, " ");
        if (!is_at(words, at++, phrase, length))
            return false;
        if (phrase[length] == '\0')
            break;
        phrase += length + 1;
    }
    words->at = at;
    return true;
}

static bool is_name(const Token *token)
{
    return token != NULL && (token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED);
}

/* What is written from token @first up to @end. */
static char *text_between(const Words *words, unsigned first, unsigned end)
{
    if (first >= end)
        return g_strdup("");
    const Token *last = token_at(words, end - 1);
    size_t start = token_at(words, first)->start;
    return g_strndup(words->text + start, last->start + last->length - start);
}

char *words_take_name(Words *words)
{
    unsigned at = words->at;
    if (!is_name(token_at(words, at)))
        return NULL;
    at++;
    while (is_at(words, at, ".", 1) && is_name(token_at(words, at + 1)))
        at += 2;
    char *name = text_between(words, words->at, at);
    words->at = at;
    return name;
}

/* Moves on by one token; @depth counts the parentheses and brackets around what is next. */
static void step(Words *words, unsigned *depth)
{
    if (words_see_any(words, "(|["))
        (*depth)++;
    else if (words_see_any(words, ")|]") && *depth > 0)
        (*depth)--;
    words->at++;
}

/* The part that ends where @words is now. */
static Words part_from(const Words *words, unsigned first)
{
    Words part = *words;
    part.at = first;
    part.end = words->at;
    return part;
}

bool words_take_group(Words *words, Words *out_inside)
{
    if (!words_see(words, "("))
        return false;
    unsigned first = words->at + 1;
    unsigned depth = 0;
    do
        step(words, &depth);
    while (depth > 0 && !words_at_end(words));
    *out_inside = part_from(words, first);
    if (depth == 0)
        out_inside->end--;
    return true;
}

Words words_take_until(Words *words, const char *list)
{
    unsigned first = words->at;
    unsigned depth = 0;
    while (!words_at_end(words) && (depth > 0 || !words_see_any(words, list)))
        step(words, &depth);
    return part_from(words, first);
}

Words words_take_item(Words *words)
{
    Words item = words_take_until(words, ",");
    if (!words_at_end(words))
        words->at++;
    return item;
}

char *words_text(const Words *words)
{
    return text_between(words, words->at, words->end);
}

/* Takes the quotes away from a part of a name. */
static char *unquote(const char *part, size_t length)
{
    if (length < 2 || *part != '"')
        return g_ascii_strdown(part, (gssize)length);
    g_autofree char *inside = g_strndup(part + 1, length - 2);
    g_auto(GStrv) pieces = g_strsplit(inside, "\"\"", -1);
    return g_strjoinv("\"", pieces);
}

char *words_bare_name(const char *name)
{
    g_auto(Words) words = words_read(name);
    const Token *last = words.end > 0 ? token_at(&words, words.end - 1) : NULL;
    return last != NULL ? unquote(name + last->start, last->length) : g_strdup("");
}
