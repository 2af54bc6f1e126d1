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
  .. " attributes: { words: '101', budget: 101 }")

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
    assert.matches("%d+ passed, 0 failed · rules fired 17/17 · labels seen 13/13"
      .. " · specs 3 passed, 0 failed\n$", out)
    local _, passed = out:gsub("%f[^\n\0]PASS ", "")
    assert.is_true(passed >= 43)
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
    differs("budget: 1", "attributes: { urgency: [1, {y: 2}] }",
      'attribute urgency: want [1,{"y":2}], got nothing')
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

  it("names files in JUnit's XML that lie in a folder with signs of XML in its name", function()
    write(RICH)
    shell.must(("mv %s/scripts '%s/a&b<c'"):format(home, home))
    local file = home .. "/junit.xml"
    local env = { MOONSIFT_RULES_DIR = home .. "/a&b<c" }
    assert.are.equal(0, (cli.run({ "test", "shop", "--junit", file }, { cwd = home, env = env })))
    assert.matches('/a&amp;b&lt;c/shop/cases.yaml"', shell.read(file), 1, true)
    shell.must(("rm -rf '%s/a&b<c'"):format(home))
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
    assert.matches("^recruitment: %d+ passed, 0 failed · [^\n]*\nshop: 1 passed, 0 failed · ", out)
  end)

  it("asks for a part of the rules and labels to be reached", function()
    write(RICH)
    assert.are.equal(0, (test("--min-coverage", "100")))
    write(case("x", "budget: 101, urgency: low", "score: 5")) -- 1 of 3 rules, 0 of 2 labels
    local code, out, err = test("--min-coverage", "20")
    assert.are.equal(0, code, err)
    assert.matches("rules fired 1/3, never: R2, good · labels seen 0/2, never: hot, good\n", out,
      1, true)
    code, out, err = test("--min-coverage=21", "-q")
    assert.are.equal(3, code, out)
    assert.are.equal("shop: the cases reach 20 % of the rules and labels (1 of 5); 21 % asked\n",
      err)
    assert.are.equal(20, cjson.decode((select(2, test("--json")))).verticals[1].reached_percent)
    for _, wrong in ipairs { { "--min-coverage", "101" }, { "--min-coverage", "x" },
      { "--min-coverage", "5", "--filter", "x" } } do
      assert.are.equal(2, (test(table.unpack(wrong))))
    end
  end)

  it("is plain when asked", function()
    write(RICH .. case("poor", "budget: 1", "score: 9"))
    local code, out = test("--plain")
    assert.are.equal(3, code)
    assert.are.equal("pass\tshop/cases.yaml:1\trich & <urgent>\n"
      .. "fail\tshop/cases.yaml:5\tpoor\n", out)
  end)

  -- ---- specs -------------------------------------------------------------------------------

  local function write_spec(name, body)
    shell.write(("%s/scripts/shop/%s_spec.lua"):format(home, name),
      'local judge = require "moonsift.judging"\n' .. body)
  end

  it("runs busted specs beside the vertical", function()
    write(RICH)
    write_spec("good", [[
      describe("shop", function()
        it("judges", function()
          local d = judge({ budget = 101, urgency = "high" }, "2025-02-01")
          assert.are.equal(8, d.score)
          assert.are.equal("yes", d.lead_status)
          assert.is_true(d.gives.hot and d.gives.good)
          assert.is_false(d.gives.mine)
          assert.are.equal("yes", d.truth.R1)
          assert.are.equal("101", d.attributes.words)
        end)
        it("knows unknown from no", function()
          local d = judge({ urgency = judge.null, budget = 3 }, "2025-02-01T10:00:00Z")
          assert.are.equal("unknown", d.truth.R2)
          assert.are.equal("no", d.truth.R1)
          assert.are.equal("unknown", judge({}, "2025-02-01").truth.R1)
          assert.are.equal("budget", judge({ budget = "x'y" }, "2025-02-01").errors[1].attribute
            or judge({ budget = "x'y" }, "2025-02-01").errors[1])
        end)
        it("judges many", function()
          local all = judge.all({ { budget = 1 }, { budget = 500 } }, "2025-02-01")
          assert.are.same({ 0, 5 }, { all[1].score, all[2].score })
        end)
        it("wants a clock", function()
          assert.has_error(function() judge({}) end)
        end)
      end)]])
    shell.must("mkdir -p " .. home .. "/tmp")
    local code, out, err = cli.run({ "test", "shop" },
      { cwd = home, env = { TMPDIR = home .. "/tmp" } })
    assert.are.equal(0, code, out .. err)
    assert.matches("\nPASS shop judges many +good_spec.lua:%d+\n", out)
    assert.matches("1 passed, 0 failed · rules fired 3/3 · labels seen 2/2"
      .. " · specs 4 passed, 0 failed\n$", out)
    assert.matches("\npass\tshop/good_spec.lua:3\tshop judges\n", select(2, test("--plain")), 1,
      true)
    out = select(2, test("--filter", "unknown"))
    assert.matches("^PASS shop knows unknown from no +good_spec.lua:%d+\n"
      .. "0 passed, 0 failed · specs 1 passed, 0", out)
    assert.are.equal("", shell.must("ls " .. home .. "/tmp"))
  end)

  it("fails with a spec that fails", function()
    write(RICH)
    write_spec("bad", [[
      describe("shop", function()
        it("is wrong", function() assert.are.equal(1, judge({}, "2025-02-01").score, "a <b>") end)
        it("stops", function() error "enough" end)
        pending("is not written yet")
      end)]])
    write_spec("broken", "this is no Lua\n")
    local file = home .. "/junit.xml"
    local code, out = test("--junit", file)
    assert.are.equal(3, code)
    assert.matches("\nFAIL shop is wrong +bad_spec.lua:3\n     [^\n]*a <b>\n", out)
    assert.matches("\nFAIL shop stops +bad_spec.lua:4\n", out)
    assert.matches("\nSKIP shop is not written yet", out)
    assert.matches("\nFAIL broken_spec.lua +spec\n     [^\n]*broken_spec.lua:2: syntax error", out)
    assert.matches(" · specs 0 passed, 3 failed, 1 skipped\n$", out)
    local text = shell.read(file)
    assert.matches('tests="5" failures="3" errors="0"', text, 1, true)
    assert.matches('<failure message="bad_spec.lua:3">', text, 1, true)
    assert.matches("a &lt;b&gt;", text, 1, true)
    local specs = cjson.decode((select(2, test("--json")))).verticals[1].specs
    assert.are.equal(2, specs.files)
    assert.are.same({ 0, 3, 1 }, { specs.passed, specs.failed, specs.skipped })
    assert.are.equal(cjson.null, specs.not_run)
  end)

  it("does not take specs that end early, or print, for success", function()
    write(RICH)
    write_spec("early", [[
      it("prints", function() print "@moonsift-spec {}}" io.write "ok 8" end)
      it("ends", function() os.exit(0) end)]])
    local code, out = test()
    assert.are.equal(3, code)
    assert.matches("FAIL busted ended before all specs had run", out, 1, true)
  end)

  it("says that busted is missing", function()
    write(RICH)
    write_spec("one", "")
    local options = { cwd = home, env = { PATH = "/nonexistent" } }
    local code, out = cli.run({ "test", "shop" }, options)
    assert.are.equal(0, code)
    assert.matches(" · 1 spec file not run: busted is not installed\n$", out)
    local specs = cli.json({ "test", "shop", "--json" }, options).verticals[1].specs
    assert.are.equal("busted is not installed", specs.not_run)
  end)

  it("does not leave out specs where there are too many", function()
    write(RICH)
    for i = 1, 33 do write_spec("s" .. i, "") end
    local code, _, err = test()
    assert.are.equal(2, code)
    assert.matches("shop: more than 32 files with specs", err, 1, true)
  end)

  it("keeps specs out of what judges", function()
    write(RICH)
    local function version()
      return cli.json({ "evaluate", "shop" }, { cwd = home, input = "{}\n" }).version
    end
    local before = version()
    write_spec("any", 'os.exit(7)\n')
    assert.are.equal(before, version())
    assert.are.equal(0, (cli.run({ "check", "shop" }, { cwd = home })))
  end)

  -- ---- watching ----------------------------------------------------------------------------

  it("tests again when a file changes, until Ctrl-C", function()
    write(RICH)
    local log, pid_file = home .. "/watch.log", home .. "/watch.pid"
    os.remove(log)
    shell.must(("(cd %s && exec setsid sh -c 'echo $$ > %s; exec %s test shop --watch -q') "
      .. "> %s 2>&1 < /dev/null & echo"):format(home, pid_file, shell.quote(cli.bin), log))
    local function waits_for(pattern)
      local got = shell.wait(20 * shell.slow, function()
        local text = shell.read(log)
        return text and text:find(pattern)
      end)
      assert.is_truthy(got, pattern .. "\n" .. (shell.read(log) or ""))
    end
    waits_for "^%d%d:%d%d:%d%d watching; Ctrl%-C ends\n1 passed, 0 failed"
    shell.write(home .. "/scripts/shop/cases.yaml", RICH .. case("poor", "budget: 1", "score: 9"))
    waits_for "\n%d%d:%d%d:%d%d cases.yaml changed\nFAIL poor "
    shell.write(home .. "/scripts/shop/vertical.lua.new", VERTICAL .. "x = 1\n")
    shell.must(("cd %s/scripts/shop && mv vertical.lua.new vertical.lua"):format(home))
    waits_for "vertical.lua changed\nvertical.lua:16:1 error E203"
    shell.must(("rm %s/scripts/shop/cases.yaml"):format(home))
    waits_for "has no cases.yaml"
    write(RICH)
    waits_for "changed\n1 passed, 0 failed · [^\n]*\n$"
    local pid = shell.read(pid_file):match("%d+")
    shell.must(("kill -INT %s"):format(pid))
    assert.is_truthy(shell.wait(10 * shell.slow, function()
      return not shell.read("/proc/" .. pid .. "/stat")
    end))
    assert.are.equal(2, (test("--watch", "--json")))
  end)

  it("ends with 130 after Ctrl-C", function()
    write(RICH)
    local code = shell.run(("cd %s; %s test shop --watch -q > /dev/null & pid=$!; sleep 1; "
      .. "kill -INT $pid; wait $pid"):format(home, shell.quote(cli.bin)))
    assert.are.equal(130, code)
  end)
end)
