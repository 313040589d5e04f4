import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../../cli/base-command.js';
import {formatTable, stripControlCharacters} from '../../../cli/output/table.js';
import {colored} from '../../../cli/output/terminal.js';
import {formatDay, formatDuration, parseDuration} from '../../../cli/output/times.js';
import {parsePlatform} from '../../../credential.js';
import {nothingStored} from '../../../credentials/find.js';
import {type ListedCredential, listCredentials} from '../../../credentials/list.js';
import {threads} from '../../../platforms/threads/threads.js';

const COLOURS = {valid: 'green', due: 'yellow', expired: 'red', unreadable: 'red'} as const;

export default class List extends BaseCommand<typeof List> {
  static override summary = 'List the stored credentials: whose, what they may do, how long they live.';
  static override description =
    'Needs no key, so the keychain is not asked. Exit code 6: a record is bad (it is listed with its error); 9: something ends within --expires-within.';
  static override examples = [
    {description: 'Everything', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Fail in a scheduled job when a token ends within a week',
      command: '<%= config.bin %> <%= command.id %> --expires-within 7d',
    },
  ];
  static override flags = {
    platform: Flags.string({char: 'p', summary: 'Only those of one platform.', helpValue: 'PLATFORM'}),
    'expires-within': Flags.string({
      summary: 'Exit with 9 when a token ends within this time (90m, 36h, 7d, 2w).',
      helpValue: 'TIME',
    }),
  };

  async run(): Promise<object> {
    const within = this.flags['expires-within'];
    if (this.flags.platform !== undefined) parsePlatform(this.flags.platform);
    const seconds = within === undefined ? undefined : parseDuration(within, '--expires-within');
    const {credentials, key_store} = await listCredentials(
      this.vault(),
      await this.preferences(),
      [threads],
      this.flags.platform,
    );

    // A watch over nothing would look healthy for ever.
    if (credentials.length === 0 && within !== undefined)
      throw nothingStored(this.flags.platform ?? 'any platform');
    if (credentials.length === 0)
      this.say(`Nothing is stored yet. Log in: ${this.config.bin} threads authorize`);
    else if (!this.jsonEnabled()) this.write(this.render(credentials, key_store));

    const ending = credentials.filter(
      each => seconds !== undefined && each.seconds_left !== null && each.seconds_left < seconds,
    );
    if (ending.length > 0) {
      process.exitCode = 9;
      this.warning(`Ends within ${within}: ${ending.map(each => each.identifier).join(', ')}.`);
    }
    const bad = credentials.filter(each => each.status === 'unreadable');
    this.failures(bad.map(({identifier, error}) => ({identifier, error: error!})));
    if (bad.length > 0) process.exitCode = 6;
    return {credentials, key_store};
  }

  private render(credentials: ListedCredential[], keyStore: string | null): string {
    // Coloured once, since asking whether to takes a while.
    const shown = Object.fromEntries(
      Object.entries(COLOURS).map(([status, colour]) => [status, colored(colour, status)]),
    );
    return formatTable(
      ['Platform', 'Identifier', 'Account', 'Scopes', 'Status', 'Time', 'Refresh by', 'Key'],
      credentials.map(each => [
        each.platform,
        each.identifier + (each.is_default ? ' (default)' : ''),
        stripControlCharacters(each.username ? `@${each.username}` : (each.user_id ?? '')),
        stripControlCharacters(scopesInShort(each.scopes)),
        shown[each.status]!,
        each.seconds_left === null
          ? each.error
            ? ''
            : 'unknown'
          : each.seconds_left > 0
            ? `${formatDuration(each.seconds_left)} left`
            : 'none',
        each.expires_at ? formatDay(each.expires_at) : '',
        keyStore ?? '',
      ]),
    );
  }
}

/** Without the prefix that all share, and at most three: the table must fit a terminal. */
function scopesInShort(scopes: string[] | null): string {
  if (!scopes) return '?';
  const names = scopes.map(scope => scope.replace(/^threads_/, ''));
  return names.length <= 2 ? names.join(', ') : `${names.slice(0, 2).join(', ')} +${names.length - 2}`;
}
