/** Returns the milliseconds of CPU time that a synchronous call takes: unlike the time of day, a busy machine adds little. */
export function cpuTime(call: () => unknown): number {
  const start = process.cpuUsage();
  call();
  const {user, system} = process.cpuUsage(start);
  return (user + system) / 1000;
}
