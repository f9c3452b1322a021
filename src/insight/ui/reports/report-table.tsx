'use client';

import { Download, Trash2 } from 'lucide-react';
import { type UsageReport } from '@/insight/contracts';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { formatBytes, formatExact, formatPercent } from '@/ui/format-number';
import { formatDate } from '@/ui/format-time';
import { RelativeTime } from '@/ui/relative-time';
import { Table, Td, Th, Tr } from '@/ui/table';
import { downloadAddress } from './report-api';
import { formatName, STATUS_TONES, typeName } from './report-words';

/** The reports, the newest first; what is being made shows how far it is. */
export function ReportTable({
  reports,
  onDelete,
}: {
  reports: readonly UsageReport[];
  /** Left out for who may not. */
  onDelete?: ((report: UsageReport) => void) | undefined;
}) {
  return (
    <Table label="Reports">
      <thead className="bg-canvas">
        <tr>
          <Th>Report</Th>
          <Th>Period</Th>
          <Th>State</Th>
          <Th align="right">Size</Th>
          <Th>Created</Th>
          <Th>Expires</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {reports.map((report) => (
          <Tr key={report.id}>
            <Td className="w-full max-w-0 min-w-44">
              <span className="flex items-center gap-2">
                <span className="font-medium">{typeName(report.type)}</span>
                <Badge tone="outline">{formatName(report.format)}</Badge>
                {report.mode === 'test' && <Badge tone="outline">Test</Badge>}
              </span>
              <Scope report={report} />
            </Td>
            <Td>
              {formatDate(report.period.from)} – {formatDate(new Date(Date.parse(report.period.to) - 1).toISOString())}
            </Td>
            <Td>
              <State report={report} />
            </Td>
            <Td align="right">{report.size_bytes === null ? '' : formatBytes(report.size_bytes)}</Td>
            <Td>
              <RelativeTime at={report.created_at} />
            </Td>
            <Td>{report.expires_at && <RelativeTime at={report.expires_at} />}</Td>
            <Td align="right" className="max-lg:sticky max-lg:right-0 max-lg:bg-surface max-lg:pr-2">
              <span className="flex items-center justify-end gap-1">
                {report.status === 'ready' && (
                  <Button size="sm" asChild>
                    <a href={downloadAddress(report.id)} download>
                      <Download aria-hidden className="size-3.5" />
                      Download
                    </a>
                  </Button>
                )}
                {onDelete && (
                  <Button
                    variant="ghost"
                    size="icon"
                    aria-label={`Delete the report ${typeName(report.type)}`}
                    onClick={() => onDelete(report)}
                  >
                    <Trash2 aria-hidden className="size-4" />
                  </Button>
                )}
              </span>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  );
}

/** What of the usage it is about, where that is not all. */
function Scope({ report: { metrics, filters } }: { report: UsageReport }) {
  const parts = [
    metrics && metrics.join(', '),
    filters.route !== undefined && filters.route,
    filters.api_key_id !== undefined && `key ${filters.api_key_id}`,
  ].filter(Boolean);
  if (parts.length === 0) return null;
  const text = parts.join(' · ');
  return (
    <span className="block truncate text-xs text-ink-3" title={text}>
      {text}
    </span>
  );
}

function State({ report }: { report: UsageReport }) {
  const { status, progress, rows, failure, downloads } = report;
  if (status === 'running') {
    return (
      <span className="flex items-center gap-2">
        <progress
          aria-label="How much of it is done"
          value={progress}
          max={1}
          className="h-1.5 w-20 appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
        />
        <span className="text-xs text-ink-3">
          {formatPercent(progress)}
          {rows > 0 && `, ${formatExact(rows)} rows`}
        </span>
      </span>
    );
  }
  return (
    <span className="flex items-center gap-2">
      <Badge tone={STATUS_TONES[status]}>{status}</Badge>
      {failure !== null && (
        <span className="max-w-64 truncate text-xs text-ink-3" title={failure}>
          {failure}
        </span>
      )}
      {downloads > 0 && (
        <span className="text-xs text-ink-3">
          {downloads === 1 ? 'downloaded once' : `downloaded ${formatExact(downloads)} times`}
        </span>
      )}
    </span>
  );
}
