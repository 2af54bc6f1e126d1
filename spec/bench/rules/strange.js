// usage: node strange.js SEED N  -> JSON lines like gen.js, but with values at and beyond every border of SPEC.md
'use strict';
const { rng } = require('./gen.js');

function maker(r) {
  let odd = 0; // how strange this contact is
  const int = (n) => Math.floor(r() * n), pick = (a) => a[int(a.length)];
  const blank = () => (r() >= odd ? '' : pick([' ', '\t', '\r\n', ' ', '\u00a0', '\u3000', '\u0000']));
  const cases = (s) => (r() >= odd ? s : [...s].map((c) => (r() < 0.5 ? c.toUpperCase() : c)).join(''));
  const any = () => pick([null, '', ' ', true, false, 0, -0, -1, 0.5, 1e300, [], {}, ['low'], { a: 1 }, 'x', '\u212a', 'ſ', '٣', '€', 'k']);
  const digits = () => { let s = ''; for (let n = 1 + int(r() < odd ? 10 : 6); n > 0; n--) s += int(10); return s; };
  const groups = () => { const sep = pick(r() < odd / 4 ? ['\u00a0', "'"] : ['.', ',', ' ']); let s = String(int(r() < odd / 4 ? 3000 : 1000));
    for (let n = int(r() < odd ? 4 : 2); n > 0; n--) s += (r() < odd / 8 ? pick(['.', ',', ' ']) : sep) + String(int(1000)).padStart(r() < odd / 8 ? 2 : 3, '0');
    return s; };
  const amount = () => { const x = r();
    if (x < odd / 3) return any();
    if (x < 0.4) return pick([int(200000), int(2e8), 1e8, 1e8 + 1, 79999, 80000, 49999, 50000, 9999, 10000, 99999.99, 1e8 + 0.5, -0.5, 2 ** 53, 2 ** 63]);
    return blank() + pick(['', '', '€', '€ ']) + blank() + (r() < 0.5 ? digits() : groups())
      + (r() < odd / 2 ? pick(['kk', '.', '.5', 'k€', '-', 'x']) : pick(['', '', '', 'k', 'K', ' k'])) + blank(); };
  const word = (words) => () => (r() < odd / 3 ? any() : blank() + cases(pick(words)) + (r() < odd / 4 ? pick(['x', '.', '\u0131']) : '') + blank());
  const pad = (n, w) => String(n).padStart(w, '0');
  const date = () => { const x = r();
    if (x < odd / 3) return any();
    const y = x < 0.15 ? int(10000) : 2024 + int(2);
    return (r() < odd / 4 ? ' ' : '') + pad(y, 4) + (r() < odd / 4 ? '/' : '-') + pad(r() < odd ? int(14) : 1 + int(12), 2)
      + '-' + pad(r() < odd ? int(34) : 1 + int(31), r() < odd / 4 ? 1 : 2)
      + pick(['', 'T10:00:00Z', ' ', 'junk', '\u0000']); };
  const fields = { budget_min: amount, budget_max: amount, urgency_level: word(['low', 'medium', 'high', 'asap']),
    job_type_preference: word(['interim', 'permanent', 'freelance', 'parttime']),
    lead_source: word(['instagram_scrape', 'linkedin_scrape', 'instagram_dm', 'website_form', 'referral', 'İnstagram_dm', 'lin\u212aedin_scrape']),
    follower_count: amount, scraped_date: date, last_contact_date: date,
    last_intent: () => pick(['job_search', 'job_search', 'Job_search', ' job_search', null, '', 7, ['job_search']]),
    lead_status: () => pick(['customer', 'Customer', ' customer', 'new', null, '', 1]),
    budget_range: () => any(), qualification_score: () => any(), other: () => any() };
  return () => { const a = {}; odd = pick([0, 0, 0.1, 0.6]); for (const k of Object.keys(fields)) if (r() < 0.8) a[k] = fields[k](); return a; };
}

const make = maker(rng(Number(process.argv[2] || 1)));
for (let i = 1, n = Number(process.argv[3] || 1000); i <= n; i++) console.log(JSON.stringify({ id: i, custom_attributes: make() }));
