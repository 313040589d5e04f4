import type {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {CredentialCommand} from '../../../cli/credential-command.js';
import {identifierFlag} from '../../../cli/flags.js';
import {StandardInput} from '../../../cli/input/stdin.js';
import {setResumeHint} from '../../../cli/output/interruption.js';
import {Progress} from '../../../cli/output/progress.js';
import {stripControlCharacters} from '../../../cli/output/table.js';
import type {Source} from '../../../credentials/find.js';
import type {ResolvedCredential} from '../../../credentials/resolve.js';
import {VaultError} from '../../../errors.js';
import type {Published, PublishOptions, Step, ThreadsClient} from '../../../platforms/threads/api/client.js';
import {bin} from '../../../program.js';

export const textFlag = {
  char: 't',
  summary: 'The text, up to 500 characters; `-` reads it from standard input.',
  helpValue: 'TEXT|-',
} as const;

/** What every post may have. */
export const publishFlags = {
  identifier: identifierFlag,
  text: Flags.string(textFlag),
  'reply-to': Flags.string({summary: 'The post that this one answers.', helpValue: 'ID'}),
  'reply-control': Flags.string({
    summary:
      'Who may reply: everyone, accounts_you_follow, mentioned_only, parent_post_author_only or followers_only.',
    helpValue: 'WHO',
  }),
  topic: Flags.string({summary: 'The topic to put it under.', helpValue: 'TOPIC'}),
  quote: Flags.string({summary: 'A post to quote.', helpValue: 'ID'}),
  timeout: Flags.integer({
    summary: 'Seconds that Threads may take to process images and videos.',
    default: 300,
    min: 1,
    max: 86_400,
    helpValue: 'SECONDS',
  }),
};

/** A command that publishes: it shows how far that is, and tells how to go on where it is cut off. */
export abstract class PublishCommand<T extends typeof Command> extends CredentialCommand<T> {
  /** The text as given; `-` is standard input, and so is none where it is `needed` and nobody types. */
  protected async textToPost(given: string | undefined, needed: boolean): Promise<string | undefined> {
    const {isTTY} = process.stdin;
    if (given !== '-' && !(given === undefined && needed && !isTTY)) return given;
    if (isTTY) this.say('Type the text; Ctrl-D on a line of its own ends it.');
    const input = new StandardInput();
    const text = await input.text();
    input.close();
    return text.trimEnd();
  }

  /** Runs `work` to the end of a post; prints its web address. */
  protected async publish(
    client: ThreadsClient,
    {source}: ResolvedCredential,
    timeout: number,
    work: (options: PublishOptions) => Promise<Published>,
  ): Promise<Published> {
    const progress = new Progress();
    let container: string | undefined;
    setResumeHint(() => {
      progress.end();
      return container ? [resumeCommand(container, source)] : ['Nothing was published.'];
    });
    const onStatus = (step: Step) => {
      if (!step.item) container = step.container ?? undefined;
      progress.show(describeStep(step));
    };
    const published = await work({timeout, onStatus})
      .catch(error => {
        throw withResumeHint(error, container === undefined ? undefined : resumeCommand(container, source));
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
        ? `Container ${container} was published before; nothing was published now.`
        : `Published${id ? ` as ${id}` : ''}.`,
    );
    if (permalink) {
      this.write(`${stripControlCharacters(permalink)}\n`);
      return;
    }
    const profile = await client.profile().catch(() => undefined);
    this.say(`Its address is not known. It is on the profile${profile?.url ? `: ${profile.url}` : '.'}`);
  }
}

function describeStep({step, container, item}: Step): string {
  const what = item ? `image ${item.number} of ${item.of}` : 'the post';
  switch (step) {
    case 'creating':
      return `Handing ${what} to Threads…`;
    case 'processing':
      return `Threads is processing ${what} (container ${container})…`;
    case 'publishing':
      return 'Publishing…';
  }
}

function resumeCommand(container: string, {identifier}: Source): string {
  const name = identifier === null ? '' : ` --identifier ${identifier}`;
  return `Go on from here; it is not posted twice: ${bin} threads post${name} --resume ${container}`;
}

/** Where going on makes sense: not with a post that cannot be made. */
function withResumeHint(error: unknown, resumption: string | undefined): unknown {
  if (!(error instanceof VaultError) || error.exitCode === 2) return error;
  const restart = error.code === 'PUBLISH_TIMEOUT' ? ['Post it again, with a longer --timeout.'] : [];
  const wayOn = resumption === undefined ? restart : [resumption];
  return new VaultError(error.code, error.message, [...error.suggestions, ...wayOn]);
}
