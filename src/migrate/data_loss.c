#include "migrate/data_loss.h"

#include "migrate/cast_guard.h"
#include "migrate/data_look.h"
#include "migrate/plan_needs.h"
#include "sql/drops.h"
#include "sql/quote.h"

#include <string.h>

/*
 * What a statement would take along: from the objects that it names (%s: rows of kind, name,
 * column, cascade) through pg_depend to tables and columns. Without CASCADE only what goes by
 * itself goes: partitions, what a type or extension owns. %s, %s: the ways to and from objects of
 * kinds that are seldom dropped, if there are any: they cost the server's time.
 */
static const char losses_sql[] =
    "with recursive named (kind, name, col, casc) as (values %s),\n"
    "found (kind, oid, col, casc) as (\n" /* a name of one kind may be no name of another */
    "  select kind, case when kind in ('relation', 'rows') then to_regclass(name)::oid\n"
    "  when kind = 'type' then to_regtype(name)::oid\n"
    "  when kind = 'schema' then to_regnamespace(name)::oid end, col, casc from named),\n"
    "gone (classid, objid, objsubid, casc) as (\n"
    "  select 'pg_class'::regclass::oid, f.oid, coalesce(a.attnum, 0)::int, f.casc from found f\n"
    "  left join pg_attribute a on a.attrelid = f.oid and a.attname = f.col\n"
    "  where f.kind = 'relation' and f.oid is not null and (f.col is null or a.attnum > 0)\n"
    "  union select 'pg_type'::regclass::oid, oid, 0, casc from found\n"
    "  where kind = 'type' and oid is not null\n"
    "  union select 'pg_namespace'::regclass::oid, oid, 0, casc from found\n"
    "  where kind = 'schema' and oid is not null\n"
    "  union select 'pg_extension'::regclass::oid, e.oid, 0, n.casc from named n\n"
    "  join pg_extension e on e.extname = n.name where n.kind = 'extension'\n"
    "  union select 'pg_class'::regclass::oid, c.oid, 0, n.casc from named n\n"
    "  join pg_roles r on r.rolname = n.name join pg_class c on c.relowner = r.oid\n"
    "  where n.kind = 'owned'\n"
    "%s"
    "  union select d.classid, d.objid, d.objsubid, g.casc from gone g\n"
    "  join pg_depend d on d.refclassid = g.classid and d.refobjid = g.objid\n"
    "  and (g.objsubid = 0 or d.refobjsubid = g.objsubid)\n"
    "  and (d.deptype in ('a', 'i', 'P', 'S', 'e', 'x') or g.casc and d.deptype = 'n')),\n"
    "emptied (relid, casc) as (\n"
    "  select oid, casc from found where kind = 'rows' and oid is not null\n"
    "  union select k.conrelid, e.casc from emptied e join pg_constraint k\n"
    "  on k.confrelid = e.relid and k.contype = 'f' and e.casc),\n"
    "lost (relid, col) as (\n"
    "  select objid, 0 from gone where classid = 'pg_class'::regclass and objsubid = 0\n"
    "  union select relid, 0 from emptied\n"
    "%s"
    "  union select g.objid, g.objsubid from gone g where g.classid = 'pg_class'::regclass\n"
    "  and g.objsubid > 0 and not exists (select from gone h where h.classid = g.classid\n"
    "  and h.objid = g.objid and h.objsubid = 0))\n"
    "select format('%%I.%%I', s.nspname, c.relname) as relation, quote_ident(a.attname) as col,\n"
    "  case when l.col = 0 then format('table \"%%s\"', t.shown)\n"
    "  else format('column \"%%s\" of table \"%%s\"', a.attname, t.shown) end as what\n"
    "from lost l join pg_class c on c.oid = l.relid and c.relkind in ('r', 'p')\n"
    "join pg_namespace s on s.oid = c.relnamespace\n"
    "cross join lateral (select case when s.nspname = 'public' then c.relname::text\n"
    "  else s.nspname || '.' || c.relname end as shown) t\n"
    "left join pg_attribute a on a.attrelid = l.relid and a.attnum = l.col and l.col > 0\n"
    "where a.attnum is null or (a.attgenerated = '' and not a.attisdropped)\n"
    "order by l.col > 0, s.nspname, c.relname, a.attname";

