/*
 * Prints the OpenAPI document of the sample endpoints: what tests/e2e/test_openapi.py gives to a
 * validator. Arguments: "fastapi" (shape of errors), "open" (no keys and tokens), "turned" (bigint
 * as string, numeric as number).
 */
#include "../unit/sample_endpoints.h"
#include "api/openapi.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    g_autoptr(ApiTypes) types = sample_types();
    g_autoptr(GPtrArray) endpoints = sample_endpoints(types);
    const char *const *words = (const char *const *)argv;
    bool turned = g_strv_contains(words, "turned"), open = g_strv_contains(words, "open");
    ApiRules rules = {.limit_default = 100,
                      .limit_most = 1000,
                      .depth = 32,
                      .forms = {.bigint_is_string = turned, .numeric_is_number = turned}};
    OpenapiInfo info = {.title = "Shop",
                        .version = "1.2",
                        .description = "A small shop.",
                        .rules = &rules,
                        .errors =
                            g_strv_contains(words, "fastapi") ? ERRORS_FASTAPI : ERRORS_PROBLEM,
                        .keys = !open,
                        .tokens = !open};
    g_autofree char *text = openapi_document(endpoints, &info);
    return argc > 0 && puts(text) >= 0 ? 0 : 1;
}
