import type {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../../cli/credential-command.js';
import {identifierFlag} from '../../../cli/flags.js';
import {StandardInput} from '../../../cli/input/stdin.js';
import {setResumeHint} from '../../../cli/output/interruption.js';
import {Progress} from '../../../cli/output/progress.js';
import type {Source} from '../../../credentials/find.js';
import {ExitCode, VaultError} from '../../../errors.js';
import type {Published, PublishOptions, Step, ThreadsClient} from '../../../platforms/threads/api/client.js';
import {bin} from '../../../program.js';

export const textFlag = {
  char: 't',
  summary: 'The text, up to 500 characters; `-` reads it from standard input.',
  helpValue: 'TEXT|-',
} as const;

/** The flags of every command that publishes. */
export const publishFlags = {
  identifier: identifierFlag,
  text: Flags.string(textFlag),
  'reply-to': Flags.string({summary: 'The post to reply to.', helpValue: 'ID'}),
  'reply-control': Flags.string({
    summary:
      'Who may reply: everyone, accounts_you_follow, mentioned_only, parent_post_author_only or followers_only.',
    helpValue: 'WHO',
  }),
  topic: Flags.string({summary: 'The topic of the post.', helpValue: 'TOPIC'}),
  quote: Flags.string({summary: 'The post to quote.', helpValue: 'ID'}),
  timeout: Flags.integer({
    summary: 'Seconds to wait until Threads has processed images and videos.',
    default: 300,
    min: 1,
    max: 86_400,
    helpValue: 'SECONDS',
  }),
};

interface Publication {
  client: ThreadsClient;
  /** Where the credential comes from, for the command that continues. */
  source: Source;
  /** Seconds. */
  timeout: number;
  work: (options: PublishOptions) => Promise<Published>;
}

/** A command that publishes. It shows the progress and, if it is interrupted, how to continue. */
export abstract class PublishCommand<T extends typeof Command> extends CredentialCommand<T> {
  /** Returns the text. Reads standard input for `-`, or without a text if one is `needed` and stdin is no terminal. */
  protected async textToPost(given: string | undefined, needed: boolean): Promise<string | undefined> {
    const {isTTY} = process.stdin;
    if (given !== '-' && !(given === undefined && needed && !isTTY)) return given;
    if (isTTY) this.say('Type the text and end it with Ctrl-D on a line of its own.');
    const input = new StandardInput();
    const text = await input.text();
    input.close();
    return text.trimEnd();
  }

  /** Runs `work` until the post is published, and prints its URL. */
  protected async publish({client, source, timeout, work}: Publication): Promise<Published> {
    const progress = new Progress();
    let container: string | undefined;
    setResumeHint(() => {
      progress.end();
      return container ? [describeResume(container, source)] : ['Nothing was published.'];
    });
    const onStatus = (step: Step) => {
      if (!step.item) container = step.container ?? undefined;
      progress.show(describeStep(step));
    };
    const published = await work({timeout, onStatus})
      .catch(error => {
        throw withResumeHint(error, container === undefined ? undefined : describeResume(container, source));
      })
      .finally(() => progress.end());
    await this.report(client, published);
    return published;
  }

  private async report(
    client: ThreadsClient,
    {id, permalink, container, already_published}: Published,
  ): Promise<void> {
    this.say(
      already_published
        ? `Container ${container} was already published; nothing was published now.`
        : `Published${id ? ` as ${id}` : ''}.`,
    );
    if (permalink) {
      this.writeLine(permalink);
      return;
    }
    const profile = await client.profile().catch(() => undefined);
    this.say(`Its URL is unknown. Find it on the profile${profile?.url ? `: ${profile.url}` : '.'}`);
  }
}

function describeStep({step, container, item}: Step): string {
  const what = item ? `image ${item.number} of ${item.of}` : 'the post';
  switch (step) {
    case 'creating':
      return `Sending ${what} to Threads…`;
    case 'processing':
      return `Threads is processing ${what} (container ${container})…`;
    case 'publishing':
      return 'Publishing…';
  }
}

function describeResume(container: string, {identifier}: Source): string {
  const name = identifier === null ? '' : ` --identifier ${identifier}`;
  return `To continue without posting twice: ${bin} threads post${name} --resume ${container}`;
}

/** Adds how to continue to an error, unless the post itself was invalid. */
function withResumeHint(error: unknown, resumeHint: string | undefined): unknown {
  if (!(error instanceof VaultError) || error.exitCode === ExitCode.USAGE) return error;
  const restart = error.code === 'PUBLISH_TIMEOUT' ? ['Post it again with a longer --timeout.'] : [];
  const nextSteps = resumeHint === undefined ? restart : [resumeHint];
  return new VaultError(error.code, error.message, [...error.suggestions, ...nextSteps]);
}
