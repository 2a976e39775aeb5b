#include "migrate/cast_guard.h"

#include "sql/quote.h"
#include "sql/words.h"

#include <stdlib.h>

/*
 * The column, unless its values are safe: in a wider type of the same name, in one that the server
 * casts to by itself, in a text without a limit. Of the casts in pg_cast only those count that
 * change no bytes or that PostgreSQL brings (OIDs below 16384); and of these not those to floating
 * point, to "name", which cuts, and to times of a zone that jumps. %s: table, column, type,
 * modifier, whether there is nothing but a cast.
 */
static const char column_sql[] =
    "select format('%%I.%%I', s.nspname, c.relname) as relation, quote_ident(a.attname) as col,\n"
    "  format_type(a.atttypid, a.atttypmod) as type, format('column \"%%s\" of table \"%%s\"',\n"
    "  a.attname, case when s.nspname = 'public' then c.relname::text\n"
    "  else s.nspname || '.' || c.relname end) as what\n"
    "from pg_class c join pg_namespace s on s.oid = c.relnamespace\n"
    "join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped\n"
    "cross join (select to_regtype(%L)::oid as oid, %s as mod) n\n"
    "where c.oid = to_regclass(%L) and c.relkind in ('r', 'p') and a.attgenerated = ''\n"
    "and a.attname = (parse_ident(%L))[1] and not (%s and coalesce(\n"
    "  n.mod = -1 and (n.oid in (a.atttypid, 'text'::regtype, 'varchar'::regtype)\n"
    "    or n.oid not in ('real'::regtype, 'double precision'::regtype, 'name'::regtype,\n"
    "      'timestamptz'::regtype)\n"
    "    and exists (select from pg_cast p where p.castsource = a.atttypid and p.casttarget = "
    "n.oid\n"
    "      and p.castcontext = 'i' and (p.castmethod = 'b' or p.oid < 16384)))\n"
    "  or n.mod >= 4 and n.oid = a.atttypid and a.atttypmod >= 4\n"
    "    and case when n.oid = 'numeric'::regtype then\n"
    "      ((n.mod - 4) & 65535) between ((a.atttypmod - 4) & 65535) and 1000\n"
    "      and ((n.mod - 4) >> 16) - ((n.mod - 4) & 65535)\n"
    "        >= ((a.atttypmod - 4) >> 16) - ((a.atttypmod - 4) & 65535)\n"
    "    else n.oid in ('varchar'::regtype, 'bpchar'::regtype) and n.mod >= a.atttypmod end,\n"
    "  false))";

/*
 * The ways to look are tried until the server knows one: casts that are there, else by way of
 * text; types without "=" are compared as text. %s: the query, lock, the new value, ways, type.
 */
static const char guard_sql[] =
    "declare\n"
    "  k record;\n"
    "  way text;\n"
    "  held boolean;\n"
    "  secured text := current_setting('row_security');\n"
    "begin\n"
    "  for k in %s loop\n"
    "    perform set_config('row_security', 'off', true);\n"
    "    %s\n"
    "    foreach way in array %s loop\n"
    "      begin\n"
    "        way := replace(replace(replace(way, '@old', k.type), '@col', k.col), '@new', %L);\n"
    "        execute 'select exists (select from ' || k.relation || ' where ' || k.col\n"
    "          || ' is distinct from null and ' || way || ')' into held;\n"
    "        exit;\n"
    "      exception when others then\n"
    "        held := null;\n"
    "      end;\n"
    "    end loop;\n"
    "    if held is null then\n"
    "      begin\n" /* the cast there works, the one back does not; or the statement fails */
    "        execute 'select count(' || %L || ') from ' || k.relation;\n"
    "        execute 'select exists (select from ' || k.relation || ' where ' || k.col\n"
    "          || ' is distinct from null)' into held;\n"
    "      exception when others then\n"
    "        held := false;\n"
    "      end;\n"
    "    end if;\n"
    "    if held then\n"
    "      raise exception using errcode = %L, message = k.what, hint = format(\n"
    "        'the type changes from %%s to %%s', k.type, %L);\n"
    "    end if;\n"
    "    perform set_config('row_security', secured, true);\n"
    "  end loop;\n"
    "end";

