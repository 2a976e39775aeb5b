"""What a database holds, as the server's own functions tell it: for servers that no pg_dump reads.

pg_dump refuses a server newer than itself. Then this stands in for it in the tests: one statement
an object, written by pg_get_viewdef(), pg_get_constraintdef() and their like, and the columns of
the catalogs. It shares nothing with the program under test, and so sees what that overlooks; but
the text is only to be compared with text of the same server: it need not run.

Kinds that the tests only have to name (support/witness.py, LATER) are told by all columns of
their catalog that are no object identifiers.
"""
import contextlib
import re

MARK = "-- read by the server's own functions\n"

# x IN ('a', 'b') on a varchar column: the array is cast at first, and each element when the server
# has read that back.
LATE_CAST = re.compile(
    r"\(\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]\)")
ELEMENT = re.compile(r"'(?:[^']|'')*'::character varying")

SETTINGS = """
    select set_config(s.name, s.value, false)
      from (values ('search_path', ''), ('timezone', 'UTC'), ('datestyle', 'ISO, YMD'),
                   ('intervalstyle', 'postgres'), ('extra_float_digits', '3')) s (name, value)
"""

# Objects of the user: not the system's, not an extension's, not those of the schemas left out.
OURS = """
create temporary view ours as
select n.oid as schema from pg_namespace n
 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> '{left_out}';
create temporary view extended as
select d.classid, d.objid from pg_depend d where d.deptype = 'e';
create temporary view relations as
select c.*, c.oid::regclass::text as name,
       coalesce((select string_agg(o, ', ' order by o)
                   from unnest(c.reloptions || array(select 'toast.' || unnest(t.reloptions)
                                                       from pg_class t
                                                      where t.oid = c.reltoastrelid)) o), '')
       || coalesce(' TABLESPACE ' || (select quote_ident(s.spcname) from pg_tablespace s
                                       where s.oid = c.reltablespace), '')
       || coalesce(' USING ' || (select a.amname from pg_am a
                                  where a.oid = c.relam and c.relkind in ('r', 'm')
                                    and a.amname <> 'heap'), '')
       || case c.relpersistence when 'u' then ' UNLOGGED' else '' end as marks,
       case when c.relispartition or c.relkind in ('p', 'I')
            then 'PARTITION: ' else '' end as mark
  from pg_class c
 where c.relnamespace in (select schema from ours)
   and not exists (select from extended e
                    where e.classid = 'pg_class'::regclass and e.objid = c.oid)
"""

