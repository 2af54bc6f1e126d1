-- The fake Chatwoot against what is known of the real one. Lists are compared as text.
local cjson = require "cjson"
local fake = require "spec.support.fake_chatwoot"
local shell = require "spec.support.shell"

local null = cjson.null

describe("the fake Chatwoot", function()
  local cw

  setup(function() cw = fake.start() end)
  teardown(function() cw:stop() end)

  before_each(function()
    cw:clear {
      { id = 11, name = "Ann", email = "ann@example.com", phone_number = "+31612345678",
        custom_attributes = { a = 1, deep = { x = 1 } }, labels = { "vip" } },
      { id = 12, name = "Bob", phone_number = "0612345678", custom_attributes = { b = true } },
      { id = 21, account_id = 2, name = "Cee" },
    }
  end)

  local function contact(id)
    for _, c in ipairs(cw:settled().contacts) do
      if c.id == id then return c end
    end
  end

  local function labels(id) return table.concat(contact(id).labels, " ") end

  -- Which fields the echoes named, one echo a word.
  local function echoes()
    local words = {}
    for i, e in ipairs(cw:settled().echoes) do
      words[i] = ("%d:%s"):format(e.id, table.concat(e.changed, "+"))
    end
    return table.concat(words, " ")
  end

  local function attributes(id, list)
    return cw:api("PUT", "contacts/" .. id, { custom_attributes = list })
  end

  describe("tokens", function()
    local function status(token, options)
      options = options or {}
      options.token = token
      return (cw:api("GET", "contacts/11", nil, options))
    end

    it("are needed, and those of a bot are not enough for contacts", function()
      assert.are.equal(200, status("admin-token"))
      assert.are.equal(200, status("agent-token"))
      assert.are.equal(401, status("bot-token"))
      assert.are.equal(401, status("wrong"))
      local code, answer = cw:api("GET", "contacts/11", nil, { token = false })
      assert.are.equal(401, code)
      assert.is_string(answer.error)
    end)

    it("may come in a header without underscores", function()
      assert.are.equal(200, status(false, { headers = { "Api-Access-Token: agent-token" } }))
    end)

    it("of agents create neither labels nor definitions", function()
      local agent = { token = "agent-token" }
      assert.are.equal(401, (cw:api("POST", "labels", { label = { title = "ab" } }, agent)))
      assert.are.equal(401, (cw:api("POST", "custom_attribute_definitions", {}, agent)))
      assert.are.equal(200, (cw:api("GET", "labels", nil, { token = "agent-token" })))
    end)
  end)

  it("does not know contacts of other accounts, nor other paths", function()
    for _, path in ipairs { "contacts/99", "contacts/21", "contacts/21/labels", "nothing" } do
      local code, answer = cw:api("GET", path)
      assert.are.equal(404, code)
      assert.is_string(answer.error)
    end
    assert.are.equal(200, (cw:api("GET", "contacts/21", nil, { account = 2 })))
    assert.are.equal(404, (cw:api("GET", "contacts/11", nil, { account = 3 })))
  end)

  describe("custom attributes", function()
    it("are merged one level deep, and null is stored", function()
      local code, answer = attributes(11, { b = "x", deep = { y = 2 }, a = null })
      assert.are.equal(200, code)
      local got = answer.payload.custom_attributes
      assert.are.same({ a = null, b = "x", deep = { y = 2 } }, got)
      assert.is_nil(answer.payload.labels)
      assert.are.equal("11:custom_attributes+updated_at", echoes())
    end)

    it("that are the same tell nothing", function()
      assert.are.equal(200, (attributes(11, { a = 1 })))
      assert.are.equal(200, (cw:api("PUT", "contacts/11", '{"custom_attributes":{"a":1.0}}')))
      assert.are.equal("", echoes())
      attributes(11, { a = "1" })
      assert.are.equal("11:custom_attributes+updated_at", echoes())
    end)

    it("go away only by the call that destroys them", function()
      local code = cw:api("POST", "contacts/11/destroy_custom_attributes",
        { custom_attributes = { "a", "never" } })
      assert.are.equal(200, code)
      assert.are.same({ deep = { x = 1 } }, contact(11).custom_attributes)
      cw:api("POST", "contacts/11/destroy_custom_attributes", { custom_attributes = { "a" } })
      assert.are.equal("11:custom_attributes+updated_at", echoes())
    end)

    it("of a contact with a bad phone number cannot be saved, others' can", function()
      local code, answer = attributes(12, { b = false })
      assert.are.equal(422, code)
      assert.is_string(answer.message)
      assert.are.same({ "phone_number" }, answer.attributes)
      assert.are.same({ b = true }, contact(12).custom_attributes)
      assert.are.equal(200, (attributes(11, { b = false })))
    end)

    it("of one whose address somebody else has cannot be saved", function()
      cw:contacts { { id = 13, phone_number = "+31612345678" },
        { id = 14, email = "Ann@Example.com" },
        { id = 22, account_id = 2, phone_number = "+31612345678" } }
      assert.are.equal(422, (attributes(13, { a = 1 })))
      assert.are.equal(422, (attributes(14, { a = 1 })))
      assert.are.equal(200, (cw:api("PUT", "contacts/22", { custom_attributes = { a = 1 } },
        { account = 2 })))
    end)
  end)

  describe("labels of a contact", function()
    it("are replaced as a set", function()
      local code, answer = cw:api("POST", "contacts/11/labels", { labels = { "b", "a" } })
      assert.are.equal(200, code)
      assert.are.same({ "b", "a" }, answer.payload)
      cw:api("POST", "contacts/11/labels", { labels = { "a", "b" } })
      assert.are.equal("11:label_list+updated_at", echoes())
      assert.are.same({ "b", "a" }, select(2, cw:api("GET", "contacts/11/labels")).payload)
    end)

    it("are cleared by a call without any", function()
      cw:api("POST", "contacts/11/labels", {})
      assert.are.equal("", labels(11))
    end)

    it("keep their case, and are found without regard to it", function()
      cw:api("POST", "contacts/11/labels", { labels = { "VIP", "Big Deal", "big deal" } })
      assert.are.equal("vip Big Deal", labels(11))
      assert.are.equal(200, (cw:api("POST", "labels", { label = { title = "Big-Deal" } })))
      assert.are.equal("big-deal", cw:state().labels[1].title)
    end)
  end)

  describe("the bulk action", function()
    local function bulk(body, options)
      body.type = body.type or "Contact"
      return (cw:api("POST", "bulk_actions", body, options))
    end

    it("adds and removes later, and tells of those that changed", function()
      cw:contacts { { id = 13, labels = { "hot-lead" } } }
      cw:set { bulk_delay_ms = 200 }
      assert.are.equal(200, bulk { ids = { 11, 13, 21, 99 }, labels = { add = { "hot-lead" } } })
      assert.are.equal(1, cw:state().pending)
      assert.are.equal("vip hot-lead", labels(11))
      assert.are.equal("11:label_list+updated_at", echoes())
      assert.are.equal("", labels(21))
      assert.are.equal(200, bulk { ids = { 11, 13 }, labels = { remove = { "HOT-lead" } } })
      assert.are.equal("vip", labels(11))
      assert.are.equal("", labels(13))
    end)

    it("passes over a contact that cannot be saved, and says nothing", function()
      assert.are.equal(200, bulk { ids = { 12, 11 }, labels = { add = { "hot-lead" } } })
      assert.are.equal("vip hot-lead", labels(11))
      assert.are.equal("", labels(12))
    end)

    it("is not there for contacts in old releases", function()
      cw:set { bulk = false }
      assert.are.equal(422, bulk { ids = { 11 }, labels = { add = { "hot-lead" } } })
      assert.are.equal(422, bulk { type = "Nobody", ids = { 11 } })
      assert.are.equal("vip", labels(11))
    end)
  end)

  describe("the catalogue", function()
    local function label(title)
      return (cw:api("POST", "labels", { label = { title = title } }))
    end

    it("takes each title once in an account, in lower case", function()
      assert.are.equal(200, label "Hot-Lead")
      assert.are.equal(422, label "hot-lead")
      assert.are.equal(200, (cw:api("POST", "labels", { label = { title = "hot-lead" } },
        { account = 2 })))
      local _, answer = cw:api("GET", "labels")
      assert.are.equal(1, #answer.payload)
      assert.are.equal("hot-lead", answer.payload[1].title)
    end)

    it("refuses what is no title", function()
      for _, title in ipairs { "", "a", "-ab", "_ab", "a b", "a,b", "a.b" } do
        assert.are.equal(422, label(title), title)
      end
      assert.are.equal(200, label "1\u{e9}")
      assert.are.equal(200, label "a_-")
    end)

    it("has nothing to do with what contacts carry", function()
      cw:api("POST", "contacts/11/labels", { labels = { "nowhere" } })
      assert.are.equal(0, #select(2, cw:api("GET", "labels")).payload)
    end)
  end)

  describe("definitions", function()
    local function define(list)
      list.attribute_display_name = list.attribute_display_name or "A name"
      return cw:api("POST", "custom_attribute_definitions", { custom_attribute_definition = list })
    end

    it("are of conversations unless told otherwise, one a key and model", function()
      assert.are.equal("conversation_attribute",
        select(2, define { attribute_key = "budget" }).attribute_model)
      local ours = { attribute_key = "budget", attribute_model = "contact_attribute",
        attribute_display_type = "number" }
      local code, answer = define(ours)
      assert.are.equal(200, code)
      local own = ("custom_attribute_definitions/%d"):format(answer.id)
      assert.are.equal(422, (define(ours)))
      ours.attribute_model = 1
      assert.are.equal(200, (cw:api("PATCH", own,
        { custom_attribute_definition = { attribute_display_name = "New" } })))
      local path = "custom_attribute_definitions?attribute_model=contact_attribute"
      local _, list = cw:api("GET", path)
      assert.are.equal(1, #list)
      assert.are.equal("New", list[1].attribute_display_name)
      cw:api("DELETE", own)
      assert.are.equal(0, #select(2, cw:api("GET", path)))
    end)

    it("are refused for a key that is standard or malformed, and for unknown types", function()
      local model = "contact_attribute"
      for _, key in ipairs { "email", "city", "blocked", "", "a b", "a/b" } do
        local code, answer = define { attribute_key = key, attribute_model = model }
        assert.are.equal(422, code, key)
        assert.are.same({ "attribute_key" }, answer.attributes)
      end
      assert.are.equal(200, (define { attribute_key = "a_.-1", attribute_model = model }))
      assert.are.equal(422, (define { attribute_key = "x", attribute_display_type = "colour" }))
      assert.are.equal(422, (define { attribute_key = "x", attribute_model = "people" }))
    end)

    it("are not needed for an attribute to be stored", function()
      attributes(11, { undefined = 1 })
      assert.are.equal(1, contact(11).custom_attributes.undefined)
    end)
  end)

  describe("on request", function()
    it("answers 429 that is no JSON, as often as told", function()
      cw:faults { { match = "PUT /api/v1/accounts/1/contacts/11", status = 429, count = 2,
        retry_after = 3 } }
      local code, text, headers = attributes(11, { b = 1 })
      assert.are.equal(429, code)
      assert.are.equal("Retry later\n", text)
      assert.is_truthy(headers:find("Retry-After: 3", 1, true))
      assert.are.equal(200, (cw:api("GET", "contacts/11")))
      assert.are.equal(429, (attributes(11, { b = 1 })))
      assert.are.equal(200, (attributes(11, { b = 1 })))
    end)

    it("has a limit for a minute", function()
      cw:set { per_minute = 3 }
      for i = 1, 5 do assert.are.equal(i <= 3 and 200 or 429, (cw:api("GET", "contacts/11"))) end
    end)

    it("fails before a call takes effect, or after", function()
      cw:faults { { status = 503 }, { match = "contacts/11", lose = true, count = 1 } }
      assert.are.equal(503, (attributes(11, { b = 1 })))
      assert.is_nil(contact(11).custom_attributes.b)
      assert.are.equal(0, (attributes(11, { b = 1 })))
      assert.are.equal(1, contact(11).custom_attributes.b)
    end)

    it("does not answer at all", function()
      cw:faults { { hang = true } }
      assert.are.equal(0, (cw:api("GET", "contacts/11", nil, { seconds = 0.3 })))
      assert.are.equal(200, (cw:api("GET", "contacts/11")))
    end)
  end)

  describe("webhooks", function()
    before_each(function() cw:hook { secret = "moonsift-test-secret" } end)

    local function hooks() return cw:settled().hooks end

    it("are signed over time and body, and hold the contact without its labels", function()
      attributes(11, { text = "<a> & \u{2028}\u{eb}" })
      assert.are.equal(200, cw:settled().echoes[1].status)
      local got = hooks()[1]
      local file = cw.folder .. "/signed"
      shell.write(file, got.headers["x-chatwoot-timestamp"] .. "." .. got.text)
      local sum = shell.must("openssl dgst -sha256 -hmac moonsift-test-secret " .. file)
      assert.are.equal("sha256=" .. sum:match("%x+$"), got.headers["x-chatwoot-signature"])
      assert.is_truthy(got.headers["x-chatwoot-delivery"]:match("^%x+%-%x+%-4%x+%-%x+%-%x+$"))
      assert.is_truthy(got.text:find([["\u003ca\u003e \u0026 \u2028]] .. "\u{eb}\"", 1, true))
      local body = cjson.decode(got.text)
      assert.are.equal("contact_updated", body.event)
      assert.are.equal(1, body.account.id)
      assert.is_nil(body.labels)
      assert.is_nil(body.updated_at)
      local change = body.changed_attributes[1].custom_attributes
      assert.is_nil(change.previous_value.text)
      assert.are.equal(1, change.current_value.a)
      assert.is_table(body.changed_attributes[2].updated_at)
    end)

    it("tell the sets of labels before and after", function()
      cw:api("POST", "contacts/11/labels", { labels = { "a" } })
      local body = cjson.decode(hooks()[1].text)
      assert.are.same({ previous_value = { "vip" }, current_value = { "a" } },
        body.changed_attributes[1].label_list)
    end)

    it("are not signed without a secret, and show the row as it is when they are sent", function()
      cw:set { secret = null, echo_wait_ms = 800 * shell.slow }
      attributes(11, { n = 1 })
      attributes(11, { n = 2 })
      local list, seen = hooks(), {}
      for i, got in ipairs(list) do
        assert.is_nil(got.headers["x-chatwoot-signature"])
        assert.is_nil(got.headers["x-chatwoot-timestamp"])
        local body = cjson.decode(got.text)
        assert.are.equal(2, body.custom_attributes.n)
        seen[i] = body.changed_attributes[1].custom_attributes.current_value.n
      end
      table.sort(seen)
      assert.are.same({ 1, 2 }, seen)
    end)

    it("are sent once, whatever the answer, and some are lost", function()
      cw:set { hook_status = 500 }
      attributes(11, { n = 1 })
      assert.are.equal(500, cw:settled().echoes[1].status)
      cw:set { echo_drop = 2 }
      attributes(11, { n = 2 })
      assert.are.equal("dropped", cw:settled().echoes[2].status)
      assert.are.equal(1, #hooks())
    end)
  end)
end)
