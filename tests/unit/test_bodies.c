#include "http/bodies.h"

#include <glib.h>
#include <stdint.h>

static void all_count_together(void)
{
    HttpBodies bodies = {.most = 100};
    size_t first = 0, second = 0;
    g_assert_true(http_bodies_hold(&bodies, &first, 60));
    g_assert_true(http_bodies_hold(&bodies, &second, 40));
    g_assert_true(http_bodies_hold(&bodies, &second, 40));
    g_assert_false(http_bodies_hold(&bodies, &second, 41));
    g_assert_false(http_bodies_hold(&bodies, &first, SIZE_MAX));
    g_assert_cmpuint(second, ==, 40);
    http_bodies_release(&bodies, &first);
    g_assert_true(http_bodies_hold(&bodies, &second, 100));
    http_bodies_release(&bodies, &second);
    http_bodies_release(&bodies, &second);
    g_assert_cmpuint(bodies.held, ==, 0);
}

static void without_a_limit_nothing_counts(void)
{
    size_t held = 0;
    g_assert_true(http_bodies_hold(NULL, &held, SIZE_MAX));
    g_assert_cmpuint(held, ==, 0);
    http_bodies_release(NULL, &held);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bodies/together", all_count_together);
    g_test_add_func("/bodies/no_limit", without_a_limit_nothing_counts);
    return g_test_run();
}
