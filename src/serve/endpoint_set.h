/*
 * What loading and describing a set share: serve/describe.h is for all others.
 */
#pragma once
#include "serve/describe.h"

/* Forgets all that a description told. */
void endpoint_set_reset(EndpointSet *set);

/* Whether no two endpoints answer one route; else APP_ERROR_INPUT with the place. */
bool endpoint_set_check_routes(const EndpointSet *set, GError **error);

/* Adds a finding. @message: (transfer full); @hint: (nullable), copied. */
void endpoint_set_add_finding(EndpointSet *set, const Endpoint *endpoint, unsigned line,
                              char *message, const char *hint);
