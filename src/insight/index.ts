export { readSeries } from './anomaly/read-series';
export { scoreSeries } from './anomaly/scores/score-series';
export { forecast } from './forecast/forecast';
export { createUsageForecasts, type UsageForecasts } from './forecast/usage-forecasts';
export { createUsageAnomalies, type UsageAnomalies } from './anomaly/usage-anomalies';
export { createAlertRules, type AlertRules } from './alerts/alert-rules';
export { resolveAlert } from './alerts/resolve-alert';
