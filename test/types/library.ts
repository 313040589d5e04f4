// Tests of the library's types, checked by `tsc -p test` as part of `npm run check`:
// a line that compiles although it should not is also an error.
import {
  type Credential,
  type CredentialFields,
  type CredentialRef,
  type ErrorCode,
  openVault,
  type Published,
  type ResolvedCredential,
  resolveCredential,
  type Source,
  ThreadsClient,
  type Vault,
  type VaultEntry,
  VaultError,
} from 'agora-vault';
import {expectTypeOf} from 'expect-type';

// Both can be called without arguments, and with the environment as Node.js types it.
expectTypeOf(openVault).toBeCallableWith();
expectTypeOf(openVault).toBeCallableWith({env: process.env, home: undefined, keyStore: 'passphrase'});
expectTypeOf(openVault).returns.resolves.toEqualTypeOf<Vault>();
expectTypeOf(resolveCredential).toBeCallableWith();
expectTypeOf(resolveCredential).toBeCallableWith({identifier: undefined, refreshWindowDays: 30});
expectTypeOf(resolveCredential).returns.resolves.toEqualTypeOf<ResolvedCredential>();
expectTypeOf<ResolvedCredential>().toEqualTypeOf<{credential: Credential; source: Source}>();

// Wrong calls do not compile.
// @ts-expect-error: no such key store
openVault({keyStore: 'cupboard'});
// @ts-expect-error: an identifier is a string
resolveCredential({identifier: 7});
// @ts-expect-error: a number of days is required
resolveCredential({refreshWindowDays: '30'});
// @ts-expect-error: unknown option
resolveCredential({refreshWindow: 30});
// @ts-expect-error: the promise must be awaited
resolveCredential().credential;

// The type of a credential says which fields may be unknown.
expectTypeOf<Credential['refresh_token']>().toBeString();
expectTypeOf<Credential['api_url']>().toBeString();
expectTypeOf<Credential['user_id']>().toEqualTypeOf<string | null>();
expectTypeOf<Credential['expires_at']>().toEqualTypeOf<string | null>();
expectTypeOf<Credential['scopes']>().toEqualTypeOf<string[] | null>();
expectTypeOf<Credential>().toExtend<CredentialRef>();
expectTypeOf<Source['kind']>().toEqualTypeOf<'store' | 'environment'>();

// A vault returns undefined for what may be missing, and exposes no internals.
expectTypeOf<keyof Vault>().toEqualTypeOf<'list' | 'read' | 'update' | 'remove'>();
expectTypeOf<Vault['list']>().returns.resolves.toEqualTypeOf<VaultEntry[]>();
expectTypeOf<Vault['read']>().returns.resolves.toEqualTypeOf<Credential | undefined>();
expectTypeOf<Vault['update']>().returns.resolves.toEqualTypeOf<Credential | undefined>();
expectTypeOf<Vault['remove']>().returns.resolves.toBeVoid();
expectTypeOf<VaultEntry['status']>().toEqualTypeOf<'valid' | 'due' | 'expired' | 'unreadable'>();
expectTypeOf<VaultEntry>().not.toHaveProperty('refresh_token');
expectTypeOf<VaultEntry>().not.toHaveProperty('app_secret');

// The token is the only required field of a credential.
expectTypeOf<{refresh_token: string}>().toExtend<CredentialFields>();
expectTypeOf<Credential>().toExtend<CredentialFields>();
expectTypeOf<{username: string}>().not.toExtend<CredentialFields>();
declare const vault: Vault;
declare const ref: CredentialRef;
vault.update(ref, current => ({...current, refresh_token: 'THAA'}));
vault.update(ref, async current => current && {...current, username: null});
vault.update(ref, () => undefined);
// @ts-expect-error: the current credential may be undefined
vault.update(ref, current => ({refresh_token: current.refresh_token}));
// @ts-expect-error: a credential needs a token
vault.update(ref, current => ({username: current?.username ?? null}));
// @ts-expect-error: a date is a string
vault.update(ref, () => ({refresh_token: 'THAA', expires_at: new Date()}));
// @ts-expect-error: the identifier is missing
vault.read({platform: 'threads'});

// A client is created from a credential, and a post has one of Meta's types.
expectTypeOf(ThreadsClient.for).parameters.toEqualTypeOf<[Credential]>();
expectTypeOf(ThreadsClient).toBeConstructibleWith({accessToken: 'THAA'});
expectTypeOf(ThreadsClient).toBeConstructibleWith({accessToken: 'THAA', apiUrl: undefined, userId: null});
declare const client: ThreadsClient;
expectTypeOf(client.post).returns.resolves.toEqualTypeOf<Published>();
expectTypeOf<Published['id']>().toEqualTypeOf<string | null>();
client.post({type: 'text', text: 'a'}, {timeout: 60, onStatus: ({step}) => expectTypeOf(step).toBeString()});
client.post({type: 'video', url: 'https://example.com/a.mp4', altText: undefined});
// @ts-expect-error: a client needs a token
new ThreadsClient({apiUrl: 'https://graph.threads.net'});
// @ts-expect-error: a text post needs a text
client.post({type: 'text'});
// @ts-expect-error: an image post needs a URL
client.post({type: 'image', text: 'a'});
// @ts-expect-error: a text post has no image
client.post({type: 'text', text: 'a', url: 'https://example.com/a.jpg'});
// @ts-expect-error: an ID is a string, because it has too many digits for a number
client.delete(179);

// Errors are instances of Error and have a code.
expectTypeOf<VaultError>().toExtend<Error>();
expectTypeOf<VaultError['code']>().toEqualTypeOf<ErrorCode>();
expectTypeOf<'CREDENTIAL_EXPIRED'>().toExtend<ErrorCode>();
expectTypeOf<'CREDENTIAL_EXPIRD'>().not.toExtend<ErrorCode>();
expectTypeOf<VaultError['exitCode']>().toBeNumber();
expectTypeOf<VaultError['suggestions']>().toEqualTypeOf<readonly string[]>();
// @ts-expect-error: unknown error code
new VaultError('MINE', 'In words.');
