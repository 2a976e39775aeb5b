#include "access/access.h"
#include "base/file.h"
#include "tokens.h"

#include <glib/gstdio.h>

#define NOW INT64_C(1000000)
#define WITH_SECRET "JWT_SECRET=" TEST_SECRET

static const char key[] = "rk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static char *folder; /* of files that settings name */

static char *hash_of(const char *text)
{
    g_autofree char *digits = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strconcat("sha256:", digits, NULL);
}

static void write_file(const char *name, const char *text, int mode)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_chmod(path, mode), ==, 0);
}

static Access *load(const char *settings, const char *variables, GError **error)
{
    g_autofree char *ini = g_strconcat("[access]\n", settings, NULL);
    g_autofree char *path = g_build_filename(folder, "retort.ini", NULL);
    g_autoptr(Config) config = config_parse(path, ini, error);
    g_autoptr(Environment) environment = environment_parse(".env", variables, error);
    g_assert_true(config != NULL && environment != NULL);
    return access_load(config, environment, error);
}

static Access *load_good(const char *settings, const char *variables)
{
    g_autoptr(GError) error = NULL;
    Access *access = load(settings, variables, &error);
    g_assert_no_error(error);
    return access;
}

static void assert_not_loaded(const char *settings, const char *variables, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Access) access = load(settings, variables, &error);
    g_assert_null(access);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    const char *place = g_str_has_prefix(error->message, folder)
                            ? error->message + strlen(folder) + 1
                            : error->message;
    g_assert_cmpstr(place, ==, expected);
}

/* The reason; "" if it is good. */
static const char *identify(const Access *access, AccessScratch *scratch, const char *header,
                            const char *api_key, Identity *identity)
{
    const char *reason = "";
    size_t header_length = header != NULL ? strlen(header) : 0;
    size_t key_length = api_key != NULL ? strlen(api_key) : 0;
    AccessVerdict verdict = access_identify(access, scratch, header, header_length, api_key,
                                            key_length, NOW, identity, &reason);
    g_assert_true((verdict == ACCESS_OK) == (*reason == '\0'));
    return reason;
}

static char *bearer(const char *payload)
{
    g_autofree char *token = sign("{\"alg\":\"HS256\"}", payload);
    return g_strconcat("Bearer ", token, NULL);
}

static void nobody_is_asked_by_default(void)
{
    g_autoptr(Access) access = load_good("", "");
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    Identity identity = {0};
    g_assert_cmpstr(identify(access, scratch, "Basic dTpw", "x", &identity), ==, "");
    g_assert_null(identity.subject);
    g_assert_null(identity.role);
    g_assert_null(identity.claims);
    g_assert_null(identity.roles[0]);
    g_assert_false(access_takes_keys(access) || access_takes_tokens(access));
}

static void token_says_who_and_as_whom(void)
{
    g_autoptr(Access) access = load_good("db_roles = editor=shop_editor reader=shop_reader\n"
                                         "anonymous_role = shop_anonymous\n",
                                         WITH_SECRET);
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    g_autofree char *editor = bearer("{\"exp\":2000000,\"sub\":\"42\",\"role\":\"reader editor\"}");
    g_autofree char *stranger = bearer("{\"exp\":2000000,\"role\":[\"shop_editor\",\"postgres\"]}");
    Identity identity = {0};
    g_assert_cmpstr(identify(access, scratch, editor, NULL, &identity), ==, "");
    g_assert_cmpstr(identity.subject, ==, "42");
    g_assert_cmpstr(identity.role, ==, "shop_editor");
    g_assert_cmpstr(identity.claims, ==,
                    "{\"exp\":2000000,\"sub\":\"42\",\"role\":\"reader editor\"}");
    g_assert_cmpstr(identity.roles[0], ==, "reader");
    g_assert_cmpstr(identify(access, scratch, stranger, NULL, &identity), ==, "");
    g_assert_cmpstr(identity.role, ==, "shop_anonymous");
    g_assert_cmpstr(identify(access, scratch, NULL, NULL, &identity), ==, "");
    g_assert_cmpstr(identity.role, ==, "shop_anonymous");
    g_assert_null(identity.claims);
}

