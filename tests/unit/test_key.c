#include "access/key.h"

#include <string.h>

#define HASH_A "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void assert_refused(const char *text, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KeySet) set = key_set_new();
    if (key_set_parse(set, "keys", text, &error))
        g_error("taken: %s", text);
    g_assert_error(error, APP_ERROR, APP_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, expected);
}

static void file_is_read(void)
{
    static const char text[] = "# keys\n\nwarehouse\t" HASH_A "  roles=reader,packer  "
                               "db_role=shop_packer\r\nplain.key-1_@x " HASH_B "\n   # end";
    g_autoptr(GError) error = NULL;
    g_autoptr(KeySet) set = key_set_new();
    g_assert_true(key_set_parse(set, "keys", text, &error));
    g_assert_no_error(error);
    const Key *key = key_set_get(set, 0);
    g_assert_cmpstr(key->name, ==, "warehouse");
    g_assert_cmpstr(key->db_role, ==, "shop_packer");
    g_assert_cmpstr(key->claims, ==, "{\"key\":\"warehouse\",\"roles\":[\"reader\",\"packer\"]}");
    g_assert_cmpuint(key->hash[0], ==, 0xaa);
    g_assert_true(key_set_find(set, key->hash) == key);
    const Key *plain = key_set_get(set, 1);
    g_assert_cmpstr(plain->claims, ==, "{\"key\":\"plain.key-1_@x\",\"roles\":[]}");
    g_assert_null(plain->db_role);
    g_assert_null(key_set_get(set, 2));
}

static void faults_are_named_with_their_line(void)
{
    assert_refused("a\n", "keys:1: a line is NAME sha256:… [roles=A,B] [db_role=ROLE]");
    assert_refused("a " HASH_A "\na " HASH_B, "keys:2: there is a key \"a\" already");
    assert_refused("a " HASH_A "\nb " HASH_A, "keys:2: \"b\" has the hash of \"a\"");
    assert_refused("a " HASH_A " rolls=x", "keys:1: behind the hash of a key there is neither "
                                           "\"roles=\" nor \"db_role=\"");
    assert_refused("a " HASH_A " roles=x roles=y",
                   "keys:1: \"roles=\" or \"db_role=\" comes twice");
    assert_refused("a " HASH_A " roles=", "keys:1: \"roles=\" or \"db_role=\" is empty");
}

/* Whoever puts a key where its hash or name belongs does not find it in a log. */
static void key_is_not_repeated(void)
{
    static const char *const lines[] = {
        "warehouse rk_SECRETSECRETSECRETSECRETSECRETSECRETSECRET",
        "warehouse SECRET",
        "warehouse sha256:SECRET",
        "warehouse sha256:SECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECRETSECR",
        "rk_SECRETSECRETSECRETSECRETSECRETSECRETSECRET warehouse",
        "rk_SECRETSECRETSECRETSECRETSECRETSECRETSECRET",
        ("warehouse " HASH_A " SECRET"),
        ("ware/SECRET " HASH_A),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(KeySet) set = key_set_new();
        g_assert_false(key_set_parse(set, "keys", lines[i], &error));
        g_assert_null(strstr(error->message, "SECRET"));
    }
}

static void new_key_has_256_bits_and_its_line(void)
{
    g_autofree char *key = key_make();
    g_autofree char *other = key_make();
    g_assert_cmpuint(strlen(key), ==, strlen(KEY_PREFIX) + 43);
    g_assert_true(g_str_has_prefix(key, KEY_PREFIX));
    g_assert_cmpstr(key, !=, other);
    g_autofree char *hash = key_hash_text(key);
    g_autofree char *line =
        key_line(&(KeyText){.name = "a", .hash = hash, .roles = "x,y", .db_role = "z"});
    g_assert_null(strstr(line, key));
    g_autoptr(KeySet) set = key_set_new();
    g_assert_true(key_set_parse(set, "keys", line, NULL));
    unsigned char digest[DIGEST_SIZE];
    Digest *sha256 = digest_new();
    digest_sha256(sha256, key, strlen(key), digest);
    digest_free(sha256);
    g_assert_nonnull(key_set_find(set, digest));
    g_assert_cmpstr(key_set_get(set, 0)->db_role, ==, "z");
}

/* FIPS 180-2, B.1; as OpenSSL computes it again and again. */
static void digest_is_sha256(void)
{
    static const unsigned char abc[4] = {0xba, 0x78, 0x16, 0xbf};
    unsigned char digest[DIGEST_SIZE];
    Digest *sha256 = digest_new();
    for (unsigned i = 0; i < 2; i++) {
        digest_sha256(sha256, "abc", 3, digest);
        g_assert_cmpmem(digest, 4, abc, 4);
    }
    digest_free(sha256);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/key/file", file_is_read);
    g_test_add_func("/key/faults", faults_are_named_with_their_line);
    g_test_add_func("/key/secret", key_is_not_repeated);
    g_test_add_func("/key/new", new_key_has_256_bits_and_its_line);
    g_test_add_func("/key/digest", digest_is_sha256);
    return g_test_run();
}
