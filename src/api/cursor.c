#include "api/cursor.h"

#include "base/base64.h"

#include <stdint.h>
#include <string.h>

enum { SUM_BYTES = 8 };

/* FNV-1a */
static uint64_t add_bytes(uint64_t sum, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* Of @keys as they are written, in the order and statement of @endpoint. */
static uint64_t checksum(const Endpoint *endpoint, const char *keys, size_t length)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    sum = add_bytes(sum, endpoint->path, strlen(endpoint->path) + 1);
    if (endpoint->paging->after != NULL)
        sum = add_bytes(sum, endpoint->paging->after, strlen(endpoint->paging->after) + 1);
    return add_bytes(sum, keys, length);
}

/* Seven bits a byte, the lowest first; the high bit says that more follow. */
static void append_length(GString *out, size_t length)
{
    for (; length >= 0x80; length >>= 7)
        g_string_append_c(out, (char)(0x80 | (length & 0x7f)));
    g_string_append_c(out, (char)length);
}

static bool read_length(const char **at, const char *end, size_t *out_length)
{
    size_t length = 0;
    for (unsigned shift = 0; *at < end && shift < 28; shift += 7) {
        unsigned char byte = (unsigned char)*(*at)++;
        length |= (size_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out_length = length;
            return length <= (size_t)(end - *at);
        }
    }
    return false;
}

char *cursor_write(const Endpoint *endpoint, const char *const *keys)
{
    g_autoptr(GString) data = g_string_new(NULL);
    g_string_set_size(data, SUM_BYTES);
    for (unsigned i = 0; i < endpoint->paging->keys->len; i++) {
        append_length(data, strlen(keys[i]));
        g_string_append(data, keys[i]);
    }
    uint64_t sum = checksum(endpoint, data->str + SUM_BYTES, data->len - SUM_BYTES);
    for (unsigned i = 0; i < SUM_BYTES; i++)
        data->str[i] = (char)(sum >> i * 8 & 0xff);
    char *text = g_malloc(BASE64_TEXT(data->len));
    base64_encode_url((const unsigned char *)data->str, data->len, text);
    return text;
}

static bool has_sum(const Endpoint *endpoint, const GString *data)
{
    uint64_t sum = checksum(endpoint, data->str + SUM_BYTES, data->len - SUM_BYTES);
    for (unsigned i = 0; i < SUM_BYTES; i++)
        if ((unsigned char)data->str[i] != (sum >> i * 8 & 0xff))
            return false;
    return true;
}

char **cursor_read(const Endpoint *endpoint, const char *text, size_t length)
{
    g_autoptr(GString) data = g_string_new(NULL);
    g_string_set_size(data, BASE64_BYTES(length));
    size_t bytes = 0;
    if (endpoint->paging == NULL ||
        !base64_decode(BASE64_ANY, text, length, (unsigned char *)data->str, &bytes) ||
        bytes < SUM_BYTES)
        return NULL;
    g_string_truncate(data, bytes);
    if (!has_sum(endpoint, data))
        return NULL;
    unsigned count = endpoint->paging->keys->len;
    g_auto(GStrv) keys = g_new0(char *, count + 1);
    const char *at = data->str + SUM_BYTES, *end = data->str + data->len;
    for (unsigned i = 0; i < count; i++) {
        size_t key = 0;
        if (!read_length(&at, end, &key) || !g_utf8_validate_len(at, key, NULL))
            return NULL;
        keys[i] = g_strndup(at, key);
        at += key;
    }
    return at == end ? g_steal_pointer(&keys) : NULL;
}
