-- moonsift test: cases pass or fail for the right reason, in words, JSON and XML.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local VERTICAL = [[
vertical { name = "shop", title = "Shop" }
local a = attributes {
  { "budget", integer, says = "budget" },
  { "urgency", choice { "low", "high" }, says = "urgency" },
}
rule { id = "R1", name = "rich", points = 50, when = a.budget:more_than(100), because = "b" }
rule { id = "R2", points = 30, when = a.urgency:is "high", because = "b", label = "hot" }
outcome { id = "O1", name = "good", when = score:at_least(80), because = "b", label = "good" }
derive { "words", words { "{budget}" } }
status { "lead_status", { when = fired "O1", value = "yes" }, otherwise = "no" }
labels {
  { "hot", colour = "#102030", says = "Hot" },
  { "good", colour = "#102030", says = "Good" },
  { "mine", colour = "#102030", says = "Belongs to people" },
}
]]

local function case(name, attributes, expect, at)
  return ("- name: %s\n  at: %s\n  contact: { attr: { %s } }\n  expect: { %s }\n"):format(name,
    at or "2025-02-01", attributes, expect)
end

local RICH = case("rich & <urgent>", "budget: 101, urgency: high",
  "score: 8, lead_status: 'yes', labels: [good, hot], fired: [O1, R2, R1], unknown: [], errors: [],"
  .. " attributes: { words: '101', other: null, budget: 101 }")

