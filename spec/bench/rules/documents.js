// usage: node documents.js CONTACTS DECISIONS     every part of each decision against the peer; prints how many agree
'use strict';
const fs = require('fs'), assert = require('assert');
const peers = { recruitment: './recruit.js', ecommerce: './ecommerce.js', business_setup: './business_setup.js' };
const [contacts, decisions] = process.argv.slice(2).map((f) => fs.readFileSync(f, 'utf8').trimEnd().split('\n').map((l) => JSON.parse(l)));
const R = require(peers[decisions[0].vertical]), MANAGED = new Set(R.MANAGED || ['budget_range', 'lead_status', 'qualification_score']);
const has = (o, k) => Object.hasOwn(o, k);
const plain = (o) => JSON.parse(JSON.stringify(o)); // -0 and 0 are one number in JSON

function apply(before, changes) {
  const after = { ...before };
  for (const [k, v] of Object.entries(changes)) if (v === null) delete after[k]; else after[k] = v;
  return after;
}

// What moonsift stores: managed keys, and canonical forms of values it understood. The rest stays as it was entered.
function writes(before, after, changed) {
  const out = {};
  for (const k of Object.keys(changed)) if (MANAGED.has(k) || has(after, k)) out[k] = changed[k];
  return out;
}

assert.strictEqual(decisions.length, contacts.length);
contacts.forEach((c, i) => {
  const before = plain(c.custom_attributes), o = R.evaluate(c.custom_attributes), d = decisions[i], after = plain(o.attributes);
  const at = 'contact ' + c.id;
  assert.strictEqual(d.id, c.id);
  assert.deepStrictEqual(d.attributes, after, at);
  assert.deepStrictEqual(apply(before, d.changed), after, at);
  for (const [k, v] of Object.entries(d.changed)) {
    assert(v === null ? has(before, k) : !has(before, k) || JSON.stringify(before[k]) !== JSON.stringify(v), at + ': ' + k + ' did not change');
  }
  assert.deepStrictEqual(d.writes, writes(before, after, d.changed), at);
  assert.deepStrictEqual([d.errors, d.labels, d.fired], [o.errors, o.labels, o.fired], at);
  assert.deepStrictEqual([d.score, d.lead_status], [o.points / 10, o.attributes.lead_status], at);
  assert(d.unknown.every((r) => !d.fired.includes(r)), at);
});
console.log(contacts.length + ' agree');
