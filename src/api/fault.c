#include "api/fault.h"

#define LONGEST_TEXT 240 /* bytes of a pointer or message: some of it is the client's */

struct ApiFaults {
    GPtrArray *list; /* (element-type ApiFault) */
};

static void fault_free(void *data)
{
    ApiFault *fault = data;
    g_free(fault->pointer);
    g_free(fault->message);
    g_free(fault);
}

ApiFaults *api_faults_new(void)
{
    ApiFaults *faults = g_new0(ApiFaults, 1);
    faults->list = g_ptr_array_new_with_free_func(fault_free);
    return faults;
}

void api_faults_free(ApiFaults *faults)
{
    if (faults == NULL)
        return;
    g_ptr_array_unref(faults->list);
    g_free(faults);
}

void api_faults_clear(ApiFaults *faults)
{
    if (faults->list->len > 0)
        g_ptr_array_set_size(faults->list, 0);
}

/* (transfer full): @text (transfer full), cut off between characters if it is too long. */
static char *shorten(char *text)
{
    size_t length = 0;
    while (length <= LONGEST_TEXT && text[length] != '\0')
        length++;
    if (length <= LONGEST_TEXT)
        return text;
    size_t cut = LONGEST_TEXT;
    while (cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
        cut--;
    char *shorter = g_strdup_printf("%.*s…", (int)cut, text);
    g_free(text);
    return shorter;
}

void api_faults_add(ApiFaults *faults, ApiPlace place, char *pointer, const char *kind,
                    const char *format, ...)
{
    if (faults->list->len >= FAULTS_MOST) {
        g_free(pointer);
        return;
    }
    va_list args;
    va_start(args, format);
    char *message = g_strdup_vprintf(format, args);
    va_end(args);
    ApiFault *fault = g_new(ApiFault, 1);
    *fault = (ApiFault){
        .place = place,
        .pointer = shorten(pointer),
        .message = shorten(message),
        .kind = kind,
    };
    g_ptr_array_add(faults->list, fault);
}

unsigned api_faults_count(const ApiFaults *faults)
{
    return faults->list->len;
}

const ApiFault *api_faults_get(const ApiFaults *faults, unsigned index)
{
    return faults->list->pdata[index];
}
