export { createMetricCatalogue, type Metric, type MetricCatalogue } from './metric-catalogue';