static void where_it_is_required_all_need_one(void)
{
    g_autoptr(Access) access = load_good("required = yes\ndb_roles = editor\n", WITH_SECRET);
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    g_autofree char *editor = bearer("{\"exp\":2000000,\"role\":\"editor\"}");
    g_autofree char *stranger = bearer("{\"exp\":2000000,\"role\":\"postgres\"}");
    g_autofree char *lower = g_strdup(editor);
    memcpy(lower, "bEARER", 6);
    Identity identity = {.subject = "untouched"};
    g_assert_cmpstr(identify(access, scratch, NULL, NULL, &identity), ==, "missing");
    g_assert_cmpstr(identify(access, scratch, NULL, key, &identity), ==, "missing");
    g_assert_cmpstr(identify(access, scratch, "Basic dTpw", NULL, &identity), ==,
                    "unsupported_scheme");
    g_assert_cmpstr(identify(access, scratch, "Bearer", NULL, &identity), ==, "unsupported_scheme");
    g_assert_cmpstr(identify(access, scratch, "Bearer ", NULL, &identity), ==, "malformed");
    g_assert_cmpstr(identify(access, scratch, "", NULL, &identity), ==, "unsupported_scheme");
    g_assert_cmpstr(identify(access, scratch, stranger, NULL, &identity), ==, "no_role");
    g_assert_cmpstr(identity.subject, ==, "untouched");
    g_assert_cmpstr(identify(access, scratch, lower, NULL, &identity), ==, "");
    g_assert_cmpstr(identity.role, ==, "editor");
}

/* What is kept of a token does not outlive it, nor the rules that it was good by. */
static void kept_token_is_good_no_longer_than_it_should(void)
{
    g_autoptr(Access) access = load_good("leeway = 0\n", WITH_SECRET);
    g_autoptr(Access) other = load_good("", "JWT_SECRET=ffffffffffffffffffffffffffffffff");
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    g_autofree char *header = bearer("{\"exp\":1000001,\"sub\":\"42\"}");
    Identity identity = {0};
    const char *reason = "";
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpstr(identify(access, scratch, header, NULL, &identity), ==, "");
    g_assert_cmpint(access_identify(access, scratch, header, strlen(header), NULL, 0, NOW + 1,
                                    &identity, &reason),
                    ==, ACCESS_UNKNOWN);
    g_assert_cmpstr(reason, ==, "expired");
    g_assert_cmpstr(identify(other, scratch, header, NULL, &identity), ==, "bad_signature");
    g_assert_cmpstr(identify(access, scratch, header, NULL, &identity), ==, "");
}

static void key_of_a_file_is_known(void)
{
    g_autofree char *hash = hash_of(key);
    g_autofree char *text = g_strconcat("shop ", hash, " roles=reader,packer db_role=b\n", NULL);
    write_file("keys", text, 0600);
    g_autoptr(Access) access =
        load_good("keys = keys\ndb_roles = reader=a b\nanonymous_role = c\n", "");
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    g_autofree char *longer = g_strconcat(key, "A", NULL);
    g_autofree char *huge = g_strnfill(300, 'x');
    Identity identity = {0};
    g_assert_cmpstr(identify(access, scratch, NULL, key, &identity), ==, "");
    g_assert_cmpstr(identity.subject, ==, "shop");
    g_assert_cmpstr(identity.role, ==, "b");
    g_assert_cmpstr(identity.claims, ==, "{\"key\":\"shop\",\"roles\":[\"reader\",\"packer\"]}");
    g_assert_cmpstr(identify(access, scratch, NULL, longer, &identity), ==, "unknown_api_key");
    g_assert_cmpstr(identify(access, scratch, NULL, "", &identity), ==, "unknown_api_key");
    g_assert_cmpstr(identify(access, scratch, NULL, hash, &identity), ==, "unknown_api_key");
    g_assert_cmpstr(identify(access, scratch, NULL, huge, &identity), ==, "too_long");
    g_auto(GStrv) packer = g_strsplit("packer", " ", -1);
    g_auto(GStrv) other = g_strsplit("editor admin", " ", -1);
    g_auto(GStrv) none = g_strsplit("", " ", -1);
    g_assert_true(access_allows(&identity, NULL));
    g_assert_true(access_allows(&identity, packer));
    g_assert_false(access_allows(&identity, other));
    g_assert_false(access_allows(&identity, none));
}

static void two_identities_are_none(void)
{
    g_autofree char *hash = hash_of(key);
    g_autofree char *text = g_strconcat("shop ", hash, "\n", NULL);
    write_file("keys", text, 0600);
    g_autoptr(Access) access = load_good("keys = keys\n", WITH_SECRET);
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    g_autofree char *header = bearer("{\"exp\":2000000}");
    Identity identity = {0};
    g_assert_cmpstr(identify(access, scratch, header, key, &identity), ==, "two_identities");
    g_assert_cmpstr(identify(access, scratch, header, NULL, &identity), ==, "");
    g_assert_cmpstr(identify(access, scratch, NULL, key, &identity), ==, "");
}

