/*
 * The text of a file below api/: routes in comments, and statements under them. docs/endpoints.md.
 */
#pragma once
#include "api/endpoint.h"

/**
 * endpoint_file_parse:
 * @file: its name in messages and in Endpoint.file
 *
 * Returns: (transfer full) (element-type Endpoint): in their order, not described; %NULL with
 *   APP_ERROR_INPUT as file:line.
 */
GPtrArray *endpoint_file_parse(const char *file, const char *text, size_t length, GError **error);
