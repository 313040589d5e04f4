/** The environment for a child process, which needs none of our secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/SECRET|TOKEN|PASSPHRASE/.test(name)));
}
