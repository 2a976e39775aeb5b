#include "access/strict_json.h"

#include <string.h>

json_t *strict_json_parse(const char *text, size_t length, int *out_line)
{
    json_error_t fault = {.line = 1};
    json_t *found = memchr(text, '\0', length) == NULL
                        ? json_loadb(text, length, JSON_REJECT_DUPLICATES, &fault)
                        : NULL;
    if (out_line != NULL)
        *out_line = fault.line;
    return found;
}
