import * as Flags from '@oclif/core/flags';
import {type PublishOptions, ThreadsClient} from '../../platforms/threads/api/client.js';
import {type Content, checkContent, type ReplyControl} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {PublishCommand, publishFlags, textFlag} from './shared/publish-command.js';

export default class Video extends PublishCommand<typeof Video> {
  static override summary = 'Post a video';
  static override description =
    'Prints the URL of the post. Threads downloads the video, so it must be on a public server, and processes it, which takes seconds to minutes. After Ctrl-C or a timeout it prints the `post --resume` command that continues; nothing is ever posted twice.';
  static override examples = [
    {
      description: 'Post a video',
      command:
        '<%= config.bin %> <%= command.id %> --video-url https://example.com/tour.mp4 --text "A tour of version 2"',
    },
    {
      description: 'Allow more time for a long video',
      command: '<%= config.bin %> <%= command.id %> --video-url https://example.com/talk.mp4 --timeout 900',
    },
  ];
  static override flags = {
    ...publishFlags,
    text: Flags.string({...textFlag, aliases: ['video-title']}), // Its name in Agoras.
    'video-url': Flags.string({
      summary: 'The public URL of the video: MP4 or MOV, up to 1 GB and 5 minutes.',
      required: true,
      helpValue: 'URL',
    }),
    'alt-text': Flags.string({
      summary: 'A description of the video for people who cannot see it.',
      helpValue: 'TEXT',
    }),
  };

  async run(): Promise<object> {
    const {flags} = this;
    const content: Content = {
      type: 'video',
      url: flags['video-url'],
      altText: flags['alt-text'],
      text: await this.textToPost(flags.text, false),
      replyTo: flags['reply-to'],
      replyControl: flags['reply-control'] as ReplyControl | undefined,
      topic: flags.topic,
      quote: flags.quote,
    };
    checkContent(content);
    const {credential, source} = await this.credentials(threads).resolve({
      identifier: flags.identifier,
      scopes: ['threads_content_publish'],
    });
    const client = ThreadsClient.for(credential);
    const work = (options: PublishOptions) => client.post(content, options);
    return this.publish({client, source, timeout: flags.timeout, work});
  }
}
