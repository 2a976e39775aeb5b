/*
 * Appending to a GString where it is done many times a request: in the caller, with one look at
 * the room that there is. GLib itself does so from 2.76 on, for its g_string_append_len().
 */
#pragma once
#include <glib.h>
#include <string.h>

/*
 * At least @size bytes to write to at the end of @out, without its NUL; buffer_commit() makes them
 * count.
 */
static inline char *buffer_reserve(GString *out, size_t size)
{
    if (out->allocated_len - out->len <= size) {
        size_t length = out->len;
        g_string_set_size(out, length + size);
        out->len = length;
    }
    return out->str + out->len;
}

/* @end: behind the last byte that counts. */
static inline void buffer_commit(GString *out, const char *end)
{
    out->len = (size_t)(end - out->str);
    out->str[out->len] = '\0';
}

static inline void buffer_empty(GString *out)
{
    buffer_commit(out, out->str);
}

/* @bytes may be NULL if @length is 0, and may not be part of @out. */
static inline void buffer_append(GString *out, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    char *to = buffer_reserve(out, length);
    memcpy(to, bytes, length);
    buffer_commit(out, to + length);
}

static inline void buffer_append_text(GString *out, const char *text)
{
    buffer_append(out, text, strlen(text));
}
