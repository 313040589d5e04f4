import type {Credential} from '../../src/credential.js';

/** A whole credential; every secret in it is a fake that says so. */
export function aCredential(overrides: Partial<Credential> = {}): Credential {
  return {
    platform: 'threads',
    identifier: 'my.account',
    app_id: '1234567890',
    app_secret: 'fake-app-secret-0123456789abcdef',
    refresh_token: 'THAAfake-long-lived-token-0123456789abcdef',
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
  };
}
