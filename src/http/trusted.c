#include "http/trusted.h"

#include <arpa/inet.h>

/* Addresses of both families as IPv6: IPv4 ones as ::ffff:a.b.c.d. */
typedef struct Network {
    unsigned char address[16];
    unsigned bits;
} Network;

struct HttpTrusted {
    GArray *networks; /* Network */
    bool unix_socket;
};

static bool parse_address(const char *text, unsigned char out_address[16], bool *out_short)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    *out_short = inet_pton(AF_INET, text, out_address + 12) == 1;
    if (*out_short)
        memcpy(out_address, mapped, sizeof mapped);
    return *out_short || inet_pton(AF_INET6, text, out_address) == 1;
}

static bool parse_bits(const char *text, bool is_short, unsigned *out_bits)
{
    guint64 bits = 0;
    const unsigned most = is_short ? 32 : 128;
    if (!g_ascii_string_to_unsigned(text, 10, 0, most, &bits, NULL))
        return false;
    *out_bits = (unsigned)bits + (128 - most);
    return true;
}

static bool add_entry(HttpTrusted *trusted, const char *entry)
{
    if (strcmp(entry, "unix") == 0) {
        trusted->unix_socket = true;
        return true;
    }
    g_auto(GStrv) parts = g_strsplit(entry, "/", 2);
    Network network = {.bits = 128};
    bool is_short = false;
    if (parts[0] == NULL || !parse_address(parts[0], network.address, &is_short))
        return false;
    if (parts[1] != NULL && !parse_bits(parts[1], is_short, &network.bits))
        return false;
    g_array_append_val(trusted->networks, network);
    return true;
}

HttpTrusted *http_trusted_new(const char *const *entries, GError **error)
{
    g_autoptr(HttpTrusted) trusted = g_new0(HttpTrusted, 1);
    trusted->networks = g_array_new(FALSE, FALSE, sizeof(Network));
    for (unsigned i = 0; entries != NULL && entries[i] != NULL; i++) {
        if (add_entry(trusted, entries[i]))
            continue;
        g_set_error(error, APP_ERROR, APP_ERROR_USAGE,
                    "\"%s\" is neither an address nor a network\n"
                    "hint: write \"10.0.0.7\", \"10.0.0.0/8\", \"::1\" or \"unix\"",
                    entries[i]);
        return NULL;
    }
    return g_steal_pointer(&trusted);
}

void http_trusted_free(HttpTrusted *trusted)
{
    if (trusted == NULL)
        return;
    g_array_free(trusted->networks, TRUE);
    g_free(trusted);
}

static bool network_has(const Network *network, const unsigned char address[16])
{
    const unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->address, address, whole) != 0)
        return false;
    return rest == 0 || (network->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool http_trusted_has(const HttpTrusted *trusted, HttpText address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (trusted == NULL || address.length >= sizeof text)
        return false;
    memcpy(text, address.data, address.length);
    if (strcmp(text, "unix") == 0)
        return trusted->unix_socket;
    unsigned char bytes[16] = {0};
    bool is_short = false;
    if (strlen(text) != address.length || !parse_address(text, bytes, &is_short))
        return false;
    for (unsigned i = 0; i < trusted->networks->len; i++) {
        if (network_has(&g_array_index(trusted->networks, Network, i), bytes))
            return true;
    }
    return false;
}
