import type {CredentialsContext} from './context.js';
import {type FoundCredential, findCredential} from './find.js';
import type {Exchange, LoginDialog, LoginRequest} from './login.js';
import {type Renewed, refreshFound} from './refresh.js';
import type {RefreshAllRequest, RefreshOutcome} from './refresh-all.js';
import {type ResolvedCredential, type ResolveRequest, resolveCredential} from './resolve.js';
import type {Status, StatusRequest} from './status.js';
import type {StoredCredential} from './store.js';

/**
 * The credentials of one platform: the one object that commands and the library use. What needs a browser or
 * a schedule is loaded when it is called, so that reading a token stays fast.
 */
export class Credentials {
  constructor(readonly context: CredentialsContext) {}

  /** Finds the credential to use, without checking that it is valid. See findCredential. */
  find(identifier?: string): Promise<FoundCredential> {
    return findCredential(this.context, identifier);
  }

  /** Finds a valid credential, refreshed when due. See resolveCredential. */
  resolve(request?: ResolveRequest): Promise<ResolvedCredential> {
    return resolveCredential(this.context, request);
  }

  /** Renews a credential when due, or in any case with `force`. See refreshFound. */
  refresh(found: FoundCredential, options: {force: boolean}): Promise<Renewed> {
    return refreshFound(this.context, found, options);
  }

  /** Renews every stored credential of the platform that is due. See refreshAll. */
  async refreshAll(request: RefreshAllRequest): Promise<RefreshOutcome[]> {
    const {refreshAll} = await import('./refresh-all.js');
    return refreshAll(this.context, request);
  }

  /** Logs in through the browser. See login. */
  async login(request: LoginRequest, dialog: LoginDialog): Promise<StoredCredential> {
    const {login} = await import('./login.js');
    return login(this.context, request, dialog);
  }

  /** Stores what a login elsewhere gave. See exchange. */
  async exchange(request: Exchange): Promise<StoredCredential> {
    const {exchange} = await import('./login.js');
    return exchange(this.context, request);
  }

  /** Asks the service about a credential. See lookUpStatus. */
  async status(request: StatusRequest): Promise<Status> {
    const {lookUpStatus} = await import('./status.js');
    return lookUpStatus(this.context, request);
  }
}
