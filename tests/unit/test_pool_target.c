#include "pool/target.h"

static Target *target_of(const char *conninfo)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ConnectionSettings) settings = settings_parse(conninfo, &error);
    g_assert_no_error(error);
    return target_new(settings, false);
}

static void addresses_and_sockets_need_no_look_up(void)
{
    static const char *const there[] = {
        "host=/run",
        "host=@abstract",
        "host=192.0.2.1",
        "host=::1",
        "hostaddr=192.0.2.1",
        "host=db.example hostaddr=192.0.2.1",
        "host=/run,192.0.2.1,::1",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(there); i++) {
        Target *target = target_of(there[i]);
        g_assert_false(target_has_names(target));
        target_free(target);
    }
}

/* "localhost" may have one address or two. */
static void each_address_of_a_name_is_a_host(void)
{
    Target *target = target_of("host=/run,localhost,192.0.2.7 port=1,2,3");
    g_assert_true(target_has_names(target));
    g_auto(GStrv) resolved = target_resolve(target);
    g_auto(GStrv) hosts = g_strsplit(resolved[0], ",", -1);
    g_auto(GStrv) addresses = g_strsplit(resolved[1], ",", -1);
    g_auto(GStrv) ports = g_strsplit(resolved[2], ",", -1);
    const unsigned count = g_strv_length(hosts);
    g_assert_cmpint(count, >=, 3);
    g_assert_cmpint(g_strv_length(addresses), ==, count);
    g_assert_cmpint(g_strv_length(ports), ==, count);
    g_assert_cmpstr(hosts[0], ==, "/run");
    g_assert_cmpstr(addresses[0], ==, "");
    g_assert_cmpstr(ports[0], ==, "1");
    for (unsigned i = 1; i + 1 < count; i++) {
        g_assert_cmpstr(hosts[i], ==, "localhost");
        g_assert_true(g_str_equal(addresses[i], "127.0.0.1") || g_str_equal(addresses[i], "::1"));
        g_assert_cmpstr(ports[i], ==, "2");
    }
    g_assert_cmpstr(hosts[count - 1], ==, "192.0.2.7");
    g_assert_cmpstr(ports[count - 1], ==, "3");
    target_free(target);
}

static void one_port_is_for_all(void)
{
    Target *target = target_of("host=localhost,192.0.2.7 port=5");
    g_auto(GStrv) resolved = target_resolve(target);
    g_auto(GStrv) ports = g_strsplit(resolved[2], ",", -1);
    for (unsigned i = 0; ports[i] != NULL; i++)
        g_assert_cmpstr(ports[i], ==, "5");
    target_free(target);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_unsetenv("PGHOST");
    g_unsetenv("PGHOSTADDR");
    g_unsetenv("PGPORT");
    g_test_add_func("/pool_target/addresses_and_sockets_need_no_look_up",
                    addresses_and_sockets_need_no_look_up);
    g_test_add_func("/pool_target/each_address_of_a_name_is_a_host",
                    each_address_of_a_name_is_a_host);
    g_test_add_func("/pool_target/one_port_is_for_all", one_port_is_for_all);
    return g_test_run();
}
