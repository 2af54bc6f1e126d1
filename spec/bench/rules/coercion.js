// SPEC.md's section "Coercion", read plainly: undefined is absent, BAD is invalid. For the twins of ecommerce and
// business_setup; recruit.js has its own, which is tuned to be fast.
'use strict';
const BAD = Symbol('invalid');
const isAbsent = (v) => v === undefined || v === null || v === '';
const trim = (s) => s.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
const lower = (s) => s.replace(/[A-Z]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 32));

function int(v) {
  if (typeof v === 'number') {
    const n = Math.floor(v);
    return n >= 0 && n <= 100000000 ? n : BAD;
  }
  if (typeof v !== 'string') return BAD;
  const [, euro, digits, k] = /^(€?)(.*?)([kK]?)$/s.exec(trim(v)), rest = trim(euro || k ? trim(digits) : digits);
  const plain = /^[0-9]{1,9}$/.test(rest), grouped = /^[0-9]{1,3}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*$/.test(rest);
  const bare = rest.replace(/[., ]/g, '');
  if (!(plain || grouped) || bare.length > 9) return BAD;
  const n = Number(bare) * (k ? 1000 : 1);
  return n <= 100000000 ? n : BAD;
}

function cents(v) {
  if (typeof v !== 'number') return BAD;
  const n = Math.floor(v * 100 + 0.5);
  return n >= 0 && n <= 1e10 ? n : BAD;
}

function oneOf(list) {
  return (v) => {
    const s = typeof v === 'string' ? lower(trim(v)) : '';
    return list.includes(s) ? s : BAD;
  };
}

function someOf(list) {
  const one = oneOf(list);
  return (v) => {
    if (!Array.isArray(v)) return BAD;
    const all = v.map(one);
    return all.includes(BAD) ? BAD : [...new Set(all)];
  };
}

const boolean = (v) => (v === true || v === false ? v : BAD);

function text(pattern) { // of the whole text
  return (v) => {
    if (typeof v !== 'string') return BAD;
    const s = trim(v), found = pattern.exec(s);
    return found && found[0].length === s.length ? s : BAD;
  };
}

// The text stays; dayOf tells its day.
const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})/;
function date(v) {
  const found = typeof v === 'string' && DATE.exec(v);
  if (!found) return BAD;
  const month = Number(found[2]), day = Number(found[3]);
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? v : BAD;
}

function dayOf(s) {
  const [, year, month, day] = DATE.exec(s).map(Number), first = new Date(0);
  first.setUTCFullYear(year, month - 1, 1);
  return first.getTime() / 86400000 + day - 1;
}

// fields: [[name, function], ...] in SPEC's order. What is there: values by name, the rest of the document, errors.
function coerce(raw, fields) {
  const document = new Map(Object.entries(raw)), values = {}, errors = [];
  for (const [name, read] of fields) {
    const v = Object.hasOwn(raw, name) ? raw[name] : undefined;
    document.delete(name);
    if (isAbsent(v)) continue;
    const value = read(v);
    if (value === BAD) errors.push(name);
    else values[name] = value;
  }
  return { document, values, errors };
}

const ORDER = ['qualified-lead', 'unqualified-lead', 'hot-lead', 'cold-lead', 'scraped-lead', 'cold-outreach', 'responded',
  'high-priority', 'vip-customer', 'interim-job-seeker', 'permanent-job-seeker', 'freelance-preference', 'needs-human', 'ai-handled'];

// Collects what fires.
class Verdict {
  constructor() { this.points = 0; this.fired = []; this.set = new Set(); }
  rule(id, holds, points, label) {
    if (!holds) return;
    this.points += points;
    this.fired.push(id);
    if (label) this.set.add(label);
  }
  clamp() { this.points = Math.min(100, Math.max(0, this.points)); }
  has(id) { return this.fired.includes(id); }
  labels() { return ORDER.filter((l) => this.set.has(l)); }
}

const TODAY = Date.UTC(2025, 1, 1) / 86400000;
module.exports = { int, cents, oneOf, someOf, boolean, text, date, dayOf, coerce, Verdict, TODAY };
