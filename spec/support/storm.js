// Sends signed webhooks as fast as told, each until it is acknowledged once.
//   node storm.js URL SECRET BODIES PER_SECOND ACKED_FILE
// BODIES has one JSON object a line; with "at" (milliseconds since the start) instead of PER_SECOND
// as "-", when it is to be sent. ACKED_FILE gets one line an acknowledgement: number of the line,
// delivery id as the host calls it, milliseconds it took.
'use strict';
const http = require('http');
const crypto = require('crypto');
const fs = require('fs');

const [url, secret, file, perSecond, ackedFile] = process.argv.slice(2);
const target = new URL(url);
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
const bodies = fs.readFileSync(file, 'utf8').split('\n').filter((line) => line);
const plan = bodies.map((line, n) => {
  const body = JSON.parse(line);
  const at = perSecond === '-' ? body.at : (n * 1000) / Number(perSecond);
  delete body.at;
  return { at, body: Buffer.from(JSON.stringify(body)) };
});
const acked = [];
const run = `${process.pid}-${Date.now()}`;
const started = Date.now();
let next = 0;

function post(n) {
  const { body } = plan[n];
  const time = String(Math.floor(Date.now() / 1000));
  const mac = crypto.createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex');
  const from = process.hrtime.bigint();
  const request = http.request({
    agent, method: 'POST', host: target.hostname, port: target.port, path: target.pathname,
    headers: {
      'Content-Type': 'application/json', 'Content-Length': body.length,
      'X-Chatwoot-Delivery': `storm-${run}-${n}`, 'X-Chatwoot-Timestamp': time,
      'X-Chatwoot-Signature': `sha256=${mac}`,
    },
  }, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => {
      if (response.statusCode !== 200) {
        setTimeout(post, 100, n);
        return;
      }
      const ms = Number(process.hrtime.bigint() - from) / 1e6;
      acked.push(`${n} ${JSON.parse(text).delivery} ${ms.toFixed(2)}`);
      if (acked.length === plan.length) finish();
    });
  });
  request.setTimeout(30000, () => request.destroy(new Error('timeout')));
  request.on('error', () => setTimeout(post, 100, n));
  request.end(body);
}

function finish() {
  fs.writeFileSync(ackedFile, `${acked.join('\n')}\n`);
  process.exit(0);
}

setInterval(() => {
  const now = Date.now() - started;
  while (next < plan.length && plan[next].at <= now) post(next++);
}, 2);