describe("moonsift test", function()
  local home

  setup(function() home = cli.home() end)
  teardown(function() shell.must("rm -rf " .. home) end)

  local function write(cases, vertical)
    shell.must(("rm -rf %s/scripts && mkdir -p %s/scripts/shop"):format(home, home))
    shell.write(home .. "/scripts/shop/vertical.lua", vertical or VERTICAL)
    if cases then shell.write(home .. "/scripts/shop/cases.yaml", cases) end
  end

  local function test(...) return cli.run({ "test", "shop", ... }, { cwd = home }) end

  -- The lines of one case that fails.
  local function differs(attributes, expect, ...)
    write(case("x", attributes, expect))
    local code, out = test()
    assert.are.equal(3, code, out)
    assert.matches("^FAIL x  +cases.yaml:1\n", out)
    for _, words in ipairs { ... } do assert.matches(words, out, 1, true) end
    return out
  end

  it("passes every case of recruitment and reaches all rules and labels", function()
    local code, out = cli.run { "test", "recruitment" }
    assert.are.equal(0, code, out)
    assert.matches("61 passed, 0 failed · rules fired 17/17 · labels seen 13/13\n$", out)
    local _, passed = out:gsub("%f[^\n\0]PASS ", "")
    assert.are.equal(61, passed)
  end)

  it("compares all that a case names, lists in any order", function()
    write(RICH)
    local code, out, err = test()
    assert.are.equal(0, code, out)
    assert.are.equal("", err)
    assert.matches("^PASS rich & <urgent>  +cases.yaml:1\n", out)
    assert.matches("1 passed, 0 failed · rules fired 3/3 · labels seen 2/2\n$", out)
  end)

  it("says what differs", function()
    differs("budget: 101", "score: 5.5", "score: want 5.5, got 5")
    differs("budget: 101", "lead_status: 'yes'", 'lead_status: want "yes", got "no"',
      "O1 good no: score 50 < 80  vertical.lua:8")
    differs("budget: 101", "labels: [hot]", "labels: want hot, not given",
      "R2 unknown: urgency missing  vertical.lua:7")
    differs("urgency: high", "labels: []", "labels: hot given, not wanted",
      'R2 yes: urgency = "high"')
    differs("budget: 1", "fired: [R1]", "fired: want R1, which did not fire",
      "R1 rich no: budget = 1 ≤ 100")
    differs("budget: 101", "fired: []", "fired: R1 fired, not wanted", "R1 rich yes: budget = 101")
    differs("budget: 1", "unknown: []", "unknown: R2 is unknown, not wanted")
    differs("budget: 1", "unknown: [R1, R2]", "unknown: want R1, which is not unknown")
    differs("budget: x", "errors: []", "errors: budget is an error, not wanted")
    differs("budget: 1", "errors: [budget]", "errors: want budget, which is no error")
    differs("budget: 1", "attributes: { words: null }", 'attribute words: want nothing, got "1"')
    differs("budget: 1", "attributes: { x: [1, {y: 2}] }",
      'attribute x: want [1,{"y":2}], got nothing')
  end)

  it("names the rule whose points are missing, and the bound that is met exactly", function()
    local out = differs("budget: 100, urgency: low", "score: 5", "score: want 5, got 0",
      "R1 rich no: budget = 100 ≤ 100  vertical.lua:6  (at_least, not more_than?)")
    assert.is_nil(out:find("R2 no", 1, true))
    out = differs("budget: 99, urgency: low", "score: 5", "R1 rich no: budget = 99 ≤ 100")
    assert.is_nil(out:find("?)", 1, true))
    differs("budget: 101, urgency: high", "labels: [hot]",
      "O1 good yes: score 80 ≥ 80  vertical.lua:8  (more_than, not at_least?)")
  end)

  it("says what was never reached", function()
    write(case("x", "budget: 1", "score: 0"))
    local code, out = test()
    assert.are.equal(0, code)
    assert.matches("1 passed, 0 failed · rules fired 0/3, never: rich, R2, good"
      .. " · labels seen 0/2, never: hot, good\n", out, 1, true)
  end)

  it("counts with --coverage", function()
    write(RICH .. case("y", "budget: 1", "score: 0"))
    local _, out = test("--coverage")
    assert.matches("\n +1 +1 +0  R1 rich\n", out)
    assert.matches("\n +1 +0 +1  R2 \n", out)
    assert.matches("\n +1 +label good\n", out)
  end)

  it("takes cases by a part of their name", function()
    write(RICH .. case("poor", "budget: 1", "score: 9"))
    local code, out = test("--filter", "rich")
    assert.are.equal(0, code)
    assert.matches("\n1 passed, 0 failed\n$", out)
    assert.are.equal(3, (test("--filter=poor")))
    code, out = test("--filter", "nobody")
    assert.are.equal(2, code)
    assert.are.equal("", out)
    code, out = test("-q")
    assert.are.equal(3, code)
    assert.matches("^FAIL poor", out)
  end)

  it("answers with one JSON document", function()
    write(RICH .. case("poor", "budget: 1", "score: 9"))
    local code, out = test("--json")
    local document = cjson.decode(out)
    assert.are.equal(3, code)
    assert.are.equal("moonsift.test/1", document.schema)
    assert.are.equal(1, document.passed)
    assert.are.equal(1, document.failed)
    local shop = document.verticals[1]
    assert.is_true(shop.cases[1].passed)
    assert.are.equal(0, #shop.cases[1].differences)
    assert.is_false(shop.cases[2].passed)
    assert.are.equal(5, shop.cases[2].line)
    assert.are.equal("score: want 9, got 0", shop.cases[2].differences[1])
    assert.are.same({ id = "R1", yes = 1, no = 1, unknown = 0 }, shop.rules[1])
    assert.are.same({ title = "mine", given = 0 }, shop.labels[3])
  end)

  it("writes JUnit's XML", function()
    write(RICH .. case("poor", "budget: 1", "score: 9"))
    local file = home .. "/junit.xml"
    assert.are.equal(3, (test("--junit", file)))
    local text = shell.read(file)
    assert.matches('<testsuite name="shop" tests="2" failures="1" errors="0">', text, 1, true)
    assert.matches('name="rich &amp; &lt;urgent&gt;"/>', text, 1, true)
    assert.matches('<failure message="score: want 9, got 0">', text, 1, true)
    write(RICH, VERTICAL .. "x = 1\n")
    assert.are.equal(3, (test("--junit", file)))
    text = shell.read(file)
    assert.matches('errors="1"', text, 1, true)
    assert.matches("vertical.lua:16 E203 &quot;x&quot;", text, 1, true)
    write(RICH)
    local code, _, err = test("--junit", "/nonexistent/x")
    assert.are.equal(1, code)
    assert.matches("/nonexistent/x: No such file", err, 1, true)
  end)

  it("judges nothing when the files have errors", function()
    write(RICH, VERTICAL .. "x = 1\n")
    local code, out = test()
    assert.are.equal(3, code)
    assert.matches("^vertical.lua:16:1 error E203", out)
    write(case("x", "budget: 1", "scor: 1"))
    code, out = test()
    assert.are.equal(3, code)
    assert.matches("^cases.yaml:4:13 error E402", out)
    assert.matches('did you mean "score"', out, 1, true)
  end)

  it("does not take no cases for success", function()
    write(nil)
    local code, out, err = test()
    assert.are.equal(3, code)
    assert.are.equal("", out)
    assert.matches("no cases.yaml", err, 1, true)
    for _, empty in ipairs { "", "[]\n", "# none\n" } do
      write(empty)
      assert.are.equal(3, (test()), empty)
    end
  end)

  it("fails a case whose function fails", function()
    write(RICH, VERTICAL .. [[
      rule { id = "C", points = 1, because = "b", when = custom {
        reads = { a.budget }, says = "s", fn = function(v) return v.budget.x.y end } }]])
    local code, out = test()
    assert.are.equal(3, code)
    assert.matches("cannot be judged: ", out, 1, true)
  end)

  it("judges at the clock of the case, whatever --at says", function()
    local dated = VERTICAL:gsub('{ "budget", integer', '{ "day", date, says = "d" },\n%0')
      .. 'rule { id = "D", points = 20, when = a.day:within_days(1), because = "b" }\n'
    write(case("x", "day: '2025-02-01'", "score: 2", "2025-02-02T23:59:59Z")
      .. case("y", "day: '2025-02-01'", "score: 0", "2025-02-03T00:00:00Z"), dated)
    assert.are.equal(0, (test("--at", "2030-01-01")))
  end)

  it("tests all verticals without a name", function()
    write(RICH)
    shell.must(("cp -r %s/scripts/recruitment %s/scripts/"):format(cli.root, home))
    local code, out = cli.run({ "test", "-q" }, { cwd = home })
    assert.are.equal(0, code)
    assert.matches("^recruitment: 61 passed, 0 failed · [^\n]*\nshop: 1 passed, 0 failed · ", out)
  end)
end)
