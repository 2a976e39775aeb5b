#include "serve/docs_page.h"

#include "docs_files.h"

#include <string.h>

const DocsFile *docs_page_find(const char *path, size_t length)
{
    for (size_t i = 0; i < sizeof(docs_files) / sizeof(docs_files[0]); i++)
        if (strlen(docs_files[i].path) == length && memcmp(docs_files[i].path, path, length) == 0)
            return &docs_files[i];
    return NULL;
}
