/*
 * The opaque text that tells where the next page of a list begins: base64url of the keys and of a
 * checksum over them and the endpoint, so that one of another list, or of the list before its
 * statement changed, is refused, not misread. It is no secret and no proof: keys are parameters
 * like others.
 */
#pragma once
#include "api/endpoint.h"

/**
 * cursor_write:
 * @endpoint: has paging
 * @keys: as many as that has: UTF-8 of any length
 *
 * Returns: (transfer full)
 */
char *cursor_write(const Endpoint *endpoint, const char *const *keys);

/* (transfer full) (nullable): the keys of @endpoint's paging; %NULL if @text is none of its
 * cursors. */
char **cursor_read(const Endpoint *endpoint, const char *text, size_t length);
