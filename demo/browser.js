// A browser without a screen, for the demo and the tests: follows the login's redirects to the callback
// and, as a person would, goes on past the warning of the callback's own certificate.
import {request as httpRequest} from 'node:http';
import {request as httpsRequest} from 'node:https';

let url = new URL(process.argv[2]);
for (let hops = 0; hops < 5; hops++) {
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
