/*
 * Names of operations for those who generate clients: list_items, get_item, cancel_order.
 */
#pragma once
#include "api/endpoint.h"

/**
 * operation_name:
 * @taken: set of names that are in use; the new one is added
 *
 * Returns: (transfer full): made of method, path and what comes back alone, in snake_case; a
 *   number is added to one that is taken.
 */
char *operation_name(const Endpoint *endpoint, GHashTable *taken);
