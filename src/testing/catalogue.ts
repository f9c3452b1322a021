import { type Pool } from 'pg';

/** Each kind of object in the schema public, with a name and a definition in which nothing depends on the order of creation. */
const CATALOGUE_SQL = `
with objects as (select oid, relname, relkind from pg_class where relnamespace = 'public'::regnamespace)
select 'relation' as kind, relname::text as name,
  concat_ws(' ', c.relkind, c.relpersistence, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, pg_get_partkeydef(c.oid)) as definition
from pg_class c where c.relnamespace = 'public'::regnamespace
union all
select 'column', o.relname || '.' || a.attname,
  concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
from objects o join pg_attribute a on a.attrelid = o.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
union all
select 'constraint', coalesce(r.relname || '.', '') || k.conname, pg_get_constraintdef(k.oid)
from pg_constraint k left join pg_class r on r.oid = k.conrelid where k.connamespace = 'public'::regnamespace
union all
select 'index', o.relname, pg_get_indexdef(o.oid) from objects o where o.relkind in ('i', 'I')
union all
select 'function', p.oid::regprocedure::text, case p.prokind when 'a' then concat_ws(' ', g.aggtransfn, g.aggtranstype::regtype, g.agginitval) else pg_get_functiondef(p.oid) end
from pg_proc p left join pg_aggregate g on g.aggfnoid = p.oid where p.pronamespace = 'public'::regnamespace
union all
select 'trigger', o.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
from objects o join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
union all
select 'policy', o.relname || '.' || y.polname,
  concat_ws(' ', y.polcmd, y.polpermissive, y.polroles::regrole[]::text, pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid))
from objects o join pg_policy y on y.polrelid = o.oid
union all
select 'type', t.typname::text, (select string_agg(e.enumlabel, ' ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)
from pg_type t where t.typnamespace = 'public'::regnamespace and t.typtype = 'e'
union all
select 'grant', concat_ws(' ', x.on_what, g.grantee::regrole, g.privilege_type), g.is_grantable::text
from (
  select relname::text as on_what, relacl as acl from pg_class where relnamespace = 'public'::regnamespace
  union all
  select o.relname || '.' || a.attname, a.attacl from objects o join pg_attribute a on a.attrelid = o.oid
  union all
  select p.oid::regprocedure::text, p.proacl from pg_proc p where p.pronamespace = 'public'::regnamespace
  union all
  select 'schema ' || nspname, nspacl from pg_namespace where nspname = 'public'
  union all
  select concat_ws(' ', 'default', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype), d.defaclacl from pg_default_acl d
) x cross join lateral aclexplode(x.acl) g
order by 1, 2, 3`;

/** One line per column, constraint, index, function, trigger, policy, type and grant of the schema public. */
export async function readCatalogue(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ kind: string; name: string; definition: string | null }>(CATALOGUE_SQL);
  return rows.map(({ kind, name, definition }) => `${kind} ${name}: ${definition ?? ''}`);
}
