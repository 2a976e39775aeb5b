/*
 * A consent that is typed: the name of what is at stake.
 */
#pragma once
#include "base/error.h"

/**
 * confirm_name:
 * @what: what will happen, without a full stop: "database \"shop\" will be replaced"
 * @name: what must be typed, or said by --yes
 * @yes: (nullable): the value of --yes
 *
 * Asks on the terminal itself, whatever stdin is. Returns: whether it is meant; else
 * APP_ERROR_REFUSED: another name, or no terminal to ask on.
 */
bool confirm_name(const char *what, const char *name, const char *yes, GError **error);
