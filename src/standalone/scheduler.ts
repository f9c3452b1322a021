import { readFile } from 'node:fs/promises';
import { Cron } from 'croner';
import { z } from 'zod';

const schema = z.object({
  crons: z.array(z.object({ path: z.string().startsWith('/'), schedule: z.string() })).default([]),
});

interface SchedulerOptions {
  /** The vercel.json whose `crons` are run, so that one list serves both. */
  configPath: string;
  /** Where the application answers, e.g. `http://127.0.0.1:3000`. */
  baseUrl: string;
  secret: string;
  report: (message: string) => void;
}

/** Runs the cron entries as Vercel does: `GET path` with the secret as bearer token, in UTC, never twice at once. */
export async function startScheduler({ configPath, baseUrl, secret, report }: SchedulerOptions) {
  const { crons } = schema.parse(JSON.parse(await readFile(configPath, 'utf8')));
  const jobs = crons.map(
    ({ path, schedule }) =>
      new Cron(schedule, { timezone: 'UTC', protect: true }, async () => {
        try {
          const response = await fetch(new URL(path, baseUrl), { headers: { authorization: `Bearer ${secret}` } });
          if (!response.ok) report(`The scheduled ${path} answered ${response.status}`);
          await response.body?.cancel();
        } catch (error) {
          report(`The scheduled ${path} failed: ${(error as Error).message}`);
        }
      }),
  );
  return { stop: () => jobs.forEach((job) => job.stop()) };
}
