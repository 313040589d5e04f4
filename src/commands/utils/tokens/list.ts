import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {formatTable} from '../../../cli/output/table.js';
import {formatDay, formatDuration, parseDuration} from '../../../cli/output/times.js';
import {parsePlatformName} from '../../../credential.js';
import {nothingStored} from '../../../credentials/find.js';
import {type ListedCredential, listCredentials} from '../../../credentials/list.js';
import {ExitCode} from '../../../errors.js';
import {findRenewalPolicy as renewalOf, scopePrefixOf} from '../../../platforms/index.js';

const COLORS = {valid: 'green', due: 'yellow', expired: 'red', unreadable: 'red'} as const;

export default class List extends BaseCommand<typeof List> {
  static override summary = 'List the stored credentials: account, scopes, expiry';
  static override description =
    'Needs no key, so the keychain is not used. Exit code 6: a record cannot be read (it is listed with its error); 9: something expires within --expires-within, or its stored dates are in the future.';
  static override examples = [
    {description: 'List everything', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Fail in a scheduled job when a token expires within a week',
      command: '<%= config.bin %> <%= command.id %> --expires-within 7d',
    },
  ];
  static override flags = {
    platform: Flags.string({char: 'p', summary: 'List only this platform.', helpValue: 'PLATFORM'}),
    'expires-within': Flags.string({
      summary: 'Exit with 9 if a token expires within this time (90m, 36h, 7d, 2w).',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<object> {
    const within = this.flags['expires-within'];
    if (this.flags.platform !== undefined) parsePlatformName(this.flags.platform);
    const seconds = within === undefined ? undefined : parseDuration(within, '--expires-within');
    const {credentials, key_store} = await listCredentials({
      vault: this.vault(),
      preferences: await this.preferences(),
      renewalOf,
      platform: this.flags.platform,
    });

    // Watching an empty store would always look healthy.
    if (credentials.length === 0 && within !== undefined) throw nothingStored(this.flags.platform);
    if (credentials.length === 0) this.say(`Nothing is stored yet. Log in: ${this.config.bin} login`);
    else if (!this.jsonEnabled()) this.write(this.render(credentials, key_store));

    const fromFuture = credentials.filter(each => each.is_from_future);
    for (const {platform, identifier} of fromFuture) {
      this.warning(
        `${identifier}: its stored dates are in the future, so this machine's clock is or was wrong. Check it (its ` +
          `date is ${new Date().toISOString().slice(0, 10)}), then look the dates up: ${this.config.bin} ${platform} refresh --identifier ${identifier}`,
      );
    }
    if (seconds !== undefined && fromFuture.length > 0) process.exitCode = ExitCode.EXPIRES_SOON;
    const ending = credentials.filter(
      each => seconds !== undefined && each.seconds_left !== null && each.seconds_left < seconds,
    );
    if (ending.length > 0) {
      process.exitCode = ExitCode.EXPIRES_SOON;
      this.warning(`Expires within ${within}: ${ending.map(each => each.identifier).join(', ')}.`);
    }
    const bad = credentials.filter(each => each.status === 'unreadable');
    this.failures(bad.map(({identifier, error}) => ({identifier, error: error!})));
    if (bad.length > 0) process.exitCode = ExitCode.RECORD;
    return {credentials, key_store};
  }

  private render(credentials: ListedCredential[], keyStore: string | null): string {
    return formatTable(
      ['Platform', 'Identifier', 'Account', 'Scopes', 'Status', 'Expires in', 'Expires', 'Key'],
      credentials.map(each => [
        each.platform,
        each.identifier + (each.is_default ? ' (default)' : ''),
        each.username ? `@${each.username}` : (each.user_id ?? ''),
        abbreviateScopes(each),
        {text: each.status, color: COLORS[each.status]},
        each.seconds_left === null && each.error ? '' : formatExpiry(each.seconds_left),
        each.expires_at ? formatDay(each.expires_at) : '',
        keyStore ?? '',
      ]),
    );
  }
}

function formatExpiry(secondsLeft: number | null): string {
  if (secondsLeft === null) return 'unknown';
  return secondsLeft > 0 ? formatDuration(secondsLeft) : `expired ${formatDuration(-secondsLeft)} ago`;
}

/** Shortens the scopes so that the table fits a terminal: at most two, without the prefix that all share. */
function abbreviateScopes({platform, scopes}: ListedCredential): string {
  if (!scopes) return '?';
  const prefix = scopePrefixOf(platform);
  const names = scopes.map(scope => (scope.startsWith(prefix) ? scope.slice(prefix.length) : scope));
  return names.length <= 2 ? names.join(', ') : `${names.slice(0, 2).join(', ')} +${names.length - 2}`;
}
