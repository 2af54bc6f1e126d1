-- What a mistake must not pass for: cases that test nothing, contacts that are not read, numbers
-- that were never judged, ends of a range that were exchanged.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local VERTICAL = [[
vertical { name = "clinic", title = "Clinic" }
local a = attributes {
  { "pain", choice { "none", "strong" }, says = "Pain" },
  { "low", integer, says = "Lowest price" },
  { "high", integer, says = "Highest price" },
  { "sum", integer, says = "Sum" },
}
range { a.low, a.high }
group { "money", counts = "sum", max = 40, says = "Money" }
rule { id = "C1", name = "rich", points = 30, group = "money", when = a.high:at_least(5000),
  because = "b", label = "big" }
rule { id = "C2", name = "pained", points = 25, group = "money", when = a.pain:is "strong",
  because = "b" }
rule { id = "C3", name = "odd", points = 2, because = "b",
  when = custom { reads = { a.sum }, says = "odd",
    fn = function(v) return v.sum % 2 == 1 end } }
outcome { id = "O1", name = "spender", when = score:at_least(2), because = "b", label = "spender" }
derive { "was_urgent", fired "C2" }
status { "lead_status", { when = fired "O1", value = "new" }, otherwise = "cold" }
labels {
  { "big", colour = "#102030", says = "b" },
  { "spender", colour = "#102030", says = "s" },
}
]]

