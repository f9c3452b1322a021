/** What a report of each type says. One reading serves all formats, so their totals are those of the API and of each other. */
import { type ReportType } from '../report-contracts';
import { anomalySections } from './anomaly-sections';
import { eventsSection } from './event-rows';
import { forecastSections, refuseFilters } from './forecast-sections';
import { rangeOf, type ReportContent, type ReportOrder, type ReportSources } from './report-content';
import {
  daysSection,
  endpointsSection,
  readDays,
  readDaysBefore,
  readStatsBefore,
  requestsSection,
  sharesSections,
  totalsSection,
} from './usage-figures';

const TITLES = {
  summary: 'Usage summary',
  detailed: 'Usage in detail',
  forecast: 'Usage forecast',
  anomaly: 'Unusual usage',
} satisfies Record<ReportType, string>;

/**
 * Reads what a report says; rows of events are read only when they are written.
 *
 * @param onProgress told from time to time how much of the reading is done, 0 to 1
 * @throws AppError invalid_request where what was asked for is not kept, or does not exist
 */
export async function readReport(
  sources: ReportSources,
  order: ReportOrder,
  onProgress: (share: number) => Promise<void>,
): Promise<ReportContent> {
  const days = await readDays(sources, order);
  const before = await readDaysBefore(sources, order);
  const metrics = days.map(({ metric }) => metric);
  const totals = totalsSection(days, before);
  const title = TITLES[order.type];
  if (order.type === 'forecast') {
    refuseFilters(order);
    const [outlook, coming] = await forecastSections(sources, order, days, onProgress);
    return { title, metrics, sections: [outlook!, coming!, totals, daysSection(days)] };
  }
  if (order.type === 'anomaly') {
    refuseFilters(order);
    const { sections, marked } = await anomalySections(sources, order, days, onProgress);
    return { title, metrics, sections: [sections[0]!, daysSection(days, marked), totals, sections[1]!] };
  }
  const stats = await sources.usageQueries.stats(order.organizationId, rangeOf(order));
  const requests = requestsSection(stats, await readStatsBefore(sources, order));
  if (order.type === 'detailed') {
    return {
      title,
      metrics,
      sections: [totals, requests, eventsSection(sources.usageQueries, order, metrics, stats.requests)],
    };
  }
  const endpoints = await endpointsSection(sources, order);
  return { title, metrics, sections: [totals, requests, daysSection(days), endpoints, ...sharesSections(stats)] };
}
