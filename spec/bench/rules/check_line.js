// usage: moonsift evaluate recruitment ... | node check_line.js     SPEC.md's check lines from decisions
'use strict';
const fs = require('fs');

function day(text) { // of a date as it was written: (year, month, 1) + day - 1
  if (text === undefined) return '';
  const [, y, m, d] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text).map(Number);
  const first = new Date(0);
  first.setUTCFullYear(y, m - 1, 1);
  return first.getTime() / 86400000 + d - 1;
}

function line(d) {
  const a = d.attributes, text = (x) => (x === undefined ? '' : x);
  return [d.id, text(a.budget_min), text(a.budget_max), text(a.urgency_level), text(a.job_type_preference),
    text(a.lead_source), text(a.follower_count), day(a.scraped_date), day(a.last_contact_date), text(a.budget_range),
    Math.round(d.score * 10), a.lead_status, d.labels.join(','), d.fired.join(',')].join('|');
}

const lines = fs.readFileSync(0, 'utf8').trimEnd().split('\n');
process.stdout.write(lines.map((l) => line(JSON.parse(l))).join('\n'));
