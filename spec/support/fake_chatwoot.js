// Chatwoot as `writes: api` meets it: the calls that it needs, with the refusals and the echoes.
//   node fake_chatwoot.js [PORT] prints "listening PORT"; it ends with its standard input.
//
// API, under /api/v1/accounts/:account, header api_access_token (or Api-Access-Token):
//   GET, PUT, PATCH contacts/:id    POST contacts/:id/destroy_custom_attributes
//   GET, POST contacts/:id/labels   POST bulk_actions
//   GET, POST labels                GET, POST, PATCH, DELETE custom_attribute_definitions[/:id]
// Tokens: admin-token, agent-token, bot-token; all are members of accounts 1 and 2.
//
// Under /control, without a token, is what a spec sets and asks:
//   POST /control/settings  any of {url, secret, echo (bool), echo_delay_ms, echo_drop (every nth),
//                           echo_wait_ms (before that), bulk (false: as before 4.8), bulk_delay_ms,
//                           per_minute (0: no limit), hook_status}
//   POST /control/contacts  a list; written as by SQL, so nothing is checked or told
//   POST /control/faults    a list of {match (in "METHOD /path"), status, count, retry_after,
//                           lose (the call takes effect, its answer is lost), hang (no answer)}
//   GET  /control/state     {contacts, labels, definitions, tags, calls, echoes, pending, hooks}
//   POST /control/hook      a receiver, for specs without a host: what came is in `hooks`
//   POST /control/clear     everything as at the start; a list: these contacts
//
// A webhook is sent once, with ten at a time in no order, signed when there is a secret, its body
// made from the row as it is at that moment; nobody looks at the answer.
'use strict';
const http = require('http');
const crypto = require('crypto');
const { Model, Invalid, present, payload, toJson } = require('./fake_chatwoot_model.js');

const ROLES = { 'admin-token': 'admin', 'agent-token': 'agent', 'bot-token': 'bot' };
const ACCOUNTS = [1, 2];
const WORKERS = 10;
const TIMEOUT_MS = 5000;

let world;

function clear() {
  world = {
    settings: {
      url: null, secret: null, echo: true, echo_delay_ms: 0, echo_wait_ms: 0, echo_drop: 0,
      bulk: true, bulk_delay_ms: 0, per_minute: 0, hook_status: 200,
    },
    faults: [], hooks: [], calls: {}, echoes: [], jobs: [], waiting: 0, busy: 0, window: [],
  };
  const own = world;
  world.model = new Model((account, id, changed) => echo(own, account, id, changed));
}

// ---- webhooks ----------------------------------------------------------------------------------

function echo(own, account, id, changed) {
  const record = { account, id, changed: changed.map((c) => Object.keys(c)[0]), status: null };
  own.echoes.push(record);
  const { echo: on, url, echo_drop: drop } = own.settings;
  const { echo_delay_ms: delay, echo_wait_ms: wait } = own.settings;
  if (!on || !url) {
    record.status = 'off';
  } else if (drop && own.echoes.length % drop === 0) {
    record.status = 'dropped';
  } else {
    own.waiting++;
    setTimeout(() => {
      own.waiting--;
      own.jobs.push({ record, id, changed, url });
      work(own);
    }, wait + Math.random() * delay);
  }
}

function work(own) {
  while (own.busy < WORKERS && own.jobs.length) {
    own.busy++;
    send(own, own.jobs.shift(), () => {
      own.busy--;
      work(own);
    });
  }
}

function send(own, job, done) {
  const contact = own.model.contacts.get(job.id);
  const body = Buffer.from(toJson(payload(contact, 'contact_updated', job.changed)));
  const headers = {
    'Content-Type': 'application/json', Accept: 'application/json', 'Content-Length': body.length,
    'X-Chatwoot-Delivery': crypto.randomUUID(),
  };
  if (own.settings.secret) {
    const time = String(Math.floor(Date.now() / 1000));
    headers['X-Chatwoot-Timestamp'] = time;
    headers['X-Chatwoot-Signature'] = `sha256=${crypto.createHmac('sha256', own.settings.secret)
      .update(`${time}.`).update(body).digest('hex')}`;
  }
  let ended = false;
  const end = (status) => {
    if (ended) return;
    ended = true;
    job.record.status = status;
    done();
  };
  const request = http.request(job.url, { method: 'POST', headers }, (response) => {
    response.resume();
    response.on('end', () => end(response.statusCode));
    response.on('error', () => end('broken'));
  });
  request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('timeout')));
  request.on('error', (error) => end(error.code || error.message));
  request.end(body);
}

