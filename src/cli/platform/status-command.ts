import * as Flags from '@oclif/core/flags';
import type {Source} from '../../credentials/find.js';
import {ExitCode} from '../../errors.js';
import type {Platform} from '../../platforms/platform.js';
import {describeApi} from '../../platforms/service.js';
import {CredentialCommand} from '../credential-command.js';
import {identifierFlag} from '../flags.js';
import {keyValues} from '../output/table.js';
import {formatDay, formatTimeLeft, parseDuration} from '../output/times.js';

/** Shows what a platform says about a credential. */
export abstract class StatusCommand extends CredentialCommand<typeof StatusCommand> {
  static override flags = {
    identifier: identifierFlag,
    'expires-within': Flags.string({
      summary: 'Exit with 9 if the token or the permission expires within this time (90m, 36h, 14d, 2w).',
      helpValue: 'TIME',
    }),
  };

  protected abstract readonly platform: Platform;

  async run(): Promise<object> {
    const {identifier, 'expires-within': within} = this.flags;
    const expiresWithin = within === undefined ? undefined : parseDuration(within, '--expires-within');
    const status = await this.credentials(this.platform).status({identifier, expiresWithin});

    const {account, source, api_url, scopes, expires_at, data_access_expires_at, expires_soon, service_time} =
      status;
    const now = service_time ? new Date(service_time) : new Date();
    const name = account.username ? `@${account.username} ` : '';
    const tokenColor = expires_soon.includes('token') ? 'yellow' : 'green';
    const isOwn = api_url === this.platform.defaultService.apiUrl;
    this.write(
      keyValues([
        ['Account', `${name}(${account.user_id})`],
        ['Source', describeSource(source)],
        ...(isOwn ? [] : [['Service', describeApi(this.platform, api_url)] as [string, string]]),
        ['Token', {text: formatTimeLeft({expires_at}, now), color: tokenColor}],
        [
          'Permission',
          data_access_expires_at ? `until ${formatDay(data_access_expires_at)}` : 'no end known',
        ],
        ['Scopes', scopes ? scopes.join(', ') : 'unknown: the service did not tell'],
      ]),
    );
    for (const difference of status.differences) this.warning(difference);
    if (expires_soon.length > 0) {
      process.exitCode = ExitCode.EXPIRES_SOON;
      this.warning(`Expires within ${within}: ${expires_soon.join(' and ')}.`);
    }
    return status;
  }
}

function describeSource({kind, identifier, variables}: Source): string {
  if (kind === 'environment') return `environment (${variables.found.join(', ')})`;
  const unused = variables.found.length > 0 ? `; set but not used: ${variables.found.join(', ')}` : '';
  return `store, ${identifier}${unused}`;
}
