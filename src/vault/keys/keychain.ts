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
  /** Seconds that one call may take, including the time a person needs to type the password. */
  timeout: number;
  /** Called when a call has taken a second, because there may be a prompt somewhere. */
  onSlow: () => void;
}

/**
 * Stores keys in the OS keychain. The service is the command's name and the account is the key's id, so storing
 * a key never replaces another. The key is stored as base64url, because keytar corrupts binary data.
 * Throws KEYCHAIN_ABSENT, KEYCHAIN_LOCKED, KEYCHAIN_TIMEOUT, KEYCHAIN_DENIED or KEYCHAIN_FAILED.
 */
export class Keychain implements KeyStore {
  readonly name = 'keychain';

  constructor(private readonly options: KeychainOptions) {}

  async read(id: string): Promise<Key | undefined> {
    const text = await this.call({method: 'getPassword', parameters: [bin, id]});
    if (typeof text === 'string') return toKey(Buffer.from(text, 'base64url'));
    // keytar also returns null for a locked collection, so "no such key" counts only if it is unlocked.
    if (process.platform === 'linux' && (await this.state()) !== 'unlocked')
      throw keychainLocked(this.options.env);
    return undefined;
  }

  async write(key: Key): Promise<void> {
    await this.writeItem(key.id, Buffer.from(key.bytes).toString('base64url'));
  }

  async remove(id: string): Promise<void> {
    await this.call({method: 'deletePassword', parameters: [bin, id]});
  }

  async writeItem(account: string, text: string): Promise<void> {
    await this.call({method: 'setPassword', parameters: [bin, account, text]});
  }

  /**
   * Reads an item: `null` if there is none, `undefined` if the keychain is missing, locked or fails. On Linux it
   * asks only an unlocked keychain, which opens no prompt.
   */
  async peek(account: string): Promise<string | null | undefined> {
    try {
      if (process.platform === 'linux' && (await this.state()) !== 'unlocked') return undefined;
      return (await this.call({method: 'getPassword', parameters: [bin, account]})) as string | null;
    } catch (error) {
      if (error instanceof VaultError) return undefined;
      throw error;
    }
  }

  private async call(call: KeychainCall): Promise<string | boolean | null> {
    const started = Date.now();
    const slowTimer = setTimeout(this.options.onSlow, 1000);
    try {
      const keytar = requireKeytar(this.options.env);
      if (process.platform === 'linux') {
        const state = await this.state();
        if (state === 'absent')
          throw keychainAbsent("there is no Secret Service on this session's D-Bus", this.options.env);
        // No prompt can appear while it is unlocked, so the call is safe in this process.
        if (state === 'unlocked') {
          const method = keytar[call.method] as (...all: string[]) => Promise<string | boolean | null>;
          return await method(...call.parameters);
        }
      }
      const remaining = this.options.timeout * 1000 - (Date.now() - started);
      return await callInChild(call, remaining, this.options.env);
    } catch (error) {
      if (error instanceof VaultError) throw error;
      if (error instanceof TimedOut) throw keychainTimeout(this.options);
      throw keychainError((error as Error).message, this.options.env);
    } finally {
      clearTimeout(slowTimer);
    }
  }

  private state() {
    return secretServiceState(this.options.env, Math.min(2, this.options.timeout / 2));
  }
}

function requireKeytar(env: NodeJS.ProcessEnv) {
  try {
    return loadKeytar();
  } catch (error) {
    if (error instanceof VaultError) throw error;
    throw keychainAbsent('the keychain library (keytar) is not installed or cannot be loaded', env);
  }
}

class TimedOut extends Error {}

/** Makes a call in a child process, and kills it after the timeout: nothing else ends a call that waits for a prompt. */
async function callInChild(
  call: KeychainCall,
  timeout: number,
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
    }, timeout);
    child.once('error', reject);
    // Not `exit`, which may be emitted before the last message has arrived.
    child.once('disconnect', () => {
      clearTimeout(timer);
      reject(new Error('the keychain process ended without answering'));
    });
    child.once('message', (reply: KeychainReply) => {
      if ('error' in reply) reject(new Error(reply.error));
      else resolve(reply.value);
    });
    child.send(call);
  });
}

/** Translates keytar's error messages, which come from the system and are never shown. */
function keychainError(message: string, env: NodeJS.ProcessEnv): VaultError {
  if (/locked|interaction is not allowed/i.test(message)) return keychainLocked(env);
  if (/cancel|dismiss|denied|not permitted/i.test(message)) {
    return new VaultError('KEYCHAIN_DENIED', 'Access to the keychain was denied.', [
      keychainAdvice('denied', env),
    ]);
  }
  return new VaultError('KEYCHAIN_FAILED', 'The keychain reported an error.', [
    'Check that you can open it in its own application (Seahorse, KWalletManager, Keychain Access).',
  ]);
}

function keychainLocked(env: NodeJS.ProcessEnv): VaultError {
  return new VaultError('KEYCHAIN_LOCKED', 'The keychain is locked.', [keychainAdvice('locked', env)]);
}

function keychainTimeout({timeout, env}: KeychainOptions): VaultError {
  return new VaultError('KEYCHAIN_TIMEOUT', `The keychain did not answer within ${timeout} seconds.`, [
    keychainAdvice('silent', env),
  ]);
}

function keychainAbsent(reason: string, env: NodeJS.ProcessEnv): VaultError {
  return new VaultError('KEYCHAIN_ABSENT', `There is no keychain: ${reason}.`, [
    keychainAdvice('absent', env),
    `To move an existing vault, run this where its keychain works: ${bin} utils vault rotate-key --to passphrase`,
  ]);
}
