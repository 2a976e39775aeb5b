/*
 * A schema as bytes, to be kept in a cache, and back.
 *
 * The same schema gives the same bytes. They carry a checksum and the shape of this program's
 * kinds, so that damage and another version are noticed: then the schema is read anew.
 */
#pragma once
#include "schema/schema.h"

/**
 * store_format:
 * @schema: finished
 *
 * Returns: (transfer full): the bytes; store_parse() reads them.
 */
GBytes *store_format(const Schema *schema);

/**
 * store_parse:
 *
 * Returns: (transfer full) (nullable): the finished schema; %NULL if @bytes are damaged or from
 *   a version with other kinds.
 */
Schema *store_parse(GBytes *bytes);