QUERIES = [
    """
    select format('CREATE SCHEMA %I', nspname) from pg_namespace
     where oid in (select schema from ours)
    """,
    """
    select format('CREATE EXTENSION %I IN %I', e.extname, n.nspname)
      from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.oid >= 16384
    """,
    # tables, with their columns
    """
    select format(E'CREATE TABLE %s%s (\\n    %s\\n)%s%s%s WITH (%s)%s', c.name,
                  case when c.reloftype <> 0 then ' OF ' || c.reloftype::regtype else '' end,
                  (select string_agg(
                          format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
                          || case when a.attcollation <> t.typcollation
                                  then ' COLLATE ' || a.attcollation::regcollation else '' end
                          || case when d.oid is null then ''
                                  when a.attgenerated = '' then ' DEFAULT '
                                  else ' GENERATED ' || a.attgenerated::text || ' ' end
                          || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
                          || case when a.attidentity <> '' then ' IDENTITY ' || a.attidentity::text
                                  else '' end
                          || case when a.attnotnull then ' NOT NULL' else '' end
                          || case when a.attstorage <> t.typstorage
                                  then ' STORAGE ' || a.attstorage::text else '' end
                          || case when a.attstattarget >= 0
                                  then ' STATISTICS ' || a.attstattarget else '' end
                          || coalesce(' COMPRESSION '
                                      || nullif(to_jsonb(a)->>'attcompression', ''), '')
                          || coalesce((select ' OPTIONS ' || string_agg(o, ' ' order by o)
                                         from unnest(a.attoptions || a.attfdwoptions) o
                                        where o !~ '^pg_attver='), ''), E',\\n    ')
                     from pg_attribute a
                     join pg_type t on t.oid = a.atttypid
                     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
                  coalesce(' PARTITION BY ' || pg_get_partkeydef(c.oid), ''),
                  coalesce(' INHERITS ' || (select string_agg(h.inhparent::regclass::text, ', '
                                                              order by h.inhseqno)
                                              from pg_inherits h where h.inhrelid = c.oid), ''),
                  coalesce(' ' || pg_get_expr(c.relpartbound, c.oid), ''),
                  c.marks, case when c.relreplident in ('f', 'n')
                                then ' REPLICA IDENTITY ' || c.relreplident::text else '' end)
      from relations c where c.relkind in ('r', 'p')
    """,
    "select format('CREATE FOREIGN TABLE %s %L', name, marks) from relations where relkind = 'f'",
    """
    select format('ALTER TABLE ONLY %s ENABLE ROW LEVEL SECURITY /* %s */', name,
                  relforcerowsecurity)
      from relations where relrowsecurity or relforcerowsecurity
    """,
    """
    select format('CREATE VIEW %s WITH (%s) AS %s', c.name, c.marks, pg_get_viewdef(c.oid))
      from relations c where c.relkind = 'v'
    """,
    """
    select format('CREATE MATERIALIZED VIEW %s WITH (%s) AS %s', c.name, c.marks,
                  pg_get_viewdef(c.oid))
      from relations c where c.relkind = 'm'
    """,
    """
    select format('ALTER VIEW %s ALTER COLUMN %I %s', c.name, a.attname,
                  coalesce('DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
                  || coalesce('STATISTICS ' || nullif(a.attstattarget, -1), ''))
      from relations c
      join pg_attribute a on a.attrelid = c.oid
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relkind in ('v', 'm') and (d.oid is not null or a.attstattarget >= 0)
    """,
    """
    select format('CREATE SEQUENCE %s AS %s %s', c.name, s.seqtypid::regtype,
                  concat_ws(' ', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
                            s.seqcycle, c.relpersistence))
           || coalesce((select format(' OWNED BY %s.%I %s', p.refobjid::regclass, a.attname,
                                      p.deptype)
                          from pg_depend p
                          join pg_attribute a on a.attrelid = p.refobjid
                                             and a.attnum = p.refobjsubid
                         where p.classid = 'pg_class'::regclass and p.objid = c.oid
                           and p.deptype in ('a', 'i')
                           and p.refclassid = 'pg_class'::regclass), '')
      from relations c join pg_sequence s on s.seqrelid = c.oid
    """,
    # constraints; since 18 NOT NULL is one of them
    """
    select case when k.contypid <> 0 then format('ALTER DOMAIN %s ADD CONSTRAINT %I %s',
                                                 k.contypid::regtype, k.conname,
                                                 pg_get_constraintdef(k.oid))
                else (select r.mark from relations r where r.oid = k.conrelid)
                     || format('ALTER TABLE ONLY %s ADD CONSTRAINT %I %s %s', k.conrelid::regclass,
                            k.conname, pg_get_constraintdef(k.oid),
                            (select concat_ws(' ', x.marks,
                                              case when i.indisclustered then 'CLUSTERED' end,
                                              case when i.indisreplident then 'REPLICA' end)
                               from pg_index i join relations x on x.oid = i.indexrelid
                              where i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')))
           end
      from pg_constraint k
     where k.connamespace in (select schema from ours)
       and k.contype <> 't' and (k.contypid <> 0 or k.conrelid in (select oid from relations))
       and not exists (select from extended e
                        where e.classid = 'pg_type'::regclass and e.objid = k.contypid)
    """,
    """
    select (select r.mark from relations r where r.oid = i.indrelid)
           || pg_get_indexdef(i.indexrelid)
           || concat_ws(' ', '', x.marks, case when i.indisclustered then 'CLUSTERED' end,
                        case when i.indisreplident then 'REPLICA' end,
                        case when not i.indisvalid then 'INVALID' end,
                        (select string_agg(a.attnum || ' STATISTICS ' || a.attstattarget, ' '
                                           order by a.attnum)
                           from pg_attribute a
                          where a.attrelid = x.oid and a.attstattarget >= 0))
      from pg_index i
      join relations x on x.oid = i.indexrelid
     where not exists (select from pg_constraint k
                        where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
       and i.indrelid in (select oid from relations)
    """,
    """
    select pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
      from pg_trigger t where not t.tgisinternal and t.tgrelid in (select oid from relations)
    """,
    """
    select rtrim(pg_get_ruledef(r.oid), ';') || ' ' || r.ev_enabled::text
      from pg_rewrite r
     where r.rulename <> '_RETURN' and r.ev_class in (select oid from relations)
    """,
    """
    select pg_get_functiondef(p.oid) from pg_proc p
     where p.prokind <> 'a' and p.pronamespace in (select schema from ours)
       and not exists (select from pg_depend e
                        where e.classid = 'pg_proc'::regclass and e.objid = p.oid
                          and e.deptype in ('e', 'i'))
    """,
    # types that have no table
    """
    select case t.typtype
           when 'e' then format('CREATE TYPE %s AS ENUM (%s)', t.oid::regtype,
                                (select string_agg(quote_literal(l.enumlabel), ', '
                                                   order by l.enumsortorder)
                                   from pg_enum l where l.enumtypid = t.oid))
           when 'd' then format('CREATE DOMAIN %s AS %s', t.oid::regtype,
                                concat_ws(' ', format_type(t.typbasetype, t.typtypmod),
                                          t.typcollation::regcollation, t.typnotnull,
                                          'DEFAULT ' || t.typdefault))
           when 'c' then format('CREATE TYPE %s AS (%s)', t.oid::regtype,
                                (select string_agg(format('%I %s', a.attname,
                                                          format_type(a.atttypid, a.atttypmod)),
                                                   ', ' order by a.attnum)
                                   from pg_attribute a
                                  where a.attrelid = t.typrelid and not a.attisdropped))
           when 'r' then format('CREATE TYPE %s AS RANGE (%s)', t.oid::regtype,
                                (select r.rngsubtype::regtype
                                   from pg_range r where r.rngtypid = t.oid))
           else format('CREATE TYPE %s', t.oid::regtype) end
      from pg_type t
     where t.typnamespace in (select schema from ours)
       and (t.typtype in ('e', 'd', 'r', 'b', 'p')
            or t.typtype = 'c'
               and (select c.relkind from pg_class c where c.oid = t.typrelid) = 'c')
       and not exists (select from pg_type e where e.typarray = t.oid)
       and not exists (select from extended e
                        where e.classid = 'pg_type'::regclass and e.objid = t.oid)
    """,
    """
    select format('COMMENT ON %s %s IS %L', upper(i.type), i.identity, d.description)
      from pg_description d
     cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
     where (d.objoid >= 16384 or d.classoid = 'pg_namespace'::regclass and i.identity = 'public')
       and coalesce(i.schema, '') !~ '^pg_'
    """,
    # privileges: what everybody may do in the end, whether it is the usual or was granted
    """
    select format('GRANT ON %s %s: %s', upper(i.type), i.identity,
                  (select string_agg(x.word, ', ' order by x.word)
                     from (select x.privilege_type || ' TO '
                                  || case x.grantee when 0 then 'PUBLIC'
                                          when o.owner then 'OWNER'
                                          else quote_ident(pg_get_userbyid(x.grantee)) end
                                  || case when bool_or(x.is_grantable) and x.grantee <> o.owner
                                          then ' +' else '' end
                             from aclexplode(o.acl) x
                            group by x.privilege_type, x.grantee) x (word)))
      from (select 'pg_class'::regclass, c.oid, 0, c.relowner,
                   coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's'::"char"
                                                                else 'r' end, c.relowner))
              from relations c where c.relkind in ('r', 'v', 'm', 'p', 'f', 'S')
            union all
            select 'pg_class'::regclass, a.attrelid, a.attnum, c.relowner, a.attacl
              from pg_attribute a join relations c on c.oid = a.attrelid
             where a.attacl is not null and a.attacl <> '{}' and not a.attisdropped
            union all
            select 'pg_proc'::regclass, oid, 0, proowner,
                   coalesce(proacl, acldefault('f', proowner))
              from pg_proc where pronamespace in (select schema from ours)
            union all
            select 'pg_type'::regclass, oid, 0, typowner,
                   coalesce(typacl, acldefault('T', typowner))
              from pg_type
             where typnamespace in (select schema from ours) and typtype in ('e', 'd', 'r', 'b')
               and typelem = 0
            union all
            select 'pg_namespace'::regclass, oid, 0, nspowner,
                   coalesce(nspacl, acldefault('n', nspowner))
              from pg_namespace where oid in (select schema from ours)
            union all
            select 'pg_foreign_server'::regclass, oid, 0, srvowner,
                   coalesce(srvacl, acldefault('S', srvowner))
              from pg_foreign_server) o (class, oid, subid, owner, acl)
     cross join lateral pg_identify_object(o.class, o.oid, o.subid) i
     where not exists (select from extended e where e.classid = o.class and e.objid = o.oid)
    """,
]

