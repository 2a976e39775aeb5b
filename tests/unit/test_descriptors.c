#include "serve/descriptors.h"

static char *addresses[] = {(char *)"127.0.0.1:8000", NULL};

static ServeSettings settings_of(unsigned threads, unsigned clients)
{
    return (ServeSettings){.listen = addresses,
                           .threads = threads,
                           .connections = {2, 1, 1},
                           .http = {.connections = clients}};
}

static void all_clients_fit(void)
{
    const ServeSettings settings = settings_of(2, 100);
    const DescriptorShares shares = descriptors_share(&settings, 1000, 10);
    g_assert_cmpuint(shares.clients, ==, 100);
    g_assert_cmpuint(shares.wanted, ==, shares.kept + 200);
}

static void the_database_comes_first(void)
{
    const ServeSettings settings = settings_of(2, 100);
    const uint64_t kept = descriptors_share(&settings, 0, 10).kept;
    g_assert_cmpuint(kept, >=, 10 + 2 * 4);
    g_assert_cmpuint(descriptors_share(&settings, kept + 21, 10).clients, ==, 10);
    g_assert_cmpuint(descriptors_share(&settings, kept + 1, 10).clients, ==, 0);
    g_assert_cmpuint(descriptors_share(&settings, 3, 10).clients, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/descriptors/all", all_clients_fit);
    g_test_add_func("/descriptors/few", the_database_comes_first);
    return g_test_run();
}
