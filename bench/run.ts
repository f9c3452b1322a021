// npm run bench [-- NAME …]: every benchmark, or those named. Prints ratios to baselines measured in the same run; exits with 1
// where a ratio misses its aim.

import { benchRecording } from './recording';
import { benchBilling } from './billing';
import { benchRevocation } from './revocation';
import { benchForecast } from './forecast';
import { benchHistory } from './history';
import { benchLeases } from './leases';
import { type Figure, round } from './measure';
import { benchNextRoute } from './next-route';
import { benchNodeHandler } from './node-handler';
import { benchReports } from './reports';
import { benchSparseTenants } from './sparse-tenants';
import { benchTenants } from './tenants';

const BENCHMARKS: Record<string, () => Promise<Figure[]>> = {
  recording: benchRecording,
  history: benchHistory,
  forecast: benchForecast,
  tenants: async () => [...(await benchTenants()), ...(await benchSparseTenants())],
  'node-handler': benchNodeHandler,
  'next-route': benchNextRoute,
  revocation: benchRevocation,
  leases: benchLeases,
  billing: benchBilling,
  reports: benchReports,
};

async function main(names: string[]): Promise<void> {
  const chosen = names.length > 0 ? names : Object.keys(BENCHMARKS);
  let missed = 0;
  for (const name of chosen) {
    const benchmark = BENCHMARKS[name];
    if (!benchmark)
      throw new Error(`There is no benchmark "${name}"; there are: ${Object.keys(BENCHMARKS).join(', ')}.`);
    console.log(`\n${name}`);
    for (const { name: figure, ratio, atLeast, atMost, detail } of await benchmark()) {
      const met = (atLeast === undefined || ratio >= atLeast) && (atMost === undefined || ratio <= atMost);
      const aim = atLeast === undefined ? `≤ ${atMost ?? '∞'}` : `≥ ${atLeast}`;
      if (!met) missed += 1;
      console.log(
        `  ${met ? '✓' : '✗'} ${round(ratio, 3).padStart(8)}  (aim ${aim})  ${figure}\n             ${detail}`,
      );
    }
  }
  if (missed > 0) {
    console.log(`\n${missed} of the aims missed.`);
    process.exitCode = 1;
  }
}

void main(process.argv.slice(2));
