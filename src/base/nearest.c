#include "base/nearest.h"

#include <string.h>

#define LONGEST 64 /* words longer than this are not compared */

/* The number of bytes to insert, drop or replace that turns @a into @b (Levenshtein). */
static size_t count_edits(const char *a, const char *b)
{
    size_t row[LONGEST + 1];
    size_t length = strlen(b);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= length; j++) {
            size_t replaced = diagonal + (a[i] != b[j - 1]);
            diagonal = row[j];
            row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *nearest_word(const char *word, const char *const *known)
{
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST)
        return NULL;
    const char *nearest = NULL;
    size_t fewest = 1 + MAX(length / 3, 1);
    for (; *known != NULL; known++) {
        if (strlen(*known) > LONGEST)
            continue;
        size_t edits = g_str_has_prefix(*known, word) ? 1 : count_edits(word, *known);
        if (edits < fewest) {
            fewest = edits;
            nearest = *known;
        }
    }
    return nearest;
}
