export { neutraliseCell } from './neutralise-cell';
export { encodeExport } from './encode-export';
export { createUsageQueries, type UsageQueries } from './usage-queries';