// ---- the API -----------------------------------------------------------------------------------

class Refused extends Error {
  constructor(status, body) {
    super(String(status));
    this.status = status;
    this.body = body;
  }
}

const unauthorized = (text) => new Refused(401, { error: text });
const missing = () => new Refused(404, { error: 'Resource could not be found' });

function authorize(call) {
  const role = ROLES[call.headers['api_access_token'] || call.headers['api-access-token']];
  if (!role) throw unauthorized('Invalid Access Token');
  if (!ACCOUNTS.includes(call.account)) throw missing();
  if (role === 'bot') throw unauthorized('Access to this endpoint is not authorized for bots');
  call.role = role;
}

function administrator(call) {
  if (call.role !== 'admin') throw unauthorized('You are not authorized to do this action');
}

function contactOf(call) {
  const contact = world.model.find(call.account, Number(call.id));
  if (!contact) throw missing();
  return contact;
}

function definitionOf(call) {
  const found = world.model.definitions.find((d) =>
    d.account_id === call.account && d.id === Number(call.id));
  if (!found) throw missing();
  return found;
}

function updateContact(call) {
  const contact = contactOf(call);
  world.model.update(contact, call.body);
  return { payload: present(contact) };
}

// Answered at once, done later, contact by contact; who cannot be saved is passed over in silence.
function bulk(call) {
  const { type, ids, labels } = call.body;
  if (type !== 'Contact' || !world.settings.bulk) throw new Refused(422, { success: false });
  const { model, settings } = world, own = world;
  const { add = [], remove = [] } = labels || {};
  own.waiting++;
  setTimeout(() => {
    own.waiting--;
    for (const id of ids || []) {
      const contact = model.find(call.account, Number(id));
      try {
        if (contact && add.length) model.addLabels(contact, add);
        else if (contact && remove.length) model.removeLabels(contact, remove);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
      }
    }
  }, settings.bulk_delay_ms);
  return null;
}

const ROUTES = {
  'GET contacts/:id': (call) => ({ payload: present(contactOf(call)) }),
  'PUT contacts/:id': updateContact,
  'PATCH contacts/:id': updateContact,
  'POST contacts/:id/destroy_custom_attributes': (call) => {
    const contact = contactOf(call);
    world.model.destroyAttributes(contact, call.body.custom_attributes);
    return { payload: present(contact) };
  },
  'GET contacts/:id/labels': (call) => ({ payload: contactOf(call).labels }),
  'POST contacts/:id/labels': (call) => {
    const contact = contactOf(call);
    world.model.setLabels(contact, call.body.labels); // without any: the set is cleared
    return { payload: contact.labels };
  },
  'POST bulk_actions': bulk,
  'GET labels': (call) => ({
    payload: world.model.labels.filter((l) => l.account_id === call.account),
  }),
  'POST labels': (call) => {
    administrator(call);
    return world.model.createLabel(call.account, call.body.label);
  },
  'GET custom_attribute_definitions': (call) => world.model.definitions.filter((d) =>
    d.account_id === call.account && (!call.query.get('attribute_model') ||
      d.attribute_model === call.query.get('attribute_model'))),
  'POST custom_attribute_definitions': (call) => {
    administrator(call);
    return world.model.createDefinition(call.account, call.body.custom_attribute_definition);
  },
  'PATCH custom_attribute_definitions/:id': (call) => {
    administrator(call);
    return world.model.updateDefinition(definitionOf(call), call.body.custom_attribute_definition);
  },
  'DELETE custom_attribute_definitions/:id': (call) => {
    administrator(call);
    const gone = definitionOf(call);
    world.model.definitions = world.model.definitions.filter((d) => d !== gone);
    return null;
  },
};

