import {CredentialCommand} from '../../cli/credential-command.js';
import {identifierFlag} from '../../cli/flags.js';
import {keyValues} from '../../cli/output/table.js';
import {formatDuration} from '../../cli/output/times.js';
import {type Quota, ThreadsClient} from '../../platforms/threads/api/client.js';
import {threads} from '../../platforms/threads/threads.js';

export default class Limits extends CredentialCommand<typeof Limits> {
  static override summary = 'Show how much Threads still lets the account post, reply and delete.';
  static override description =
    'Threads counts within the last 24 hours: 250 posts, 1,000 replies, 100 deletions. Needs the permission threads_content_publish; what is not told for want of another one is left out.';
  static override examples = [
    {description: 'Is there room for one more post?', command: '<%= config.bin %> <%= command.id %>'},
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
        ['Posts', quotaInWords(limits.posts)],
        ['Replies', quotaInWords(limits.replies)],
        ['Deletions', quotaInWords(limits.deletes)],
      ]),
    );
    return limits;
  }
}

function quotaInWords(quota: Quota | null): string {
  if (!quota) return 'unknown: Threads did not tell';
  const {used, total, period} = quota;
  const of = total === null ? '' : ` of ${total.toLocaleString('en')}`;
  return `${used.toLocaleString('en')}${of} used${period === null ? '' : ` within ${formatDuration(period)}`}`;
}