static void keys_of_a_table_come_and_go(void)
{
    g_autofree char *hash = hash_of(key);
    g_autoptr(Access) access = load_good("key_table = api_key\nrequired = yes\n", WITH_SECRET);
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    const AccessKeyRow rows[] = {
        {.name = "bad", .hash = "SECRET"},
        {.name = "shop", .hash = hash, .roles = "reader packer"},
        {.name = NULL, .hash = hash},
        {.name = "again", .hash = hash},
        {.name = "strong", .hash = hash, .db_role = "postgres"},
    };
    g_auto(GStrv) faults = NULL;
    g_auto(GStrv) no_faults = NULL;
    g_autoptr(Access) with = access_with_keys(access, rows, G_N_ELEMENTS(rows), &faults);
    g_autoptr(Access) without = access_with_keys(with, NULL, 0, &no_faults);
    g_autofree char *all = g_strjoinv("\n", faults);
    g_assert_cmpstr(all, ==,
                    "row \"bad\": the hash of a key is not \"sha256:\" and 64 hexadecimal digits\n"
                    "hint: \"retort key NAME\" makes a key and its line\n"
                    "a key has no name or no hash\n"
                    "row \"again\": \"again\" has the hash of \"shop\"\n"
                    "row \"strong\": key \"strong\": database role \"postgres\" is not in "
                    "\"db_roles\" of [access]");
    g_assert_null(no_faults[0]);
    g_assert_cmpstr(access_key_table(with), ==, "api_key");
    Identity identity = {0};
    g_assert_cmpstr(identify(access, scratch, NULL, key, &identity), ==, "unknown_api_key");
    g_assert_cmpstr(identify(with, scratch, NULL, key, &identity), ==, "");
    g_assert_cmpstr(identity.subject, ==, "shop");
    g_assert_cmpstr(identify(without, scratch, NULL, key, &identity), ==, "unknown_api_key");
    g_autofree char *header = bearer("{\"exp\":2000000}");
    g_assert_cmpstr(identify(without, scratch, header, NULL, &identity), ==, "");
}

static void keys_of_the_file_stay_beside_those_of_the_table(void)
{
    g_autofree char *hash = hash_of(key);
    g_autofree char *text = g_strconcat("shop ", hash, "\n", NULL);
    write_file("keys", text, 0600);
    g_autoptr(Access) access = load_good("keys = keys\nkey_table = api_key\n", "");
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    const AccessKeyRow row = {.name = "shop", .hash = hash};
    g_auto(GStrv) faults = NULL;
    g_autoptr(Access) with = access_with_keys(access, &row, 1, &faults);
    g_assert_cmpstr(faults[0], ==, "row \"shop\": there is a key \"shop\" already");
    Identity identity = {0};
    g_assert_cmpstr(identify(with, scratch, NULL, key, &identity), ==, "");
}

static void jwks_and_secret_files_are_read(void)
{
    write_file("jwks.json", RFC_JWKS, 0644);
    write_file("secret", TEST_SECRET "\n", 0600);
    g_autoptr(Access) access =
        load_good("jwks = jwks.json\njwt_issuer = joe\nleeway = 0\n", "JWT_SECRET_FILE=secret");
    g_autoptr(AccessScratch) scratch = access_scratch_new();
    static const char header[] = "Bearer " RFC_ES256;
    Identity identity = {0};
    const char *reason = NULL;
    g_assert_cmpint(access_identify(access, scratch, header, strlen(header), NULL, 0,
                                    RFC_EXPIRY - 1, &identity, &reason),
                    ==, ACCESS_OK);
    g_autofree char *own = bearer("{\"exp\":2000000,\"iss\":\"joe\"}");
    g_assert_cmpstr(identify(access, scratch, own, NULL, &identity), ==, "");
}

