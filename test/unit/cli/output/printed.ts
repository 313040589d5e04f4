/** Captures what synchronous work writes to stdout and stderr. */
export function printed<T>(work: () => T): {stdout: string; stderr: string; value: T} {
  const texts = {stdout: '', stderr: ''};
  const originals = {stdout: process.stdout.write, stderr: process.stderr.write};
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: string | Uint8Array) => {
      texts[name] += String(chunk);
      return true;
    };
  }
  try {
    const value = work();
    return {...texts, value};
  } finally {
    process.stdout.write = originals.stdout;
    process.stderr.write = originals.stderr;
  }
}
