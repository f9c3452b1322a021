export { readSeries } from './anomaly/read-series';
export { scoreSeries } from './anomaly/scores/score-series';
export { forecast } from './forecast/forecast';
