import {expect} from 'chai';
import {readVariables} from '../../../src/import/variables.js';
import {threads} from '../../../src/platforms/threads/threads.js';
import {failure} from '../oauth/support.js';

const TOKEN = 'THAAfake-0123456789abcdef0123456789abcdef';
const read = async (text: string, variable?: string) => {
  const request = {text, source: '.env', platform: threads, apiUrl: 'https://graph.threads.net', variable};
  const [found] = await readVariables(request);
  return found as {credential: object};
};

describe('reading a credential from a .env file', () => {
  it('reads the standard variables', async () => {
    const text = `# mine\nexport THREADS_APP_ID=1\r\nTHREADS_APP_SECRET="fake"\nTHREADS_REFRESH_TOKEN='${TOKEN}'\nTHREADS_USER_ID=26139168152370559\nTHREADS_TOKEN_EXPIRES_AT=2099-01-01`;
    expect((await read(text)).credential).to.include({
      identifier: '',
      app_id: '1',
      app_secret: 'fake',
      refresh_token: TOKEN,
      user_id: '26139168152370559',
      expires_at: '2099-01-01T00:00:00.000Z',
    });
  });

  it("reads a variable of any name, such as ThreadsPipe's", async () => {
    const text = `THREADS_REFRESH_TOKEN=other\nlong_lived_token_variable='${TOKEN}'\n`;
    expect((await read(text, 'long_lived_token_variable')).credential).to.include({refresh_token: TOKEN});
    expect((await read(`THREADS_ACCESS_TOKEN=${TOKEN}`)).credential).to.include({refresh_token: TOKEN});
  });

  it('suggests a variable that looks like a token when none is found', async () => {
    const error = await failure(read(`A=1\nacc_tkn=${TOKEN}\n`));
    expect(error).to.include({code: 'VARIABLE_MISSING', exitCode: 3});
    expect(error.message).to.include('THREADS_REFRESH_TOKEN or THREADS_ACCESS_TOKEN');
    expect(error.suggestions.join()).to.include('--variable acc_tkn').and.not.include(TOKEN);
    expect((await failure(read(''))).suggestions.join()).to.include('--variable NAME');
    expect((await failure(read('', 'X'))).message).to.include('no token in X');
  });

  it('names the variable whose value is not a token', async () => {
    const error = await failure(read('acc_tkn="two words"', 'acc_tkn'));
    expect(error.message).to.include('acc_tkn').and.not.include('two words');
  });
});
