// npm run test:stripe [-- SCHEDULES [FIRST]]: the fault run at length, from a seed on. Prints the figures, and what a schedule
// did not end with; exits with 1 then.

import { createTestDatabase } from '../test-database';
import { startTestPostgres } from '../test-postgres';
import { runStripeSchedule, type ScheduleReport } from './stripe-schedule';

async function main(schedules: number, first: number): Promise<void> {
  const postgres = await startTestPostgres();
  process.env.TEST_POSTGRES_URL = postgres.url;
  const database = await createTestDatabase({ connections: 20 });
  try {
    const startedAtMs = Date.now();
    const reports: ScheduleReport[] = [];
    for (let seed = first; seed < first + schedules; seed++) {
      const report = await runStripeSchedule(database.pool, seed);
      reports.push(report);
      for (const difference of report.differences) console.log(`schedule ${seed}: ${difference}`);
      if (reports.length % 50 === 0) console.log(`${reports.length} of ${schedules}`);
    }
    const sum = (of: (report: ScheduleReport) => number) => reports.reduce((total, report) => total + of(report), 0);
    const states = new Set(reports.flatMap((report) => Object.keys(report.states)));
    const wrong = sum(({ differences }) => (differences.length > 0 ? 1 : 0));
    const figures = {
      schedules,
      withSubscription: sum(({ subscribed }) => (subscribed ? 1 : 0)),
      invoices: sum(({ invoices }) => invoices),
      states: Object.fromEntries([...states].map((state) => [state, sum((report) => report.states[state] ?? 0)])),
      creditNotes: sum(({ creditNotes }) => creditNotes),
      processes: sum(({ processes }) => processes),
      killed: sum(({ kills }) => kills),
      twoRunnersAtOnce: sum(({ doubles }) => doubles),
      faults: sum(({ faults }) => faults),
      webhooks: {
        sent: sum(({ webhooks }) => webhooks.sent),
        again: sum(({ webhooks }) => webhooks.again),
        outOfOrder: sum(({ webhooks }) => webhooks.late),
        refused: sum(({ webhooks }) => webhooks.refused),
      },
      wrong,
      seconds: Math.round((Date.now() - startedAtMs) / 1000),
    };
    console.log(`\n${JSON.stringify(figures, null, 2)}`);
    if (wrong > 0) process.exitCode = 1;
  } finally {
    await database.drop();
    await postgres.stop();
  }
}

void main(Number(process.argv[2] ?? 500), Number(process.argv[3] ?? 1000));
