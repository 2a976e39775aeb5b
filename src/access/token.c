#include "access/token.h"

#include "access/claim_path.h"
#include "access/jws.h"
#include "access/strict_json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#define LATEST 1e15 /* seconds; what is later is no date */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

void token_free(Token *token)
{
    if (token == NULL)
        return;
    g_free(token->subject);
    g_free(token->claims);
    g_strfreev(token->roles);
    g_free(token);
}

/* A date in seconds, whole or not; a missing one leaves @out_date as it is. */
static bool read_date(const json_t *claims, const char *name, double *out_date)
{
    const json_t *value = json_object_get(claims, name);
    if (value == NULL)
        return true;
    double date = json_number_value(value);
    if (!json_is_number(value) || fabs(date) > LATEST)
        return false;
    *out_date = date;
    return true;
}

/* Why its time is not now; %NULL if it is. Dates are doubles: all up to LATEST are exact. */
static const char *check_dates(const TokenRules *rules, const json_t *claims, int64_t now,
                               int64_t *out_expires)
{
    double expires = NAN, not_before = -LATEST, issued = -LATEST;
    double latest = (double)(now + rules->leeway);
    if (!read_date(claims, "exp", &expires) || !read_date(claims, "nbf", &not_before) ||
        !read_date(claims, "iat", &issued))
        return "malformed";
    if (isnan(expires))
        return "no_expiry";
    int64_t whole = (int64_t)expires;
    *out_expires = whole + ((double)whole < expires) + rules->leeway; /* rounded up */
    if (now >= *out_expires)
        return "expired";
    return not_before > latest || issued > latest ? "not_yet_valid" : NULL;
}

static bool is_audience(const TokenRules *rules, const json_t *value)
{
    return json_is_string(value) &&
           g_strv_contains((const char *const *)rules->audiences, json_string_value(value));
}

/* RFC 7519, 4.1.3: a token for somebody is not for those who do not know that name. */
static bool check_audience(const TokenRules *rules, const json_t *claims)
{
    const json_t *audience = json_object_get(claims, "aud");
    if (audience == NULL)
        return rules->audiences[0] == NULL;
    bool found = is_audience(rules, audience);
    for (size_t i = 0; !found && i < json_array_size(audience); i++)
        found = is_audience(rules, json_array_get(audience, i));
    return found;
}

static bool check_issuer(const TokenRules *rules, const json_t *claims)
{
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    return rules->issuer == NULL || (issuer != NULL && g_str_equal(issuer, rules->issuer));
}

static const char *check_claims(const TokenRules *rules, const json_t *claims, int64_t now,
                                int64_t *out_expires)
{
    const char *reason = check_dates(rules, claims, now, out_expires);
    const json_t *subject = json_object_get(claims, "sub");
    if (reason != NULL)
        return reason;
    if (!check_issuer(rules, claims))
        return "wrong_issuer";
    if (!check_audience(rules, claims))
        return "wrong_audience";
    return subject != NULL && !json_is_string(subject) ? "malformed" : NULL;
}

static Token *read_claims(const TokenRules *rules, const json_t *claims, int64_t now,
                          const char **out_reason)
{
    g_autoptr(Token) token = g_new0(Token, 1);
    const char *reason = check_claims(rules, claims, now, &token->expires);
    token->roles = claim_roles(claim_path_find(rules->role_path, claims));
    if (reason != NULL || token->roles == NULL) {
        *out_reason = reason != NULL ? reason : "malformed";
        return NULL;
    }
    token->subject = g_strdup(json_string_value(json_object_get(claims, "sub")));
    return g_steal_pointer(&token);
}

Token *token_verify(const TokenRules *rules, const char *text, size_t length, int64_t now,
                    const char **out_reason)
{
    g_autofree char *payload = NULL;
    size_t payload_length = 0;
    if (!jws_verify(rules->keys, text, length, &payload, &payload_length, out_reason))
        return NULL;
    g_autoptr(json_t) claims = strict_json_parse(payload, payload_length, NULL);
    if (!json_is_object(claims)) {
        *out_reason = "malformed";
        return NULL;
    }
    Token *token = read_claims(rules, claims, now, out_reason);
    if (token != NULL)
        token->claims = g_steal_pointer(&payload);
    return token;
}
