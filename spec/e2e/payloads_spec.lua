-- The 14 payloads as Chatwoot sends them, each alone on an empty database, then in a row: each ends
-- as its .expect.txt says for the stand-alone layout. Part of ./dev test.
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local folder = "spec/fixtures/webhooks/"
local secret_text = "FICTIONAL-360DIALOG-KEY"

-- Labels are compared in the order of their titles.
local zoe = {
  score = 3.5, status = "new", labels = "interim-job-seeker needs-human", decisions = 1,
  fired = "R01 R05 O4",
}

local conversation = "SELECT status || ' ' || inbox_id FROM public.conversations"

local h

local function payload(name) return assert(shell.read(folder .. name .. ".json"), name) end

-- Sends one payload, checks the answer, waits until it was judged.
local function send(name, options)
  local status, body, delivery = h:send(payload(name), options)
  assert.are.equal(200, status, body)
  h:wait_idle()
  return body:match('"result"%s*:%s*"(%w+)"'), delivery, body
end

local function alone(name, result)
  crm.clear(h)
  assert.are.equal(result or "stored", send(name))
end

local function assert_judged(external_id, want)
  local contact = assert(crm.contact(h, external_id), "no contact " .. external_id)
  for key, value in pairs(want) do
    if key ~= "fired" then assert.are.equal(value, contact[key], key) end
  end
  if want.fired then assert.are.equal(want.fired, crm.fired(h, contact.id)) end
  return contact
end

-- Type, id and hash are kept, never the body.
local function assert_ignored(type_name)
  assert.are.equal(1, crm.count(h, "moonsift.event", "type = '" .. type_name .. "'"))
  assert.are.equal(0, crm.count(h, "moonsift.event", "body IS NOT NULL"))
  for _, name in ipairs({ "public.contacts", "public.conversations", "public.messages",
    "moonsift.contact_ref", "moonsift.queue", "moonsift.decision" }) do
    assert.are.equal(0, crm.count(h, name), name)
  end
end

