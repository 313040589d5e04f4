// A command for `exec` to run: reports on stderr the signals and input that it receives.
//   TOP  the process to send SIGUSR2 to, which forwards it after all signals sent before
const SIGNALS = [
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGTERM',
  'SIGUSR1',
  'SIGALRM',
  'SIGABRT',
  'SIGPIPE',
  'SIGWINCH',
];
const say = text => process.stderr.write(`${text}\n`);

const counts = {};
for (const signal of [...SIGNALS, 'SIGCONT']) {
  process.on(signal, () => {
    counts[signal] = (counts[signal] ?? 0) + 1;
    say(`${signal} ${counts[signal]}`);
  });
}
process.on('SIGUSR2', () => say(`all: ${JSON.stringify(counts)}`));
// Stops like an editor, which restores the screen first.
process.on('SIGTSTP', () => {
  say('tidying');
  setTimeout(() => {
    say('tidied');
    process.kill(process.pid, 'SIGSTOP');
  }, 300);
});
process.stdin.setEncoding('utf8').on('data', text => {
  if (text === 'ask\n') process.kill(Number(process.env.TOP), 'SIGUSR2');
  else if (text === 'end\n') process.exit(5);
  else say(`read ${text.trim()}`);
});
process.stdin.on('end', () => process.exit(5));
say('watching');
