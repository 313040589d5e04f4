import * as Flags from '@oclif/core/flags';
import {CredentialCommand, identifierFlag} from '../../cli/credential-command.js';
import {keyValues as factLines, stripControlCharacters} from '../../cli/output/table.js';
import {colored} from '../../cli/output/terminal.js';
import {formatDay, formatTimeLeft, parseDuration} from '../../cli/output/times.js';
import type {Source} from '../../credentials/find.js';
import {ensureValid, lookUpDates, type ResolvedCredential} from '../../credentials/refresh.js';
import {lookUpStatus} from '../../credentials/status.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Status extends CredentialCommand<typeof Status> {
  static override summary = 'Show what Threads says of a credential now: account, permissions, dates.';
  static override description =
    'Asks the service, and says where the store believes something else. A stored credential is refreshed first when it is time; one from the environment is reported as it stands. Exit code 4: the token is dead; 9: something ends within --expires-within.';
  static override examples = [
    {description: 'Is all well?', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Fail in a scheduled job two weeks before anything ends',
      command: '<%= config.bin %> <%= command.id %> --expires-within 14d',
    },
  ];
  static override flags = {
    identifier: identifierFlag,
    'expires-within': Flags.string({
      summary: 'Exit with 9 when the token or the permission ends within this time (90m, 36h, 14d, 2w).',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<object> {
    const within = this.flags['expires-within'];
    const seconds = within === undefined ? undefined : parseDuration(within, '--expires-within');
    const living = await this.credentialToReport();
    const status = await lookUpStatus(threads, living, seconds);

    const {account, granted} = {account: status.account, granted: status.scopes};
    this.write(
      factLines([
        [
          'Account',
          stripControlCharacters(`${account.username ? `@${account.username} ` : ''}(${account.user_id})`),
        ],
        ['Source', sourceInWords(status.source)],
        [
          'Token',
          colored(
            status.expires_soon.includes('token') ? 'yellow' : 'green',
            formatTimeLeft(status.expires_at),
          ),
        ],
        [
          'Permission',
          status.data_access_expires_at
            ? `until ${formatDay(status.data_access_expires_at)}`
            : 'no end known',
        ],
        [
          'Scopes',
          granted ? stripControlCharacters(granted.join(', ')) : 'unknown: the service did not tell',
        ],
      ]),
    );
    for (const difference of status.differences) this.warning(difference);
    if (status.expires_soon.length > 0) {
      process.exitCode = 9;
      this.warning(`Ends within ${within}: ${status.expires_soon.join(' and ')}.`);
    }
    return status;
  }

  /** From the environment as it stands: the report is on the CI's secret, not on a token of this run's own. */
  private async credentialToReport(): Promise<ResolvedCredential> {
    const sourced = await this.findCredential(threads, this.flags.identifier);
    if (sourced.source.kind === 'environment') return lookUpDates(threads, sourced, this.warning);
    return ensureValid(threads, this.vault(), sourced, await this.refreshPolicy());
  }
}

function sourceInWords({kind, identifier, variables}: Source): string {
  if (kind === 'environment') return `environment (${variables.found.join(', ')})`;
  const unused = variables.found.length > 0 ? `; set but not used: ${variables.found.join(', ')}` : '';
  return `store, ${identifier}${unused}`;
}
