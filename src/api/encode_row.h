/*
 * A row made into a JSON object, as api/encode.h writes its values. Nearly all bytes of a list are
 * written here, so common values are copied and checked in one go.
 */
#pragma once
#include "api/endpoint.h"

/* Knows `"name":` of each column, and how its values are written. */
typedef struct ApiRowShape ApiRowShape;

/* @columns: (element-type ApiColumn); their types must outlive the shape, the array need not. */
ApiRowShape *api_row_shape_new(const GPtrArray *columns, const ApiForms *forms);
void api_row_shape_free(ApiRowShape *shape);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApiRowShape, api_row_shape_free)

/* Appends an object. @values: one a column, ended by NUL; NULL is null. */
void api_encode_row(GString *out, const ApiRowShape *shape, const char *const *values);