/* All of one bare name, whatever their schema and arguments: the catalog stands for the column. */
static const char others_sql[] =
    "  union select d.refclassid, d.refobjid, 0, n.casc from named n\n"
    "  join pg_depend d on d.refclassid = to_regclass(n.col) and d.deptype <> 'p'\n"
    "  cross join lateral pg_identify_object_as_address(d.refclassid, d.refobjid, 0) i\n"
    "  where n.kind = 'other' and (n.name is null\n"
    "    or i.object_names[cardinality(i.object_names)] = n.name)\n";

/* Columns that hold a value of a composite type, and those of tables that were made of it. */
static const char attributes_sql[] =
    "  union select a.attrelid, a.attnum from (with recursive holder (oid) as (\n"
    "    select to_regtype(name)::oid from named where kind = 'attribute'\n"
    "    union select t.oid from holder h cross join lateral (\n"
    "      select oid from pg_type where typbasetype = h.oid\n"
    "      union all select oid from pg_type where typelem = h.oid and typlen = -1\n"
    "      union all select rngtypid from pg_range where rngsubtype = h.oid\n"
    "      union all select c.reltype from pg_attribute a join pg_class c on c.oid = a.attrelid\n"
    "        where a.atttypid = h.oid and not a.attisdropped and c.reltype <> 0) t)\n"
    "    select oid from holder) h\n"
    "  join pg_attribute a on a.atttypid = h.oid and a.attnum > 0\n"
    "  union select c.oid, a.attnum from named n\n"
    "  join pg_class c on c.reloftype = to_regtype(n.name)\n"
    "  join pg_attribute a on a.attrelid = c.oid and a.attname = n.col and a.attnum > 0\n"
    "  where n.kind = 'attribute'\n";

/*
 * Run before the statement in its transaction, with the locks that the statement takes anyway. Only
 * if one of the tables (%s: texts) holds something, or if none are given, the catalog is searched,
 * which takes milliseconds to plan.
 */
static const char guard_sql[] =
    "declare\n"
    "  table_named text;\n"
    "  lost record;\n"
    "  held boolean := %s;\n"
    "  secured text := current_setting('row_security');\n"
    "begin\n"
    "  perform set_config('row_security', 'off', true);\n"
    "  foreach table_named in array array[%s]::text[] loop\n"
    "    if held or to_regclass(table_named) is null then\n"
    "      continue;\n"
    "    end if;\n"
    "    held := exists (select from pg_class where oid = to_regclass(table_named)\n"
    "      and (relkind <> 'r' or relhassubclass));\n"
    "    if not held then\n"
    "      execute 'lock table ' || table_named || ' in access exclusive mode';\n"
    "      execute 'select exists (select from ' || table_named || ')' into held;\n"
    "    end if;\n"
    "  end loop;\n"
    "  if held then\n"
    "    for lost in %s loop\n"
    "      execute 'lock table ' || lost.relation || ' in access exclusive mode';\n"
    "      execute 'select exists (select from ' || lost.relation\n"
    "        || coalesce(' where ' || lost.col || ' is distinct from null', '') || ')' into held;\n"
    "      if held then\n"
    "        raise exception using errcode = '" DATA_LOSS_SQLSTATE "', message = lost.what;\n"
    "      end if;\n"
    "    end loop;\n"
    "  end if;\n"
    "  perform set_config('row_security', secured, true);\n"
    "end";

static const char *kind_of(const Drop *drop)
{
    static const char *const kinds[] = {
        [DROP_RELATION] = "relation",   [DROP_COLUMN] = "relation",     [DROP_ROWS] = "rows",
        [DROP_TYPE] = "type",           [DROP_SCHEMA] = "schema",       [DROP_OWNED] = "owned",
        [DROP_UNKNOWN] = "unknown",     [DROP_EXTENSION] = "extension", [DROP_OTHER] = "other",
        [DROP_ATTRIBUTE] = "attribute",
    };
    return kinds[drop->kind];
}

