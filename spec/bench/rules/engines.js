// usage: node engines.js FILE check|eval|json zen|jre      @gorules/zen-engine and json-rules-engine (peers/package.json)
// Reading the attributes and what follows from the score are recruit.js's, which is generous: both engines only judge the rules.
'use strict';
const fs = require('fs');
const R = require('./recruit.js');
const [file, mode, engine] = process.argv.slice(2);
const BIT = Object.fromEntries(R.LABELS.map((l, i) => [l, 1 << i]));
const is = (fact, value) => ({ fact, operator: 'equal', value });
const least = (fact, value) => ({ fact, operator: 'greaterThanInclusive', value });
const below = (fact, value) => ({ fact, operator: 'lessThan', value });
const found = { fact: 'src', operator: 'in', value: ['instagram_scrape', 'linkedin_scrape'] };
const SINCE = R.TODAY - 90, FOUND = "src in ['instagram_scrape', 'linkedin_scrape']";
const RULES = [ // id, conditions of json-rules-engine, points, label, expression of zen; -1 and -2 stand for what is missing
  ['R01', [least('bmax', 80000)], 25, '', 'bmax >= 80000'],
  ['R02', [least('bmax', 50000), below('bmax', 80000)], 15, '', 'bmax >= 50000 and bmax < 80000'],
  ['R03', [is('urg', 'high')], 25, 'hot-lead', "urg == 'high'"],
  ['R04', [is('urg', 'low')], -10, 'cold-lead', "urg == 'low'"],
  ['R05', [is('job', 'interim')], 10, 'interim-job-seeker', "job == 'interim'"],
  ['R06', [is('job', 'permanent')], 5, 'permanent-job-seeker', "job == 'permanent'"],
  ['R07', [is('job', 'freelance')], 10, 'freelance-preference', "job == 'freelance'"],
  ['R08', [found], -5, 'scraped-lead', FOUND],
  ['R09', [found, below('con', 0)], 0, 'cold-outreach', FOUND + ' and con < 0'],
  ['R10', [least('con', 0), least('scr', 0), least('con', { fact: 'scr' }), least('con', SINCE)], 15, 'responded',
    `con >= 0 and scr >= 0 and con >= scr and con >= ${SINCE}`],
  ['R11', [least('fol', 10000)], 10, '', 'fol >= 10000'],
  ['R12', [is('intent', 'job_search')], 20, '', "intent == 'job_search'"],
];
const ORDER = Object.fromEntries(RULES.map((r, i) => [r[0], i]));
const facts = (f) => ({ bmax: f.bmax, urg: f.urg, job: f.job, src: f.src, fol: f.fol, scr: f.scr, con: f.con, intent: f.intent });

function finish(f, hits) { // [{ id, points, label }] in any order
  hits.sort((a, b) => ORDER[a.id] - ORDER[b.id]);
  let points = 0, mask = 0;
  for (const h of hits) { points += h.points; if (h.label) mask |= BIT[h.label]; }
  return R.outcome(f, points, mask, hits.map((h) => h.id));
}

function jre() {
  const { Engine } = require('json-rules-engine');
  const rules = RULES.map(([id, all, points, label]) => ({ conditions: { all }, event: { type: id, params: { id, points, label } } }));
  const e = new Engine(rules);
  return async (raw) => { const f = R.coerce(raw), r = await e.run(facts(f)); return finish(f, r.events.map((x) => x.params)); };
}

function zen() { // one decision table whose rows are all collected
  const { ZenEngine } = require('@gorules/zen-engine');
  const at = (x) => ({ x, y: 0 });
  const outputs = ['id', 'points', 'label'].map((field, i) => ({ id: 'o' + i, name: field, field }));
  const rules = RULES.map(([id, , points, label, when]) => ({ _id: id, when, o0: `'${id}'`, o1: String(points), o2: `'${label}'` }));
  const content = { hitPolicy: 'collect', inputs: [{ id: 'when', name: 'when' }], outputs, rules };
  const nodes = [{ id: 'in', type: 'inputNode', name: 'in', position: at(0) },
    { id: 'table', type: 'decisionTableNode', name: 'table', position: at(1), content },
    { id: 'out', type: 'outputNode', name: 'out', position: at(2) }];
  const edges = [['in', 'table'], ['table', 'out']].map(([sourceId, targetId], i) => ({ id: 'e' + i, sourceId, targetId, type: 'edge' }));
  const d = new ZenEngine().createDecision(Buffer.from(JSON.stringify({ nodes, edges })));
  return async (raw) => { const f = R.coerce(raw); return finish(f, (await d.evaluate(facts(f))).result); };
}

// CPU seconds of the whole process, helper threads included; the median of three passes after a warm-up.
async function measure(n, work) {
  const rates = [];
  for (let k = 0; k < 4; k++) {
    const start = process.cpuUsage();
    await work();
    const d = process.cpuUsage(start);
    rates.push(n / ((d.user + d.system) / 1e6));
  }
  rates.shift();
  rates.sort((a, b) => a - b);
  console.log(rates[1].toFixed(0));
}

async function main() {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n'), judge = { zen, jre }[engine]();
  let sink = 0; // so that nothing is optimised away
  if (mode === 'check') {
    const out = [];
    for (const l of lines) { const c = JSON.parse(l); out.push(R.line(c.id, await judge(c.custom_attributes))); }
    process.stdout.write(out.join('\n'));
  } else if (mode === 'eval') {
    const contacts = lines.map((l) => JSON.parse(l).custom_attributes);
    await measure(lines.length, async () => { for (const c of contacts) sink += (await judge(c)).points; });
  } else {
    await measure(lines.length, async () => {
      for (const l of lines) {
        const c = JSON.parse(l), o = await judge(c.custom_attributes);
        sink += JSON.stringify({ id: c.id, attributes: o.attributes, labels: o.labels, fired: o.fired }).length;
      }
    });
  }
  if (sink < 0) console.error(sink);
}
main().catch((e) => { console.error(String(e.message || e).split('\n')[0]); process.exitCode = 1; });
