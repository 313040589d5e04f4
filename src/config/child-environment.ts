import {toolVariable} from '../program.js';

/** What the names of variables with secrets contain. */
const SECRET = /SECRET|TOKEN|PASSPHRASE|PASSWORD|CREDENTIAL|_KEY$/i;

/** Returns the environment for a child process of our own, which needs no secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET.test(name)));
}

/**
 * Returns the environment for a command that a person runs with a credential: theirs, without variables of
 * other credentials and without those that unlock the vault.
 */
export function withoutCredentials(env: NodeJS.ProcessEnv, platform: string): NodeJS.ProcessEnv {
  const prefixes = [`${platform.toUpperCase()}_`, `${toolVariable('')}VAULT_`];
  const kept = Object.entries(env).filter(([name]) => !prefixes.some(prefix => name.startsWith(prefix)));
  return restoreDebugVariables(Object.fromEntries(kept));
}

/** Undoes what `start` did: it renamed the variables that would make Node and oclif print or write secrets. */
function restoreDebugVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  for (const name of ['DEBUG', 'NODE_DEBUG', 'NODE_OPTIONS']) {
    const renamed = toolVariable(`EXEC_${name}`);
    if (env[renamed] !== undefined) env[name] = env[renamed];
    delete env[renamed];
  }
  return env;
}
