// usage: moonsift evaluate VERTICAL ... | node check_line.js     the check lines of README.md from decisions
'use strict';
const fs = require('fs');

function day(text) { // of a date as it was written: (year, month, 1) + day - 1
  if (text === undefined) return '';
  const [, y, m, d] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text).map(Number);
  const first = new Date(0);
  first.setUTCFullYear(y, m - 1, 1);
  return first.getTime() / 86400000 + d - 1;
}

const text = (x) => (x === undefined ? '' : x);
const list = (x) => (x === undefined ? '' : '[' + x.join('+') + ']');
const fields = {
  recruitment: (a) => [text(a.budget_min), text(a.budget_max), text(a.urgency_level), text(a.job_type_preference),
    text(a.lead_source), text(a.follower_count), day(a.scraped_date), day(a.last_contact_date), text(a.budget_range)],
  ecommerce: (a) => [text(a.order_count), text(a.total_spent), day(a.last_purchase_date), text(a.preferred_channel),
    text(a.avg_order_value), text(a.loyalty_points), text(a.vip_status)],
  business_setup: (a) => [text(a.company_type), text(a.budget_range), text(a.timeline), list(a.services_needed),
    text(a.meeting_scheduled), day(a.meeting_date)],
};

function line(d) {
  return [d.id, ...fields[d.vertical.replace('_functions', '')](d.attributes), Math.round(d.score * 10), d.attributes.lead_status,
    d.labels.join(','), d.fired.join(',')].join('|');
}

const lines = fs.readFileSync(0, 'utf8').trimEnd().split('\n');
process.stdout.write(lines.map((l) => line(JSON.parse(l))).join('\n'));
