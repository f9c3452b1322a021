/**
 * A report of a million events as a workbook and as CSV: in seconds, and in memory above what the process has before. The events are
 * made here, so that the figure is that of making files alone; from the database they come a thousand at a time as well.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExportedEvent } from '@/analytics/contracts';
import { createDiskReportFiles, encodeReport, eventsSection } from '@/insight';
import { type Figure } from './measure';

const EVENTS = 1_000_000;
const BATCH = 1_000;
const MOST_BYTES = 150 << 20;

async function* events(): AsyncGenerator<ExportedEvent[], void, undefined> {
  for (let first = 0; first < EVENTS; first += BATCH) {
    yield Array.from({ length: BATCH }, (_, at): ExportedEvent => {
      const n = first + at;
      const id = `01a223bf-7c27-7e16-89e3-${n.toString(16).padStart(12, '0')}`;
      return {
        id,
        source: 'calls',
        source_kind: 'own',
        occurred_at: new Date(1_790_000_000_000 + n * 1_000).toISOString(),
        stored_at: new Date(1_790_000_000_000 + n * 1_000).toISOString(),
        livemode: true,
        api_key_id: id,
        route: `/v1/things/${n % 50}`,
        method: 'GET',
        status: n % 40 === 0 ? 429 : 200,
        duration_ms: (n % 977) / 8,
        request_bytes: n % 4_096,
        response_bytes: n % 65_536,
        user_agent: null,
        ip: null,
        country: 'DE',
        error_code: null,
        quantities: { api_calls: 1, ai_tokens: n % 2_048 },
      };
    });
    await new Promise(setImmediate);
  }
}

async function measure(format: 'xlsx' | 'csv'): Promise<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  const order = {
    organizationId: '',
    type: 'detailed' as const,
    from: new Date(0),
    to: new Date(1),
    metrics: null,
    filters: {},
    mode: 'live' as const,
    compare: false,
  };
  const metric = (key: string) => ({ key, name: key, unit: 'unit', aggregation: 'sum' as const });
  const metrics = [metric('api_calls'), metric('ai_tokens')];
  const section = eventsSection({ exportEvents: () => events() }, order, metrics, EVENTS);
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const startedMs = performance.now();
  const parts = encodeReport({ title: 'Usage in detail', metrics, sections: [section] }, format, {
    organization: 'Bench',
    order,
    createdAt: new Date(0),
    onRows: () => undefined,
  });
  const bytes = await createDiskReportFiles(folder).write(`a/b/1.${format}`, '', parts);
  const seconds = (performance.now() - startedMs) / 1_000;
  clearInterval(watch);
  await rm(folder, { recursive: true, force: true });
  const above = peak - idle;
  return {
    name: `memory for a ${format} of 1,000,000 events, of 150 MB`,
    ratio: above / MOST_BYTES,
    atMost: 1,
    detail: `${seconds.toFixed(1)} s, ${Math.round(above / (1 << 20))} MB above ${Math.round(idle / (1 << 20))} MB, a file of ${Math.round(bytes / (1 << 20))} MB`,
  };
}

export async function benchReports(): Promise<Figure[]> {
  return [await measure('xlsx'), await measure('csv')];
}
