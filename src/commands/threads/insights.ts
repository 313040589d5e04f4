import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../cli/credential-command.js';
import {identifierFlag} from '../../cli/flags.js';
import {keyValues} from '../../cli/output/table.js';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {checkId} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {postIdFlag} from './shared/post-id-flag.js';

export default class InsightsCommand extends CredentialCommand<typeof InsightsCommand> {
  static override summary = 'Show the figures of the account or of one of its posts';
  static override description =
    'Post figures count from publication. Account figures cover yesterday and today, except the number of followers, which is the total. Needs the permission threads_manage_insights.';
  static override examples = [
    {description: 'See how the account is doing', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'See how a post is doing',
      command: '<%= config.bin %> <%= command.id %> --post-id 17900000000000001',
    },
  ];
  static override flags = {identifier: identifierFlag, 'post-id': Flags.string(postIdFlag)};

  async run(): Promise<object> {
    const given = this.flags['post-id'];
    const postId = given === undefined ? undefined : checkId(given);
    const {credential} = await this.credentials(threads).resolve({
      identifier: this.flags.identifier,
      scopes: ['threads_manage_insights'],
    });
    const insights = await ThreadsClient.for(credential).insights(postId);
    const rows = Object.entries(insights).map(([name, value]): [string, string] => [
      name,
      value.toLocaleString('en'),
    ]);
    if (rows.length > 0) this.write(keyValues(rows));
    else this.say('Threads has no figures for this; it has none for a shared post.');
    return {post_id: postId ?? null, insights};
  }
}
