/*
 * Which object has which address in the catalogs: a map from (catalog, oid, column number) to
 * Object, with aliases for the addresses of an object's parts.
 */
#pragma once
#include "schema/object.h"

/* Oids of catalogs, which are the same on every server (pg_class.dat and its siblings). */
enum {
    CATALOG_TYPE = 1247,
    CATALOG_PROC = 1255,
    CATALOG_CLASS = 1259,
    CATALOG_ATTRDEF = 2604,
    CATALOG_CONSTRAINT = 2606,
    CATALOG_DEPEND = 2608,
    CATALOG_NAMESPACE = 2615,
    CATALOG_TRIGGER = 2620,
    CATALOG_EXTENSION = 3079,
};

typedef struct Address {
    guint32 class; /* oid of the catalog; 0: no address */
    guint32 oid;
    guint32 subid; /* number of the column, else 0 */
} Address;

typedef struct Addresses Addresses;

Addresses *addresses_new(void);
void addresses_free(Addresses *addresses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Addresses, addresses_free)

/* Says where @object is. Borrows it. An address of class 0 is not kept. */
void addresses_add(Addresses *addresses, Address address, Object *object);

/* Says that what is found at @address is a part of what is at @target. */
void addresses_add_alias(Addresses *addresses, Address address, Address target);

/* (nullable) (transfer none): the object with exactly this address. */
Object *addresses_find(const Addresses *addresses, Address address);

/**
 * addresses_resolve:
 *
 * Returns: (nullable) (transfer none): the object at @address, or the one that it is a part of:
 *   by its aliases, or the relation of a column that is no object itself.
 */
Object *addresses_resolve(const Addresses *addresses, Address address);
