// Sends many signed contact events to a host, until each was acknowledged once.
//   node flood.js URL SECRET COUNT PER_SECOND ACKED_FILE
// A refused connection, a broken one and a 503 are tried again with the same delivery id, as a
// sender with patience would; so what was stored but not answered must be found a duplicate.
// ACKED_FILE gets one line an acknowledgement: delivery id, status, result, tries.
'use strict';
const http = require('http');
const crypto = require('crypto');
const fs = require('fs');

const [url, secret, count, perSecond, file] = process.argv.slice(2);
const target = new URL(url);
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const acked = fs.openSync(file, 'a');
const started = Date.now();
const sources = ['website_form', 'referral', 'instagram_scrape', 'linkedin_scrape'];

// Every contact comes twice; the second time every fifth has no news.
function payload(n) {
  const half = Math.ceil(count / 2);
  const contact = 1 + (n % half);
  const k = n >= half && n % 5 === 0 ? n - half : n;
  return JSON.stringify({
    account: { id: 1, name: 'Flood' }, additional_attributes: {}, avatar: '',
    custom_attributes: {
      lead_source: sources[k % 4], budget_max: 30000 + (k % 70) * 1000,
      urgency_level: ['low', 'medium', 'high'][k % 3],
    },
    email: `lead${contact}@flood.example`, id: 700000 + contact, identifier: null,
    name: `Lead ${contact}`, phone_number: null, thumbnail: '', blocked: false,
    event: n < half ? 'contact_created' : 'contact_updated',
  });
}

function post(n, done) {
  const body = Buffer.from(payload(n));
  const time = String(Math.floor(Date.now() / 1000));
  const mac = crypto.createHmac('sha256', secret).update(time + '.').update(body).digest('hex');
  const request = http.request({
    agent, method: 'POST', host: target.hostname, port: target.port, path: target.pathname,
    headers: {
      'Content-Type': 'application/json', 'Content-Length': body.length,
      'X-Chatwoot-Delivery': `flood-${n}`, 'X-Chatwoot-Timestamp': time,
      'X-Chatwoot-Signature': `sha256=${mac}`,
    },
  }, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => done(response.statusCode, text));
    response.on('aborted', () => done(0, 'aborted'));
  });
  request.setTimeout(10000, () => request.destroy(new Error('timeout')));
  request.on('error', (error) => done(0, error.code || error.message));
  request.end(body);
}

let next = 0, open = 0, finished = 0, again = 0;

function send(n, tries) {
  let answered = false;
  post(n, (status, text) => {
    if (answered) return;
    answered = true;
    if (status === 200) {
      let result = '?';
      try { result = JSON.parse(text).result; } catch (error) { result = 'no-json'; }
      fs.writeSync(acked, `flood-${n} ${status} ${result} ${tries}\n`);
      open--; finished++;
      if (finished === Number(count)) finish();
    } else if (status === 0 || status === 503 || status === 429) {
      again++;
      setTimeout(send, 100, n, tries + 1);
    } else {
      console.error(`flood-${n}: ${status} ${text}`);
      process.exit(1);
    }
  });
}

function finish() {
  const seconds = (Date.now() - started) / 1000;
  console.log(`${finished} acknowledged, ${again} tries failed, ${seconds.toFixed(1)} s`);
  process.exit(0);
}

setInterval(() => {
  const due = Math.min(Number(count), Math.ceil((Date.now() - started) / 1000 * Number(perSecond)));
  while (next < due && open < 64) { open++; send(next++, 1); }
}, 10);
