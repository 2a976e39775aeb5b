/*
 * A fuzz target: libFuzzer calls LLVMFuzzerTestOneInput() with its inputs, corpus.c with the kept
 * ones.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* (transfer full): @data ended by NUL, in a block of its own so that a sanitizer sees its end. */
static inline char *fuzz_copy(const uint8_t *data, size_t size)
{
    char *text = g_malloc(size + 1);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
