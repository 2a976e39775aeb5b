/*
 * The methods of HTTP that this program knows.
 */
#pragma once

typedef enum HttpMethod {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER, /* any other token: 405 or 501 */
    HTTP_METHODS,
} HttpMethod;

/* (transfer none): "GET"; "OTHER" for what has no name here. */
const char *http_method_name(HttpMethod method);
