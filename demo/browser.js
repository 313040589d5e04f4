// A headless stand-in for a browser, for the demo and the tests: follows the redirects of a login to the
// callback, and accepts the callback's self-signed certificate, as a person would.
import {request as httpRequest} from 'node:http';
import {request as httpsRequest} from 'node:https';

/** Ends a redirect loop; a login needs fewer requests. */
const MAXIMUM_REQUESTS = 5;

let url = new URL(process.argv[2]);
for (let requests = 0; requests < MAXIMUM_REQUESTS; requests++) {
  const {status, location} = await visit(url);
  if (!location) process.exit(status < 400 ? 0 : 1);
  url = new URL(location, url);
}

function visit(address) {
  const request = address.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(address, {rejectUnauthorized: false}, response => {
      response.resume();
      response.on('end', () => resolve({status: response.statusCode, location: response.headers.location}));
    })
      .on('error', reject)
      .end();
  });
}
