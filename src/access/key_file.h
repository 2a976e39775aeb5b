/*
 * The file of API keys: read by the server, extended by `retort key`.
 */
#pragma once
#include "access/key.h"

/**
 * key_file_load:
 *
 * Adds the keys of @path to @set.
 *
 * Returns: false with APP_ERROR_INPUT as file:line; also if there is no such file, or everybody may
 *   write it, since whoever can do that can let themselves in.
 */
bool key_file_load(const char *path, KeySet *set, GError **error);

/**
 * key_file_add:
 *
 * Appends @key to @path, which is made with mode 0600 if it is missing; on disk when it returns.
 * Of several that run at once each adds its own.
 *
 * Returns: false with APP_ERROR_INPUT if @key is malformed, its name or hash is in the file
 *   already, or the file is malformed or cannot be written; then it is as it was.
 */
bool key_file_add(const char *path, const KeyText *key, GError **error);
