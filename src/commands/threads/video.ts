import * as Flags from '@oclif/core/flags';
import {ThreadsClient} from '../../platforms/threads/api/client.js';
import {type Content, checkContent, type ReplyControl} from '../../platforms/threads/api/content.js';
import {threads} from '../../platforms/threads/threads.js';
import {PublishCommand, publishFlags, textFlag} from './shared/publish-command.js';

export default class Video extends PublishCommand<typeof Video> {
  static override summary = 'Post a video.';
  static override description =
    'Prints the post’s web address. Threads fetches the video itself, so it must lie on a public server, and processes it, which takes from seconds to minutes. Cut off on the way, by Ctrl-C or a time-out, it prints the line with `post --resume` that goes on; nothing is ever posted twice.';
  static override examples = [
    {
      description: 'Post a video',
      command:
        '<%= config.bin %> <%= command.id %> --video-url https://example.com/tour.mp4 --text "A tour of version 2"',
    },
    {
      description: 'Give a long one more time',
      command: '<%= config.bin %> <%= command.id %> --video-url https://example.com/talk.mp4 --timeout 900',
    },
  ];
  static override flags = {
    ...publishFlags,
    text: Flags.string({...textFlag, aliases: ['video-title']}), // Agoras' name for it.
    'video-url': Flags.string({
      summary: 'The public address of the video: MP4 or MOV, up to 1 GB and 5 minutes.',
      required: true,
      helpValue: 'URL',
    }),
    'alt-text': Flags.string({
      summary: 'What the video shows, for those who do not see it.',
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
    const resolved = await this.credentials(threads).resolve({
      identifier: flags.identifier,
      scopes: ['threads_content_publish'],
    });
    const client = ThreadsClient.for(resolved.credential);
    return this.publish(client, resolved, flags.timeout, options => client.post(content, options));
  }
}
