import {CredentialCommand} from '../../cli/credential-command.js';
import {identifierFlag} from '../../cli/flags.js';
import {keyValues} from '../../cli/output/table.js';
import {formatDuration} from '../../cli/output/times.js';
import {type Quota, ThreadsClient} from '../../platforms/threads/api/client.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Limits extends CredentialCommand<typeof Limits> {
  static override summary = 'Show how many posts, replies and deletions the account has left';
  static override description =
    'Threads allows 250 posts, 1,000 replies and 100 deletions within 24 hours. Needs the permission threads_content_publish; a limit that needs another permission shows as unknown without it.';
  static override examples = [
    {description: 'Check whether the account can post again', command: '<%= config.bin %> <%= command.id %>'},
  ];
  static override flags = {identifier: identifierFlag};

  async run(): Promise<object> {
    const {credential} = await this.credentials(threads).resolve({
      identifier: this.flags.identifier,
      scopes: ['threads_content_publish'],
    });
    const limits = await ThreadsClient.for(credential).publishingLimit();
    this.write(
      keyValues([
        ['Posts', formatQuota(limits.posts)],
        ['Replies', formatQuota(limits.replies)],
        ['Deletions', formatQuota(limits.deletes)],
      ]),
    );
    return limits;
  }
}

function formatQuota(quota: Quota | null): string {
  if (!quota) return 'unknown: Threads did not say';
  const {used, total, period} = quota;
  const of = total === null ? '' : ` of ${total.toLocaleString('en')}`;
  return `${used.toLocaleString('en')}${of} used${period === null ? '' : ` within ${formatDuration(period)}`}`;
}
