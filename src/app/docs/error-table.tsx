import { type ErrorGuideEntry } from '@/http';
import { Table, Td, Th, Tr } from '@/ui/table';

/** All error codes. Each row is the target of the `type` of its problem documents. */
export function ErrorTable({ entries }: { entries: ErrorGuideEntry[] }) {
  return (
    <div className="rounded-md border bg-surface">
      <Table label="What each error code means">
        <thead>
          <tr>
            <Th>Code</Th>
            <Th>Status</Th>
            <Th>What it means, and what to do</Th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ code, status, meaning }) => (
            <Tr key={code} id={`error-${code}`} className="scroll-mt-6 align-top target:bg-accent-soft">
              <Td className="font-mono text-xs">{code}</Td>
              <Td>{status}</Td>
              <Td className="min-w-64 whitespace-normal text-ink-2">{meaning}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