/* What statements drop. */
typedef struct Named {
    GString *rows;   /* the VALUES of losses_sql */
    GString *tables; /* the relations, as texts with commas between */
    bool plain;      /* whether all that is dropped are relations and their columns, alone */
    bool others;     /* whether there are any for others_sql */
    bool attributes; /* the same */
} Named;

/* Adds each object that @text drops. False if it drops something that cannot be told. */
static bool add_named(Named *named, const char *text)
{
    g_autoptr(GPtrArray) drops = drops_of_statement(text);
    for (unsigned i = 0; i < drops->len; i++) {
        const Drop *drop = drops->pdata[i];
        if (drop->kind == DROP_UNKNOWN)
            return false;
        sql_append(named->rows, "%s(%L, %L, %L, %s)", named->rows->len > 0 ? ", " : "",
                   kind_of(drop), drop->name, drop->catalog != NULL ? drop->catalog : drop->column,
                   drop->cascade ? "true" : "false");
        bool alone = (drop->kind == DROP_RELATION || drop->kind == DROP_COLUMN) && !drop->cascade;
        named->plain = named->plain && alone;
        sql_append(named->tables, "%s%L", named->tables->len > 0 ? ", " : "", drop->name);
        named->others = named->others || drop->kind == DROP_OTHER;
        named->attributes = named->attributes || drop->kind == DROP_ATTRIBUTE;
    }
    return true;
}

static void append_losses(GString *sql, const Named *named)
{
    sql_append(sql, losses_sql, named->rows->str, named->others ? others_sql : "",
               named->attributes ? attributes_sql : "");
}

static void append_drop_guard(GString *body, const Named *named)
{
    g_autoptr(GString) losses = g_string_new(NULL);
    append_losses(losses, named);
    sql_append(body, guard_sql, named->plain ? "false" : "true",
               named->plain ? named->tables->str : "", losses->str);
    g_string_append(body, ";\n");
}

/* Adds a block for each column that @text gives another type. */
static void append_cast_guards(GString *body, const char *text)
{
    g_autoptr(GPtrArray) needs = needs_of_statement(text);
    for (unsigned i = 0; needs != NULL && i < needs->len; i++) {
        const Need *need = needs->pdata[i];
        if (need->kind != NEED_CAST)
            continue;
        cast_guard_append(body, need, DATA_LOSS_SQLSTATE, true);
        g_string_append(body, ";\n");
    }
}

char *data_loss_guard(const Statement *statement)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(GString) tables = g_string_new(NULL);
    g_autoptr(GString) body = g_string_new(NULL);
    Named named = {.rows = rows, .tables = tables, .plain = true};
    if (!add_named(&named, statement->text))
        return g_strdup(
            "do $$ begin raise exception using errcode = '" DATA_LOSS_SQLSTATE
            "', message = 'what the statement drops is not known, and perhaps'; end $$");
    if (rows->len > 0)
        append_drop_guard(body, &named);
    append_cast_guards(body, statement->text);
    if (body->len == 0)
        return NULL;
    g_autofree char *block = g_strdup_printf("begin\n%send", body->str);
    g_autoptr(GString) guard = g_string_new(NULL);
    sql_append(guard, "do %L", block);
    return g_strdup(guard->str);
}

/* The guard of a cast tells what changes in its hint. */
void data_loss_explain(const Database *db, GError **error)
{
    const SqlError *last = database_error(db);
    bool cast = last->hint != NULL && *last->hint != '\0';
    g_autofree char *what = g_strdup(last->message);
    g_autofree char *change = g_strdup(last->hint);
    g_clear_error(error);
    if (cast)
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "%s holds values that would not stay what they are: %s\n"
                    "hint: \"--allow-data-loss\" changes them",
                    what, change);
    else
        g_set_error(error, APP_ERROR, APP_ERROR_REFUSED,
                    "%s holds rows, which would be lost\n"
                    "hint: \"--allow-data-loss\" drops it with its rows",
                    what);
}

static void append_unknown(GStrvBuilder *found, const PlanItem *item, const Statement *statement)
{
    const char *path = item->revision->path != NULL ? item->revision->path : item->revision->id;
    g_autofree char *text =
        g_strdup_printf("what %s:%u drops, in a grammar that is not known", path, statement->line);
    g_strv_builder_add(found, text);
}

