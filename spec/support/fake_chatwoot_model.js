// What Chatwoot 4.15 keeps about contacts, labels and attribute definitions, and what its models do
// on a save: validations of the whole contact, merges, case rules of tags, and one echo for each
// save that changed something. Only what `writes: api` can observe.
'use strict';
const { isDeepStrictEqual } = require('util');

class Invalid extends Error {
  constructor(message, attributes) {
    super(message);
    this.attributes = attributes;
  }
}

const PHONE = /^\+[1-9]\d{1,14}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const TITLE = /^[\p{L}\p{N}][\p{L}\p{N}_-]+$/u;
const KEY = /^[\p{L}\p{N}_.-]+$/u;
// Names that a filter already knows as standard ones.
const STANDARD = {
  contact_attribute: ['name', 'email', 'phone_number', 'identifier', 'country_code', 'city',
    'created_at', 'last_activity_at', 'referer', 'blocked'],
  conversation_attribute: ['status', 'priority', 'assignee_id', 'inbox_id', 'team_id', 'display_id',
    'campaign_id', 'labels', 'browser_language', 'country_code', 'referer', 'created_at',
    'last_activity_at'],
};
const TYPES = ['text', 'number', 'currency', 'percent', 'link', 'date', 'list', 'checkbox'];

const plain = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);
const copy = (v) => structuredClone(v);

class Model {
  constructor(echo) {
    this.echo = echo; // (account id, contact id, changed_attributes) after each save that changed
    this.contacts = new Map();
    this.labels = [];
    this.definitions = [];
    this.tags = []; // names, of the whole installation
    this.ids = 0;
    this.clock = 0;
  }

  // Later than any other, whatever the resolution of the clock.
  now() {
    this.clock = Math.max(this.clock + 1, Date.now());
    return new Date(this.clock).toISOString();
  }

  // As an import by SQL would: nothing is checked, nothing is told.
  seed(contact) {
    const row = {
      account_id: 1, name: '', email: null, phone_number: null, identifier: null, blocked: false,
      custom_attributes: {}, additional_attributes: {}, updated_at: this.now(), ...copy(contact),
    };
    row.labels = (row.labels || []).map((name) => this.tag(name));
    this.contacts.set(row.id, row);
    return row;
  }

  find(account, id) {
    const contact = this.contacts.get(id);
    return contact && contact.account_id === account ? contact : null;
  }

  validate(c) {
    const taken = (key) => [...this.contacts.values()].some((o) =>
      o.id !== c.id && o.account_id === c.account_id && o[key] && o[key] === c[key]);
    if (c.email && !EMAIL.test(c.email)) throw new Invalid('Invalid email', ['email']);
    if (c.email && taken('email')) throw new Invalid('Email has already been taken', ['email']);
    if (c.phone_number && !PHONE.test(c.phone_number)) {
      throw new Invalid('Phone number should be in e164 format', ['phone_number']);
    }
    for (const key of ['phone_number', 'identifier']) {
      if (c[key] && taken(key)) {
        const name = key === 'identifier' ? 'Identifier' : 'Phone number';
        throw new Invalid(`${name} has already been taken`, [key]);
      }
    }
  }

  // A save: the whole contact is checked, then the differences are told.
  save(c, wanted) {
    const next = { ...c, ...wanted };
    if (next.email) next.email = next.email.trim().toLowerCase();
    this.validate(next);
    const changed = [];
    for (const key of Object.keys(wanted)) {
      if (isDeepStrictEqual(c[key], next[key])) continue;
      changed.push({ [key === 'labels' ? 'label_list' : key]:
        { previous_value: copy(c[key]), current_value: copy(next[key]) } });
    }
    if (!changed.length) return false;
    next.updated_at = this.now();
    const times = { previous_value: c.updated_at, current_value: next.updated_at };
    changed.push({ updated_at: times });
    Object.assign(c, copy(next));
    this.echo(c.account_id, c.id, changed);
    return true;
  }

  update(c, params) {
    const wanted = {};
    for (const key of ['name', 'email', 'phone_number', 'identifier', 'blocked']) {
      if (key in params) wanted[key] = params[key];
    }
    // One level deep; null is stored.
    for (const key of ['custom_attributes', 'additional_attributes']) {
      if (plain(params[key])) wanted[key] = { ...c[key], ...params[key] };
    }
    this.save(c, wanted);
  }

  destroyAttributes(c, keys) {
    const left = { ...c.custom_attributes };
    for (const key of Array.isArray(keys) ? keys : []) delete left[key];
    this.save(c, { custom_attributes: left });
  }

