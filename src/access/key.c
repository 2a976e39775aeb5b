#include "access/key.h"

#include "access/claim_path.h"
#include "access/word_list.h"
#include "base/base64.h"

#include <jansson.h>
#include <string.h>
#include <sys/random.h>

#define NAME_MOST 64
#define RANDOM_BYTES 32
#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

struct KeySet {
    GPtrArray *keys;     /* (element-type Key) */
    GHashTable *by_hash; /* borrowed hash → borrowed Key */
};

static void free_key(void *data)
{
    Key *key = data;
    g_free(key->name);
    g_strfreev(key->roles);
    g_free(key->db_role);
    g_free(key->claims);
    g_free(key);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Key, free_key)

static unsigned hash_of(const void *data)
{
    unsigned hash = 0;
    memcpy(&hash, data, sizeof(hash));
    return hash;
}

static gboolean is_same_hash(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_SIZE) == 0;
}

KeySet *key_set_new(void)
{
    KeySet *set = g_new0(KeySet, 1);
    set->keys = g_ptr_array_new_with_free_func(free_key);
    set->by_hash = g_hash_table_new(hash_of, is_same_hash);
    return set;
}

void key_set_free(KeySet *set)
{
    if (set == NULL)
        return;
    g_hash_table_unref(set->by_hash);
    g_ptr_array_unref(set->keys);
    g_free(set);
}

const Key *key_set_find(const KeySet *set, const unsigned char hash[DIGEST_SIZE])
{
    return g_hash_table_lookup(set->by_hash, hash);
}

const Key *key_set_get(const KeySet *set, unsigned index)
{
    return index < set->keys->len ? set->keys->pdata[index] : NULL;
}

static bool refuse(const char *fault, GError **error)
{
    g_set_error_literal(error, APP_ERROR, APP_ERROR_INPUT, fault);
    return false;
}

bool key_name_is_good(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length <= NAME_MOST && strspn(name, NAME_CHARACTERS) == length &&
           !g_str_has_prefix(name, KEY_PREFIX);
}

static bool check_name(const KeySet *set, const char *name, GError **error)
{
    if (!key_name_is_good(name))
        return refuse("the name of a key is not 1 to 64 letters, digits and . _ @ -, "
                      "or begins as a key does",
                      error);
    for (unsigned i = 0; i < set->keys->len; i++)
        if (g_str_equal(key_set_get(set, i)->name, name)) {
            g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "there is a key \"%s\" already", name);
            return false;
        }
    return true;
}

static bool read_hash(const char *text, unsigned char *out, GError **error)
{
    const char *digits = text + strlen(KEY_HASH_PREFIX);
    bool good = g_str_has_prefix(text, KEY_HASH_PREFIX) && strlen(digits) == 2 * DIGEST_SIZE;
    for (size_t i = 0; good && i < DIGEST_SIZE; i++) {
        int high = g_ascii_xdigit_value(digits[2 * i]);
        int low = g_ascii_xdigit_value(digits[2 * i + 1]);
        good = high >= 0 && low >= 0;
        if (good)
            out[i] = (unsigned char)(high << 4 | low);
    }
    return good || refuse("the hash of a key is not \"sha256:\" and 64 hexadecimal digits\n"
                          "hint: \"retort key NAME\" makes a key and its line",
                          error);
}

/* What policies in the database see. */
static char *make_claims(const Key *key)
{
    g_autoptr(json_t) claims = json_object();
    json_t *roles = json_array();
    for (char **role = key->roles; *role != NULL; role++)
        json_array_append_new(roles, json_string(*role));
    json_object_set_new(claims, "key", json_string(key->name));
    json_object_set_new(claims, "roles", roles);
    return json_dumps(claims, JSON_COMPACT); /* g_free() is free() */
}

static bool read_roles(Key *key, const KeyText *text, GError **error)
{
    key->roles = word_list(text->roles != NULL ? text->roles : "");
    if (g_strv_length(key->roles) > ROLES_MOST)
        return refuse("a key has more than 256 roles", error);
    for (char **role = key->roles; *role != NULL; role++)
        if (!g_utf8_validate(*role, -1, NULL))
            return refuse("a role of a key is not UTF-8", error);
    key->db_role = text->db_role != NULL && *text->db_role != '\0' ? g_strdup(text->db_role) : NULL;
    return true;
}

