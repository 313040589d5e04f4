import type {Credential, CredentialRef, Identifier, PlatformName, RecordName} from '../../src/credential.js';

export type Overrides = Partial<Omit<Credential, keyof RecordName> & CredentialRef>;

/** Returns a record name without checking it, since tests need invalid ones too. */
export function recordName(identifier: string, platform = 'threads'): RecordName {
  return {platform: platform as PlatformName, identifier: identifier as Identifier};
}

/** A complete credential. Every secret is a fake that says so. */
export function aCredential(overrides: Overrides = {}): Credential {
  return {
    platform: 'threads',
    identifier: 'my.account',
    app_id: '1234567890',
    app_secret: 'fake-app-secret-0123456789abcdef',
    refresh_token: 'THAAfake-long-lived-token-0123456789abcdef',
    access_token: null,
    access_expires_at: null,
    user_id: '26139168152370559',
    username: 'my.account',
    scopes: ['threads_basic', 'threads_content_publish'],
    issued_at: '2026-01-01T00:00:00.000Z',
    expires_at: '2026-03-02T00:00:00.000Z',
    data_access_expires_at: '2026-04-01T00:00:00.000Z',
    refreshed_at: null,
    redirect_uri: 'https://localhost:3456/callback',
    api_url: 'https://graph.threads.net',
    ...overrides,
  } as Credential;
}
