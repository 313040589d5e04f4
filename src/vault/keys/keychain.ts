import {join} from 'node:path';
import {withoutSecrets} from '../../config/child-environment.js';
import {VaultError} from '../../errors.js';
import {loadKeytar} from '../../native.js';
import {bin} from '../../program.js';
import {type Key, toKey} from './key.js';
import {keychainAdvice} from './keychain-advice.js';
import {secretServiceState} from './secret-service.js';
import type {KeyStore} from './store.js';

export interface KeychainCall {
  method: 'getPassword' | 'setPassword' | 'deletePassword';
  parameters: string[];
}
export type KeychainReply = {value: string | boolean | null} | {error: string};

export interface KeychainOptions {
  env: NodeJS.ProcessEnv;
  /** Seconds that one call may take, a person typing the password included. */
  timeout: number;
  /** Told once a call has taken a second: there may be a prompt somewhere. */
  onSlow: () => void;
}

/**
 * Keys in the OS keychain: service = the command's name, account = the key's id, so that storing a key
 * never replaces another. The text is base64url; keytar cuts at NUL and mangles bytes.
 * Throws KEYCHAIN_ABSENT, _LOCKED, _TIMEOUT, _DENIED or _FAILED.
 */
export class Keychain implements KeyStore {
  readonly name = 'keychain';

  constructor(private readonly options: KeychainOptions) {}

  async read(id: string): Promise<Key | undefined> {
    const text = await this.call({method: 'getPassword', parameters: [bin, id]});
    if (typeof text === 'string') return toKey(Buffer.from(text, 'base64url'));
    // keytar answers null for a locked collection too: believe "no such key" only of an open one.
    if (process.platform === 'linux' && (await this.state()) !== 'unlocked')
      throw keychainLocked(this.options.env);
    return undefined;
  }

  async write(key: Key): Promise<void> {
    const text = Buffer.from(key.bytes).toString('base64url');
    await this.call({method: 'setPassword', parameters: [bin, key.id, text]});
  }

  async remove(id: string): Promise<void> {
    await this.call({method: 'deletePassword', parameters: [bin, id]});
  }

  private async call(call: KeychainCall): Promise<string | boolean | null> {
    const started = Date.now();
    const slow = setTimeout(this.options.onSlow, 1000);
    try {
      const keytar = requireKeytar(this.options.env);
      if (process.platform === 'linux') {
        const state = await this.state();
        if (state === 'absent')
          throw keychainAbsent('no Secret Service answers on this session’s D-Bus', this.options.env);
        // Unlocked: no prompt can come up, so the call is safe in this process.
        if (state === 'unlocked') {
          const method = keytar[call.method] as (...all: string[]) => Promise<string | boolean | null>;
          return await method(...call.parameters);
        }
      }
      const left = this.options.timeout * 1000 - (Date.now() - started);
      return await callInChild(call, left, this.options.env);
    } catch (error) {
      if (error instanceof VaultError) throw error;
      if (error instanceof TimedOut) throw keychainTimeout(this.options);
      throw keychainError((error as Error).message, this.options.env);
    } finally {
      clearTimeout(slow);
    }
  }

  private state() {
    return secretServiceState(this.options.env, Math.min(2, this.options.timeout / 2));
  }
}

function requireKeytar(env: NodeJS.ProcessEnv) {
  try {
    return loadKeytar();
  } catch {
    throw keychainAbsent('the keychain library (keytar) is not installed or does not load here', env);
  }
}

class TimedOut extends Error {}

/** Milliseconds; the child is killed when they are over: nothing less ends a call that waits for a prompt. */
async function callInChild(
  call: KeychainCall,
  milliseconds: number,
  env: NodeJS.ProcessEnv,
): Promise<string | boolean | null> {
  const {fork} = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'keychain-child.js'), {
      stdio: 'ignore',
      env: withoutSecrets(env),
    });
    const timer = setTimeout(() => {
      reject(new TimedOut());
      child.kill('SIGKILL');
    }, milliseconds);
    child.once('error', reject);
    // Not `exit`, which may come before a message that is still on its way; this comes after them all.
    child.once('disconnect', () => {
      clearTimeout(timer);
      reject(new Error('the keychain process ended without an answer'));
    });
    child.once('message', (reply: KeychainReply) => {
      if ('error' in reply) reject(new Error(reply.error));
      else resolve(reply.value);
    });
    child.send(call);
  });
}

/** keytar's messages are the system's own words; none holds a secret, but none is shown either. */
function keychainError(message: string, env: NodeJS.ProcessEnv): VaultError {
  if (/locked|interaction is not allowed/i.test(message)) return keychainLocked(env);
  if (/cancel|dismiss|denied|not permitted/i.test(message)) {
    return new VaultError('KEYCHAIN_DENIED', 'The keychain was asked, and access was refused.', [
      keychainAdvice('denied', env),
    ]);
  }
  return new VaultError('KEYCHAIN_FAILED', 'The keychain answered with a failure of its own.', [
    'Check that its own application (Seahorse, KWallet, Keychain Access) opens it.',
  ]);
}

function keychainLocked(env: NodeJS.ProcessEnv): VaultError {
  return new VaultError('KEYCHAIN_LOCKED', 'The keychain is locked, so the key cannot be read.', [
    keychainAdvice('locked', env),
  ]);
}

function keychainTimeout({timeout, env}: KeychainOptions): VaultError {
  return new VaultError('KEYCHAIN_TIMEOUT', `The keychain did not answer within ${timeout} seconds.`, [
    keychainAdvice('silent', env),
  ]);
}

function keychainAbsent(reason: string, env: NodeJS.ProcessEnv): VaultError {
  return new VaultError('KEYCHAIN_ABSENT', `There is no keychain here: ${reason}.`, [
    keychainAdvice('absent', env),
    `A vault that is here already: where its keychain works, run ${bin} utils vault rotate-key --to passphrase`,
  ]);
}
