// usage: node server.js steps|cte|batch PORT     The hosts that moonsift is compared with: Fastify and pg (PG* say which
// database), POST $HOOK with Chatwoot's signature ($SECRET), recruitment v1 by hand (rules/recruit.js), a row in `events`,
// everything committed before the answer.
//   steps  BEGIN, SELECT FOR UPDATE, UPDATE, DELETE labels, INSERT labels, INSERT event, COMMIT: what most people write
//   cte    SELECT, then one statement that writes everything; two at once for one contact can lose an update
//   batch  what arrives while two transactions run shares the next one (<= 256), arrays through unnest
'use strict';
const crypto = require('crypto');
const { Pool } = require('pg');
const R = require('../rules/recruit.js');
const [mode, port] = process.argv.slice(2), SECRET = process.env.SECRET, WRITERS = 2, MOST = 256;
const pool = new Pool({ max: 16 });

// ---- statements ---------------------------------------------------------------------------------

const SELECT = 'SELECT custom_attributes FROM contacts WHERE id = $1 AND account_id = 1';
const EVENT = 'INSERT INTO events (delivery_id, account_id, contact_id, kind, score, labels, fired)';
const CTE = `WITH u AS (UPDATE contacts SET custom_attributes = $2, updated_at = now() WHERE id = $1 AND account_id = 1 RETURNING id),
  l AS (SELECT id FROM labels WHERE account_id = 1 AND title = ANY($3)),
  d AS (DELETE FROM contact_labels USING labels o WHERE contact_id = $1 AND o.id = label_id AND o.title = ANY($7)
    AND label_id NOT IN (SELECT id FROM l)),
  i AS (INSERT INTO contact_labels (contact_id, label_id) SELECT $1, id FROM l ON CONFLICT DO NOTHING)
  ${EVENT} VALUES ($4, 1, $1, $5, $6, $3, $8) ON CONFLICT (delivery_id) DO NOTHING`;
const STEPS = {
  update: 'UPDATE contacts SET custom_attributes = $2, updated_at = now() WHERE id = $1',
  remove: `DELETE FROM contact_labels USING labels o WHERE contact_id = $1 AND o.id = label_id AND o.title = ANY($2)
    AND NOT o.title = ANY($3)`,
  add: `INSERT INTO contact_labels (contact_id, label_id) SELECT $1, id FROM labels WHERE account_id = 1 AND title = ANY($2)
    ON CONFLICT DO NOTHING`,
  event: `${EVENT} VALUES ($1, 1, $2, $3, $4, $5, $6) ON CONFLICT (delivery_id) DO NOTHING`,
};
const BATCH = {
  read: 'SELECT id, custom_attributes FROM contacts WHERE id = ANY($1) AND account_id = 1 ORDER BY id FOR UPDATE',
  update: `UPDATE contacts c SET custom_attributes = v.a, updated_at = now() FROM unnest($1::int[], $2::jsonb[]) v(id, a)
    WHERE c.id = v.id`,
  remove: `DELETE FROM contact_labels c USING labels o WHERE c.contact_id = ANY($1::int[]) AND o.id = c.label_id
    AND o.title = ANY($4) AND NOT EXISTS (SELECT 1 FROM unnest($2::int[], $3::text[]) v(cid, t)
      WHERE v.cid = c.contact_id AND v.t = o.title)`,
  add: `INSERT INTO contact_labels (contact_id, label_id) SELECT v.cid, l.id FROM unnest($1::int[], $2::text[]) v(cid, t)
    JOIN labels l ON l.title = v.t AND l.account_id = 1 ON CONFLICT DO NOTHING`,
  event: `${EVENT} SELECT d, 1, c, k, s, string_to_array(l, ','), string_to_array(f, ',')
    FROM unnest($1::text[], $2::int[], $3::text[], $4::real[], $5::text[], $6::text[]) v(d, c, k, s, l, f)
    ON CONFLICT (delivery_id) DO NOTHING`,
};
const run = (on, name, text, values) => on.query({ name, text, values });

// ---- one event ----------------------------------------------------------------------------------

async function viaCte(ev) {
  const r = await run(pool, 'read', SELECT, [ev.cid]);
  if (!r.rowCount) return 404;
  const o = R.evaluate(Object.assign(r.rows[0].custom_attributes, ev.attrs));
  await run(pool, 'write', CTE,
    [ev.cid, JSON.stringify(o.attributes), o.labels, ev.did, ev.kind, o.points / 10, R.OWNED, o.fired]);
  return 200;
}

