// usage: node check.js CONTACTS REQUESTS merge|moonsift ORDER STATE ANSWERED
// Plays the stored deliveries again, one after the other, over the contacts as they were loaded: attributes and labels of
// every contact must come out as the database has them.
//   ORDER  delivery ids in the order they were decided (moonsift: stored, for that is its order)
//   STATE  one contact a line: id, attributes, labels (JSON array), with tabs between
// merge: what a request says goes over what is stored. moonsift: as docs/pipeline.md has it, only what differs from what the
// sender said last is news, and what it no longer says goes; a value that cannot be read stays, a value of ours that
// somebody changed is theirs.
'use strict';
const fs = require('fs'), { isDeepStrictEqual: same } = require('util');
const R = require('../rules/recruit.js');
const [contactsFile, requestsFile, how, orderFile, stateFile, answered] = process.argv.slice(2);
const lines = (file) => fs.readFileSync(file, 'utf8').split('\n').filter((l) => l);
const MANAGED = ['budget_range', 'qualification_score', 'lead_status'];

const requests = lines(requestsFile).map((l) => l.slice(0, l.indexOf('\t')));
const contacts = new Map();
for (const l of lines(contactsFile)) {
  const c = JSON.parse(l);
  contacts.set(c.id, { attributes: c.custom_attributes, labels: [], seen: {}, last: null });
}

// wrk.lua's
function contactOf(i) {
  const h = i * 1103515 % 2147483647;
  return 1 + h * (h % 65536 + 1) % 2147483647 % contacts.size;
}

function merge(c, said) {
  const o = R.evaluate(Object.assign({}, c.attributes, said));
  c.attributes = o.attributes;
  c.labels = o.labels;
}

function take(c, said) {
  for (const [k, v] of Object.entries(said)) if (!Object.hasOwn(c.seen, k) || !same(c.seen[k], v)) c.attributes[k] = v;
  for (const [k, v] of Object.entries(c.seen)) if (!Object.hasOwn(said, k) && same(c.attributes[k], v)) delete c.attributes[k];
  c.seen = said;
}

// Sets a value, or removes it when there is none.
function put(o, k, v) { if (v === undefined) delete o[k]; else o[k] = v; }

function moonsift(c, said) {
  take(c, said);
  const o = R.evaluate(c.attributes), last = c.last || {};
  for (const k of Object.keys(c.attributes)) if (!MANAGED.includes(k) && Object.hasOwn(o.attributes, k)) c.attributes[k] = o.attributes[k];
  for (const k of MANAGED) {
    const now = c.attributes[k], wanted = o.attributes[k];
    if (c.last && !same(now, last[k]) && !same(now, wanted)) continue;
    put(last, k, wanted);
    put(c.attributes, k, wanted);
  }
  c.last = last;
  c.labels = o.labels;
}

const order = lines(orderFile), play = how === 'moonsift' ? moonsift : merge, seen = new Set();
for (const id of order) {
  if (seen.has(id)) continue;
  seen.add(id);
  const i = parseInt(id.slice(-12), 16), at = contactOf(i);
  play(contacts.get(at), JSON.parse(requests[i % requests.length]));
}

let attributes = 0, labels = 0, n = 0, first = '';
for (const l of lines(stateFile)) {
  const [id, a, titles] = l.split('\t'), c = contacts.get(Number(id));
  n++;
  const one = !c || !same(JSON.parse(a), JSON.parse(JSON.stringify(c.attributes))), other = !c || !same(JSON.parse(titles).sort(), [...c.labels].sort());
  attributes += one;
  labels += other;
  if ((one || other) && !first) first = `, first: contact ${id}`;
  if (process.env.SHOW && (one || other)) console.log(id, a, titles, JSON.stringify(c));
}
const bad = attributes + labels + (n !== contacts.size) + (order.length !== seen.size) + (seen.size < Number(answered));
console.log(`${bad ? 'DIFFERS' : 'same'}: ${seen.size} stored (${order.length - seen.size} twice) for ${answered} answers, ` +
  `${attributes} attributes and ${labels} label sets differ of ${n}${first}`);
