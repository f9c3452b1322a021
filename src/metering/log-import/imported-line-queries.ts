import { type Pool } from 'pg';
import { z } from 'zod';
import { idsOfEqualLines, placeOf, type LinePlace } from './log-line-id';
import { type ImportTarget } from './logged-event';

/** Places of one line that are looked at; a line that stands in more places says little about where a file belongs. */
const MAX_PLACES_OF_LINE = 64;

const sourceRow = z.object({ id: z.coerce.string() });
const keyRow = z.object({ event_key: z.string() });

/** What is known of the lines of one source. */
export interface ImportedLines {
  /** The latest places of lines that say what these hashes stand for, in their order. */
  placesOf(hashes: readonly Buffer[]): Promise<LinePlace[][]>;
  /** Which of these ids are events already. */
  known(ids: readonly string[]): Promise<Set<string>>;
}

export function createImportedLines({ pool }: { pool: Pool }) {
  return async ({ organizationId, source }: ImportTarget): Promise<ImportedLines> => {
    const { rows } = await pool.query(
      `select id from usage_sources where organization_id = $1 and livemode and kind = 'imported' and name = $2`,
      [organizationId, source],
    );
    const sourceIds = z
      .array(sourceRow)
      .parse(rows)
      .map(({ id }) => id);

    return {
      async placesOf(hashes) {
        if (sourceIds.length === 0) return hashes.map(() => []);
        const places: LinePlace[][] = [];
        for (const [least, greatest] of hashes.map(idsOfEqualLines)) {
          const found = await pool.query(
            `select event_key from usage_events where source_id = any ($1::bigint[]) and event_key between $2 and $3
             order by event_key desc limit ${MAX_PLACES_OF_LINE}`,
            [sourceIds, least, greatest],
          );
          places.push(
            z
              .array(keyRow)
              .parse(found.rows)
              .map(({ event_key }) => placeOf(event_key)),
          );
        }
        return places;
      },

      async known(ids) {
        if (sourceIds.length === 0 || ids.length === 0) return new Set();
        const found = await pool.query(
          'select event_key from usage_events where source_id = any ($1::bigint[]) and event_key = any ($2::uuid[])',
          [sourceIds, ids],
        );
        return new Set(
          z
            .array(keyRow)
            .parse(found.rows)
            .map(({ event_key }) => event_key),
        );
      },
    };
  };
}