function api(call) {
  const match = call.path.match(/^\/api\/v1\/accounts\/(\d+)\/(.+)$/);
  if (!match) throw missing();
  call.account = Number(match[1]);
  let route = `${call.method} ${match[2]}`;
  const id = match[2].match(/^(contacts|custom_attribute_definitions)\/(\d+)(\/.*)?$/);
  if (id) {
    call.id = id[2];
    route = `${call.method} ${id[1]}/:id${id[3] || ''}`;
  }
  authorize(call);
  if (!ROUTES[route]) throw missing();
  world.calls[route] = (world.calls[route] || 0) + 1;
  return ROUTES[route](call);
}

// ---- what a spec sets and asks -----------------------------------------------------------------

const CONTROL = {
  'POST /control/settings': (body) => Object.assign(world.settings, body),
  'POST /control/contacts': (body) => body.map((c) => world.model.seed(c).id),
  'POST /control/faults': (body) => world.faults.push(...body.map((f) => ({ count: 1, ...f }))),
  'POST /control/clear': (body) => {
    clear();
    if (Array.isArray(body)) body.forEach((c) => world.model.seed(c));
  },
  'GET /control/state': () => ({
    contacts: [...world.model.contacts.values()].sort((a, b) => a.id - b.id),
    labels: world.model.labels, definitions: world.model.definitions, tags: world.model.tags,
    calls: world.calls, echoes: world.echoes, hooks: world.hooks,
    pending: world.waiting + world.busy + world.jobs.length,
  }),
};

// ---- HTTP --------------------------------------------------------------------------------------

function answer(response, status, body, headers = {}) {
  const text = typeof body === 'string' ? body : body === null ? '' : toJson(body ?? {});
  const type = typeof body === 'string' ? 'text/plain' : 'application/json; charset=utf-8';
  response.writeHead(status, { 'Content-Type': type, ...headers });
  response.end(text);
}

const throttled = (response, after) =>
  answer(response, 429, 'Retry later\n', after ? { 'Retry-After': String(after) } : {});

function overLimit() {
  const { per_minute: limit } = world.settings, now = Date.now();
  world.window = world.window.filter((t) => t > now - 60000);
  if (limit && world.window.length >= limit) return true;
  world.window.push(now);
  return false;
}

function faultFor(call) {
  const name = `${call.method} ${call.path}`;
  const fault = world.faults.find((f) => f.count > 0 && name.includes(f.match || ''));
  if (fault) fault.count--;
  return fault;
}

function respond(call, response) {
  const fault = faultFor(call);
  if (fault && fault.hang) return;
  if (fault && !fault.lose) {
    if (fault.status === 429) throttled(response, fault.retry_after);
    else answer(response, fault.status, '<html>error</html>');
    return;
  }
  if (overLimit()) {
    throttled(response);
    return;
  }
  let status = 200, body;
  try {
    body = api(call);
  } catch (error) {
    if (error instanceof Refused) [status, body] = [error.status, error.body];
    else if (error instanceof Invalid) {
      [status, body] = [422, { message: error.message, attributes: error.attributes }];
    } else throw error;
  }
  if (fault) response.destroy();
  else answer(response, status, body);
}

function handle(request, response, text) {
  const url = new URL(request.url, 'http://localhost');
  const call = {
    method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers,
  };
  if (call.path === '/control/hook') {
    world.hooks.push({ headers: request.headers, text });
    answer(response, world.settings.hook_status, null);
    return;
  }
  try {
    call.body = text ? JSON.parse(text) : {};
  } catch {
    answer(response, 400, { status: 400, error: 'Bad Request' });
    return;
  }
  const control = CONTROL[`${call.method} ${call.path}`];
  if (control) answer(response, 200, control(call.body));
  else respond(call, response);
}

clear();
const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => handle(request, response, Buffer.concat(parts).toString()));
});
server.listen(Number(process.argv[2] || 0), '127.0.0.1', () =>
  console.log(`listening ${server.address().port}`));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
