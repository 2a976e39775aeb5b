#include "revision/write.h"

#include "revision/header.h"

#include <string.h>

static void append_steps(GString *text, const char *marker, const GPtrArray *steps)
{
    g_string_append_printf(text, "\n%s\n", marker);
    for (unsigned i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        if (i > 0)
            g_string_append_printf(text, "\n%s\n", marker_text(MARKER_STEP));
        for (unsigned j = 0; j < step->statements->len; j++) {
            const Statement *statement = step->statements->pdata[j];
            g_string_append_printf(text, "\n%s;\n", statement->text);
        }
    }
}

char *revision_write(const Revision *revision)
{
    GString *text = g_string_new(NULL);
    header_append(text, revision);
    append_steps(text, marker_text(MARKER_UPGRADE), revision->upgrade);
    if (revision->irreversible == NULL || revision->downgrade->len > 0)
        append_steps(text, marker_text(MARKER_DOWNGRADE), revision->downgrade);
    return g_string_free(text, FALSE);
}

char *revision_replace_proof(const char *text, const char *proof)
{
    GString *changed = g_string_new(NULL);
    bool crlf = strstr(text, "\r\n") != NULL;
    bool is_proof = false;
    const char *line = text + (g_str_has_prefix(text, "\xef\xbb\xbf") ? 3 : 0);
    g_string_append_len(changed, text, line - text);
    for (bool first = true; header_has_line(line, strcspn(line, "\n"), &is_proof); first = false) {
        size_t length = strcspn(line, "\n");
        if (!first && marker_of_comment(line, length) != MARKER_NONE)
            break;
        length += line[length] == '\n';
        if (first || !is_proof)
            g_string_append_len(changed, line, (gssize)length);
        line += length;
    }
    if (proof != NULL)
        g_string_append_printf(changed, "-- proof: %s%s", proof, crlf ? "\r\n" : "\n");
    g_string_append(changed, line);
    return g_string_free(changed, FALSE);
}
