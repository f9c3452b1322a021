import { LRUCache } from 'lru-cache';
import { type Pool } from 'pg';
import { CALLS, type UsageEvent } from './contracts';

/** Longest text usage_labels holds, in characters. */
const MAX_LABEL_LENGTH = 512;
const REMEMBERED = 20_000;

/** What names a source: whose it is, of live or of test usage, of which kind, and under which name. */
type SourceOf = Pick<UsageEvent, 'organizationId' | 'livemode' | 'source'>;

export interface LabelStore {
  /** Numbers of texts (routes, user agents), giving new texts a number. Longer texts are cut to 512 characters. */
  labels(texts: Iterable<string>): Promise<(text: string) => string>;
  /** Numbers of the sources of events, giving new sources a number. Organizations that do not exist get none. */
  sources(events: Iterable<SourceOf>): Promise<(event: SourceOf) => string | undefined>;
}

const cut = (text: string): string =>
  text.length <= MAX_LABEL_LENGTH ? text : Array.from(text).slice(0, MAX_LABEL_LENGTH).join('');
// Postgres text cannot hold NUL.
const clean = (text: string): string =>
  cut(text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text).toWellFormed();

/** Of calls, which are nearly all events, without making a text. */
const CALLS_KEYS = { true: 'true own api', false: 'false own api' };
const sourceKeyOf = ({ livemode, source }: Pick<UsageEvent, 'livemode' | 'source'>): string =>
  source === CALLS ? CALLS_KEYS[`${livemode}`] : `${livemode} ${source.kind} ${clean(source.name)}`;

interface SourceRow {
  id: string;
  organization_id: string;
  livemode: boolean;
  kind: UsageEvent['source']['kind'];
  name: string;
}

const WANTED_SOURCES = `unnest($1::uuid[], $2::boolean[], $3::text[], $4::text[]) w (organization_id, livemode, kind, name)`;
const FIND_SOURCES = `select s.* from usage_sources s join ${WANTED_SOURCES} using (organization_id, livemode, kind, name)`;
const ADD_SOURCES = `
  insert into usage_sources (organization_id, livemode, kind, name)
  select w.* from ${WANTED_SOURCES} where exists (select from organizations o where o.id = w.organization_id)
  on conflict do nothing`;

/**
 * Texts that repeat from event to event are stored once and known by number. Numbers are never given up, so they are
 * remembered here. New texts are added in a statement of their own, before the batch's transaction: inside it, two
 * batches adding the same texts in another order could wait for each other for ever. They are looked for first, since an
 * insert draws a number even where it then inserts nothing.
 */
export function createLabelStore({ pool }: { pool: Pool }): LabelStore {
  const labelIds = new LRUCache<string, string>({ max: REMEMBERED });
  const sourceIds = new LRUCache<string, string>({ max: REMEMBERED });

  async function findLabels(wanted: readonly string[], into: Map<string, string>): Promise<void> {
    const { rows } = await pool.query<{ id: string; label: string }>(
      'select id, label from usage_labels where label = any ($1)',
      [wanted],
    );
    for (const { id, label } of rows) {
      into.set(label, id);
      labelIds.set(label, id);
    }
  }

  /** Numbers of cleaned texts. */
  async function numberLabels(wanted: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await findLabels(wanted, found);
    const fresh = wanted.filter((label) => !found.has(label)).sort();
    if (fresh.length === 0) return found;
    await pool.query('insert into usage_labels (label) select unnest($1::text[]) on conflict do nothing', [fresh]);
    await findLabels(fresh, found);
    return found;
  }

  /** Numbers by organization and {@link sourceKeyOf}, of organizations that exist. */
  async function numberSources(missing: ReadonlyMap<string, SourceOf>): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    const parametersOf = (keys: readonly string[]) => {
      const wanted = keys.map((key) => missing.get(key)!);
      return [
        wanted.map(({ organizationId }) => organizationId),
        wanted.map(({ livemode }) => livemode),
        wanted.map(({ source }) => source.kind),
        wanted.map(({ source }) => clean(source.name)),
      ];
    };
    const find = async (keys: readonly string[]) => {
      const { rows } = await pool.query<SourceRow>(FIND_SOURCES, parametersOf(keys));
      for (const { id, organization_id, livemode, kind, name } of rows) {
        const key = `${organization_id}/${livemode} ${kind} ${name}`;
        found.set(key, id);
        sourceIds.set(key, id);
      }
    };
    await find([...missing.keys()]);
    const fresh = [...missing.keys()].filter((key) => !found.has(key)).sort();
    if (fresh.length === 0) return found;
    await pool.query(ADD_SOURCES, parametersOf(fresh));
    await find(fresh);
    return found;
  }

  return {
    async labels(texts) {
      // Under the texts as they came: looking one up is done for every event, cleaning it once.
      const ids = new Map<string, string>();
      const missing = new Map<string, string>();
      for (const text of texts) {
        const label = clean(text);
        const id = labelIds.get(label);
        if (id === undefined) missing.set(text, label);
        else ids.set(text, id);
      }
      if (missing.size > 0) {
        const numbers = await numberLabels([...new Set(missing.values())]);
        for (const [text, label] of missing) ids.set(text, numbers.get(label)!);
      }
      return (text) => ids.get(text)!;
    },

    async sources(events) {
      const ids = new Map<string, Map<string, string | undefined>>();
      const missing = new Map<string, SourceOf>();
      for (const event of events) {
        const { organizationId } = event;
        let own = ids.get(organizationId);
        if (!own) ids.set(organizationId, (own = new Map<string, string | undefined>()));
        const sourceKey = sourceKeyOf(event);
        if (own.has(sourceKey)) continue;
        const key = `${organizationId}/${sourceKey}`;
        const id = sourceIds.get(key);
        own.set(sourceKey, id);
        if (id === undefined) missing.set(key, event);
      }
      if (missing.size > 0) {
        const numbers = await numberSources(missing);
        for (const [key, event] of missing) ids.get(event.organizationId)!.set(sourceKeyOf(event), numbers.get(key));
      }
      return (event) => ids.get(event.organizationId)?.get(sourceKeyOf(event));
    },
  };
}
