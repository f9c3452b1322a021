const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl+C reaches us from the terminal and again from npm and tsx, which pass it on. */
const SAME_SIGNAL_MS = 1_000;

const PARENT_CHECK_MS = 500;

/**
 * npm passes SIGTERM on to the shell that it runs us in, and that shell ends without telling us: `docker stop` of an
 * `npm start` would leave us behind. So under npm the end of our parent is a request to stop, too.
 */
function onParentEnd(handle: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    handle();
  }, PARENT_CHECK_MS);
  check.unref();
}

/**
 * Runs `stop` once at the first request to stop, then ends the process with 0, or 1 if it failed. A second request, made
 * by someone who does not want to wait, ends it at once.
 */
export function onStopRequest(stop: (reason: string) => Promise<void>): void {
  let requestedAtMs: number | null = null;
  const request = (reason: string) => {
    if (requestedAtMs !== null) {
      if (Date.now() - requestedAtMs > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    requestedAtMs = Date.now();
    stop(reason).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of SIGNALS) process.on(signal, () => request(signal));
  onParentEnd(() => requestedAtMs ?? request('npm has ended'));
}
