#include "base/base64.h"

#include <glib.h>
#include <string.h>

static void assert_decoded(Base64Form form, const char *text, const char *bytes, size_t length)
{
    unsigned char out[64];
    size_t out_length = 0;
    g_assert_true(base64_decode(form, text, strlen(text), out, &out_length));
    g_assert_cmpmem(out, out_length, bytes, length);
}

static void assert_refused(Base64Form form, const char *text)
{
    unsigned char out[64];
    size_t length = 99;
    g_assert_false(base64_decode(form, text, strlen(text), out, &length));
    g_assert_cmpuint(length, ==, 99);
}

/* RFC 4648, 10; and the alphabet of URLs. */
static void vectors_are_decoded(void)
{
    assert_decoded(BASE64_URL, "", "", 0);
    assert_decoded(BASE64_URL, "Zg", "f", 1);
    assert_decoded(BASE64_URL, "Zm8", "fo", 2);
    assert_decoded(BASE64_URL, "Zm9v", "foo", 3);
    assert_decoded(BASE64_URL, "Zm9vYg", "foob", 4);
    assert_decoded(BASE64_URL, "Zm9vYmFy", "foobar", 6);
    assert_decoded(BASE64_URL, "-_-_", "\xfb\xff\xbf", 3);
    assert_decoded(BASE64_URL, "AAAA", "\0\0\0", 3);
}

static void other_ways_to_write_are_refused(void)
{
    static const char *const texts[] = {"Z",    "Zg==", "Zg=",   "Zh",   "Zm9",    "Zm9vY",
                                        "+/+/", "Zm 9", "Zm9v ", "\nZg", "Zm\xc3", "Zm9v\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_refused(BASE64_URL, texts[i]);
    unsigned char out[8];
    size_t length = 0;
    g_assert_false(base64_decode(BASE64_URL, "Zg\0A", 4, out, &length));
}

static void either_alphabet_is_taken_with_padding_or_without(void)
{
    assert_decoded(BASE64_ANY, "", "", 0);
    assert_decoded(BASE64_ANY, "Zg", "f", 1);
    assert_decoded(BASE64_ANY, "Zg==", "f", 1);
    assert_decoded(BASE64_ANY, "Zm8=", "fo", 2);
    assert_decoded(BASE64_ANY, "Zm9vYg==", "foob", 4);
    assert_decoded(BASE64_ANY, "-_-_", "\xfb\xff\xbf", 3);
    assert_decoded(BASE64_ANY, "+/+/", "\xfb\xff\xbf", 3);
    assert_decoded(BASE64_ANY, "+_-/", "\xfb\xff\xbf", 3);
}

static void malformed_texts_of_any_form_are_refused(void)
{
    static const char *const texts[] = {"Z",   "Zg=",  "Zg===", "====",   "=",     "Zh==",
                                        "Zm9", "Zm=v", "Zm 9",  "Zm9v\n", "Zm9v=", "Zm\xc3"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_refused(BASE64_ANY, texts[i]);
}

static void what_is_encoded_decodes_to_itself(void)
{
    for (size_t length = 0; length < 40; length++) {
        unsigned char bytes[40], back[64];
        char text[64];
        size_t back_length = 0;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (unsigned char)(i * 37 + length);
        base64_encode_url(bytes, length, text);
        g_assert_cmpuint(strlen(text) + 1, ==, BASE64_TEXT(length));
        g_assert_true(base64_decode(BASE64_URL, text, strlen(text), back, &back_length));
        g_assert_cmpmem(back, back_length, bytes, length);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base64/url_vectors", vectors_are_decoded);
    g_test_add_func("/base64/url_refused", other_ways_to_write_are_refused);
    g_test_add_func("/base64/any", either_alphabet_is_taken_with_padding_or_without);
    g_test_add_func("/base64/any_refused", malformed_texts_of_any_form_are_refused);
    g_test_add_func("/base64/url_round", what_is_encoded_decodes_to_itself);
    return g_test_run();
}
