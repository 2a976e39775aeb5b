/*
 * The statuses of HTTP in words.
 */
#pragma once

/* (transfer none): "Not Found"; "Error" for one that is not known. Source: the registry of HTTP
 * status codes. */
const char *http_status_phrase(unsigned status);
