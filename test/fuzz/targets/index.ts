import type {Target} from '../target.js';

/** Loads the targets by name. Separately, because measuring coverage takes longer the more code is loaded. */
export const targets: Record<string, () => Promise<Target>> = {
  record: async () => (await import('./record.js')).record,
  'record-content': async () => (await import('./record.js')).recordContent,
  'vault-file': async () => (await import('./vault-file.js')).vaultFile,
  wrap: async () => (await import('./vault-file.js')).wrap,
  dotenv: async () => (await import('./dotenv.js')).dotenv,
  pasted: async () => (await import('./pasted.js')).pasted,
  http: async () => (await import('./answers.js')).http,
  answers: async () => (await import('./answers.js')).answers,
  bus: async () => (await import('./bus.js')).bus,
  'command-line': async () => (await import('./command-line.js')).commandLine,
};
