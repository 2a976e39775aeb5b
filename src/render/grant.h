/*
 * Privileges: GRANT and REVOKE.
 */
#pragma once
#include "render/rendering.h"

/**
 * grant_append_changes:
 * @target: what stands behind ON, such as TABLE item
 *
 * Appends what turns the grants of @change's from (none if it is NULL: a new object) into those
 * of its to: first what is taken, then what is given, one statement a role.
 */
void grant_append_changes(Rendering *rendering, const Change *change, const char *target);
