import {CredentialCommand} from '../../cli/credential-command.js';
import {identifierFlag} from '../../cli/flags.js';
import {keyValues} from '../../cli/output/table.js';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {threads} from '../../platforms/threads/threads.js';

export default class ProfileCommand extends CredentialCommand<typeof ProfileCommand> {
  static override summary = 'Show the Threads profile of the account';
  static override description =
    'Asks Threads whose token it is. Needs the permission threads_basic, which every login grants.';
  static override examples = [
    {description: 'See whose account it is', command: '<%= config.bin %> <%= command.id %>'},
  ];
  static override flags = {identifier: identifierFlag};

  async run(): Promise<object> {
    const {credential} = await this.credentials(threads).resolve({
      identifier: this.flags.identifier,
      scopes: ['threads_basic'],
    });
    const profile = await ThreadsClient.for(credential).profile();
    const {user_id, username, name, biography, is_verified, url} = profile;
    const rows: [string, string | null][] = [
      ['Account', `${username ? `@${username} ` : ''}(${user_id})`],
      ['Name', name],
      ['About', biography],
      ['Verified', is_verified === null ? null : is_verified ? 'yes' : 'no'],
      ['Address', url],
    ];
    this.write(keyValues(rows.flatMap(([label, value]) => (value === null ? [] : [[label, value]]))));
    return profile;
  }
}