async function viaSteps(ev) {
  const c = await pool.connect();
  try {
    await c.query('BEGIN');
    const r = await run(c, 'read', SELECT + ' FOR UPDATE', [ev.cid]);
    if (!r.rowCount) { await c.query('ROLLBACK'); return 404; }
    const o = R.evaluate(Object.assign(r.rows[0].custom_attributes, ev.attrs));
    await run(c, 'update', STEPS.update, [ev.cid, JSON.stringify(o.attributes)]);
    await run(c, 'remove', STEPS.remove, [ev.cid, R.OWNED, o.labels]);
    await run(c, 'add', STEPS.add, [ev.cid, o.labels]);
    await run(c, 'event', STEPS.event, [ev.did, ev.cid, ev.kind, o.points / 10, o.labels, o.fired]);
    await c.query('COMMIT');
    return 200;
  } catch (e) {
    await c.query('ROLLBACK');
    throw e;
  } finally {
    c.release();
  }
}

// ---- batches: a contact is in one of them at a time ----------------------------------------------

const queue = [], held = new Set();
let running = 0;

function take() {
  const batch = [], rest = [], mine = new Set();
  for (const q of queue) {
    if (batch.length < MOST && (!held.has(q.ev.cid) || mine.has(q.ev.cid))) {
      held.add(q.ev.cid);
      mine.add(q.ev.cid);
      batch.push(q);
    } else {
      rest.push(q);
    }
  }
  queue.length = 0;
  queue.push(...rest);
  return [batch, mine];
}

function pump() {
  while (running < WRITERS && queue.length) {
    const [batch, mine] = take();
    if (!batch.length) return;
    running++;
    flush(batch).then(() => batch.forEach((q) => q.ok(200)), (e) => batch.forEach((q) => q.no(e))).then(() => {
      mine.forEach((id) => held.delete(id));
      running--;
      pump();
    });
  }
}

function judge(batch, known) {
  const rows = [[], [], [], [], [], []], last = new Map();
  for (const { ev } of batch) {
    const a = known.get(ev.cid);
    if (!a) continue;
    const o = R.evaluate(Object.assign(a, ev.attrs));
    known.set(ev.cid, o.attributes);
    last.set(ev.cid, o);
    [ev.did, ev.cid, ev.kind, o.points / 10, o.labels.join(','), o.fired.join(',')].forEach((v, i) => rows[i].push(v));
  }
  return [rows, last];
}

async function flush(batch) {
  const c = await pool.connect();
  try {
    await c.query('BEGIN');
    const ids = [...new Set(batch.map((q) => q.ev.cid))];
    const known = new Map((await run(c, 'read', BATCH.read, [ids])).rows.map((r) => [r.id, r.custom_attributes]));
    const [events, last] = judge(batch, known), changed = [...last.keys()], contacts = [], titles = [];
    for (const id of changed) for (const t of last.get(id).labels) { contacts.push(id); titles.push(t); }
    await Promise.all([
      run(c, 'update', BATCH.update, [changed, changed.map((id) => JSON.stringify(last.get(id).attributes))]),
      run(c, 'remove', BATCH.remove, [changed, contacts, titles, R.OWNED]),
      run(c, 'add', BATCH.add, [contacts, titles]),
      run(c, 'event', BATCH.event, events),
      c.query('COMMIT'),
    ]);
  } catch (e) {
    await c.query('ROLLBACK');
    throw e;
  } finally {
    c.release();
  }
}

function viaBatch(ev) {
  return new Promise((ok, no) => {
    queue.push({ ev, ok, no });
    if (running < WRITERS) setImmediate(pump);
  });
}

// ---- HTTP ---------------------------------------------------------------------------------------

function verify(req) {
  const timestamp = req.headers['x-chatwoot-timestamp'] || '', got = Buffer.from(req.headers['x-chatwoot-signature'] || '');
  const mac = crypto.createHmac('sha256', SECRET).update(timestamp + '.').update(req.body).digest('hex');
  const want = Buffer.from('sha256=' + mac);
  return got.length === want.length && crypto.timingSafeEqual(got, want);
}

function read(req) {
  const b = JSON.parse(req.body), c = b.event === 'message_created' ? b.sender : b;
  return { kind: b.event, cid: c.id, attrs: c.custom_attributes || {}, did: req.headers['x-chatwoot-delivery'] };
}

const handle = { steps: viaSteps, cte: viaCte, batch: viaBatch }[mode];
if (!handle) throw new Error('no such mode: ' + mode);
const app = require('fastify')({ logger: false });
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (req, body, done) => done(null, body));
app.post(process.env.HOOK, async (req, reply) => {
  if (!verify(req)) return reply.code(401).send('bad signature');
  const code = await handle(read(req));
  return reply.code(code).send(code === 200 ? '{"ok":true}' : '{}');
});
app.listen({ port: Number(port), host: '127.0.0.1' });