const Key *key_set_add(KeySet *set, const KeyText *text, bool is_from_row, GError **error)
{
    g_autoptr(Key) key = g_new0(Key, 1);
    if (!check_name(set, text->name, error) || !read_hash(text->hash, key->hash, error) ||
        !read_roles(key, text, error))
        return NULL;
    const Key *same = key_set_find(set, key->hash);
    if (same != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "\"%s\" has the hash of \"%s\"", text->name,
                    same->name);
        return NULL;
    }
    key->name = g_strdup(text->name);
    key->claims = make_claims(key);
    key->is_from_row = is_from_row;
    const Key *added = key;
    g_hash_table_insert(set->by_hash, key->hash, key);
    g_ptr_array_add(set->keys, g_steal_pointer(&key));
    return added;
}

static bool read_field(KeyText *key, const char *word, GError **error)
{
    const char **place = g_str_has_prefix(word, "roles=")     ? &key->roles
                         : g_str_has_prefix(word, "db_role=") ? &key->db_role
                                                              : NULL;
    if (place == NULL)
        return refuse("behind the hash of a key there is neither \"roles=\" nor \"db_role=\"",
                      error);
    if (*place != NULL)
        return refuse("\"roles=\" or \"db_role=\" comes twice", error);
    *place = strchr(word, '=') + 1;
    return **place != '\0' || refuse("\"roles=\" or \"db_role=\" is empty", error);
}

static bool read_line(KeySet *set, const char *line, GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(line, " \t\r", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **part = parts; *part != NULL; part++)
        if (**part != '\0')
            g_ptr_array_add(words, *part);
    if (words->len == 0 || *(const char *)words->pdata[0] == '#')
        return true;
    if (words->len < 2)
        return refuse("a line is NAME sha256:… [roles=A,B] [db_role=ROLE]", error);
    KeyText key = {.name = words->pdata[0], .hash = words->pdata[1]};
    for (unsigned i = 2; i < words->len; i++)
        if (!read_field(&key, words->pdata[i], error))
            return false;
    return key_set_add(set, &key, false, error) != NULL;
}

bool key_set_parse(KeySet *set, const char *path, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++)
        if (!read_line(set, lines[i], error)) {
            g_prefix_error(error, "%s:%zu: ", path, i + 1);
            return false;
        }
    return true;
}

static Key *copy_key(const Key *key)
{
    Key *copy = g_new0(Key, 1);
    copy->name = g_strdup(key->name);
    memcpy(copy->hash, key->hash, DIGEST_SIZE);
    copy->roles = g_strdupv(key->roles);
    copy->db_role = g_strdup(key->db_role);
    copy->claims = g_strdup(key->claims);
    return copy;
}

KeySet *key_set_copy_file(const KeySet *set)
{
    KeySet *copy = key_set_new();
    for (unsigned i = 0; i < set->keys->len; i++) {
        const Key *key = set->keys->pdata[i];
        if (key->is_from_row)
            continue;
        Key *own = copy_key(key);
        g_ptr_array_add(copy->keys, own);
        g_hash_table_insert(copy->by_hash, own->hash, own);
    }
    return copy;
}

char *key_make(void)
{
    unsigned char bytes[RANDOM_BYTES];
    char text[BASE64_TEXT(RANDOM_BYTES)];
    ssize_t got = getrandom(bytes, sizeof(bytes), 0);
    g_assert(got == sizeof(bytes)); /* the kernel gives up to 256 bytes whole */
    base64_encode_url(bytes, sizeof(bytes), text);
    return g_strconcat(KEY_PREFIX, text, NULL);
}

char *key_hash_text(const char *key)
{
    g_autofree char *digits = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    return g_strconcat(KEY_HASH_PREFIX, digits, NULL);
}

char *key_line(const KeyText *text)
{
    g_autoptr(GString) line = g_string_new(text->name);
    g_string_append_printf(line, " %s", text->hash);
    if (text->roles != NULL && *text->roles != '\0')
        g_string_append_printf(line, " roles=%s", text->roles);
    if (text->db_role != NULL && *text->db_role != '\0')
        g_string_append_printf(line, " db_role=%s", text->db_role);
    g_string_append_c(line, '\n');
    return g_string_free(g_steal_pointer(&line), FALSE);
}
