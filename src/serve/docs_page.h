/*
 * The documentation page: files that are part of the program. docs/design/docs-page.md.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* What the page may do: nothing but what comes from this server. Content-Security-Policy of each
 * of its files. */
#define DOCS_PAGE_POLICY                                                                           \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "                \
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

typedef struct DocsFile {
    const char *path; /* "/docs", "/docs/page.js", "/docs/page.css" */
    const char *type; /* Content-Type */
    const char *data;
    size_t length;
    const char *etag; /* with its quotes */
} DocsFile;

/* (nullable) (transfer none): the file at @path, @length bytes; %NULL if there is none. It reads
 * /openapi.json beside it. */
const DocsFile *docs_page_find(const char *path, size_t length);
