-- What happens where the relations among $1 (text[], quoted names) are read or written, as
-- statements that mention it: the definition of a view; and what a write does besides, as triggers,
-- rules, defaults, checks of columns and domains, expressions of indexes and partitions, policies;
-- and the relations that it reaches from there: partitions, inheriting tables, and those whose
-- foreign keys are changed along. Functions behind operators and casts of such an expression are
-- mentioned by calls of their own. A name that is none of a relation is left out. Names are compared
-- rather than looked up, since to look one up in a schema that is not ours to use is an error.
-- Source: documentation, system catalogs, pg_depend, pg_rewrite, pg_trigger, pg_constraint.
with recursive names as (
    select n.name, parse_ident(n.name) as parts
      from unnest($1::text[]) as n (name)
), relations as (
    select n.name, c.oid, c.relkind
      from names n
      join pg_class c on c.relname = n.parts[cardinality(n.parts)]::name
      join pg_namespace s on s.oid = c.relnamespace
     where case cardinality(n.parts)
             when 1 then pg_table_is_visible(c.oid)
             else s.nspname = n.parts[1]::name
           end
), types (name, oid) as (
    select r.name, a.atttypid
      from relations r
      join pg_attribute a on a.attrelid = r.oid
     where a.attnum > 0 and not a.attisdropped
     union
    select t.name, i.oid
      from types t
      join pg_type y on y.oid = t.oid
     cross join lateral (
           select y.typbasetype
            union all
           select y.typelem
            union all
           select a.atttypid
             from pg_attribute a
            where a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
            union all
           select g.rngsubtype
             from pg_range g
            where y.typtype in ('r', 'm')
              and y.oid::text in (g.rngtypid::text, to_jsonb(g) ->> 'rngmultitypid') -- since 14
         ) i (oid)
     where i.oid <> 0
), pieces (name, reads, classid, objid, text) as (
    select r.name, true, w.tableoid, w.oid, pg_get_viewdef(r.oid)
      from relations r
      join pg_rewrite w on w.ev_class = r.oid and w.ev_type = '1'
     where r.relkind = 'v'
     union all
    select r.name, false, w.tableoid, w.oid, pg_get_ruledef(w.oid)
      from relations r
      join pg_rewrite w on w.ev_class = r.oid and w.ev_type <> '1'
     union all
    select r.name, false, t.tableoid, t.oid, pg_get_triggerdef(t.oid)
      from relations r
      join pg_trigger t on t.tgrelid = r.oid
      join pg_proc f on f.oid = t.tgfoid
     where f.pronamespace <> 'pg_catalog'::regnamespace or t.tgqual is not null
     union all
    select r.name, false, d.tableoid, d.oid, 'select ' || pg_get_expr(d.adbin, d.adrelid)
      from relations r
      join pg_attrdef d on d.adrelid = r.oid
     union all
    select r.name, false, c.tableoid, c.oid, 'select ' || pg_get_expr(c.conbin, c.conrelid)
      from relations r
      join pg_constraint c on c.conrelid = r.oid
     where c.contype = 'c'
     union all
    select t.name, false, c.tableoid, c.oid, 'select ' || pg_get_expr(c.conbin, 0)
      from types t
      join pg_constraint c on c.contypid = t.oid
     where c.contype = 'c'
     union all
    select t.name, false, y.tableoid, y.oid, 'select ' || pg_get_expr(y.typdefaultbin, 0)
      from types t
      join pg_type y on y.oid = t.oid
     where y.typdefaultbin is not null
     union all
    select r.name, false, i.tableoid, i.indexrelid, 'select ' || pg_get_expr(e.tree, i.indrelid)
      from relations r
      join pg_index i on i.indrelid = r.oid
     cross join lateral (values (i.indexprs), (i.indpred)) e (tree)
     where e.tree is not null
     union all
    select r.name, false, p.tableoid, r.oid, 'select ' || pg_get_expr(p.partexprs, p.partrelid)
      from relations r
      join pg_partitioned_table p on p.partrelid = r.oid
     where p.partexprs is not null
     union all
    select r.name, false, p.tableoid, p.oid, 'select ' || pg_get_expr(e.tree, p.polrelid)
      from relations r
      join pg_policy p on p.polrelid = r.oid
     cross join lateral (values (p.polqual), (p.polwithcheck)) e (tree)
     where e.tree is not null
)
select p.name, p.reads, p.text
  from pieces p
 union
select p.name, p.reads, format('select %I()', f.proname)
  from pieces p
  join pg_depend d
    on d.classid = case p.classid
                     when 'pg_index'::regclass then 'pg_class'::regclass
                     when 'pg_partitioned_table'::regclass then 'pg_class'::regclass
                     else p.classid
                   end
   and d.objid = p.objid
  left join pg_operator o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
  join pg_proc f
    on f.oid = case when d.refclassid = 'pg_proc'::regclass then d.refobjid else o.oprcode end
 union
select r.name, false, format('table %I.%I', s.nspname, c.relname)
  from relations r
  join (select inhparent, inhrelid
          from pg_inherits
         union all
        select confrelid, conrelid
          from pg_constraint
         where contype = 'f' and (confdeltype in ('c', 'n', 'd') or confupdtype in ('c', 'n', 'd'))
       ) e (origin, target) on e.origin = r.oid
  join pg_class c on c.oid = e.target
  join pg_namespace s on s.oid = c.relnamespace
 order by 1, 2, 3
