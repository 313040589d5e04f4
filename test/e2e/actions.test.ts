import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as wait} from 'node:timers/promises';
import {expect} from 'chai';
import {quoteShell} from '../../src/cli/output/formats.js';
import type {Fault} from '../../src/platforms/threads/sandbox/faults.js';
import type {SandboxOptions} from '../../src/platforms/threads/sandbox/sandbox.js';
import {needsLinux, needsPrograms} from '../support/needs.js';
import {Running, TOOL, World} from '../support/world.js';

const ALL = ['threads_basic', 'threads_content_publish', 'threads_manage_insights', 'threads_delete'];
const IMAGES = ['https://example.com/a.jpg', 'https://example.com/b.jpg', 'https://example.com/c.jpg'];
const BROKEN = 'https://example.com/broken.jpg';
const CONTAINERS = '/v1.0/:user/threads';
const PUBLISH = '/v1.0/:user/threads_publish';
const PERMALINK = /^https:\/\/www\.threads\.com\/@sandbox_account\/post\/\S+\n$/;

describe('posting, reading and deleting', () => {
  let world: World;
  afterEach(() => world.destroy());
  const begin = async (options: SandboxOptions = {}) => {
    world = await World.create(options);
  };

  const token = (scopes = ALL) => world.sandbox.mint({scopes}).access_token;
  /** Stores `alice` with these scopes, which the service confirms. */
  const store = (scopes = ALL) => world.store(50, {scopes}, scopes);
  /** Returns the paths of the requests with this method. */
  const sent = (method: string) =>
    world.sandbox.requests
      .filter(each => each.method === method)
      .map(each => each.path.replace(/\d{9,}/, ':id'));
  const publishings = () => sent('POST').filter(path => path.endsWith('/threads_publish')).length;
  const texts = () => world.sandbox.posts.map(each => each.text);

  for (const source of ['the store', 'variables']) {
    describe(`with the credential from ${source}`, () => {
      let env: Record<string, string>;
      beforeEach(async () => {
        await begin();
        env = {};
        if (source === 'the store') await store();
        else env = {THREADS_REFRESH_TOKEN: token()};
      });
      const run = (args: string[], stdin?: string) =>
        world.run(['threads', ...args], {env, ...(stdin !== undefined && {stdin})});
      const json = (args: string[]) => world.json(['threads', ...args], {env});

      /** Publishes a post and returns its id. */
      const posted = async (): Promise<string> => (await json(['post', '--text', 'A post'])).value.id;

      it('profile shows the account', async () => {
        const {code, stdout} = await run(['profile']);
        expect(code).to.equal(0);
        expect(stdout).to.match(/^Account +@sandbox_account \(26139168152370559\)$/m);
        expect((await json(['profile'])).value).to.include({
          user_id: '26139168152370559',
          username: 'sandbox_account',
          is_verified: false,
        });
      });

      it('post publishes a text and prints its URL', async () => {
        const {code, stdout, stderr} = await run(['post', '--text', 'Hello 👋']);
        expect(code).to.equal(0);
        expect(stdout).to.match(PERMALINK);
        expect(world.sandbox.posts).to.have.length(1);
        const [post] = world.sandbox.posts;
        expect(post).to.include({text: 'Hello 👋', media_type: 'TEXT_POST', permalink: stdout.trim()});
        expect(stderr).to.contain('Publishing…').and.contain(`Published as ${post!.id}.`);
        expect(
          world.sandbox.requests.some(({query}) => query.has('access_token') && !query.has('input_token')),
        ).to.equal(false);
      });

      it('post reads the text from standard input, with or without `--text -`', async () => {
        for (const args of [['post'], ['post', '--text', '-']])
          expect((await run(args, 'First line\n\nLast line — ü\n\n')).code).to.equal(0);
        expect(texts()).to.deep.equal(Array(2).fill('First line\n\nLast line — ü'));
        const {code, stderr} = await run(['post'], ' \n');
        expect(code).to.equal(2);
        expect(stderr).to.contain('needs text');
        expect(world.sandbox.posts).to.have.length(2);
      });

      it('post supports all flags', async () => {
        const id = await posted();
        const {code} = await run([
          ...['post', '--text', '-5 °C', '--link', 'https://example.com/', '--reply-to', id],
          ...['--reply-control', 'mentioned_only', '--topic', 'weather', '--quote', id],
        ]);
        expect(code).to.equal(0);
        expect(world.sandbox.posts.at(-1)).to.deep.include({
          text: '-5 °C',
          link_attachment_url: 'https://example.com/',
          replied_to: {id},
          quoted_post: {id},
          reply_audience: 'MENTIONED_ONLY',
          topic_tag: 'weather',
        });
      });

      it('post publishes an image, and several as a carousel', async () => {
        const one = await run(['post', '--image-1', IMAGES[0]!, '--alt-text', 'A door']);
        expect(one.code).to.equal(0);
        expect(world.sandbox.posts[0]).to.include({media_type: 'IMAGE', alt_text: 'A door', text: undefined});

        const {code, value} = await json([
          ...[
            'post',
            '--text',
            'Doors',
            '--image-1',
            IMAGES[0]!,
            '--image-2',
            IMAGES[1]!,
            '--image-4',
            IMAGES[2]!,
          ],
          ...['--alt-text', 'Red', '--alt-text', '', '--alt-text', 'Blue'],
        ]);
        expect(code).to.equal(0);
        const [, post] = world.sandbox.posts;
        expect(post).to.include({media_type: 'CAROUSEL_ALBUM', text: 'Doors', id: value.id});
        expect(value).to.deep.equal({
          id: post!.id,
          permalink: post!.permalink,
          container: world.sandbox.containers.at(-1)!.id,
          already_published: false,
        });
        const children = world.sandbox.containers.filter(each => each.is_carousel_item);
        expect(children.map(({image_url, alt_text}) => [image_url, alt_text])).to.deep.equal([
          [IMAGES[0], 'Red'],
          [IMAGES[1], undefined],
          [IMAGES[2], 'Blue'],
        ]);
      });

      it('video publishes a video, also with the flag names of Agoras', async () => {
        const url = 'https://example.com/tour.mp4';
        for (const flag of ['--text', '--video-title']) {
          const {code, stdout} = await run([
            'video',
            '--video-url',
            url,
            flag,
            'A tour',
            '--alt-text',
            'Rooms',
          ]);
          expect(code).to.equal(0);
          expect(stdout).to.match(PERMALINK);
        }
        for (const post of world.sandbox.posts)
          expect(post).to.include({media_type: 'VIDEO', text: 'A tour', alt_text: 'Rooms', media_url: url});
      });

      it('share reposts a post', async () => {
        const id = await posted();
        const {code, stdout} = await run(['share', '--post-id', id]);
        expect(code).to.equal(0);
        expect(stdout).to.match(PERMALINK);
        expect(world.sandbox.posts.at(-1)).to.deep.include({
          media_type: 'REPOST_FACADE',
          reposted_post: {id},
        });
        expect((await json(['share', '--post-id', id])).value).to.include({post_id: id});
      });

      it('delete deletes with --yes, and nothing without it if nobody can be asked', async () => {
        const id = await posted();
        const unasked = await run(['delete', '--post-id', id]);
        expect(unasked.code).to.equal(2);
        expect(unasked.stderr).to.contain('--yes');
        expect(sent('DELETE')).to.deep.equal([]);
        expect((await json(['delete', '--post-id', id, '--yes'])).value).to.deep.equal({
          deleted: true,
          post_id: id,
        });
        expect(world.sandbox.posts).to.deep.equal([]);
        const again = await run(['delete', '--post-id', id, '-y']);
        expect(again.code).to.equal(2);
        expect(again.stderr).to.contain('Not found');
      });

      it('insights shows the figures of the account and of a post', async () => {
        const account = await json(['insights']);
        expect(account.code).to.equal(0);
        expect(account.value.post_id).to.equal(null);
        expect(account.value.insights).to.have.keys(
          ...['views', 'likes', 'replies', 'reposts', 'quotes', 'clicks', 'followers_count'],
        );
        const id = await posted();
        const {code, stdout} = await run(['insights', '--post-id', id]);
        expect(code).to.equal(0);
        expect(stdout).to.match(/^views +\d+\nlikes +\d+\n/);
      });

      it('limits shows what is used', async () => {
        await posted();
        const {code, stdout} = await run(['limits']);
        expect(code).to.equal(0);
        expect(stdout).to.match(/^Posts +1 of 250 used within 24 hours\nReplies +0 of 1,000 /);
        expect((await json(['limits'])).value.posts).to.deep.equal({used: 1, total: 250, period: 86_400});
      });

      for (const [args, scope] of [
        [['post', '--text', 'x'], 'threads_content_publish'],
        [['video', '--video-url', 'https://example.com/a.mp4'], 'threads_content_publish'],
        [['share', '--post-id', '1'], 'threads_content_publish'],
        [['limits'], 'threads_content_publish'],
        [['delete', '--post-id', '1', '--yes'], 'threads_delete'],
        [['insights'], 'threads_manage_insights'],
      ] as [string[], string][]) {
        it(`${args[0]} reports before the request that ${scope} is missing`, async () => {
          const others = ALL.filter(each => each !== scope);
          if (source === 'the store') await store(others);
          else env = {THREADS_REFRESH_TOKEN: token(others)};
          const {code, stderr} = await run(args);
          expect(code).to.equal(4);
          const name = source === 'the store' ? ' --identifier alice' : '';
          expect(stderr).to.contain(
            `tool threads authorize${name} --scope ${[...others, scope].join(',')}\n`,
          );
          expect(world.sandbox.requests.map(({path}) => path)).to.deep.equal(
            source === 'the store' ? [] : ['/v1.0/debug_token'],
          );
        });
      }

      it('fails with 4 if the token was revoked', async () => {
        for (const issued of world.sandbox.issued()) world.sandbox.revoke(issued);
        for (const args of [['profile'], ['post', '--text', 'x'], ['delete', '--post-id', '1', '--yes']]) {
          const {code, stderr} = await run(args);
          expect(code).to.equal(4);
          expect(stderr).to.contain('tool threads authorize');
        }
      });
    });
  }

  describe('before any request', () => {
    beforeEach(async () => {
      await begin();
      await store();
    });

    for (const [what, args, told] of [
      ['a text of 501 characters', ['post', '--text', 'x'.repeat(501)], '501 characters; at most 500'],
      ['too many emoji', ['post', '--text', '😀'.repeat(126)], '504 characters; at most 500'],
      ['six links', ['post', '--text', [1, 2, 3, 4, 5, 6].map(n => `https://a.b/${n}`).join(' ')], '5 links'],
      ['an image on the disk', ['post', '--image-1', './a.jpg'], 'image'],
      ['a video on the disk', ['video', '--video-url', '/a.mp4'], 'public server'],
      ['a link and an image', ['post', '--image-1', IMAGES[0], '--link', 'https://a.b'], 'not both'],
      [
        'more descriptions than images',
        ['post', '--image-1', IMAGES[0], '--alt-text', 'a', '--alt-text', 'b'],
        '2 --alt-text but 1 image.',
      ],
      ['an invalid choice', ['post', '--text', 'x', '--reply-control', 'nobody'], 'mentioned_only'],
      ['a reply to a URL', ['post', '--text', 'x', '--reply-to', 'https://a.b'], 'number'],
      ['no post', ['share'], 'post-id'],
      ['a URL instead of an id', ['delete', '--yes', '--post-id', 'https://a.b'], 'number'],
      ['a text with --resume', ['post', '--resume', '1', '--text', 'x'], '--text cannot change it'],
    ] as [string, string[], string][]) {
      it(`refuses ${what} with 2`, async () => {
        const {code, stdout, stderr} = await world.run(['threads', ...args], {stdin: ''});
        expect({code, stdout}).to.deep.equal({code: 2, stdout: ''});
        expect(stderr).to.contain(told);
        expect(world.sandbox.requests).to.deep.equal([]);
      });
    }
  });

  describe('publishing', () => {
    const image = ['threads', 'post', '--text', 'Door', '--image-1', IMAGES[0]!];
    const busy = async (seconds = 3600) => {
      await begin({mediaProcessing: seconds});
      await store();
    };
    const resumption = (stderr: string) => {
      const [, container] = / tool threads post --identifier alice --resume (\d+)$/m.exec(stderr) ?? [];
      expect(container, stderr).to.equal(world.sandbox.containers.at(-1)!.id);
      return ['threads', 'post', '--resume', container!];
    };
    const processing = (running: Running) => running.saying(/processing the post \(container (\d+)\)/);
    /** Waits for a request to a path that matches. */
    const asked = async (path: RegExp) => {
      for (;;) {
        const [request] = await once(world.sandbox.events, 'request');
        if (path.test(request.path)) return;
      }
    };

    it('waits for the image, and continues when it is ready', async () => {
      await busy();
      const running = world.start(image);
      await processing(running);
      expect(world.sandbox.posts).to.deep.equal([]);
      world.sandbox.clock.advance({hours: 2});
      const {code, stdout} = await running.ended;
      expect(code).to.equal(0);
      expect(stdout).to.match(PERMALINK);
    });

    it('fails with 8 after the timeout, and publishes once with the command that it printed', async () => {
      await busy();
      const first = await world.run([...image, '--timeout', '1']);
      expect(first.code).to.equal(8);
      const resume = resumption(first.stderr);
      expect((await world.run([...resume, '--timeout', '1'])).code).to.equal(8);
      expect(world.sandbox.posts).to.deep.equal([]);

      world.sandbox.clock.advance({hours: 2});
      const second = await world.run(resume);
      expect(second.code).to.equal(0);
      expect(second.stdout).to.equal(`${world.sandbox.posts[0]!.permalink}\n`);

      const third = await world.run(resume);
      expect({code: third.code, stdout: third.stdout}).to.deep.equal({code: 0, stdout: ''});
      expect(third.stderr)
        .to.contain('was already published; nothing was published now')
        .and.contain('https://www.threads.com/@sandbox_account');
      expect((await world.json(resume)).value.already_published).to.equal(true);
      expect(texts()).to.deep.equal(['Door']);
      expect(publishings()).to.equal(1);
    });

    it('names no credential in that command if it came from variables', async () => {
      await begin({mediaProcessing: 3600});
      const env = {THREADS_REFRESH_TOKEN: token()};
      const {stderr} = await world.run([...image, '--timeout', '1'], {env});
      const container = world.sandbox.containers[0]!.id;
      expect(stderr).to.contain(`: tool threads post --resume ${container}\n`);
      world.sandbox.clock.advance({hours: 2});
      expect((await world.run(['threads', 'post', '--resume', container], {env})).code).to.equal(0);
    });

    it('exits with 130 on Ctrl-C, and prints the command that continues', async () => {
      await busy();
      const running = world.start(image);
      await processing(running);
      running.child.kill('SIGINT');
      const {code, stderr} = await running.ended;
      expect(code).to.equal(130);
      const resume = resumption(stderr);
      world.sandbox.clock.advance({hours: 2});
      expect((await world.run(resume)).code).to.equal(0);
      expect(texts()).to.deep.equal(['Door']);
    });

    it('prints the same as one JSON document, without the progress', async () => {
      await busy();
      const running = world.start([...image, '--json']);
      await processing(running);
      running.child.kill('SIGINT');
      const {code, stdout} = await running.ended;
      expect(code).to.equal(130);
      const {error} = JSON.parse(stdout);
      expect(error).to.include({code: 'INTERRUPTED', exit_code: 130});
      expect(error.suggestions[0]).to.contain(`--resume ${world.sandbox.containers[0]!.id}`);
    });

    it('says on Ctrl-C, if there is no container yet, that nothing was published', async () => {
      await begin();
      await store();
      world.sandbox.fail(`POST ${CONTAINERS}`, {hang: true});
      const running = world.start(image);
      await asked(/\/threads$/);
      running.child.kill('SIGINT');
      const {code, stderr} = await running.ended;
      expect(code).to.equal(130);
      expect(stderr).to.contain('Nothing was published.').and.not.contain('--resume');
    });

    for (const [outcome, fault] of [
      ['did not arrive', {hang: true}],
      ['arrived', {delay: 500}],
    ] as [string, Fault][]) {
      it(`continues after Ctrl-C during the publish request, which ${outcome}`, async () => {
        await begin();
        await store();
        const {fired} = world.sandbox.fail(PUBLISH, fault);
        const running = world.start(image);
        await asked(/threads_publish$/);
        running.child.kill('SIGINT');
        const {code, stderr} = await running.ended;
        expect([code, fired()]).to.deep.equal([130, 1]);
        const resume = resumption(stderr);
        while ('delay' in fault && world.sandbox.posts.length === 0) await wait(20);
        const {value} = await world.json(resume);
        expect(value.already_published).to.equal('delay' in fault);
        expect(texts()).to.deep.equal(['Door']);
      });
    }

    it('prints the same command again if continuing is interrupted too', async () => {
      await busy();
      const resume = resumption((await world.run([...image, '--timeout', '1'])).stderr);
      world.sandbox.fail('GET /v1.0/:id', {hang: true});
      const running = world.start(resume);
      await asked(/\/\d+$/);
      running.child.kill('SIGINT');
      resumption((await running.ended).stderr);
    });

    it('continues after a kill, with the container that it had printed', async () => {
      await busy();
      const running = world.start(image);
      const [, container] = await processing(running);
      running.child.kill('SIGKILL');
      await running.ended;
      world.sandbox.clock.advance({hours: 2});
      expect((await world.run(['threads', 'post', '--resume', container!])).code).to.equal(0);
      expect(texts()).to.deep.equal(['Door']);
    });

    it('finds its post if the answer was lost after the service acted', async () => {
      await begin();
      await store();
      const fault = world.sandbox.fail(PUBLISH, {drop: 'after'});
      const {code, stdout} = await world.run(image);
      expect(fault.fired()).to.equal(1);
      expect(code).to.equal(0);
      expect(stdout).to.equal(`${world.sandbox.posts[0]!.permalink}\n`);
      expect(world.sandbox.posts).to.have.length(1);
      expect(publishings()).to.equal(1);
    });

    it('sends nothing twice if the answer was lost before, says so, and continues on request', async () => {
      await begin();
      await store();
      const fault = world.sandbox.fail(PUBLISH, {status: 502, body: '<html>'});
      const {code, value} = await world.json(image);
      expect(fault.fired()).to.equal(1);
      expect(code).to.equal(7);
      expect(value.error.code).to.equal('OUTCOME_UNKNOWN');
      expect(publishings()).to.equal(1);
      expect(world.sandbox.posts).to.deep.equal([]);
      expect((await world.run(resumption(value.error.suggestions.join('\n')))).code).to.equal(0);
      expect(texts()).to.deep.equal(['Door']);
    });

    it('publishes once if several processes continue at the same time', async () => {
      await busy();
      const resume = resumption((await world.run([...image, '--timeout', '1'])).stderr);
      world.sandbox.clock.advance({hours: 2});
      // All have looked for the post before the first one publishes it.
      const fault = world.sandbox.fail(PUBLISH, {delay: 4000}, 4);
      const results = await Promise.all([1, 2, 3, 4].map(() => world.json(resume)));
      expect(fault.fired()).to.be.at.least(2);
      expect(results.map(({code}) => code)).to.deep.equal([0, 0, 0, 0]);
      expect(results.filter(({value}) => !value.already_published)).to.have.length(1);
      expect(texts()).to.deep.equal(['Door']);
    });

    it('tries again if the service says that it was not ready', async () => {
      await begin();
      await store();
      const notReady = {
        error: {code: 24, error_subcode: 4279009, message: 'The requested resource does not exist'},
      };
      const fault = world.sandbox.fail(PUBLISH, {status: 400, body: notReady});
      expect((await world.run(image)).code).to.equal(0);
      expect(fault.fired()).to.equal(1);
      expect(texts()).to.deep.equal(['Door']);
    });

    it('creates no second container after a failure, and says that nothing was published', async () => {
      await begin();
      await store();
      const fault = world.sandbox.fail(`POST ${CONTAINERS}`, {drop: 'before'}, 2);
      const {code, stderr} = await world.run(image);
      expect(fault.fired()).to.equal(1);
      expect(code).to.equal(7);
      expect(stderr).to.contain('Nothing was published.').and.not.contain('--resume');
    });

    it('publishes nothing of a carousel with an invalid image', async () => {
      await begin();
      await store();
      const {code, stderr} = await world.run([
        'threads',
        'post',
        ...['--image-1', IMAGES[0]!, '--image-2', BROKEN, '--image-3', IMAGES[1]!],
      ]);
      expect(code).to.equal(2);
      expect(stderr).to.contain('item 2 of the carousel').and.contain('Nothing was published.');
      expect(world.sandbox.posts).to.deep.equal([]);
      expect(world.sandbox.containers.some(({media_type}) => media_type === 'CAROUSEL')).to.equal(false);
    });

    it('says what is wrong with a container that cannot be published', async () => {
      await begin();
      await store();
      const broken = await world.run(['threads', 'video', '--video-url', 'https://example.com/broken.mp4']);
      expect(broken.code).to.equal(2);
      expect(broken.stderr).to.contain('FAILED_DOWNLOADING_VIDEO').and.not.contain('--resume');
      const again = await world.run(['threads', 'post', '--resume', world.sandbox.containers[0]!.id]);
      expect(again.code).to.equal(2);

      const unknown = await world.run(['threads', 'post', '--resume', '17911111111111111']);
      expect(unknown.code).to.equal(2);
      expect(unknown.stderr).to.contain('Not found');
    });

    it('says that a container is too old', async () => {
      await busy();
      const resume = resumption((await world.run([...image, '--timeout', '1'])).stderr);
      world.sandbox.clock.advance({hours: 25});
      const {code, value} = await world.json(resume);
      expect(code).to.equal(2);
      expect(value.error.code).to.equal('CONTAINER_EXPIRED');
    });

    it('does not wait for a quota, and continues once there is one', async () => {
      await begin({quotas: {posts: 1, deletes: 0}});
      await store();
      expect((await world.run(['threads', 'post', '--text', 'One'])).code).to.equal(0);
      const {code, stderr} = await world.run(['threads', 'post', '--text', 'Two']);
      expect(code).to.equal(7);
      const resume = resumption(stderr);
      world.sandbox.clock.advance({hours: 23, minutes: 59});
      expect((await world.run(resume)).code).to.equal(7);
      const id = world.sandbox.posts[0]!.id;
      expect((await world.run(['threads', 'delete', '--post-id', id, '--yes'])).code).to.equal(7);
      expect(texts()).to.deep.equal(['One']);
    });

    it('shares even if the URL cannot be read', async () => {
      await begin();
      await store();
      const {value} = await world.json(['threads', 'post', '--text', 'Door']);
      const fault = world.sandbox.fail('GET /v1.0/:id', {status: 403, body: {error: {code: 10}}});
      const {code, stdout, stderr} = await world.run(['threads', 'share', '--post-id', value.id]);
      expect(fault.fired()).to.equal(1);
      expect({code, stdout}).to.deep.equal({code: 0, stdout: ''});
      expect(stderr).to.contain(`Shared ${value.id} as ${world.sandbox.posts.at(-1)!.id}.`);
    });

    it('posts to no other account than the intended one', async () => {
      await begin();
      const env = {THREADS_REFRESH_TOKEN: token(), THREADS_USER_ID: '1'};
      const {code, stderr} = await world.run(['threads', 'post', '--text', 'x'], {env});
      expect(code).to.equal(2);
      expect(stderr).to.contain('THREADS_USER_ID');
      expect(world.sandbox.containers).to.deep.equal([]);
    });
  });

  describe('on a terminal', () => {
    before(function () {
      needsLinux(this);
      needsPrograms(this, 'script');
    });

    /** Starts the command in its own terminal; `stdout` holds all that it shows there. */
    const start = (args: string[]) => {
      const command = [process.execPath, TOOL, ...args].map(quoteShell).join(' ');
      const env = world.env({TERM: 'xterm'});
      return new Running(spawn('script', ['-qefc', command, '/dev/null'], {env, stdio: 'pipe'}));
    };
    const shown = async (running: Running, text: string) => {
      while (!running.stdout.includes(text)) {
        const ended = await Promise.race([
          running.ended,
          once(running.child.stdout!, 'data').then(() => null),
        ]);
        if (ended) throw new Error(`It ended with ${ended.code}: ${ended.stdout}`);
      }
    };

    for (const [answer, code, left] of [
      ['n\r', 0, 1],
      ['\r', 0, 1],
      ['\u0003', 130, 1],
      ['y\r', 0, 0],
    ] as const) {
      it(`delete asks first, and treats ${JSON.stringify(answer)} as ${left ? 'no' : 'yes'}`, async () => {
        await begin();
        await store();
        const {value} = await world.json(['threads', 'post', '--text', 'Door']);
        const running = start(['threads', 'delete', '--post-id', value.id]);
        await shown(running, '[y/N]');
        running.child.stdin!.write(answer);
        expect((await running.ended).code).to.equal(code);
        expect(world.sandbox.posts).to.have.length(left);
      });
    }

    it('post shows its progress on one line, and removes it on Ctrl-C', async () => {
      await begin({mediaProcessing: 3600});
      await store();
      const running = start(['threads', 'post', '--image-1', IMAGES[0]!]);
      await shown(running, '1 s');
      running.child.stdin!.write('\u0003');
      const {code, stdout} = await running.ended;
      expect(code).to.equal(130);
      expect(stdout).to.match(/: tool threads post --identifier alice --resume \d+\r\n$/);
      const CLEARED = '\u001b[2K';
      expect(stdout).to.contain('processing the post').and.contain(CLEARED);
      expect(stdout.slice(stdout.lastIndexOf(CLEARED))).not.to.contain('processing');
    });
  });
});