#define USUAL_WAYS                                                                                 \
    "'@col is distinct from (@new)::@old',\n"                                                      \
    "  '@col::text is distinct from ((@new)::@old)::text',\n"                                      \
    "  '@col is distinct from ((@new)::text)::@old',\n"                                            \
    "  '@col::text is distinct from ((@new)::text::@old)::text'"

static const char usual_ways[] = "array[" USUAL_WAYS "]";

/* The number of values in a json or jsonb, at any depth. */
#define COUNT_OF(type, value)                                                                      \
    "(with recursive w(v) as (select " value " union all select e.value from w,\n"                 \
    "  lateral (select value from " type "_each(case " type                                        \
    "_typeof(v) when ''object'' then v end)\n"                                                     \
    "  union all select value from " type "_array_elements(case " type                             \
    "_typeof(v) when ''array'' then v end)) e)\n"                                                  \
    "  select count(*) from w)"

/*
 * json → jsonb loses all but the last of the values under one key, and nothing else but how they
 * are written. Quick for most: a text as long as before has lost nothing, as only an exponent gets
 * longer. Fails for what is no json.
 */
static const char json_ways[] =
    "array['(length(translate(@col::text, E'' \\t\\n\\r'', ''''))\n"
    "  <> length(translate((@new)::text, '' '', '''')) or @col::text ~ ''[0-9][eE]'')\n"
    "  and " COUNT_OF("json", "@col") "\n"
                                      "  <> " COUNT_OF("jsonb", "(@new)") "',\n"
                                                                          "  " USUAL_WAYS "]";

/* The server refuses what is too long, but for blanks, which it cuts. */
static const char string_ways[] =
    "array['@col::text is distinct from (@new)::text and rtrim(@col::text) = rtrim((@new)::text)']";

/* Takes a type's name without its modifier, if it is one of more than one word. */
static bool take_long_name(Words *words)
{
    return words_take(words, "double precision") || words_take(words, "character varying") ||
           words_take(words, "bit varying") || words_take(words, "timestamp with time zone") ||
           words_take(words, "timestamp without time zone") ||
           words_take(words, "time with time zone") || words_take(words, "time without time zone");
}

/* pg_attribute.atttypmod of @type; -1 if it has no modifier, 0 if that is not known. */
static long modifier_of(const char *type)
{
    g_auto(Words) words = words_read(type);
    bool number = words_see_any(&words, "numeric|decimal");
    bool string = words_see_any(&words, "varchar|character|char");
    bool one = words_see_any(&words, "char|character|bit"); /* without a length: one of them */
    bool several = take_long_name(&words);
    g_autofree char *name = several ? NULL : words_take_name(&words);
    Words inside = {0};
    bool group = words_take_group(&words, &inside);
    if (!words_at_end(&words) || (!group && one && !several))
        return 0;
    if (!group)
        return -1;
    Words first = words_take_item(&inside);
    g_autofree char *size = words_text(&first);
    g_autofree char *scale = words_text(&inside);
    if (string)
        return strtol(size, NULL, 10) + 4;
    return number ? ((strtol(size, NULL, 10) << 16) | (strtol(scale, NULL, 10) & 65535)) + 4 : 0;
}

void cast_guard_append_column(GString *sql, const Need *need)
{
    g_autofree char *modifier = g_strdup_printf("%ld", modifier_of(need->type));
    sql_append(sql, column_sql, need->type, modifier, need->table, need->column,
               need_only_casts(need) ? "true" : "false");
}

bool cast_guard_is_string(const Need *need)
{
    g_auto(Words) words = words_read(need->type);
    return need->plain && words_see_any(&words, "varchar|character|char") &&
           !g_str_has_suffix(need->type, "]");
}

static const char *ways_of(const Need *need)
{
    if (cast_guard_is_string(need))
        return string_ways;
    g_autofree char *type = words_bare_name(need->type);
    return g_str_equal(type, "jsonb") && need_only_casts(need) ? json_ways : usual_ways;
}

void cast_guard_append(GString *sql, const Need *need, const char *errcode, bool lock)
{
    g_autoptr(GString) column = g_string_new(NULL);
    cast_guard_append_column(column, need);
    g_autofree char *new = g_strdup_printf("(%s)::%s", need->expression, need->type);
    sql_append(sql, guard_sql, column->str,
               lock ? "execute 'lock table ' || k.relation || ' in access exclusive mode';" : "",
               ways_of(need), new, new, errcode, need->type);
}
