import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

/** Column type as Postgres names it -> the field type and native type that mirror it in the Prisma schema. */
const MIRRORS: Record<string, string> = {
  uuid: 'String @db.Uuid',
  text: 'String',
  'text[]': 'String[]',
  'uuid[]': 'String[] @db.Uuid',
  inet: 'String @db.Inet',
  boolean: 'Boolean',
  smallint: 'Int @db.SmallInt',
  integer: 'Int',
  bigint: 'BigInt',
  numeric: 'Decimal @db.Decimal',
  'double precision[]': 'Float[]',
  bytea: 'Bytes',
  jsonb: 'Json',
  date: 'DateTime @db.Date',
  'timestamp with time zone': 'DateTime @db.Timestamptz(6)',
  organization_role: 'OrganizationRole',
};

interface Table {
  /** Column name -> its mirror, with `?` where it may be null. */
  columns: Record<string, string>;
  primaryKey: string[];
}
type Tables = Record<string, Table>;

const nullable = (mirror: string, isNullable: boolean) =>
  isNullable ? mirror.replace(/^\S+/, (type) => `${type}?`) : mirror;

/** The tables of a Prisma schema, by their names in the database. Fields that are relations are no columns. */
function readPrismaSchema(schema: string): Tables {
  const models = [...schema.matchAll(/^model (\w+) \{\n(.*?)^\}/gms)].map(([, name, body]) => ({ name, body: body! }));
  const relations = new Set(models.map(({ name }) => name));
  const tables: Tables = {};
  for (const { body } of models) {
    const nameOfField = new Map<string, string>();
    const columns: Table['columns'] = {};
    let primaryKey: string[] = [];
    for (const line of body.split('\n')) {
      const [, field, type, rest = ''] = /^ {2}(\w+)\s+(\w+(?:\[\]|\?)?)(.*)$/.exec(line) ?? [];
      if (!field || !type || relations.has(type.replace(/\W/g, ''))) continue;
      const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
      nameOfField.set(field, column);
      columns[column] = [type, /@db\.\w+(?:\(\d+\))?/.exec(rest)?.[0]].filter(Boolean).join(' ');
      if (/@id\b/.test(rest)) primaryKey = [column];
    }
    const composite = /@@id\(\[([^\]]+)\]\)/.exec(body)?.[1];
    if (composite) primaryKey = composite.split(/,\s*/).map((field) => nameOfField.get(field)!);
    tables[/@@map\("(\w+)"\)/.exec(body)![1]!] = { columns, primaryKey };
  }
  return tables;
}

/** The tables of the public schema as the catalogue has them; partitions are part of their table. */
async function readCatalogue({ pool }: TestDatabase): Promise<Tables> {
  const { rows } = await pool.query<{ table: string; column: string; type: string; optional: boolean; key: number }>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type,
       not a.attnotnull as optional, coalesce(array_position(i.indkey::int2[], a.attnum), -1) as key
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_index i on i.indrelid = c.oid and i.indisprimary
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     order by c.relname, a.attnum`,
  );
  const tables: Tables = {};
  for (const { table, column, type, optional } of rows) {
    const found = (tables[table] ??= { columns: {}, primaryKey: [] });
    found.columns[column] = nullable(MIRRORS[type] ?? `a type without a mirror: ${type}`, optional);
  }
  for (const { table, column } of rows.filter(({ key }) => key >= 0).sort((a, b) => a.key - b.key)) {
    tables[table]!.primaryKey.push(column);
  }
  return tables;
}

describe('prisma/schema.prisma', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('mirrors every table of the migrations: columns, types, nullability and primary keys', async () => {
    const schema = readPrismaSchema(await readFile(resolve(__dirname, '../../prisma/schema.prisma'), 'utf8'));
    const catalogue = await readCatalogue(database);
    expect(Object.keys(catalogue).length).toBeGreaterThan(10);
    expect(schema).toEqual(catalogue);
  });

  it('mirrors every enumeration with its values in order', async () => {
    const text = await readFile(resolve(__dirname, '../../prisma/schema.prisma'), 'utf8');
    const mirrored = [...text.matchAll(/^enum \w+ \{\n(.*?)^\}/gms)].map(([, body]) => ({
      name: /@@map\("(\w+)"\)/.exec(body!)![1],
      values: [...body!.matchAll(/^ {2}(\w+)$/gm)].map(([, value]) => value),
    }));
    const { rows } = await database.pool.query(
      `select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as values
       from pg_type t join pg_enum e on e.enumtypid = t.oid
       where t.typnamespace = 'public'::regnamespace group by 1 order by 1`,
    );
    expect(mirrored).toEqual(rows);
  });
});