  // Found without regard to case, made as it is written: a posted title is not put in lower case.
  tag(name) {
    const text = String(name).trim();
    const known = this.tags.find((t) => t.toLowerCase() === text.toLowerCase());
    if (!known && text) this.tags.push(text);
    return known || text;
  }

  tagSet(names) {
    return [...new Set((names || []).map((n) => this.tag(n)).filter(Boolean))];
  }

  setLabels(c, names) {
    const next = this.tagSet(names);
    const same = next.length === c.labels.length && next.every((n) => c.labels.includes(n));
    return this.save(c, { labels: same ? c.labels : next });
  }

  addLabels(c, names) {
    return this.setLabels(c, [...c.labels, ...names]);
  }

  removeLabels(c, names) {
    const gone = names.map((n) => String(n).toLowerCase());
    return this.setLabels(c, c.labels.filter((n) => !gone.includes(n.toLowerCase())));
  }

  createLabel(account, params) {
    const title = String((params || {}).title || '').trim().toLowerCase();
    if (!title) throw new Invalid("Title can't be blank", ['title']);
    if (!TITLE.test(title)) throw new Invalid('Title is invalid', ['title']);
    if (this.labels.some((l) => l.account_id === account && l.title === title)) {
      throw new Invalid('Title has already been taken', ['title']);
    }
    const label = {
      id: ++this.ids, account_id: account, title, description: params.description ?? null,
      color: params.color ?? '#1f93ff', show_on_sidebar: params.show_on_sidebar ?? null,
    };
    this.labels.push(label);
    return label;
  }

  createDefinition(account, params) {
    const p = params || {};
    const d = {
      id: ++this.ids, account_id: account, attribute_key: p.attribute_key,
      attribute_display_name: p.attribute_display_name,
      attribute_display_type: p.attribute_display_type ?? 'text',
      attribute_model: p.attribute_model ?? 'conversation_attribute',
      attribute_description: p.attribute_description ?? null,
      attribute_values: p.attribute_values ?? [], regex_pattern: p.regex_pattern ?? null,
      regex_cue: p.regex_cue ?? null,
    };
    for (const [list, key] of [[TYPES, 'attribute_display_type'],
      [Object.keys(STANDARD), 'attribute_model']]) {
      if (typeof d[key] === 'number') d[key] = list[d[key]];
      if (!list.includes(d[key])) throw new Invalid(`'${p[key]}' is not a valid ${key}`, [key]);
    }
    if (!d.attribute_display_name) {
      throw new Invalid("Attribute display name can't be blank", ['attribute_display_name']);
    }
    this.checkKey(d);
    this.definitions.push(d);
    return d;
  }

  checkKey(d) {
    const key = ['attribute_key'];
    if (!d.attribute_key) throw new Invalid("Attribute key can't be blank", key);
    if (!KEY.test(d.attribute_key)) throw new Invalid('Attribute key is invalid', key);
    if (STANDARD[d.attribute_model].includes(d.attribute_key)) {
      throw new Invalid('Attribute key is a standard attribute', key);
    }
    if (this.definitions.some((o) => o.id !== d.id && o.account_id === d.account_id &&
      o.attribute_key === d.attribute_key && o.attribute_model === d.attribute_model)) {
      throw new Invalid('Attribute key has already been taken', key);
    }
  }

  // The key and the model of a definition stay; the rest is replaced.
  updateDefinition(d, params) {
    for (const key of ['attribute_display_name', 'attribute_display_type', 'attribute_description',
      'attribute_values', 'regex_pattern', 'regex_cue']) {
      if (params && key in params) d[key] = params[key];
    }
    return d;
  }
}

// As the API answers with it: labels are not in it.
function present(c) {
  const { account_id: account, labels, updated_at: updated, ...rest } = c;
  return { ...copy(rest), thumbnail: '' };
}

// As a webhook tells it, from the row as it is now. Neither labels nor times.
function payload(c, event, changed) {
  return {
    account: { id: c.account_id, name: `Account ${c.account_id}` },
    additional_attributes: c.additional_attributes, avatar: '',
    custom_attributes: c.custom_attributes, email: c.email, id: c.id, identifier: c.identifier,
    name: c.name, phone_number: c.phone_number, thumbnail: '', blocked: c.blocked,
    event, changed_attributes: changed,
  };
}

// JSON as Rails writes it.
function toJson(value) {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

module.exports = { Model, Invalid, present, payload, toJson };
