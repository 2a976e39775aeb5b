/*
 * What is signed: a token as three parts with dots between (RFC 7515, compact), and its signature.
 */
#pragma once
#include "access/token_key.h"

#include <jansson.h>

#define TOKEN_LONGEST 8192 /* longest token, in bytes */

/**
 * jws_verify:
 * @keys: (element-type TokenKey)
 * @out_payload: (transfer full): what was signed, ended by NUL; it may hold others
 * @out_reason: why not, a constant
 *
 * The algorithm and "kid" of the header choose the key; what else the header says about keys
 * ("jwk", "jku", "x5c" …) is not looked at. "crit" is refused: there is no extension that is known
 * here. "typ" must say that it is a token for access, if it says anything.
 */
bool jws_verify(const GPtrArray *keys, const char *token, size_t length, char **out_payload,
                size_t *out_length, const char **out_reason);
