// Custom attributes as shops and set-up agencies have them: mostly good, some written their own way, some wrong.
'use strict';
const tools = (r) => {
  const below = (n) => Math.floor(r() * n), pick = (a) => a[below(a.length)];
  const day = (from, n) => new Date(Date.UTC(2025, 1, 1) - (from + below(n)) * 86400000).toISOString().slice(0, 10);
  // Any JSON that is none of the expected types.
  const strange = () => pick([null, '', ' ', true, false, 0, -1, 1e300, 'x', '\u212a', [], {}, [1], { a: 1 }, '\u00a0']);
  // Mostly as listed; now and then with white space around it, in other case, with a look-alike.
  const written = (s) => pick(r() < 0.7 ? [s] : [' ' + s, s + '\t', '\r\n' + s + ' ', s.toUpperCase(), s[0].toUpperCase() + s.slice(1),
    '\u00a0' + s, s.replace('k', '\u212a')]);
  const date = () => {
    const x = r(), near = pick([0, 88, 363, -20]) + below(5), d = x < 0.5 ? day(0, 500) : day(near, 1);
    return x < 0.9 ? d + pick(['', '', 'T14:20:00Z', ' 09:00', 'x']) : pick(['soon', '2025-13-01', '2025-00-10', '2025-02-31', '2025-01-32',
      '01/02/2025', ' 2025-01-10', '2025-1-10', '0000-01-01', '9999-12-31', '1969-12-31', '２０２５-01-01']);
  };
  const mostly = (good, other) => pick(r() < 0.8 ? good : other);
  return { below, pick, strange, written, date, mostly };
};
const MISSING = 0.1, STRANGE = 0.03;

function ecommerce(r) {
  const { below, pick, strange, written, date, mostly } = tools(r), a = {};
  const put = (name, make) => { if (r() >= MISSING) a[name] = r() < STRANGE ? strange() : make(); };
  put('order_count', () => mostly([below(5), below(30)], [below(4000), below(4) + 0.99, -0, 100000000, 100000001, String(below(6)),
    ' ' + below(9) + ' ', '€' + below(9), below(9) + 'k', below(9) + ' K', '1.' + (100 + below(900)), '1,5', '2.50', '12 ' + (100 + below(900)),
    '1.234,567', '1234.567', '1.234.567', '123.456.789', '1.234.567.890', '€ 70.000', '€1.2k', '€', 'k', '٣']));
  const cent = () => below(60000) / 100;
  put('total_spent', () => mostly([cent(), cent(), below(600)], [below(20000) / 1000, below(20000) / 1000 + 0.005, 399.995, 399.99,
    399.994999, 400, -0.004, -0.005, -0.0051, 1e8, 100000000.004, 100000000.005, 1e8 - 0.005, r() * 1000, r() * 1e8, 1.005, 2.675, 4.35, 1e-9,
    String(below(500)), '450.00']));
  put('last_purchase_date', date);
  put('preferred_channel', () => written(mostly(['whatsapp', 'whatsapp', 'instagram', 'email', 'phone'], ['sms', 'whats app', 'phone'])));
  if (r() < 0.3) a.lead_status = pick(['customer', 'Customer', 'new', 'qualified', 5, null]);
  if (r() < 0.3) a.avg_order_value = pick([150, 150.5, '150', null, 99.99]);
  if (r() < 0.3) a.loyalty_points = pick([450, 0, 'many', null]);
  if (r() < 0.3) a.vip_status = pick([true, false, 'true', null]);
  if (r() < 0.2) a.size_preference = pick(['42', 42, ['42', '43'], { eu: 42 }]);
  return a;
}

function business_setup(r) { // named like the vertical
  const { below, pick, strange, written, date, mostly } = tools(r), a = {};
  const put = (name, make) => { if (r() >= MISSING) a[name] = r() < STRANGE ? strange() : make(); };
  const thousands = () => pick([below(30), 8 + below(14), 9, 10, 19, 20, below(1000000)]);
  const months = () => pick([below(13), 1 + below(11), 3, 4, 9, 10]);
  const SERVICES = ['company_registration', 'visa_processing', 'bank_account', 'office_space', 'tax_advice'];
  put('company_type', () => written(mostly(['tech_startup', 'tech_startup', 'consultancy', 'trading', 'holding', 'ecommerce'], ['bakery', 'trading'])));
  put('budget_range', () => { const n = thousands(), m = thousands();
    return mostly([`€${n}-${m}k`], [`${n}-${m}`, `€${n}-${m}`, `${n}-${m}k`, ` €${n}-${m}k\n`, `€0${n}-00${m}k`,
      `€${n}-${m}K`, `€ ${n}-${m}k`, `€${n} - ${m}k`, `€${n}k-${m}k`, `€${n}-1234567k`, `€1234567-${m}k`, `€-${m}k`, `€${n}-k`, `€${n}k`,
      `€€${n}-${m}`, `€${n}-${m}k+`, `$${n}-${m}k`, `€${n}–${m}k`, `€${n}-${m}kk`, 'up to €20k', `€١-${m}k`]); });
  put('timeline', () => { const n = months(), m = months();
    return mostly([`${n}-${m} months`, `${m} months`], [` ${n}-${m} months `, `0${m} months`,
      `${n}-${m}  months`, `${n}-${m} Months`, `${n}-${m} month`, `${n}-${m}months`, `${n} - ${m} months`, `-${m} months`, `${n}- months`,
      '1234567 months', `${n}-1234567 months`, `999999-${m} months`, 'asap', `in ${m} months`, `${m} months.`, `${n}-${n}-${m} months`,
      `${m}\u00a0months`, '１ months', ' months']); });
  put('services_needed', () => {
    const list = [];
    for (let i = below(6); i > 0; i--) list.push(r() < 0.1 ? written(pick(SERVICES)) : pick(SERVICES));
    const x = r();
    if (x < 0.04) list.splice(below(list.length + 1), 0, pick([null, '', 'parking', 1, true, ['bank_account'], { a: 1 }, ' ']));
    return x < 0.94 ? list : pick(['bank_account', 'bank_account,visa_processing', { bank_account: true }, '["bank_account"]']);
  });
  put('meeting_scheduled', () => mostly([true, true, false], ['true', 'yes', 1, 0]));
  put('meeting_date', date);
  if (r() < 0.3) a.lead_status = pick(['customer', 'Customer', ' customer', 'new', 'qualified', 5, null]);
  if (r() < 0.2) a.qualification_score = pick([9, 9.5, 'high', null]);
  if (r() < 0.3) a.qualified_date = '2025-01-15';
  return a;
}

module.exports = { ecommerce, business_setup };
