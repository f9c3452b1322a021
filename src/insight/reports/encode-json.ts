/** A report as one JSON document, written section by section; rows are objects by the keys of their columns. */
import { type Table } from '@/documents';

export async function* encodeJson(
  about: Record<string, unknown>,
  tables: readonly Table[],
): AsyncGenerator<string, void, undefined> {
  yield `{\n"report": ${JSON.stringify(about)},\n"sections": {`;
  for (const [at, { key, title, note, columns, rows }] of tables.entries()) {
    const head = {
      title,
      ...(note !== undefined && { note }),
      columns: columns.map(({ key, title }) => ({ key, title })),
    };
    yield `${at === 0 ? '' : ','}\n${JSON.stringify(key)}: ${JSON.stringify(head).slice(0, -1)}, "rows": [`;
    let first = true;
    for await (const batch of rows) {
      const objects = batch.map((row) =>
        JSON.stringify(Object.fromEntries(columns.map((column, place) => [column.key, row[place] ?? null]))),
      );
      if (objects.length > 0) yield `${first ? '\n' : ',\n'}${objects.join(',\n')}`;
      first &&= objects.length === 0;
    }
    yield `${first ? '' : '\n'}]}`;
  }
  yield '\n}}\n';
}
