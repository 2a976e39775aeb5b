#include "api/percent.h"

#include <string.h>

bool percent_decode(GString *out, const char *text, size_t length, bool plus)
{
    const char *end = text + length;
    while (text < end) {
        const char *run = text; /* of bytes that stand for themselves */
        while (text < end && *text != '%' && !(plus && *text == '+'))
            text++;
        g_string_append_len(out, run, text - run);
        if (text == end)
            return true;
        int byte = *text == '+' ? ' ' : percent_byte(text, end);
        if (byte < 0)
            return false;
        text += *text == '+' ? 1 : 3;
        g_string_append_c(out, (char)byte);
    }
    return true;
}

void percent_encode_tag(GString *out, const char *text, size_t length)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte > ' ' && byte < 0x7f && strchr("%\",\\", byte) == NULL) {
            g_string_append_c(out, (char)byte);
        } else {
            char code[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            g_string_append_len(out, code, sizeof code);
        }
    }
}
