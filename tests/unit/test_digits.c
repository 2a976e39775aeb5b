#include "base/digits.h"

static void decimals(void)
{
    static const struct {
        uint64_t number;
        const char *digits;
    } cases[] = {
        {0, "0"}, {9, "9"}, {10, "10"}, {1234567, "1234567"}, {UINT64_MAX, "18446744073709551615"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char buffer[DIGITS_MOST + 1];
        g_assert_cmpstr(digits_write(cases[i].number, buffer), ==, cases[i].digits);
    }
}

static void hexadecimals(void)
{
    static const struct {
        uint64_t number;
        const char *digits;
    } cases[] = {{0, "0000000000000000"},
                 {UINT64_C(0x0123456789abcdef), "0123456789abcdef"},
                 {UINT64_C(0xfedcba9876543210), "fedcba9876543210"},
                 {UINT64_C(0x9aa9000000000f0f), "9aa9000000000f0f"},
                 {UINT64_MAX, "ffffffffffffffff"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char buffer[DIGITS_HEX];
        digits_write_hex(cases[i].number, buffer);
        g_assert_cmpmem(buffer, sizeof buffer, cases[i].digits, DIGITS_HEX);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digits/decimals", decimals);
    g_test_add_func("/digits/hexadecimals", hexadecimals);
    return g_test_run();
}
