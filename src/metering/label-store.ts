import { LRUCache } from 'lru-cache';
import { type Pool } from 'pg';

/** Longest text usage_labels holds, in characters. */
const MAX_LABEL_LENGTH = 512;
const REMEMBERED = 20_000;

export interface LabelStore {
  /** Numbers of texts (routes, user agents), giving new texts a number. Longer texts are cut to 512 characters. */
  labels(texts: Iterable<string>): Promise<(text: string) => number>;
  /** Numbers of an organization's sources, giving new sources a number. Organizations that do not exist get none. */
  sources(
    pairs: Iterable<{ organizationId: string; source: string }>,
  ): Promise<(organizationId: string, source: string) => number | undefined>;
}

const cut = (text: string): string =>
  text.length <= MAX_LABEL_LENGTH ? text : Array.from(text).slice(0, MAX_LABEL_LENGTH).join('');
// Postgres text cannot hold NUL.
const clean = (text: string): string =>
  cut(text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();

const keyOf = (organizationId: string, source: string) => `${organizationId}/${clean(source)}`;

/**
 * Texts that repeat from event to event are stored once and known by number. Numbers are never given up, so they are
 * remembered here. New texts are added in a statement of their own, before the batch's transaction: inside it, two
 * batches adding the same texts in another order could wait for each other for ever.
 */
export function createLabelStore({ pool }: { pool: Pool }): LabelStore {
  const labelIds = new LRUCache<string, number>({ max: REMEMBERED });
  const sourceIds = new LRUCache<string, number>({ max: REMEMBERED });

  /** Numbers by {@link keyOf}, for sources of organizations that exist. */
  async function addSources(pairs: { organizationId: string; source: string }[]): Promise<Map<string, number>> {
    const missing = new Map(
      pairs.map(({ organizationId, source }) => [
        keyOf(organizationId, source),
        { organizationId, source: clean(source) },
      ]),
    );
    const wanted = [...missing.keys()].sort().map((key) => missing.get(key)!);
    const parameters = [wanted.map((pair) => pair.organizationId), wanted.map((pair) => pair.source)];
    await pool.query(
      `insert into usage_sources (organization_id, name)
       select w.organization_id, w.name from unnest($1::uuid[], $2::text[]) w (organization_id, name)
       where exists (select from organizations o where o.id = w.organization_id)
       on conflict do nothing`,
      parameters,
    );
    const { rows } = await pool.query<{ id: number; organization_id: string; name: string }>(
      `select s.id, s.organization_id, s.name from usage_sources s
       join unnest($1::uuid[], $2::text[]) w (organization_id, name) using (organization_id, name)`,
      parameters,
    );
    const added = new Map(rows.map((row) => [keyOf(row.organization_id, row.name), row.id]));
    for (const [key, id] of added) sourceIds.set(key, id);
    return added;
  }

  return {
    async labels(texts) {
      // Under the texts as they came: looking one up is done for every event, cleaning it once.
      const ids = new Map<string, number>();
      const missing = new Map<string, string>();
      for (const text of texts) {
        const label = clean(text);
        const id = labelIds.get(label);
        if (id === undefined) missing.set(text, label);
        else ids.set(text, id);
      }
      if (missing.size > 0) {
        const wanted = [...new Set(missing.values())].sort();
        await pool.query('insert into usage_labels (label) select unnest($1::text[]) on conflict do nothing', [wanted]);
        const { rows } = await pool.query<{ id: number; label: string }>(
          'select id, label from usage_labels where label = any ($1)',
          [wanted],
        );
        const added = new Map(rows.map(({ id, label }) => [label, id]));
        for (const [label, id] of added) labelIds.set(label, id);
        for (const [text, label] of missing) ids.set(text, added.get(label)!);
      }
      return (text) => ids.get(text)!;
    },

    async sources(pairs) {
      const ids = new Map<string, Map<string, number | undefined>>();
      const missing: { organizationId: string; source: string }[] = [];
      for (const { organizationId, source } of pairs) {
        let own = ids.get(organizationId);
        if (!own) ids.set(organizationId, (own = new Map<string, number | undefined>()));
        if (own.has(source)) continue;
        const id = sourceIds.get(keyOf(organizationId, source));
        own.set(source, id);
        if (id === undefined) missing.push({ organizationId, source });
      }
      if (missing.length > 0) {
        const added = await addSources(missing);
        for (const { organizationId, source } of missing) {
          ids.get(organizationId)!.set(source, added.get(keyOf(organizationId, source)));
        }
      }
      return (organizationId, source) => ids.get(organizationId)?.get(source);
    },
  };
}
