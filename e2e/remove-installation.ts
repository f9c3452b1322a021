import { rm } from 'node:fs/promises';

export default async function removeInstallation(): Promise<void> {
  if (process.env.TEST_INSTALLATION) await rm(process.env.TEST_INSTALLATION, { recursive: true, force: true });
}
