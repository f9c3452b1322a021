import { Table, Td, Th, Tr } from '@/ui/table';
import { type SchemaRow } from './schema-rows';

interface FieldTableProps {
  label: string;
  rows: (SchemaRow & { place?: string })[];
  /** Fields that a caller receives are there unless said otherwise; fields that one sends are optional unless said. */
  received?: boolean;
}

/** Fields of a body, or parameters, one a line. */
export function FieldTable({ label, rows, received = false }: FieldTableProps) {
  const explained = rows.some(({ note }) => note !== '');
  return (
    <div className="rounded-md border bg-surface">
      <Table label={label}>
        <thead>
          <tr>
            <Th>Name</Th>
            <Th>Type</Th>
            {explained && <Th>Meaning</Th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Tr key={`${row.place} ${row.field}`} className="align-top">
              <Td className="font-mono text-xs">
                {row.field}
                {row.required !== received && (
                  <span className="block font-sans text-2xs text-ink-3">{received ? 'may be absent' : 'required'}</span>
                )}
              </Td>
              <Td className="max-w-56 font-mono text-xs whitespace-normal text-ink-2">
                {row.type}
                {row.place !== undefined && <span className="block font-sans text-2xs text-ink-3">in {row.place}</span>}
              </Td>
              {explained && <Td className="min-w-48 whitespace-normal text-ink-2">{row.note}</Td>}
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
