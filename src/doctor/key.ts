import {VaultError} from '../errors.js';
import {loadKeytar} from '../native.js';
import {bin, toolVariable} from '../program.js';
import {keychainAdvice} from '../vault/keys/keychain-advice.js';
import {openKeys} from '../vault/keys/open.js';
import {secretServiceState} from '../vault/keys/secret-service.js';
import {VaultFile} from '../vault/keys/vault-file.js';
import {type DoctorContext, note, ok, type Remark, warning} from './finding.js';

/** Seconds for the keychain to tell its state. */
const PATIENCE = 2;

const UNUSABLE = {
  absent: ['KEYCHAIN_ABSENT', 'There is no keychain here.', 'absent'],
  locked: ['KEYCHAIN_LOCKED', 'The keychain is locked.', 'locked'],
  unclear: ['KEYCHAIN_TIMEOUT', 'The keychain does not tell its state.', 'silent'],
} as const;

/** Is the key that vault.json names there, and the right one? It is read only where that can show no prompt. */
export async function* checkKey(context: DoctorContext): AsyncGenerator<Remark> {
  const {env, home, keyStore, passphrases, vault} = context;
  const {key, previous} = await new VaultFile(home.vaultFile).read();
  if (!key && (await vault.recordNames()).length === 0) return yield* checkFirstKey(context);

  if (key?.store === 'keychain') {
    if (process.platform !== 'linux') {
      return yield note('The key is in the OS keychain, which was not asked: that may show a prompt.');
    }
    const state = await secretServiceState(env, PATIENCE);
    if (state === 'locked' || state === 'unclear') throw unusable(state, env);
  }
  if (key?.store === 'passphrase' && (await passphrases.known()).length === 0) {
    yield note(
      `The key opens by a passphrase: asked for on a terminal, else from ${toolVariable('VAULT_PASSPHRASE')}.`,
    );
  } else {
    const options = {
      home,
      env,
      passphrases,
      keyStore: 'auto',
      keychainTimeout: PATIENCE,
      warn: () => {},
    } as const;
    await openKeys(options).current();
    yield ok(`The right key is there (key store ${key!.store}).`);
  }
  if (previous) {
    yield warning('A new key is half in place; both are kept.', `Go on: ${bin} utils vault rotate-key`);
  }
  const wanted = await keyStore().catch(() => 'auto');
  if (wanted !== 'auto' && wanted !== key!.store) {
    yield note(
      `The key store ${wanted} is asked for, but is only for a first key.`,
      `Move it: ${bin} utils vault rotate-key --to ${wanted}`,
    );
  }
}

/** Before the first login: where it would put the key. Throws what it would meet. */
async function* checkFirstKey({env, keyStore}: DoctorContext): AsyncGenerator<Remark> {
  const choice = await keyStore();
  if (choice === 'file' || choice === 'passphrase') {
    return yield note(`No key yet: the first login makes one (key store ${choice}).`);
  }
  const state = await keychainState(env);
  if (state === 'unlocked') return yield note('No key yet: the first login puts one into the OS keychain.');
  if (state !== 'absent' || choice === 'keychain') throw unusable(state, env);
  yield note(
    'No key yet, and no keychain: the first login would make a key file.',
    keychainAdvice('absent', env),
  );
}

/** Only the Secret Service tells its state; elsewhere a library that loads is all that is known. */
async function keychainState(env: NodeJS.ProcessEnv) {
  try {
    loadKeytar();
  } catch {
    return 'absent';
  }
  return process.platform === 'linux' ? secretServiceState(env, PATIENCE) : 'unlocked';
}

function unusable(state: keyof typeof UNUSABLE, env: NodeJS.ProcessEnv): VaultError {
  const [code, message, problem] = UNUSABLE[state];
  return new VaultError(code, message, [keychainAdvice(problem, env)]);
}