describe("a mistake", function()
  local home

  setup(function()
    home = cli.home()
    shell.must(("mkdir -p %s/scripts/clinic"):format(home))
  end)
  teardown(function() shell.must("rm -rf " .. home) end)

  local function run(...) return cli.run({ ... }, { cwd = home }) end

  local function cases(text, vertical)
    shell.write(home .. "/scripts/clinic/vertical.lua", vertical or VERTICAL)
    shell.write(home .. "/scripts/clinic/cases.yaml", text)
  end
  local function case(attributes, expect)
    cases(("- name: c\n  at: 2025-02-01\n  contact: { attr: { %s } }\n  expect: { %s }\n"):format(
      attributes, expect))
  end

  before_each(function() case("pain: strong", "fired: [C2, O1]") end)

  it("in a case's attribute is found, and an attribute of others is none", function()
    local function finds(...)
      local code, out = run("check", "clinic")
      assert.are.equal(3, code, out)
      for _, words in ipairs { ... } do assert.matches(words, out, 1, true) end
    end
    case("pian: strong", "fired: []")
    finds('cases.yaml:3:', 'E403 "c": attr: the vertical has no "pian"; did you mean "pain"?')
    case("pain: strong", "attributes: { was_urgnt: null }")
    finds('cases.yaml:4:', 'E403', 'has no "was_urgnt"; did you mean "was_urgent"?')
    for _, good in ipairs { { "pain: strong, favourite_colour: blue",
      "attributes: { favourite_colour: blue, was_urgent: true, lead_status: new }" } } do
      case(good[1], good[2])
      local code, out = run("test", "clinic")
      assert.are.equal(0, code, out)
    end
  end)

  it("in the score or status alone shows the rules that made it", function()
    local function shows(...)
      local code, out = run("test", "clinic", "-q")
      assert.are.equal(3, code)
      for _, words in ipairs { ... } do assert.matches(words, out, 1, true) end
    end
    case("pain: strong, high: 6000", "score: 5.5")
    shows("score: want 5.5, got 4", "C1 rich yes: high = 6000 ≥ 5000", "C2 pained yes: ",
      "; 10 of 25 points count in group money")
    case("pain: none", "lead_status: qualified")
    cases("- name: c\n  at: 2025-02-01\n  contact: { attr: { pain: none } }\n"
      .. "  expect: { lead_status: new }\n")
    shows("lead_status: want", "O1 spender no: score 0 < 2")
  end)

  it("in a contact's document is told, not judged as an empty contact", function()
    local function explain(document, ...)
      shell.write(home .. "/lead.json", cjson.encode(document))
      return run("explain", "lead.json", ...)
    end
    local code, out, err = explain { vertical = "clinic", attributs = { pain = "strong" } }
    assert.are.equal(2, code)
    assert.are.equal("", out)
    assert.matches('"attributs": did you mean "attributes"?', err, 1, true)
    code, out, err = explain { vertical = "clinic", pain = "strong" }
    assert.are.equal("", out)
    assert.are.equal(2, code)
    assert.matches('lead.json has no "attributes"', err, 1, true)
    assert.are.equal(0, (explain({ pain = "strong" }, "--vertical", "clinic")))
    code, out = cli.run({ "evaluate", "clinic" }, { cwd = home,
      input = '{"attributes":{"pain":"strong"}}\n{"attributes":{},"custom_attributes":'
        .. '{"pain":"strong"}}\n{"attributes":7}\n' })
    assert.are.equal(5, code)
    assert.are.equal(2, select(2, out:gsub('"fired":%["C2","O1"%]', "")))
    assert.matches('{"line":3,"error":"attributes is no object"}', out, 1, true)
  end)

  it("in a file's name starts no database", function()
    shell.write(home .. "/noext", "{}")
    for _, name in ipairs { "noext", "scripts", "big.jsonl", "there/is/none.json" } do
      local code, _, err = run("explain", name, "--vertical", "clinic")
      assert.are_not.equal(1, code)
      assert.is_nil(err:find("PostgreSQL", 1, true), err)
      assert.are_not.equal(0, (shell.run("test -e " .. home .. "/db")), name)
    end
  end)

  it("of numbers that a function looks at says what was judged", function()
    shell.write(home .. "/lead.json",
      cjson.encode { vertical = "clinic", attributes = { sum = 3 } })
    local document = cli.json({ "explain", "lead.json", "--json" }, { cwd = home })
    assert.is_false(document.complete)
    local _, out = run("explain", "lead.json")
    assert.matches("loses spender if: sum [^\n]* %(among others%)", out)
    shell.write(home .. "/lead.json",
      cjson.encode { vertical = "clinic", attributes = { low = 10 } })
    _, out = run("explain", "lead.json")
    assert.matches("gains big if: high ≥ 5000", out, 1, true)
    assert.is_nil(out:match("gains big if: [^\n]*among others"))
  end)

  it("in the order of a range's ends is said where it counts", function()
    shell.write(home .. "/lead.json",
      cjson.encode { vertical = "clinic", attributes = { low = 7000, high = 9000 } })
    local _, out = run("explain", "lead.json", "--what-if", "high=4500")
    assert.matches("high = 7000 (swapped with low) ≥ 5000", out, 1, true)
    _, out = run("explain", "lead.json")
    assert.is_nil(out:find("swapped", 1, true))
  end)

  it("in cases.yaml is told where it is, with the way out", function()
    local function says(text, ...)
      cases(text)
      local code, out = run("check", "clinic")
      assert.are.equal(3, code, out)
      for _, words in ipairs { ... } do assert.matches(words, out, 1, true) end
    end
    local good = "- name: c\n  at: 2025-02-01\n  contact: { attr: {} }\n  expect:\n    score: 0\n"
    says(good:gsub("score", "sorce"), 'cases.yaml:5', 'no key "sorce"', 'there are score')
    says(good:gsub("expect:\n    score: 0", "expect: { score:4.0 }"), "cases.yaml:4",
      'a blank is missing behind "score:"')
    says(good:gsub("2025%-02%-01", "01.02.2025"), "cases.yaml:2", "at is a date as 2025-02-01")
    says(good:gsub("  at: [^\n]+\n", ""), "cases.yaml:1", "a case needs the clock")
    says(good:gsub("  contact: [^\n]+\n", ""), "cases.yaml:1", "a case needs a contact: contact: {")
    says(good:gsub("expect:\n    score: 0", "expect: {}"), "cases.yaml:4", "expect names nothing")
    says(good:gsub("  expect:\n    score: 0", ""), "cases.yaml:1", "a case says what must come out")
  end)

  it("in a vertical is told by every verb as by check, with exit code 3", function()
    cases("- { name: c, at: 2025-02-01, contact: { attr: {} }, expect: { score: 0 } }\n",
      (VERTICAL:gsub("a%.high:at_least", "a.hihg:at_least")))
    shell.write(home .. "/lead.json", cjson.encode { vertical = "clinic", attributes = {} })
    for _, call in ipairs { { "rules", "clinic" }, { "schema", "show", "clinic" },
      { "explain", "lead.json" } } do
      local code, out, err = run(table.unpack(call))
      assert.are.equal(3, code, call[1])
      assert.are.equal("", out)
      assert.matches('vertical.lua:%d+:%d+ error E101 unknown attribute "hihg"', err)
      assert.matches("hint: moonsift check clinic", err, 1, true)
    end
    assert.are.equal(3, (cli.run({ "evaluate", "clinic" }, { cwd = home, input = "{}\n" })))
  end)

  it("is not made by a terminal that is narrow: rows are folded between words", function()
    shell.write(home .. "/lead.json",
      cjson.encode { vertical = "clinic", attributes = { high = 6000, pain = "strong" } })
    local function at_terminal(columns, arguments)
      return (shell.must(("cd %s && COLUMNS=%d script -qec %s /dev/null < /dev/null"):format(home,
        columns, shell.quote(shell.quote(cli.bin) .. " " .. arguments))):gsub("\r", ""))
    end
    local _, piped = cli.run({ "explain", "lead.json", "--at", "2025-02-01" }, { cwd = home,
      env = { COLUMNS = "60" } })
    local folded = at_terminal(60, "explain lead.json --at 2025-02-01")
    local longest = 0
    for line in folded:gmatch "[^\n]+" do
      assert.is_true(utf8.len(line) <= 60, line)
      assert.is_nil(line:find(" $"))
      longest = math.max(longest, utf8.len(line))
    end
    assert.is_true(longest > 40)
    local function words(text) return (text:gsub("%s+", " "):gsub(" $", "")) end
    assert.are.equal(words(piped), words(folded))
    assert.is_truthy(piped:find(("[^\n]"):rep(70)))
    assert.are.equal(piped, at_terminal(60, "explain lead.json --at 2025-02-01 --plain") .. "\n")
    local summary = at_terminal(50, "test clinic -q")
    assert.matches("\n  %S", summary)
  end)

  it("of capitals in a filter does not matter", function()
    for _, filter in ipairs { "c", "C" } do
      assert.matches("1 passed", select(2, run("test", "clinic", "--filter", filter)), 1, true)
    end
    assert.are.equal(2, (run("test", "clinic", "--filter", "d")))
  end)

  it("in what is changed names a fact for what it is", function()
    cases("- { name: c, at: 2025-02-01, contact: { attr: {} }, expect: { score: 0 } }\n", VERTICAL
      .. 'local f = facts { { "match", number, says = "How near", from = knowledge { '
      .. 'query = a.pain, category = "services" } } }\n'
      .. 'rule { id = "C9", points = 1, when = f.match:at_least(0.5), because = "b" }\n')
    shell.write(home .. "/lead.json", cjson.encode { vertical = "clinic", attributes = {} })
    local code, _, err = run("explain", "lead.json", "--what-if", "match=0.9")
    assert.are.equal(2, code)
    assert.matches("match is a fact, no attribute", err, 1, true)
  end)
end)
