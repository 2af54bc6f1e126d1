-- moonsift explain: files, contacts and decisions, other versions and values, and making sure.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local LEAD = { budget_max = 80000, urgency_level = "high", job_type_preference = "interim",
  last_intent = "job_search", lead_source = "website_form", follower_count = 900 }
local CLOCK = "2025-02-01T14:20:00Z"

local home

local function run(...) return cli.run({ "explain", ... }, { cwd = home }) end
local function file(name, content)
  if type(content) == "table" then content = cjson.encode(content) end
  shell.write(home .. "/" .. name, content)
  return name
end
local function explained(...)
  local code, out, err = run(...)
  assert.are.equal(0, code, err)
  return out
end
local function document(...)
  local arguments = { ... }
  arguments[#arguments + 1] = "--json"
  local code, out, err = run(table.unpack(arguments))
  assert.are.equal(0, code, err)
  assert.are.equal("\n", out:sub(-1))
  assert.is_nil(out:sub(1, -2):find("\n", 1, true))
  local decoded = cjson.decode(out)
  assert.are.equal("moonsift.explain/1", decoded.schema)
  return decoded
end
local function refused(arguments, ...)
  local code, out, err = run(table.unpack(arguments))
  assert.are.equal(2, code, err)
  assert.are.equal("", out)
  for _, words in ipairs { ... } do assert.matches(words, err, 1, true) end
end
local function has(text, ...)
  for _, line in ipairs { ... } do assert.matches(line, text, 1, true) end
end
local function rule(decoded, id)
  for _, r in ipairs(decoded.rules) do if r.id == id then return r end end
end
-- vertical.lua of the draft, changed; returns what puts it back.
local function edit(from, to)
  local path = home .. "/scripts/recruitment/vertical.lua"
  local text = assert(shell.read(path))
  local at = assert(text:find(from, 1, true), from)
  shell.write(path, text:sub(1, at - 1) .. to .. text:sub(at + #from))
  return function() shell.write(path, text) end
end

setup(function()
  home = cli.home()
  shell.write(home .. "/moonsift.yaml",
    ("embedded: {dir: %s/db}\naccounts: {1: {vertical: recruitment}}\n"):format(home))
  shell.must(("cp -r %s/scripts %s/scripts"):format(cli.root, home))
end)
teardown(function() cli.leave(home) end)

describe("moonsift explain FILE.json", function()
  before_each(function() file("lead.json", { id = 4711, name = "John", attributes = LEAD }) end)

  it("shows what would act on a terminal instead of sending it there", function()
    local esc, csi, turn = "\27", "\u{9b}", "\u{202e}"
    file("lead.json", {
      name = "A" .. esc .. "]0;x\7\nscore 10.0" .. csi .. "2J",
      attributes = { budget_max = turn .. "1" .. csi .. "31m\127", urgency_level = esc .. "[2J" },
    })
    local out = explained("lead.json", "--vertical", "recruitment", "--at", CLOCK, "--what-if",
      "last_intent=" .. esc .. "[1m")
    has(out, "A ]0;x  score 10.0\\u009b2J · recruitment draft", "\\u202e1\\u009b31m\\u007f",
      "last_intent = \\u001b[1m")
    for _, bad in ipairs { esc, csi, turn, "\7", "\127" } do
      assert.is_nil(out:find(bad, 1, true), ("%q"):format(bad))
    end
    refused({ "lead.json", "--vertical", "recruitment", "--what-if", "last_intent=\xff" },
      "is not UTF-8")
    refused({ "lead.json", "--vertical", "recruitment", "--what-if", esc .. "[1m" },
      '"\\u001b[1m" is no KEY=VALUE')
  end)

  it("judges with the draft, and starts no database", function()
    local out = explained("lead.json", "--vertical", "recruitment", "--at", CLOCK)
    has(out, "John #4711 · recruitment draft · clock 2025-02-01T14:20Z\n",
      "score 8.0 (80 points) · lead_status qualified\n",
      " +25 R03 urgency-high   urgency_level = \"high\"  ", "Wants to start now  → hot-lead\n",
      "then O1 qualified       score 80 ≥ 70, no errors  ",
      "   ? R10 responded      unknown: scraped_date, last_contact_date missing  ",
      "loses qualified-lead if: budget_max < 50000 or missing, urgency_level = low or medium or "
        .. "missing, last_intent other than \"job_search\" or missing\n",
      "gains cold-lead if: urgency_level = low\n",
      "lead_status becomes new if: budget_max < 50000 or missing, ")
    assert.is_nil(shell.read(home .. "/db/PG_VERSION"))
    assert.are_not.equal(0, (shell.run("test -e " .. home .. "/db")))
  end)

  it("takes the attributes alone, and other names for them", function()
    local want = explained("lead.json", "--vertical", "recruitment", "--at", CLOCK)
    want = want:gsub("^.-\n", "")
    local bare = file("bare.json", LEAD)
    local line = file("line.json", { custom_attributes = LEAD, id = "x-1" })
    for _, name in ipairs { bare, line, "./" .. bare, home .. "/" .. bare } do
      local out = explained(name, "--vertical", "recruitment", "--at", CLOCK)
      assert.are.equal(want, (out:gsub("^.-\n", "")))
    end
    has(explained(bare, "--vertical", "recruitment"), "bare.json · recruitment draft")
    assert.are.equal("x-1", document(line, "--vertical", "recruitment").contact.id)
    assert.are.equal(4711, document("lead.json", "--vertical", "recruitment").contact.id)
    local none = file("none.json", { name = "N", attributes = cjson.null })
    has(explained(none, "--vertical", "recruitment"), "unknown: budget_max missing")
  end)

  it("tells what was read as what with -v", function()
    file("read.json", { budget_max = "€ 85.000", urgency_level = " HIGH", follower_count = 9,
      scraped_date = "soon" })
    has(explained("read.json", "--vertical", "recruitment", "-v"),
      'reads budget_max: "€ 85.000" → 85000\n', 'reads urgency_level: " HIGH" → "high"\n',
      "reads follower_count: 9\n", 'reads scraped_date: "soon", not valid\n',
      "reads lead_source: missing\n", " changes tried\n")
  end)

  it("finds the vertical in the document, or as the only one", function()
    file("shop.json", { vertical = "ecommerce", attributes = { order_count = 3 } })
    has(explained("shop.json"), "ecommerce draft", "+20 E02 repeat-customer")
    refused({ "lead.json" }, "which vertical is to judge lead.json?",
      "--vertical NAME; there are business_setup, ecommerce, recruitment")
    local alone = cli.home("rules: {dir: only}\n")
    shell.must(("mkdir %s/only && cp -r %s/scripts/recruitment %s/only/")
      :format(alone, home, alone))
    local code, out = cli.run({ "explain", home .. "/lead.json" }, { cwd = alone })
    assert.are.equal(0, code)
    has(out, "recruitment draft")
    cli.leave(alone)
  end)

  it("refuses what is no contact", function()
    for name, text in pairs { ["word.json"] = "nonsense", ["list.json"] = "[]", ["empty.json"] = "",
      ["half.json"] = '{"attributes":{"budget_max":1}', ["two.json"] = "{} {}" } do
      file(name, text)
      refused({ name, "--vertical", "recruitment" }, name)
    end
    refused({ file("number.json", { attributes = 7 }), "--vertical", "recruitment" },
      '"attributes" is no object')
    refused({ "nowhere.json", "--vertical", "recruitment" }, "nowhere.json")
    refused({ "lead.json", "--vertical", "recruitmnt" }, "recruitmnt")
    file("deep.json", '{"attributes":{"x":' .. ("["):rep(200) .. ("]"):rep(200) .. "}}")
    refused({ "deep.json", "--vertical", "recruitment" }, "deep.json")
  end)

  it("cuts what is huge, and keeps each thing on its line", function()
    file("huge.json", { attributes = { last_intent = ("ab\n"):rep(400000),
      budget_max = ("9"):rep(500000), urgency_level = "\27[31mhigh\nscore 9.9" } })
    local out = explained("huge.json", "--vertical", "recruitment")
    assert.is_true(#out < 20000, #out)
    assert.is_nil(out:find("\27", 1, true))
    has(out, "not valid: budget_max = a long value", [[\nscore 9.9]], [[not "job_search"]])
    for line in out:gmatch("[^\n]+") do assert.is_nil(line:find("^score 9")) end
    assert.is_true(#document("huge.json", "--vertical", "recruitment").rules == 17)
  end)

  it("refuses flags that do not go together", function()
    refused({ "lead.json", "--verify" }, "--verify")
    refused({ "lead.json", "--diff", "draft", "--what-if", "budget_max=1" }, "not both")
    refused({ "4711", "--vertical", "recruitment" }, "--vertical is for a file")
    refused({}, "which contact, decision or FILE.json")
    refused({ "a.json", "b.json" }, "which contact")
    for _, version in ipairs { "newest", "v0", "-1", "v", "", "99999999999" } do
      refused({ "lead.json", "--version", version, "--vertical", "recruitment" },
        ('"%s" is no version'):format(version))
    end
  end)

  it("says where the draft is wrong", function()
    local back = edit("a.budget_max:at_least(80000)", "a.budget_maxx:at_least(80000)")
    local code, out, err = run("lead.json", "--vertical", "recruitment")
    back()
    assert.are.equal(3, code)
    assert.are.equal("", out)
    has(err, "error E101 ", "budget_maxx", "moonsift check recruitment")
  end)
end)

describe("moonsift explain --what-if", function()
  local function what_if(...)
    local arguments = { "lead.json", "--vertical", "recruitment", "--at", CLOCK }
    for _, change in ipairs { ... } do
      arguments[#arguments + 1] = "--what-if"
      arguments[#arguments + 1] = change
    end
    return arguments
  end
  before_each(function() file("lead.json", { attributes = LEAD }) end)

  it("shows the changed decision, and what it gains and loses", function()
    local out = explained(table.unpack(what_if("urgency_level=low", "budget_max=")))
    has(out, "what if urgency_level = low, budget_max were missing?\n",
      "score 2.0 (20 points) · lead_status unqualified\n",
      "   ? R01 budget-80k     unknown: budget_max missing",
      "against the contact as it is:\nscore 8.0 → 2.0 (80 → 20 points) · "
        .. "lead_status qualified → unqualified\n",
      "R01 budget-80k: +25 → unknown  vertical.lua:",
      "    before: urgency_level = \"high\"  → hot-lead\n",
      "gains unqualified-lead, cold-lead\n", "loses qualified-lead, hot-lead, high-priority\n")
    assert.is_nil(out:find("R05 interim:", 1, true))
  end)

  it("says so when nothing changes", function()
    has(explained(table.unpack(what_if("urgency_level=high"))),
      "against the contact as it is:\nno difference\n")
    assert.is_true(document(table.unpack(what_if("budget_max=80001"))).what_if.same)
  end)

  it("every effect that is said comes true", function()
    local before = document("lead.json", "--vertical", "recruitment", "--at", CLOCK)
    local function carries(decoded, title)
      for _, label in ipairs(decoded.outcome.labels) do if label == title then return true end end
      return false
    end
    local said = 0
    for kind, wanted in pairs { loses = false, gains = true } do
      for _, effect in ipairs(before[kind]) do
        assert.are.equal(not wanted, carries(before, effect.label))
        for _, way in ipairs(effect["if"]) do
          local value = way.values[1]
          local text = value == cjson.null and "" or cjson.encode(value)
          local after = document(table.unpack(what_if(way.attribute .. "=" .. text)))
          assert.are.equal(wanted, carries(after, effect.label), way.words)
          said = said + 1
        end
      end
    end
    assert.is_true(said >= 12)
  end)

  it("takes JSON of a fitting kind, else text", function()
    file("lead.json",
      { attributes = { services_needed = { "tax_advice" }, timeline = "2 months" } })
    local function with(change)
      return document("lead.json", "--vertical", "business_setup", "--what-if", change)
    end
    local function errors(decoded) return #decoded.errors end
    has(rule(with("timeline=6 months"), "B03").reason, "= 6 > 3")
    has(rule(with('timeline="6 months"'), "B03").reason, "= 6 > 3")
    assert.are.equal(1, errors(with("timeline=6")))           -- text that is no timeline
    assert.are.equal("6", with("timeline=6").errors[1].value) -- not the number
    assert.are.equal("yes", rule(with('services_needed=["bank_account"]'), "B06").truth)
    assert.are.equal(1, errors(with("services_needed=bank_account")))
    assert.are.equal("yes", rule(with("meeting_scheduled=true"), "B07").truth)
    assert.are.equal(1, errors(with("meeting_scheduled=1")))
    assert.are.equal(1, errors(with('meeting_scheduled="true"')))
    assert.are.equal(0, errors(with("timeline=null")))
    assert.are.equal(0, errors(with("timeline=")))
    file("lead.json", { attributes = LEAD })
    has(explained(table.unpack(what_if("budget_max=€ 70.000"))), "budget_max = 70000")
    has(explained(table.unpack(what_if("budget_max=1", "budget_max=90000"))), "+25 R01")
    has(explained(table.unpack(what_if("lead_status=customer"))), "lead_status customer\n")
  end)

  it("refuses what is no change", function()
    refused(what_if("urgncy_level=low"), 'no attribute "urgncy_level"',
      'did you mean "urgency_level"?')
    refused(what_if("budget_max"), '--what-if "budget_max" is no KEY=VALUE')
    refused(what_if("=5"), '--what-if "=5" is no KEY=VALUE')
    refused(what_if(""), "is no KEY=VALUE")
    refused(what_if("budget_max=5", "nothing=1"), 'no attribute "nothing"')
  end)
end)

describe("docs/explain.md", function()
  -- Lines of a vertical move with every edit of it.
  local function without_lines(text) return (text:gsub("vertical%.lua:%d+", "vertical.lua:N")) end

  it("shows what the program prints", function()
    local shown = 0
    local doc, shell_line = shell.read("docs/explain.md"), "\n```\n%$ moonsift ([^\n]+)\n(.-)```"
    for command, want in doc:gmatch(shell_line) do
      local _, out, err = shell.run(shell.quote(cli.bin) .. " " .. command)
      assert.are.equal("", err)
      assert.are.equal(without_lines(want), without_lines(out))
      shown = shown + 1
    end
    assert.are.equal(2, shown)
  end)
end)

describe("moonsift explain --json", function()
  it("has every rule with its words, values and place", function()
    file("lead.json", { id = 7, name = 'A "b"',
      attributes = { budget_max = 81000, scraped_date = "2025-13-01" } })
    local decoded = document("lead.json", "--vertical", "recruitment", "--at", CLOCK)
    assert.are.equal('A "b"', decoded.contact.name)
    assert.are.equal("recruitment", decoded.vertical)
    assert.are.equal("draft", decoded.version)
    assert.are.equal("2025-02-01T14:20:00.000Z", decoded.clock)
    assert.are.equal(2.5, decoded.outcome.score)
    assert.are.equal(17, #decoded.rules)
    for _, r in ipairs(decoded.rules) do
      for _, key in ipairs { "id", "name", "outcome", "truth", "points", "counted", "condition",
        "reason", "values", "place", "because", "label" } do
        assert.is_not_nil(r[key], r.id .. "." .. key)
      end
      assert.are.equal("vertical.lua", r.place.file)
      assert.is_true(r.place.line > 0 and #r.condition > 0 and #r.reason > 0)
      assert.matches("^" .. ({ yes = "", no = "no: ", unknown = "unknown: " })[r.truth], r.reason)
    end
    local top = rule(decoded, "R01")
    assert.are.same({ "yes", 25, 25, "budget_max is at least 80000", 81000, cjson.null },
      { top.truth, top.points, top.counted, top.condition, top.values.budget_max, top.label })
    assert.are.same({ "scraped_date", "2025-13-01" },
      { decoded.errors[1].attribute, decoded.errors[1].value })
    assert.are.equal("unknown", rule(decoded, "R10").truth)
    assert.are.equal(cjson.null, rule(decoded, "R10").values.scraped_date)
    assert.is_true(decoded.complete and decoded.tried > 20)
    local sum = 0
    for _, r in ipairs(decoded.rules) do sum = sum + r.counted end
    assert.are.equal(decoded.outcome.sum, sum)
  end)

  it("keeps to itself who somebody is", function()
    shell.must(("mkdir -p %s/scripts/quiet"):format(home))
    file("scripts/quiet/vertical.lua", [[
      vertical { name = "quiet", title = "Quiet" }
      local a = attributes {
        { "email", email, personal = true, says = "Where to write" },
        { "note", text, personal = true, says = "What they said" },
      }
      rule { id = "R1", points = 10, because = "Ours", when = a.email:ends_with "@corp.example" }
      rule { id = "R2", points = 10, because = "Said", when = a.note:is "yes" }
      outcome { id = "O1", because = "Fine", when = errors:none(), label = "fine" }
      status { "lead_status", otherwise = "new" }
      labels { { "fine", colour = "#22c55e", says = "Fine" } }
    ]])
    file("who.json", { attributes = { email = "jane.doe@corp.example", note = "tel 0612345678" } })
    file("bad.json", { attributes = { email = "jane.doe at home" } })
    for _, name in ipairs { "who.json", "bad.json" } do
      for _, flag in ipairs { "--json", "-v", "--at=2025-01-01" } do
        local code, out, err = run(name, "--vertical", "quiet", flag)
        assert.are.equal(0, code, err)
        assert.is_nil(out:find("jane", 1, true), out)
        assert.is_nil(out:find("0612345678", 1, true), out)
      end
    end
    has(explained("who.json", "--vertical", "quiet"), "(personal)")
    shell.must(("rm -r %s/scripts/quiet"):format(home))
  end)
end)

describe("moonsift explain of facts", function()
  it("takes what was looked up from the file", function()
    shell.must(("mkdir -p %s/scripts/knowing"):format(home))
    file("scripts/knowing/vertical.lua", [[
      vertical { name = "knowing", title = "Knowing" }
      local a = attributes { { "note", text, says = "What they said" } }
      local f = facts { { "similar", number { min = 0, max = 1 },
        from = knowledge { query = words { "{note}" } }, says = "How near" } }
      rule { id = "R1", points = 10, because = "Near", when = f.similar:at_least(0.8) }
      rule { id = "R2", points = 5, because = "Said", when = a.note:present(), label = "said" }
      status { "lead_status", otherwise = "new" }
      labels { { "said", colour = "#22c55e", says = "Said" } }
    ]])
    local function with(facts)
      return explained(file("known.json", { attributes = { note = "hello" }, facts = facts }),
        "--vertical", "knowing")
    end
    has(with(nil), "score 0.5 (5 points)", "unknown: similar missing",
      "loses said if: note missing\n")
    has(with { similar = 0.85 }, "+10 R1", "similar = 0.85 ≥ 0.8")
    has(with { similar = 7 }, "unknown: similar not valid")
    local code, _, err = run(file("known.json", { attributes = {}, facts = 7 }), "--vertical",
      "knowing")
    assert.are.equal(2, code)
    has(err, '"facts" is no object')
    shell.must(("rm -r %s/scripts/knowing"):format(home))
  end)
end)

describe("moonsift explain CONTACT", function()
  local decision = "dec_0000000000005"

  local function sql(text)
    local code, out, err = cli.run({ "db", "psql", "-X", "-q", "-A", "-t", "-c", text },
      { cwd = home })
    assert.are.equal(0, code, err)
    return (out:gsub("\n$", ""))
  end

  setup(function()
    assert.are.equal(0, (cli.run({ "migrate", "up" }, { cwd = home })))
    local code, _, err = cli.run({ "activate", "recruitment", "-m", "first" }, { cwd = home })
    assert.are.equal(0, code, err)
    sql("insert into accounts (id, name) values (1, 'One'), (2, 'Two') on conflict do nothing")
    sql(("insert into contacts (id, account_id, name, email, custom_attributes) values"
      .. " (9001, 1, 'Noor', 'Noor@mail.example', '%s'),"
      .. " (9002, 1, 'New', 'new@mail.example', '{}'),"
      .. " (9003, 2, null, 'shop@mail.example', '{}')"):format(
      cjson.encode { budget_max = 1000, urgency_level = "low" }))
    sql(("insert into moonsift.decision (account_id, id, contact_id, vertical, version, clock,"
      .. " points,"
      .. " lead_status, fired, unknown, errors, labels, labels_added, labels_removed, input, diff,"
      .. " conflicts) values (1, 5, 9001, 'recruitment', 1, '%s', 80, 'qualified',"
      .. " '{R01,R03,R05,R12,O1,O3,O5}', '{R10}', '{}',"
      .. " '{qualified-lead,hot-lead,high-priority,interim-job-seeker,ai-handled}', '{}', '{}',"
      .. " '%s', '{}', '{\"lead_status\": [\"customer\", \"qualified\"]}')")
      :format(CLOCK, cjson.encode(LEAD)))
    sql("insert into moonsift.contact_state (account_id, contact_id, vertical, version, input_hash,"
      .. " last_written, decision_id) values (1, 9001, 'recruitment', 1, 0, '{}', 5)")
  end)

  it("tells the last decision from its snapshot, however the contact is found", function()
    local want = explained(decision)
    has(want, "Noor #9001 · recruitment v1 (active) · clock 2025-02-01T14:20Z · decision "
      .. decision .. "\n",
      "score 8.0 (80 points) · lead_status qualified\n", "loses hot-lead if: urgency_level = low",
      'kept: lead_status = "customer", though the rules say "qualified": a person changed it\n')
    for _, name in ipairs { "9001", "#9001", "noor@mail.example" } do
      assert.are.equal(want, explained(name))
    end
    local decoded = document(decision)
    assert.are.equal(1, decoded.version)
    assert.is_true(decoded.active)
    assert.are.same({ "customer", "qualified" }, decoded.conflicts.lead_status)
  end)

  it("tells what would be decided now", function()
    has(explained("9001", "--now"), "what would be decided now\n", "budget_max = 1000 < 50000")
    has(explained("9001", "--at", "2024-12-24"), "clock 2024-12-24T00:00Z", "budget_max = 1000")
    has(explained("9002"), "New #9002 · recruitment v1 (active)", "unknown: budget_max missing")
  end)

  it("knows contacts that nothing judges, and what is no contact", function()
    assert.are.equal("(no name) #9003 · no vertical judges this contact (account 2)\n",
      explained("9003"))
    assert.are.equal(cjson.null, document("9003").vertical)
    refused({ "424242" }, 'no contact or decision "424242"')
    refused({ "dec_0000000000007" }, "dec_0000000000007")
    refused({ "nobody@mail.example", "--json" }, "nobody@mail.example")
    refused({ "9001", "--version", "99" }, "there is no version 99 of recruitment",
      "moonsift versions recruitment")
    refused({ "9001", "--diff", "v2" }, "there is no version 2")
    refused({ "9001", "--what-if", "x=1" }, 'no attribute "x"')
    refused({ "9001", "--account", "2" }, "no contact or decision")
  end)

  it("explains what another version says", function()
    local back = edit("a.budget_max:at_least(80000)", "a.budget_max:at_least(90000)")
    has(explained("9001", "--version", "draft"), "Noor #9001 · recruitment draft",
      "as it was at decision", "no: budget_max = 80000 < 90000")
    local out = explained("9001", "--diff", "draft")
    has(out, "Noor #9001 · recruitment v1 (active) → recruitment draft · clock 2025-02-01T14:20Z",
      "score 8.0 → 5.5 (80 → 55 points) · lead_status qualified → new\n",
      "R01 budget-80k: +25 → no  vertical.lua:",
      "    before: budget_max = 80000 ≥ 80000\n    after:  no: budget_max = 80000 < 90000\n",
      "loses qualified-lead, high-priority\n")
    assert.is_nil(out:find("R05", 1, true))
    local diff = document("9001", "--diff", "draft").diff
    assert.is_false(diff.same)
    assert.are.same({ 80, 55 }, diff.points)
    assert.are.same({ "qualified", "new" }, diff.lead_status)
    assert.are.same({ "yes", "no" },
      { diff.rules[1].before.truth, diff.rules[1].after.truth })
    file("lead.json", { attributes = LEAD })
    has(explained("lead.json", "--vertical", "recruitment", "--version", "v1", "--diff", "draft",
      "--at", CLOCK), "recruitment v1 (active) → recruitment draft", "R01 budget-80k: +25 → no")
    back()
    has(explained("9001", "--diff", "draft"), "no difference\n")
  end)

  it("tells rules that are new or gone", function()
    local back = edit('id = "R12"', 'id = "R99"')
    local out = explained(decision, "--diff", "draft")
    back()
    has(out, "R99 job-search: not there → +20", "R12 job-search: +20 → not there")
  end)

  it("makes a stored decision again", function()
    has(explained(decision, "--verify"), "Noor #9001 · recruitment v1 (active)",
      decision .. "\nsame\n")
    has(explained("9001", "--verify"), "\nsame\n")
    assert.are.same({ same = true, differences = {} }, document(decision, "--verify").verify)
    sql("update moonsift.decision set points = 75, labels = '{hot-lead}', unknown = '{}'"
      .. " where id = 5")
    local code, out = run(decision, "--verify")
    assert.are.equal(3, code)
    has(out, "points: stored 75, again 80\n", "unknown: stored nothing, again R10\n",
      "labels: stored hot-lead, again qualified-lead, hot-lead, high-priority, ")
    code, out = run(decision, "--verify", "--json")
    assert.are.equal(3, code)
    assert.are.equal("points", cjson.decode(out).verify.differences[1].what)
    refused({ "9002", "--verify" }, "was never judged")
    refused({ decision, "--verify", "--now" }, "--verify makes a stored decision again")
    refused({ decision, "--now" }, "--now is for a contact")
    has(explained(decision, "--at", "2030-01-01"),
      "clock 2030-01-01T00:00Z · as it was at decision")
  end)
end)
