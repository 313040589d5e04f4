import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmod, copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'chai';
import {readStat} from '../../../../src/cli/exec/process-stat.js';
import {needsLinux} from '../../../support/needs.js';
import {withFolder} from '../../oauth/support.js';

describe('process status', () => {
  before(function () {
    needsLinux(this);
  });

  it('is read correctly whatever the name of the process holds', () =>
    withFolder(async folder => {
      const program = join(folder, ') T 1 (');
      await copyFile('/bin/cat', program);
      await chmod(program, 0o700);
      const child = spawn(program, {stdio: ['pipe', 'pipe', 'inherit'], detached: true});
      child.stdin.write('up\n');
      await once(child.stdout, 'data');
      const stat = readStat(child.pid!)!;
      expect(stat).to.include({group: String(child.pid), terminal: '0', foreground: '-1'});
      expect(stat.state).to.be.oneOf(['S', 'R']);
      expect(Number(stat.start)).to.be.at.least(Number(readStat(process.pid)!.start));
      child.stdin.end();
      await once(child, 'exit');
      expect(readStat(child.pid!)).to.equal(undefined);
    }));

  it('is undefined if there is no such process', () => {
    expect(readStat(0)).to.equal(undefined);
    expect(readStat(999_999_999)).to.equal(undefined);
  });
});
