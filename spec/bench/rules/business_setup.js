// Hand-written plain JavaScript, business_setup v1, straight from SPEC.md: written to be right, not to be fast.
'use strict';
const C = require('./coercion.js');

const FIELDS = [
  ['company_type', C.oneOf(['tech_startup', 'consultancy', 'trading', 'holding', 'ecommerce'])],
  ['budget_range', C.text(/^€?[0-9]{1,6}-[0-9]{1,6}k?/)],
  ['timeline', C.text(/^(?:[0-9]{1,6}-[0-9]{1,6}|[0-9]{1,6}) months/)],
  ['services_needed', C.someOf(['company_registration', 'visa_processing', 'bank_account', 'office_space', 'tax_advice'])],
  ['meeting_scheduled', C.boolean],
  ['meeting_date', C.date],
];

const last = (text) => (text === undefined ? undefined : Number(text.match(/[0-9]+/g).pop()));

function evaluate(raw) {
  const { document, values, errors } = C.coerce(raw, FIELDS), v = new C.Verdict();
  const budget = last(values.budget_range), months = last(values.timeline), services = values.services_needed;
  v.rule('B01', budget >= 20, 25);
  v.rule('B02', budget >= 10 && budget < 20, 15);
  v.rule('B03', months <= 3, 20, 'hot-lead');
  v.rule('B04', months > 9, -10, 'cold-lead');
  v.rule('B05', services !== undefined && services.length >= 3, 20);
  v.rule('B06', services !== undefined && services.includes('bank_account'), 5);
  v.rule('B07', values.meeting_scheduled === true, 20, 'responded');
  v.rule('B08', values.company_type === 'tech_startup', 10);
  v.clamp();
  v.rule('O1', v.points >= 70 && errors.length === 0, 0, 'qualified-lead');
  v.rule('O2', v.points < 30, 0, 'unqualified-lead');
  v.rule('O4', errors.length > 0, 0, 'needs-human');
  v.rule('O5', errors.length === 0, 0, 'ai-handled');
  const status = v.has('O1') ? 'qualified' : v.has('O2') ? 'unqualified' : 'new';
  for (const [key, value] of Object.entries(values)) document.set(key, value);
  document.set('lead_status', raw.lead_status === 'customer' ? 'customer' : status);
  document.set('qualification_score', v.points / 10);
  return { attributes: Object.fromEntries(document), points: v.points, labels: v.labels(), fired: v.fired, errors };
}

function line(id, o) {
  const a = o.attributes, text = (x) => (x === undefined ? '' : x);
  return [id, text(a.company_type), text(a.budget_range), text(a.timeline),
    a.services_needed === undefined ? '' : '[' + a.services_needed.join('+') + ']', text(a.meeting_scheduled),
    a.meeting_date === undefined ? '' : C.dayOf(a.meeting_date), o.points, a.lead_status,
    o.labels.join(','), o.fired.join(',')].join('|');
}

module.exports = { evaluate, line, MANAGED: ['lead_status', 'qualification_score'] };
