import {mkdir, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {expect} from 'chai';
import {canOpenFiles} from '../../../src/oauth/browser-access.js';
import {needsLinux} from '../../support/needs.js';
import {withFolder} from './support.js';

const BINARY = '\u007fELF';
const XDG_MIME = '#!/bin/sh\n[ "$3" = text/html ] && echo "$HTML" || echo "$HTTPS"\n';

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await writeFile(path, text, {mode: 0o755});
}

describe('giving a browser a file instead of a URL', () => {
  before(function () {
    needsLinux(this);
  });

  it('M3: works for a browser that TOOL_BROWSER or BROWSER names, unless it is a snap or a flatpak', () =>
    withFolder(async folder => {
      const bin = join(folder, 'bin');
      await write(join(bin, 'firefox'), BINARY);
      await write(join(bin, 'chromium'), '#!/bin/sh\nexec /usr/lib/chromium/chromium "$@"\n');
      await write(join(bin, 'open-it.sh'), '#!/bin/sh\nssh desktop xdg-open "$1"\n');
      await write(join(bin, 'chromium-browser'), '#!/bin/sh\nexec /snap/bin/chromium "$@"\n');
      await write(join(folder, 'usr/bin/snap'), BINARY);
      await symlink(join(folder, 'usr/bin/snap'), join(bin, 'opera'));
      await write(join(folder, 'flatpak/exports/bin/epiphany'), BINARY);
      await symlink(join(folder, 'flatpak/exports/bin/epiphany'), join(bin, 'epiphany'));
      await write(join(bin, 'brave'), '#!/bin/sh\nexec flatpak run com.brave.Browser "$@"\n');
      for (const [command, expected] of [
        ['firefox', true],
        ['firefox --new-window %s', true],
        [`"${bin}/firefox" %s &`, true],
        [`'${bin}/chromium'`, true],
        ['open-it.sh', false],
        [`sh ${bin}/firefox`, false],
        ['google-chrome', false], // Not installed.
        ['chromium-browser', false],
        ['opera', false],
        ['epiphany', false],
        ['brave', false],
        ['', false],
      ] as const) {
        expect(await canOpenFiles(command, {PATH: bin}), command).to.equal(expected);
      }
      expect(await canOpenFiles('firefox', {PATH: bin, WSL_DISTRO_NAME: 'Debian'})).to.equal(false);
    }));

  it('M3: works for the system browser if it opens both files and URLs, unless it is a snap or a flatpak', () =>
    withFolder(async folder => {
      const bin = join(folder, 'bin');
      await write(join(bin, 'xdg-mime'), XDG_MIME);
      await write(join(bin, 'firefox'), BINARY);
      const entries = {
        'firefox.desktop': 'Exec=firefox %u',
        'wrapped.desktop': 'Exec=env A=b firefox %u',
        'missing.desktop': 'Exec=not-there %u',
        'firefox_firefox.desktop': 'Exec=env BAMF_DESKTOP_FILE_HINT=x /snap/bin/firefox %u',
        'org.mozilla.firefox.desktop': 'Exec=/usr/bin/flatpak run --branch=stable org.mozilla.firefox %u',
      };
      for (const [name, line] of Object.entries(entries))
        await write(join(folder, 'applications', name), `[Desktop Entry]\n${line}\n`);
      const env = {PATH: `${bin}:/usr/bin:/bin`, HOME: join(folder, 'home'), XDG_DATA_DIRS: folder};
      for (const [HTML, HTTPS, expected] of [
        ['firefox.desktop', 'firefox.desktop', true],
        ['wrapped.desktop', 'wrapped.desktop', true],
        ['editor.desktop', 'firefox.desktop', false],
        ['unknown.desktop', 'unknown.desktop', false],
        ['missing.desktop', 'missing.desktop', false],
        ['firefox_firefox.desktop', 'firefox_firefox.desktop', false],
        ['org.mozilla.firefox.desktop', 'org.mozilla.firefox.desktop', false],
        ['', '', false],
      ]) {
        expect(await canOpenFiles(undefined, {...env, HTML, HTTPS} as NodeJS.ProcessEnv), `${HTML}`).to.equal(
          expected,
        );
      }
      expect(await canOpenFiles(undefined, {...env, PATH: '/nowhere'})).to.equal(false);
    }));
});
