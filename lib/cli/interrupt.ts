/**
 * A signal that is aborted by Ctrl-C, or by the SIGTERM of a batch system. `release` gives both back their usual
 * effect; so does the first of them, so that a second one ends the process at once.
 */
export function abortOnInterrupt(): { signal: AbortSignal; release: () => void } {
  const stop = new AbortController();
  const release = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  const interrupt = () => {
    release();
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return { signal: stop.signal, release };
}
