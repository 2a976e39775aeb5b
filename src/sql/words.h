/*
 * A cursor over the tokens of one statement: takes words, names, parentheses and lists, for those
 * who need to know a statement's grammar in part only.
 *
 * A part of a statement, such as what stands in parentheses, is a cursor of its own that borrows
 * from the whole one.
 */
#pragma once
#include "sql/scan.h"

typedef struct Words {
    const char *text; /* borrowed */
    GArray *tokens;   /* (element-type Token): without comments */
    unsigned at;      /* the next token */
    unsigned end;     /* one behind the last token of the part */
} Words;

/* (transfer full): at the first token of @text; with no tokens if it cannot be read. */
Words words_read(const char *text);
void words_clear(Words *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

/* Whether nothing is left. */
bool words_at_end(const Words *words);

/* Whether the next token is the word or sign @word, in lower case; it is not taken. */
bool words_see(const Words *words, const char *word);

/* The same for any of @list, words with "|" between. */
bool words_see_any(const Words *words, const char *list);

/* Takes the words of @phrase, with spaces between, if all of them come next. */
bool words_take(Words *words, const char *phrase);

/* (transfer full) (nullable): takes a name, as it is written: a, "B b".c; NULL if none is next. */
char *words_take_name(Words *words);

/* Takes what stands in the parentheses that come next, and puts it into @out_inside. */
bool words_take_group(Words *words, Words *out_inside);

/* Takes all up to the next comma outside parentheses, and the comma. */
Words words_take_item(Words *words);

/* Takes all that stands before any word of @list ("|" between) outside parentheses. */
Words words_take_until(Words *words, const char *list);

/* (transfer full): what is left, as it is written; "" if nothing is. */
char *words_text(const Words *words);

/**
 * words_bare_name:
 * @name: as words_take_name() gives it
 *
 * Returns: (transfer full): its last part, without quotes, in lower case if it had none.
 */
char *words_bare_name(const char *name);
