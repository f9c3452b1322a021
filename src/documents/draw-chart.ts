/** A chart as vectors. */
import { labelledPlaces, ticksUpTo, tickText } from './chart-scale';
import { transliterate } from './drawable-text';
import { type Graphic } from './pen';
import { type Chart } from './report';
import { COLORS, STYLES } from './sheet';
import { fitText, type MeasureText } from './wrap-text';

export const CHART_HEIGHT = 178;
const TITLE_ROOM = 20;
const LEGEND_ROOM = 16;
const LABEL_ROOM = 18;
const TICK_ROOM = 44;
const LABEL_WIDTH = 62;

interface Place {
  x: number;
  top: number;
  width: number;
  measure: MeasureText;
}

export function drawChart(graphic: Graphic, chart: Chart, { x, top, width, measure }: Place): void {
  graphic.text(fitText(transliterate(chart.title), width, measure), STYLES.strong, x, top);
  drawLegend(graphic, chart, { x, top: top + TITLE_ROOM, width, measure });
  const plot = {
    left: x + TICK_ROOM,
    top: top + TITLE_ROOM + LEGEND_ROOM,
    right: x + width,
    bottom: top + CHART_HEIGHT - LABEL_ROOM,
  };
  const all = [...chart.series.flatMap(({ values }) => values), ...(chart.band?.high ?? [])];
  const highest = all.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  const ticks = ticksUpTo(highest);
  const yOf = (value: number) => plot.bottom - (Math.max(0, value) / ticks.at(-1)!) * (plot.bottom - plot.top);
  for (const tick of ticks) {
    const label = tickText(tick);
    graphic.line(
      [
        { x: plot.left, y: yOf(tick) },
        { x: plot.right, y: yOf(tick) },
      ],
      COLORS.hair,
      { width: 0.5 },
    );
    graphic.text(label, STYLES.small, plot.left - 6 - measure(label), yOf(tick) - 6);
  }
  const count = chart.labels.length;
  const slot = (plot.right - plot.left) / Math.max(1, count);
  const xOf = (place: number) => plot.left + slot * (place + 0.5);
  for (const place of labelledPlaces(count, Math.floor((plot.right - plot.left) / LABEL_WIDTH))) {
    const label = chart.labels[place]!;
    const left = Math.min(plot.right - measure(label), Math.max(plot.left, xOf(place) - measure(label) / 2));
    graphic.text(label, STYLES.small, left, plot.bottom + 5);
  }
  if (chart.band) drawBand(graphic, chart.band, xOf, yOf);
  for (const [at, series] of chart.series.entries()) {
    const color = COLORS[series.color];
    if (chart.kind === 'bars') {
      const bar = Math.max(0.6, (slot * 0.76) / chart.series.length);
      series.values.forEach((value, place) => {
        if (value === null || value <= 0) return;
        const left = xOf(place) - (bar * chart.series.length) / 2 + at * bar;
        graphic.bar(left, yOf(value), bar, plot.bottom - yOf(value), color);
      });
    } else {
      for (const run of runsOf(series.values)) {
        const points = run.map((place) => ({ x: xOf(place), y: yOf(series.values[place]!) }));
        graphic.line(points, color, { width: 1.4, ...(series.dashed && { dash: 3 }) });
      }
    }
  }
  for (const place of chart.marks?.places ?? []) graphic.dot(xOf(place), plot.top + 4, 2.6, COLORS.bad);
}

function drawLegend(graphic: Graphic, chart: Chart, { x, top, width, measure }: Place): void {
  const entries = [
    ...chart.series.map(({ name, color }) => ({ name, color: COLORS[color] })),
    ...(chart.band ? [{ name: chart.band.name, color: COLORS.band }] : []),
    ...(chart.marks && chart.marks.places.length > 0 ? [{ name: chart.marks.name, color: COLORS.bad }] : []),
  ];
  let left = x;
  for (const { name, color } of entries) {
    const room = x + width - left - 12;
    if (room < 30) return;
    const shown = fitText(transliterate(name), Math.min(room, 180), measure);
    graphic.bar(left, top + 3, 7, 7, color);
    graphic.text(shown, STYLES.small, left + 12, top);
    left += 12 + measure(shown) + 16;
  }
}

type At = (value: number) => number;

function drawBand(graphic: Graphic, { low, high }: NonNullable<Chart['band']>, xOf: At, yOf: At): void {
  const both = low.map((value, place) => (value === null || high[place] === null ? null : value));
  for (const run of runsOf(both)) {
    const upper = run.map((place) => ({ x: xOf(place), y: yOf(high[place]!) }));
    const lower = run.map((place) => ({ x: xOf(place), y: yOf(low[place]!) })).reverse();
    graphic.area([...upper, ...lower], COLORS.band);
  }
}

/** Places next to each other that have values. */
function runsOf(values: readonly (number | null)[]): number[][] {
  const runs: number[][] = [];
  values.forEach((value, place) => {
    if (value === null) return;
    if (place > 0 && values[place - 1] !== null && runs.length > 0) runs.at(-1)!.push(place);
    else runs.push([place]);
  });
  return runs;
}
