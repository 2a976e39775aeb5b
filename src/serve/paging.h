/*
 * How lists are cut into pages: by key where the statement's order allows it, else by LIMIT alone.
 */
#pragma once
#include "api/endpoint.h"
#include "serve/result_columns.h"

/* The texts that take the place of a list's statement; all may be %NULL. A value. */
typedef struct PagingTexts {
    ApiPaging *paging;
    char *limited;
} PagingTexts;

void paging_texts_clear(PagingTexts *texts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PagingTexts, paging_texts_clear)

/**
 * paging_write:
 * @endpoint: a GET of one statement that returns many
 * @out_texts: not prepared yet: what the server refuses is to be thrown away
 *
 * By key: the statement reads one table in the order of columns that it selects, that are never
 * NULL and in which rows differ. "After" reads its index from the keys on: the statement without
 * its ORDER BY stands in FROM, where the planner takes it apart.
 */
void paging_write(const Endpoint *endpoint, const EndpointCatalog *catalog, const QueryFacts *facts,
                  const PGresult *description, PagingTexts *out_texts);
