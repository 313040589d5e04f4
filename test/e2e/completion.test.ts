import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {needsPrograms} from '../support/needs.js';
import {TOOL, World} from '../support/world.js';

/** Each script prints what the shell offers for a command line that ends at the cursor, one per line. */
const SHELLS = {
  bash: `source <(tool completion bash)
    COMP_WORDS=($LINE); [[ $LINE == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    $(complete -p tool | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // _describe and _files need a terminal, so they are replaced.
  zsh: `compdef() { completer=$1 }
    _describe() { print -l -- "\${(@)\${(P)2}%%:*}" }
    _files() { : }
    source <(tool completion zsh)
    words=("\${(@s: :)LINE}")
    CURRENT=\${#words}
    $completer`,
  fish: `tool completion fish | source
    complete -C "$LINE" | string replace -r '\\t.*' ''`,
};

describe('completion in a shell', () => {
  let world: World;
  before(async () => {
    world = await World.create();
    await world.store(40, {identifier: 'alice', username: 'alice'});
    await world.store(40, {identifier: 'my.shop', username: 'my.shop', user_id: '2'});
    await mkdir(join(world.folder, 'bin'));
    await symlink(TOOL, join(world.folder, 'bin/tool'));
    // Without a usable key, all that is offered was found without it.
    await writeFile(world.home.keyFile, 'no key');
  });
  after(() => world.destroy());

  for (const [shell, script] of Object.entries(SHELLS)) {
    describe(shell, () => {
      before(function () {
        needsPrograms(this, shell);
      });

      const offered = async (line: string) => {
        const env = {
          ...world.env({LINE: line, TERM: 'xterm'}),
          PATH: `${world.folder}/bin:${process.env.PATH}`,
        };
        const child = spawn('timeout', ['30', shell, '-c', script], {env, stdio: ['ignore', 'pipe', 'pipe']});
        let text = '';
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', chunk => {
            text += chunk;
          });
        await once(child, 'close');
        return text.trim().split('\n');
      };

      it('offers commands', async () => {
        expect(await offered('tool utils vault ')).to.include.members(['rotate-key', 'verify']);
      });
      it('offers flags', async () => {
        expect(await offered('tool threads authorize --no')).to.include('--no-browser');
      });
      it('offers stored names without the key', async () => {
        expect(await offered('tool threads token --identifier ')).to.include.members(['alice', 'my.shop']);
      });
      it('offers fields', async () => {
        expect(await offered('tool utils tokens show --platform threads --field ref')).to.include(
          'refresh_token',
        );
      });
    });
  }

  it('answers a real Tab in zsh', async function () {
    needsPrograms(this, 'zsh');
    const home = world.folder;
    await writeFile(
      join(home, '.zshrc'),
      `PROMPT= ; autoload -U compinit; compinit -u -d '${home}/.zcompdump'; source <(tool completion zsh); print READY`,
    );
    // ^A moves to the start, so that the completed line becomes the argument of print.
    const script = `zmodload zsh/zpty
      zpty inner zsh -i
      zpty -r -m inner out '*READY*' || exit 1
      zpty -w -n inner $'tool threads tok\t\x01print -- LINE: \n'
      zpty -r -m inner out '*LINE: tool threads token*' && print -- COMPLETED`;
    const env = {...world.env({TERM: 'dumb', ZDOTDIR: home}), PATH: `${home}/bin:${process.env.PATH}`};
    const child = spawn('timeout', ['30', 'zsh', '-f', '-c', script], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk;
    });
    await once(child, 'close');
    expect(text).to.contain('COMPLETED');
  });
});
