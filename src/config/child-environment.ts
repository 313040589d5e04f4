import {toolVariable} from '../program.js';

/** The environment for a child process, which needs none of our secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/SECRET|TOKEN|PASSPHRASE/.test(name)));
}

/**
 * The environment for a command that a person runs with a credential: their own, without what another
 * credential may have left there, and without what opens the vault.
 */
export function withoutCredentials(env: NodeJS.ProcessEnv, platform: string): NodeJS.ProcessEnv {
  const cleared = [`${platform.toUpperCase()}_`, `${toolVariable('')}VAULT_`];
  const kept = Object.entries(env).filter(([name]) => !cleared.some(prefix => name.startsWith(prefix)));
  return restoreDebugVariables(Object.fromEntries(kept));
}

/** bin/run.js puts what would make node and oclif print secrets aside; the command is to have it. */
function restoreDebugVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  for (const name of ['DEBUG', 'NODE_DEBUG']) {
    const aside = toolVariable(`EXEC_${name}`);
    if (env[aside] !== undefined) env[name] = env[aside];
    delete env[aside];
  }
  return env;
}