# Catalogs whose rows are told whole: their columns that are neither identifiers nor trees.
WHOLE = [
    "pg_cast", "pg_operator", "pg_opclass", "pg_opfamily", "pg_collation", "pg_conversion",
    "pg_ts_config", "pg_ts_dict", "pg_ts_parser", "pg_ts_template", "pg_language", "pg_transform",
    "pg_am", "pg_foreign_data_wrapper", "pg_foreign_server", "pg_publication",
    "pg_publication_rel", "pg_event_trigger", "pg_statistic_ext", "pg_policy", "pg_default_acl",
    "pg_user_mapping", "pg_aggregate",
]
WHOLE_QUERY = """
    select format('%s %s %L', case when i.type = 'default acl' then 'ALTER DEFAULT PRIVILEGES'
                                   else 'CREATE ' || upper(i.type) end, i.identity,
                  to_jsonb(x) - array(select a.attname::text from pg_attribute a
                                       where a.attrelid = '{catalog}'::regclass
                                         and a.atttypid in ('oid'::regtype, 'oidvector'::regtype,
                                                            'oid[]'::regtype, 'int2vector'::regtype,
                                                            'pg_node_tree'::regtype)))
      from {catalog} x
     cross join lateral pg_identify_object('{of}'::regclass, {oid}, 0) i
     where {oid} >= 16384
       and not exists (select from pg_depend e
                        where e.classid = '{of}'::regclass and e.objid = {oid}
                          and e.deptype in ('e', 'i'))
"""


def settled(text):
    """The text as the server prints it once it has read it back."""
    return LATE_CAST.sub(
        lambda array: f"(ARRAY[{ELEMENT.sub(lambda one: f'({one[0]})::text', array[1])}])", text)


def whole_query(catalog):
    if catalog == "pg_aggregate":
        return WHOLE_QUERY.format(catalog=catalog, of="pg_proc", oid="x.aggfnoid::oid")
    return WHOLE_QUERY.format(catalog=catalog, of=catalog, oid="x.oid")


def read(connection, left_out=""):
    """The statements of all objects, but for those of the schema `left_out`; as one text."""
    found = []
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        cursor.execute(OURS.format(left_out=left_out))
        for query in QUERIES + [whole_query(catalog) for catalog in WHOLE]:
            cursor.execute(query)
            found += [settled(row[0].rstrip().rstrip(";")) for row in cursor.fetchall()]
    return MARK + "".join(f"{text};\n\n" for text in sorted(found))
