#include "serve/trace.h"

#include "access/seeded_hash.h"
#include "base/digits.h"

#include <string.h>

/* traceparent of version 00: 00-<32>-<16>-<2> */
enum { TRACE_AT = 3, PARENT_AT = 36, FLAGS_AT = 53, PARENT_LENGTH = 55, PARENT_LIMIT = 256 };

struct TraceIds {
    uint64_t seeds[REQUEST_ID_MADE / DIGITS_HEX];
    uint64_t count;
};

TraceIds *trace_ids_new(void)
{
    TraceIds *ids = g_new0(TraceIds, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(ids->seeds); i++)
        ids->seeds[i] = seeded_hash_seed();
    return ids;
}

void trace_ids_free(TraceIds *ids)
{
    g_free(ids);
}

static void make(TraceIds *ids, char *out)
{
    ids->count++;
    for (unsigned i = 0; i < G_N_ELEMENTS(ids->seeds); i++, out += DIGITS_HEX)
        digits_write_hex(seeded_hash(ids->seeds[i], &ids->count, sizeof ids->count), out);
}

bool trace_is_id(HttpText text)
{
    if (text.data == NULL || text.length == 0 || text.length > REQUEST_ID_LIMIT)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        if (!g_ascii_isalnum(c) && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

/* Whether @length bytes are lower-case hexadecimal, and not all zero where @not_zero. */
static bool is_hex(const char *text, size_t length, bool not_zero)
{
    bool zero = true;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]) && (text[i] < 'a' || text[i] > 'f'))
            return false;
        zero = zero && text[i] == '0';
    }
    return !zero || !not_zero;
}

bool trace_is_parent(HttpText text)
{
    const char *data = text.data;
    if (data == NULL || text.length < PARENT_LENGTH || text.length > PARENT_LIMIT)
        return false;
    if (data[TRACE_AT - 1] != '-' || data[PARENT_AT - 1] != '-' || data[FLAGS_AT - 1] != '-')
        return false;
    if (!is_hex(data, 2, false) || memcmp(data, "ff", 2) == 0 ||
        !is_hex(data + TRACE_AT, 32, true) || !is_hex(data + PARENT_AT, 16, true) ||
        !is_hex(data + FLAGS_AT, 2, false))
        return false;
    if (text.length == PARENT_LENGTH)
        return true;
    if (memcmp(data, "00", 2) == 0 || data[PARENT_LENGTH] != '-')
        return false;
    for (size_t i = PARENT_LENGTH; i < text.length; i++) {
        if (!g_ascii_isgraph(data[i]) || data[i] == '"' || data[i] == '\\')
            return false;
    }
    return true;
}

void trace_begin(TraceIds *ids, HttpText request_id, HttpText traceparent, Trace *out_trace)
{
    out_trace->id = request_id;
    if (!trace_is_id(request_id)) {
        make(ids, out_trace->made);
        out_trace->id = (HttpText){out_trace->made, REQUEST_ID_MADE};
    }
    out_trace->parent = trace_is_parent(traceparent) ? traceparent : (HttpText){0};
}
