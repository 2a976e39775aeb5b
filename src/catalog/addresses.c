#include "catalog/addresses.h"

/* An array type of a row type of a table of an extension: no chain is longer than this. */
#define ALIASES_MAX 8

struct Addresses {
    GHashTable *objects; /* packed address → Object, borrowed */
    GHashTable *aliases; /* packed address → packed address */
};

/*
 * The address in one word. Oids of catalogs are below 16384 (FirstNormalObjectId), numbers of
 * columns below 1600 (MaxHeapAttributeNumber).
 */
static void *pack(Address address)
{
    G_STATIC_ASSERT(sizeof(void *) == 8);
    guint64 word = (guint64)address.oid << 32 | (guint64)(address.class & 0xffff) << 16 |
                   (address.subid & 0xffff);
    return (void *)(guintptr)word;
}

static Address unpack(const void *packed)
{
    guint64 word = (guintptr)packed;
    return (Address){.class = (word >> 16) & 0xffff, .oid = word >> 32, .subid = word & 0xffff};
}

static guint hash_packed(const void *key)
{
    guint64 word = (guintptr)key * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return (guint)(word >> 32);
}

Addresses *addresses_new(void)
{
    Addresses *addresses = g_new0(Addresses, 1);
    addresses->objects = g_hash_table_new(hash_packed, NULL);
    addresses->aliases = g_hash_table_new(hash_packed, NULL);
    return addresses;
}

void addresses_free(Addresses *addresses)
{
    if (addresses == NULL)
        return;
    g_hash_table_unref(addresses->objects);
    g_hash_table_unref(addresses->aliases);
    g_free(addresses);
}

void addresses_add(Addresses *addresses, Address address, Object *object)
{
    if (address.class != 0)
        g_hash_table_insert(addresses->objects, pack(address), object);
}

void addresses_add_alias(Addresses *addresses, Address address, Address target)
{
    g_hash_table_insert(addresses->aliases, pack(address), pack(target));
}

Object *addresses_find(const Addresses *addresses, Address address)
{
    return g_hash_table_lookup(addresses->objects, pack(address));
}

Object *addresses_resolve(const Addresses *addresses, Address address)
{
    for (int i = 0; i < ALIASES_MAX; i++) {
        Object *object = addresses_find(addresses, address);
        if (object != NULL)
            return object;
        Address whole = {.class = address.class, .oid = address.oid};
        void *target = g_hash_table_lookup(addresses->aliases, pack(whole));
        if (target != NULL)
            address = unpack(target);
        else if (address.subid != 0)
            address = whole;
        else
            return NULL;
    }
    return NULL;
}
