// usage: node gen.js ... | node respell.js SEED     the same contacts in another spelling of JSON: escapes, exponents, blanks,
// keys that are there twice (the last counts); now and then a number at the end of what a double can hold
'use strict';
const fs = require('fs');
const { rng } = require('./gen.js');
const r = rng(Number(process.argv[2] || 1));
const below = (n) => Math.floor(r() * n), pick = (a) => a[below(a.length)];
const blank = () => (r() < 0.9 ? '' : pick([' ', '\t', '  ', '\r']));
const ODD = ['1e-400', '100000000.00000001', '100000000.00000002', '123456789012345678901234567890', '-0.0', '0e0', '-1e-300', '1.7976931348623157e308',
  '9007199254740993', '-9223372036854775808', '0.99999999999999999', '1E+2'];
const EARLIER = ['1', 'null', '"x"', '{}', '[true]', '1e5', '-0', '"high"', '"80000"', 'true'];

function number(x) {
  const s = JSON.stringify(x);
  if (r() < 0.5) return s;
  const whole = Number.isInteger(x) && Math.abs(x) < 1e15, exponent = x.toExponential();
  return pick([exponent, exponent.replace('e', 'E'), whole ? s + '.0' : s, whole ? s + '.000e0' : s, whole && x !== 0 ? s + '0e-1' : s,
    s.includes('.') && !s.includes('e') ? s + '0' : s]);
}

function text(s) {
  let out = '"';
  for (let i = 0; i < s.length; i++) { // by units, so that a pair of surrogates is escaped in half
    const pair = /[\ud800-\udfff]/.test(s[i]), unit = s.charCodeAt(i).toString(16).padStart(4, '0');
    out += pair || r() < 0.03 ? '\\u' + (r() < 0.5 ? unit : unit.toUpperCase()) : s[i] === '/' && r() < 0.5 ? '\\/' : JSON.stringify(s[i]).slice(1, -1);
  }
  return out + '"';
}

function write(v, odd) {
  if (typeof v === 'number') return odd && r() < 0.02 ? pick(ODD) : number(v);
  if (typeof v === 'string') return text(v);
  const b = blank;
  if (Array.isArray(v)) return '[' + b() + v.map((x) => write(x, odd)).join(b() + ',' + b()) + b() + ']';
  if (!v || typeof v !== 'object') return JSON.stringify(v);
  const members = Object.entries(v).map(([k, x]) => text(k) + b() + ':' + b() + write(x, odd || k === 'custom_attributes'));
  if (odd && members.length && r() < 0.1) members.unshift(text(pick(Object.keys(v))) + ':' + pick(EARLIER));
  return '{' + b() + members.join(b() + ',' + b()) + b() + '}';
}

let out = [];
for (const l of fs.readFileSync(0, 'utf8').trimEnd().split('\n')) {
  out.push(write(JSON.parse(l), false));
  if (out.length === 5000) { process.stdout.write(out.join('\n') + '\n'); out = []; }
}
if (out.length) process.stdout.write(out.join('\n') + '\n');
