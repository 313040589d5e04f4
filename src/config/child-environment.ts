import {toolVariable} from '../program.js';

/** Returns the environment for a child process of our own, which needs no secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/SECRET|TOKEN|PASSPHRASE/.test(name)));
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

/** Undoes what bin/run.js does: it renames the variables that would make Node and oclif print secrets. */
function restoreDebugVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  for (const name of ['DEBUG', 'NODE_DEBUG']) {
    const renamed = toolVariable(`EXEC_${name}`);
    if (env[renamed] !== undefined) env[name] = env[renamed];
    delete env[renamed];
  }
  return env;
}