describe("payload", function()
  lazy_setup(function() h = host.start { accounts = "{ 1: { vertical: recruitment } }" } end)
  lazy_teardown(function()
    if not h then return end
    local code, left = h:stop()
    assert.are.equal("", left)
    assert.are.equal(0, code)
  end)

  it("01: a contact without attributes is stored and judged", function()
    crm.clear(h)
    local result, delivery, body = send("01_contact_created__whatsapp")
    assert.are.equal("stored", result)
    assert.matches('"delivery"%s*:%s*"dlv_', body)
    local contact = assert_judged("4211", {
      name = "Zoë van der Berg", phone = "+31612345678", email = "<null>", identifier = "<null>",
      score = 0, status = "unqualified", labels = "ai-handled unqualified-lead", decisions = 1,
      fired = "O2 O5",
    })
    assert.are.equal("duplicate", send("01_contact_created__whatsapp", { delivery = delivery }))
    assert.are.same(contact, crm.contact(h, "4211"))
    assert.are.equal(1, crm.count(h, "moonsift.event"))
  end)

  it("01: an account that is not configured is refused with 403", function()
    crm.clear(h)
    local body = payload("01_contact_created__whatsapp"):gsub('"id": 1,', '"id": 2,', 1)
    assert.are.equal(403, (h:send(body)))
    assert.are.equal(0, crm.count(h, "moonsift.event"))
    assert.are.equal(0, crm.count(h, "public.contacts"))
  end)

  it("02: attributes are judged; what is invalid is kept and reported", function()
    alone("02_contact_updated__custom_attributes")
    local contact = assert_judged("4211", zoe)
    assert.are.equal("whatsapp", h:value(
      "SELECT custom_attributes->>'lead_source' FROM public.contacts WHERE id = " .. contact.id))
    assert.are.equal("lead_source",
      h:value("SELECT array_to_string(errors, ' ') FROM moonsift.decision"))
  end)

  it("02 after 01: what a person set since our last write is kept, and reported", function()
    alone("01_contact_created__whatsapp")
    send("02_contact_updated__custom_attributes")
    assert_judged("4211",
      { score = 8.5, status = "qualified", labels = zoe.labels, decisions = 2 })
    local conflicts = h:value("SELECT conflicts FROM moonsift.decision ORDER BY id DESC LIMIT 1")
    assert.matches("qualification_score", conflicts)
    assert.matches("lead_status", conflicts)
  end)

  it("03 after 02: nothing that the vertical reads differs, so it is skipped", function()
    alone("02_contact_updated__custom_attributes")
    local before = crm.contact(h, "4211")
    send("03_contact_updated__last_activity_noise")
    assert.are.equal("skipped", (crm.outcome(h)))
    assert.are.same(before, crm.contact(h, "4211"))
  end)

  it("03 alone: judged as 02", function()
    alone("03_contact_updated__last_activity_noise")
    assert_judged("4211", zoe)
  end)

  it("04: the labels are exactly those whose condition is yes", function()
    alone("04_contact_updated__labels")
    assert_judged("4211", { labels = zoe.labels })
  end)

  it("05: sender, conversation and message are stored, nothing is decided", function()
    alone("05_conversation_created__website")
    assert_judged("4300",
      { name = "nameless-river-118", email = "<null>", phone = "<null>", decisions = 0 })
    assert.are.equal("open 2", h:value(conversation))
    assert.are.equal("incoming 2026-06-17 10:03:01", h:value([[SELECT message_type || ' ' ||
      to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM public.messages]]))
  end)

  it("06: the contact is meta.sender, never the user; conversation data stays there", function()
    alone("06_conversation_updated__labels_email")
    assert_judged("3977", { decisions = 0, labels = "" })
    assert.are.equal(1, crm.count(h, "public.contacts"))
    assert.are.equal(0, crm.count(h, "public.contacts", "custom_attributes ? 'deal_size'"))
    assert.are.equal("open 5", h:value(conversation))
    assert.are.equal("outgoing", h:value("SELECT message_type FROM public.messages"))
  end)

  it("07: a scraped profile is judged; changed_attributes may be null", function()
    alone("07_conversation_status_changed__resolved_api")
    assert_judged("4150", {
      identifier = "ig:techleader", score = 0.5, status = "unqualified", decisions = 1,
      fired = "R08 R09 R11 O2 O5",
      labels = "ai-handled cold-outreach scraped-lead unqualified-lead",
    })
    assert.are.equal("resolved", h:value("SELECT status FROM public.conversations"))
    assert.are.equal("incoming", h:value("SELECT message_type FROM public.messages"))
  end)

  it("08 alone and after 02: one message, no matter how often it stands in the body", function()
    alone("08_message_created__incoming_whatsapp")
    assert_judged("4211", zoe)
    assert.are.equal(1, crm.count(h, "public.messages", "content LIKE '%👋%💻%'"))
    assert.are.equal(1, crm.count(h, "public.messages"))
    alone("02_contact_updated__custom_attributes")
    send("08_message_created__incoming_whatsapp")
    assert_judged("4211", { decisions = 1 })
    assert.are.equal(1, crm.count(h, "public.messages"))
  end)

  it("09: a nameless contact without text is no error, and is nobody else", function()
    crm.clear(h)
    h:query("INSERT INTO public.contacts (account_id, name) VALUES (1, '')")
    send("09_message_created__incoming_instagram_empty_name")
    assert_judged("4402", { decisions = 0 })
    assert.are.equal(2, crm.count(h, "public.contacts"))
    assert.are.equal(1, crm.count(h, "public.messages", "content IS NULL"))
    assert.are.equal(0, crm.count(h, "public.contacts", "custom_attributes ? 'follower_count'"))
  end)

  it("10: a long outgoing mail is complete; its sender is a user, not a contact", function()
    alone("10_message_created__outgoing_email_long")
    assert_judged("3977", { decisions = 0 })
    assert.are.equal(0, crm.count(h, "public.contacts", "email = 'omar@brightpath.example'"))
    assert.is_true(tonumber(h:value("SELECT length(content) FROM public.messages")) > 5000)
  end)

  it("11: the status of a message is taken from where it stands", function()
    alone("11_message_updated__delivered_whatsapp")
    assert_judged("4211", zoe)
    assert.are.equal("outgoing delivered",
      h:value("SELECT message_type || ' ' || status FROM public.messages"))
    assert.are.equal(0, crm.count(h, "public.contacts", "email = 'marta@brightpath.example'"))
  end)

  it("12, 13, 14: events of no use are ignored, their bodies are not kept", function()
    for name, type_name in pairs({
      ["12_webwidget_triggered"] = "webwidget_triggered",
      ["13_inbox_updated__whatsapp_secret_bearing"] = "inbox_updated",
      ["14_conversation_typing_on"] = "conversation_typing_on",
    }) do
      alone(name, "ignored")
      assert_ignored(type_name)
    end
  end)

  it("the secret of 13 is in no table, spool or log", function()
    crm.clear(h)
    assert.are.equal("ignored", (send("13_inbox_updated__whatsapp_secret_bearing")))
    local dump = h.folder .. "/data/dump.sql"
    local user = shell.is_root and "runuser -u moonsift -- " or ""
    shell.must(("cd / && %spg_dump -d %s -f %s"):format(user, shell.quote(h:dsn()), dump))
    assert.matches("inbox_updated", shell.read(dump), 1, true) -- the dump does hold the event
    -- The folder has the spool, the log and the files of the database with its write-ahead log.
    local code, found = shell.run(("grep -rla %s %s"):format(secret_text, h.folder))
    assert.are.equal("", found)
    assert.are.equal(1, code)
  end)
end)
