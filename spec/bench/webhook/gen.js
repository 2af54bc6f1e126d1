// usage: node gen.js contacts N     contacts 1 to N as JSON lines
//        node gen.js requests N     one a line: attributes, tab, a body in which the sender (wrk.lua) puts the request's
//                                   own number for @ID@, a contact for @CID@ and that contact's phone number for @PHONE@
// What rules/gen.js makes, with its dates as far from today as they are there from 2025-02-01, so that the
// rules about days mean something.
'use strict';
const { rng, attrs } = require('../rules/gen.js');
const DAY = 86400000, later = Math.floor(Date.now() / DAY) * DAY - Date.UTC(2025, 1, 1);

function moved(a) {
  for (const key of ['scraped_date', 'last_contact_date']) {
    const day = /^\d{4}-\d\d-\d\d/.test(a[key] || '') && Date.parse(a[key].slice(0, 10));
    if (day) a[key] = new Date(day + later).toISOString().slice(0, 10) + a[key].slice(10);
  }
  return a;
}

function contact(id, r) {
  return { id, name: 'Lead ' + id, email: 'lead' + id + '@example.com', phone_number: '+316' + (10000000 + id),
    custom_attributes: moved(attrs(r)) };
}

function request(r, now) {
  const a = moved(attrs(r)), account = { id: 1, name: 'bench' };
  delete a.ai_summary;
  const c = { id: '@CID@', name: 'Lead @CID@', email: 'lead@CID@@example.com', phone_number: '+316@PHONE@', identifier: null,
    thumbnail: '', blocked: false, additional_attributes: { city: 'Amsterdam', country: 'Netherlands' }, custom_attributes: a };
  const body = r() < 0.5
    ? { ...c, account, event: 'contact_updated', event_id: '@ID@',
      changed_attributes: [{ custom_attributes: { previous_value: {}, current_value: a } }] }
    : { event: 'message_created', id: '@ID@', content: 'Hi, I am looking for an interim role, budget ' + Math.floor(r() * 90) + 'k €',
      message_type: 'incoming', content_type: 'text', created_at: now, private: false, source_id: 'wamid.@ID@',
      sender: { ...c, type: 'contact' },
      conversation: { id: '5@CID@', inbox_id: 1, status: 'open', contact_inbox: { contact_id: '@CID@' }, labels: [],
        channel: 'Channel::Whatsapp' },
      inbox: { id: 1, name: 'wa' }, account };
  return JSON.stringify(a) + '\t' + JSON.stringify(body).replace(/"(@ID@|5?@CID@)"/g, '$1');
}

const [what, count] = process.argv.slice(2), n = Number(count), out = [];
if (what === 'contacts') {
  const r = rng(1);
  for (let id = 1; id <= n; id++) out.push(JSON.stringify(contact(id, r)));
} else {
  const r = rng(7), now = new Date().toISOString();
  for (let i = 0; i < n; i++) out.push(request(r, now));
}
process.stdout.write(out.join('\n') + '\n');