static void settings_that_make_no_sense_are_refused(void)
{
    write_file("open", "", 0666);
    write_file("short", "SECRET", 0600);
    assert_not_loaded("required = yes\n", "",
                      "retort.ini:2: \"required\" is yes, but there is neither a key nor a key of "
                      "tokens\nhint: set keys, key_table, jwks, or JWT_SECRET");
    assert_not_loaded("db_roles = a\n", "",
                      "retort.ini:2: \"db_roles\" is set, so those without any of them need a "
                      "role, too\nhint: set anonymous_role, or required = yes");
    assert_not_loaded("jwt_audience = shop\n", "",
                      "retort.ini:2: \"jwt_audience\" is set, but no key of tokens is\n"
                      "hint: set jwks, or JWT_SECRET in the environment or .env");
    assert_not_loaded("role_claim = a..b\n", "",
                      "retort.ini:2: \"role_claim\" is no path\n"
                      "hint: names with dots between, as in realm_access.roles; a name that has a "
                      "dot in double quotes");
    assert_not_loaded("anonymous_role = c\ndb_roles = a b a\n", "",
                      "retort.ini:3: \"db_roles\" has \"a\" twice");
    assert_not_loaded("anonymous_role = c\ndb_roles = a=\n", "",
                      "retort.ini:3: \"db_roles\" has \"a=\"\n"
                      "hint: write a role, or role=database_role of at most 63 bytes");
    assert_not_loaded("anonymous_role = none\n", "",
                      "retort.ini:2: \"anonymous_role\" is no role of a database");
    assert_not_loaded(
        "leeway = 4000\n", "",
        "retort.ini:2: \"leeway\" must be a whole number from 0 to 3600, not \"4000\"");
    g_autoptr(GError) error = NULL;
    g_assert_null(load("keys = none\n", "", &error));
    g_assert_nonnull(strstr(error->message, "hint: \"retort key NAME\" makes it"));
    g_clear_error(&error);
    g_assert_null(load("keys = open\n", "", &error));
    g_assert_true(g_str_has_prefix(error->message, "everybody may write "));
}

static void secrets_are_not_repeated(void)
{
    write_file("short", "SECRET", 0600);
    write_file("keys", "shop rk_SECRET\n", 0600);
    assert_not_loaded("", "JWT_SECRET=SECRET",
                      "JWT_SECRET: the secret of tokens has 6 bytes, which is less than 32\n"
                      "hint: \"openssl rand -base64 48\" makes one");
    assert_not_loaded("", "JWT_SECRET_FILE=short",
                      "short: the secret of tokens has 6 bytes, which is less than 32\n"
                      "hint: \"openssl rand -base64 48\" makes one");
    assert_not_loaded("", "JWT_SECRET=SECRET\nJWT_SECRET_FILE=short",
                      "both JWT_SECRET and JWT_SECRET_FILE are set\nhint: unset one of them");
    assert_not_loaded("keys = keys\n", "",
                      "keys:1: the hash of a key is not \"sha256:\" and 64 hexadecimal digits\n"
                      "hint: \"retort key NAME\" makes a key and its line");
}

static void assert_challenge(const Access *access, const char *reason, const char *expected)
{
    g_autoptr(GString) value = g_string_new(NULL);
    access_append_challenge(access, reason, value);
    g_assert_cmpstr(value->str, ==, expected);
}

static void challenge_names_what_is_taken(void)
{
    g_autoptr(Access) tokens = load_good("", WITH_SECRET);
    g_autoptr(Access) keys = load_good("key_table = t\n", "");
    g_autoptr(Access) both = load_good("key_table = t\n", WITH_SECRET);
    assert_challenge(tokens, "missing", "Bearer realm=\"api\"");
    assert_challenge(
        tokens, "expired",
        "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"expired\"");
    assert_challenge(keys, "unknown_api_key", "ApiKey realm=\"api\"");
    assert_challenge(both, "missing", "Bearer realm=\"api\", ApiKey realm=\"api\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("JWT_SECRET");
    g_unsetenv("JWT_SECRET_FILE");
    folder = g_dir_make_tmp("access-XXXXXX", NULL);
    g_test_add_func("/access/nobody", nobody_is_asked_by_default);
    g_test_add_func("/access/token", token_says_who_and_as_whom);
    g_test_add_func("/access/required", where_it_is_required_all_need_one);
    g_test_add_func("/access/kept", kept_token_is_good_no_longer_than_it_should);
    g_test_add_func("/access/file", key_of_a_file_is_known);
    g_test_add_func("/access/two", two_identities_are_none);
    g_test_add_func("/access/table", keys_of_a_table_come_and_go);
    g_test_add_func("/access/file_and_table", keys_of_the_file_stay_beside_those_of_the_table);
    g_test_add_func("/access/files", jwks_and_secret_files_are_read);
    g_test_add_func("/access/settings", settings_that_make_no_sense_are_refused);
    g_test_add_func("/access/secrets", secrets_are_not_repeated);
    g_test_add_func("/access/challenge", challenge_names_what_is_taken);
    int status = g_test_run();
    file_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
