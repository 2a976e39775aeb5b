/*
 * The name of a new revision's file, by the template of the settings.
 */
#pragma once
#include "base/error.h"

/**
 * file_name_expand:
 * @pattern: text with %{id}, %{slug}, and strftime's %Y %m %d %H %M %S and %% for @created;
 *   "/" makes folders
 * @slug_length: longest slug in characters; it is cut between words
 *
 * Returns: (transfer full): the name with ".sql"; %NULL with APP_ERROR_INPUT if the pattern has an
 *   unknown part, lacks %{id}, or leads out of its folder.
 */
char *file_name_expand(const char *pattern, const char *id, const char *message, GDateTime *created,
                       unsigned slug_length, GError **error);

/* (transfer full): @message as a part of a file name: lower case words joined by "_". */
char *file_name_slug(const char *message, unsigned longest);
