// Hand-written plain JavaScript, ecommerce v1, straight from SPEC.md: written to be right, not to be fast.
'use strict';
const C = require('./coercion.js');

const FIELDS = [['order_count', C.int], ['total_spent', C.cents], ['last_purchase_date', C.date],
  ['preferred_channel', C.oneOf(['whatsapp', 'instagram', 'email', 'phone'])]];

function evaluate(raw) {
  const { document, values, errors } = C.coerce(raw, FIELDS), v = new C.Verdict();
  const { order_count: orders, total_spent: total, preferred_channel: channel } = values;
  const age = values.last_purchase_date === undefined ? undefined : C.TODAY - C.dayOf(values.last_purchase_date);
  const average = total !== undefined && orders > 0 ? Math.floor((2 * total + orders) / (2 * orders)) : undefined;
  v.rule('E01', orders >= 1, 20);
  v.rule('E02', orders >= 3, 20);
  v.rule('E03', total >= 40000, 20, 'vip-customer');
  v.rule('E04', average >= 10000, 15);
  v.rule('E05', age <= 90, 15, 'responded');
  v.rule('E06', age > 365, -20, 'cold-lead');
  v.rule('E07', channel === 'whatsapp', 10);
  v.clamp();
  v.rule('O1', v.points >= 80, 0, 'high-priority');
  v.rule('O4', errors.length > 0, 0, 'needs-human');
  v.rule('O5', errors.length === 0, 0, 'ai-handled');
  const derived = {
    avg_order_value: average === undefined ? undefined : average / 100,
    loyalty_points: total === undefined ? undefined : Math.floor(total / 100),
    vip_status: v.has('E03'),
    lead_status: orders >= 1 ? 'customer' : 'new',
    qualification_score: v.points / 10,
  };
  const stored = { ...values, ...derived };
  if (total !== undefined) stored.total_spent = total / 100;
  for (const key of Object.keys(derived)) document.delete(key);
  for (const [key, value] of Object.entries(stored)) if (value !== undefined) document.set(key, value);
  return { attributes: Object.fromEntries(document), points: v.points, labels: v.labels(), fired: v.fired, errors };
}

function line(id, o) {
  const a = o.attributes, text = (x) => (x === undefined ? '' : x);
  return [id, text(a.order_count), text(a.total_spent), a.last_purchase_date === undefined ? '' : C.dayOf(a.last_purchase_date),
    text(a.preferred_channel), text(a.avg_order_value), text(a.loyalty_points), a.vip_status, o.points, a.lead_status,
    o.labels.join(','), o.fired.join(',')].join('|');
}

const MANAGED = ['avg_order_value', 'loyalty_points', 'vip_status', 'lead_status', 'qualification_score'];
module.exports = { evaluate, line, MANAGED };
