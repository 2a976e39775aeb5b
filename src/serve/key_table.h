/*
 * API keys that are kept in a table of the database (`[access] key_table`), read every few
 * seconds, so that one that is taken back stops working without a reload.
 */
#pragma once
#include "access/access.h"
#include "base/references.h"
#include "loop/loop.h"
#include "pg/database.h"
#include "serve/server.h"

/* An Access that several threads hold. */
typedef struct AccessBox {
    References references;
    Access *access;
} AccessBox;

/* @access: (transfer full) */
AccessBox *access_box_new(Access *access);
AccessBox *access_box_ref(AccessBox *box);
void access_box_unref(AccessBox *box);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AccessBox, access_box_unref)

/**
 * key_table_read:
 * @access: its keys of files are taken over
 * @out_faults: (transfer full) (nullable): what is wrong with rows, which are left out, a line each
 *
 * Returns: (transfer full): with the keys of the table. %NULL with APP_ERROR_INPUT if key_table is
 * no name of a table, or as database_query().
 */
Access *key_table_read(const Access *access, Database *db, char **out_faults, GError **error);

typedef struct KeyTable KeyTable;

/* Called in the loop's thread. */
typedef struct KeyTableCalls {
    void (*tell)(AccessBox *box, void *data);    /* (transfer full): the keys as they are now */
    void (*warn)(const char *fault, void *data); /* of the table or its rows; not twice in a row */
} KeyTableCalls;

/* (transfer full): reads again and again. */
KeyTable *key_table_new(Loop *loop, const ServerOptions *options, const KeyTableCalls *calls,
                        void *data);

/* Nothing more is read; what is being read is cut off, and is not waited for. */
void key_table_stop(KeyTable *table);

/* Waits for what is being read. */
void key_table_free(KeyTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyTable, key_table_free)

/* From now on @box (transfer full) has the keys of files; without a table nothing is read. */
void key_table_use(KeyTable *table, AccessBox *box);