static void add_item(Named *named, GStrvBuilder *found, const PlanItem *item)
{
    const GPtrArray *steps = plan_item_steps(item);
    for (unsigned i = item->done; i < steps->len; i++) {
        const GPtrArray *statements = ((const Step *)steps->pdata[i])->statements;
        for (unsigned k = 0; k < statements->len; k++) {
            const Statement *statement = statements->pdata[k];
            if (!add_named(named, statement->text))
                append_unknown(found, item, statement);
        }
    }
}

static bool holds_rows(Database *db, const PGresult *lost, int row, bool *out_holds, GError **error)
{
    const char *column = PQgetvalue(lost, row, 1);
    g_autoptr(GString) sql = g_string_new(NULL);
    sql_append(sql, "select exists (select from %s", PQgetvalue(lost, row, 0));
    if (*column != '\0')
        sql_append(sql, " where %s is distinct from null", column);
    g_string_append_c(sql, ')');
    g_autofree char *held = database_query_value(db, sql->str, NULL, 0, error);
    if (held == NULL)
        return false;
    *out_holds = g_str_equal(held, "t");
    return true;
}

static bool find_losses(Database *db, const Named *named, GStrvBuilder *found, GError **error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    append_losses(sql, named);
    g_autoptr(PGresult) lost = database_query(db, sql->str, NULL, 0, error);
    if (lost == NULL)
        return false;
    for (int i = 0; i < PQntuples(lost); i++) {
        bool holds = false;
        if (!holds_rows(db, lost, i, &holds, error))
            return false;
        if (holds)
            g_strv_builder_add(found, PQgetvalue(lost, i, 2));
    }
    return true;
}

static bool find_dropped(Database *db, const GPtrArray *plan, const char *search_path,
                         GStrvBuilder *found, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);
    g_autoptr(GString) tables = g_string_new(NULL);
    Named named = {.rows = rows, .tables = tables};
    for (unsigned i = 0; i < plan->len; i++)
        add_item(&named, found, plan->pdata[i]);
    if (rows->len == 0)
        return true;
    g_autoptr(Transaction) transaction = data_look_begin(db, search_path, NULL, error);
    return transaction != NULL && find_losses(db, &named, found, error);
}

static bool find_changed(Database *db, const Need *need, const char *search_path,
                         GStrvBuilder *found, GError **error)
{
    g_autoptr(Transaction) transaction = data_look_begin(db, search_path, NULL, error);
    if (transaction == NULL)
        return false;
    g_autoptr(GString) body = g_string_new(NULL);
    g_autoptr(GString) sql = g_string_new(NULL);
    cast_guard_append(body, need, DATA_LOSS_SQLSTATE, false);
    sql_append(sql, "do %L", body->str);
    GError *refused = NULL; /* a finding, or handed on */
    if (database_execute(db, sql->str, &refused))
        return true;
    const SqlError *last = database_error(db);
    if (!g_str_equal(last->sqlstate, DATA_LOSS_SQLSTATE)) {
        g_propagate_error(error, refused);
        return false;
    }
    g_error_free(refused);
    g_autofree char *text = g_strdup_printf("%s: %s", last->message, last->hint);
    g_strv_builder_add(found, text);
    return true;
}

/* Columns that are what they will be; the guard looks at the others when they are. */
static bool find_casts(Database *db, const GPtrArray *plan, const char *search_path,
                       GStrvBuilder *found, GError **error)
{
    g_autoptr(GPtrArray) needs = plan_needs_find(plan);
    for (unsigned i = 0; i < needs->len; i++) {
        const PlanNeed *place = needs->pdata[i];
        if (place->need->kind == NEED_CAST && place->settled && place->labels == NULL &&
            !find_changed(db, place->need, search_path, found, error))
            return false;
    }
    return true;
}

char **data_loss_find(Database *db, const GPtrArray *plan, const char *search_path, GError **error)
{
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    if (!find_dropped(db, plan, search_path, found, error) ||
        !find_casts(db, plan, search_path, found, error))
        return NULL;
    return g_strv_builder_end(found);
}
