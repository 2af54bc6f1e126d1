-- moonsift check: every mistake is found where it stands and under its code.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local HEAD = [[
vertical { name = "shop", title = "Shop" }
local a = attributes {
  { "n", integer { min = 0, max = 1000 }, says = "a number" },
  { "m", money, says = "an amount" },
  { "c", choice { "low", "mid", "high" }, says = "a choice" },
  { "tags", choices { "x", "y" }, says = "a list" },
  { "t", text, says = "a text" },
  { "d", date, says = "a day" },
  { "b", boolean, says = "yes or no" },
}
labels { { "hot", colour = "#102030", says = "Hot" } }
]]
local HEAD_LINES = select(2, HEAD:gsub("\n", ""))
local RULE = 'rule { id = "%s", name = "r", points = %d, when = %s, because = "b"%s }\n'
local CASES = "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {score: 0}}\n"

local function rule(id, when, points, more)
  return RULE:format(id, points or 1, when, more and ", " .. more or "")
end

describe("moonsift check", function()
  local home

  setup(function() home = cli.home() end)
  teardown(function() shell.must("rm -rf " .. home) end)

  local function write(text, cases)
    shell.must(("rm -rf %s/scripts && mkdir -p %s/scripts/shop"):format(home, home))
    shell.write(home .. "/scripts/shop/vertical.lua", text)
    if cases ~= false then shell.write(home .. "/scripts/shop/cases.yaml", cases or CASES) end
  end

  local function check(...) return cli.run({ "check", "shop", ... }, { cwd = home }) end

  -- Codes found in `text`, as "line code" sorted by line, and the whole output.
  local function found(text, cases)
    write(text, cases)
    local code, out, err = check()
    assert.are.equal("", err)
    local list = {}
    for line, kind, number in out:gmatch(":(%d+):%d+ (%l+) +(%u%d%d%d)") do
      assert.are.equal(number:sub(1, 1) == "E" and "error" or "warn", kind)
      list[#list + 1] = line .. " " .. number
    end
    assert.are.equal(out:find(" error ", 1, true) and 3 or 0, code, out)
    return table.concat(list, ", "), out
  end

  -- One problem in the body, on its first line.
  local function finds(code, body, words)
    local list, out = found(HEAD .. body .. rule("Z", "a.n:present()", 1, 'label = "hot"'))
    assert.are.equal((HEAD_LINES + 1) .. " " .. code, list, body .. "\n" .. out)
    if words then assert.matches(words, out, 1, true) end
  end

  it("is silent about what is right", function()
    local list, out = found(HEAD .. rule("R1", 'all { a.n:at_least(1), a.c:is "low" }', 5,
      'label = "hot"'))
    assert.are.equal("", list)
    assert.matches("^0 errors, 0 warnings · 1 rule · 2 attributes read · %d+%.%d s\n$", out)
    local code, recruitment = cli.run { "check", "recruitment", "--strict" }
    assert.are.equal(0, code, recruitment)
  end)

  it("lists all errors, each in its place", function()
    local list, out = found(HEAD .. rule("R1", "a.tagss:present()") .. rule("R2", 'a.c:is "hihg"')
      .. rule("R3", "a.n:present()", 1, 'label = "hto"'))
    local n = HEAD_LINES
    assert.are.equal(("%d E101, %d E102, %d E301"):format(n + 1, n + 2, n + 3), list)
    assert.matches('unknown attribute "tagss"; did you mean "tags" (vertical.lua:6)?', out, 1, true)
    assert.matches('c is never "hihg"; allowed: low, mid, high; did you mean "high"?', out, 1, true)
    assert.matches("3 errors, 0 warnings · ", out, 1, true)
  end)

  it("lists far more errors than fit into one message", function()
    local body = {}
    for i = 1, 60 do body[i] = rule("R" .. i, "a.unknown_attribute_" .. i .. ":present()") end
    local list = found(HEAD .. table.concat(body))
    assert.are.equal(60, select(2, list:gsub("E101", "")))
    for i = 61, 130 do body[i] = rule("R" .. i, "a.unknown_attribute_" .. i .. ":present()") end
    list = found(HEAD .. table.concat(body))
    assert.are.equal(100, select(2, list:gsub("E101", "")))
    assert.are.equal(1, select(2, list:gsub("E112", "")))
  end)

  it("knows bounds of a text that no text has", function()
    local list, out = found(('vertical { name = "shop", title = "Shop" }\n'
      .. 'local a = attributes {\n%s}\n' .. rule("R", "a.x:present()")):format(table.concat({
        '{ "v", text { min = 9, max = 5 }, says = "v" },\n',
        '{ "w", text { max = 0 }, says = "w" },\n',
        '{ "x", text { min = -3, max = -1 }, says = "x" },\n' })))
    assert.are.equal("3 E106, 4 E110, 5 E110, 5 E110", list, out)
  end)

  it("knows mistakes in names and types", function()
    finds("E103", rule("R", "a.n:at_least(1.5)"))
    finds("E103", rule("R", 'a.d:before "yesterday"'))
    finds("E103", rule("R", "a.d:within_days(-1)"))
    finds("E104", rule("R", "a.n:at_least(a.m)"))
    finds("E105", rule("R", "a.t:at_least(1)"), "integer, money")
    finds("E106", rule("R", "a.n:between(9, 3)"))
    finds("E107", rule("R", 'a.t:matches "(x"'))
    finds("E109", rule("R", "a.n:present()", 1, "lable = 'hot'"), 'did you mean "label"?')
    finds("E110", 'rule { id = "R", points = 1, name = "r", when = a.n:present() }\n')
    finds("E110", 'rule { id = "R", name = "r", when = a.n:present(), because = "b" }\n')
    finds("E111", rule("R", "all { 7 }"))
    finds("E113", rule("R", 'fired "Q"'))
    finds("E114", rule("R", "score:at_least(7)"))
    finds("E117", 'derive { "w", words { "{n" } }\n')
    finds("E118", rule("R", "a.n.at_least(5)"))
    finds("E108", 'vertical { name = "shop", title = "again" }\n')
  end)

  it("knows mistakes that end loading, and goes on to say what came before", function()
    finds("E201", "rule } }\n")
    finds("E203", "x = 1\n")
    finds("E204", "os.exit(1)\n")
    finds("E204", 'requier "x"\n')
    finds("E205", "while true do end\n")
    finds("E207", 'error "enough"\n', "enough")
    finds("E208", "a.n.x = 1\n")
    assert.are.equal("1 E202", (found("-- \xff\n" .. HEAD)))
    assert.are.equal("1 E206", (found(HEAD -- where memory ends says little: no line is named
      .. 'local t = {} while true do t[#t + 1] = string.rep("x", 10000) end\n')))
    local list = found(HEAD .. rule("R", "a.nn:present()") .. "y = 2\n")
    assert.are.equal(("%d E101, %d E203"):format(HEAD_LINES + 1, HEAD_LINES + 2), list)
    assert.are.equal("1 E115, 1 E115, 1 E112", (found("")))
  end)

  it("finds rules that overlap or leave a gap", function()
    local high = rule("R1", "a.n:at_least(500)", 2, 'label = "hot"')
    local function second(code, when, words, points)
      local list, out = found(HEAD .. high .. rule("R2", when, points))
      assert.are.equal(code and (HEAD_LINES + 2) .. " " .. code or "", list, when)
      if words then assert.matches(words, out, 1, true) end
    end
    second("W201", "a.n:at_most(500)", "both count for n 500\n")
    second("W201", "a.n:at_least(100)", "both count for n from 500\n")
    second("W201", "a.n:between(400, 600)", "both count for n 500 to 600\n")
    second("W202", "a.n:less_than(499)", "counts for n 499\n")
    second("W202", "a.n:at_most(400)", "counts for n 401 to 499\n")
    second(nil, "a.n:less_than(500)")
    second(nil, "a.n:at_most(400)", nil, -1)
    second(nil, "all { a.n:at_most(500), a.b:is_true() }")
  end)

  it("finds overlapping choices and ages", function()
    local function two(when1, when2)
      return found(HEAD .. rule("R1", when1, 1, 'label = "hot"') .. rule("R2", when2))
    end
    assert.are.equal((HEAD_LINES + 2) .. " W201",
      two('a.c:is "low"', 'a.c:one_of { "low", "high" }'))
    assert.are.equal("", two('a.c:is "low"', 'a.c:is "high"'))
    assert.are.equal((HEAD_LINES + 2) .. " W201", two("a.d:within_days(30)", "a.d:within_days(90)"))
    assert.are.equal("", two("a.d:within_days(30)", "a.d:older_than_days(30)"))
    assert.are.equal((HEAD_LINES + 2) .. " W202", two("a.d:within_days(30)",
      "a.d:older_than_days(31)"))
  end)

  it("finds rules that can never be yes, and no others", function()
    local function dead(when) finds("W203", rule("R", when), "R (r) can never be yes") end
    dead "all { a.n:at_least(80), a.n:less_than(50) }"
    dead "a.n:more_than(1000)"
    dead 'all { a.c:is "low", a.c:is "high" }'
    dead 'none { a.c:one_of { "low", "mid", "high" }, a.c:missing() }'
    dead "all { a.n:present(), a.n:missing() }"
    dead "all { a.n:missing(), a.n:at_least(1) }"
    dead "all { a.b:is_true(), a.b:is_false() }"
    dead 'all { a.t:is "x", a.t:is { "y", "z" } }'
    dead 'all { a.t:is "x", a.t:is_not { "x", "z" } }'
    dead "all { a.d:within_days(10), a.d:older_than_days(10) }"
    dead 'all { a.tags:contains "x", none { a.tags:contains "x" } }'
    dead "a.tags:count_at_least(3)"
    dead "all { any { a.n:less_than(5), a.n:more_than(9) }, a.n:between(6, 8) }"
    dead "at_least(2, { a.n:less_than(5), a.n:more_than(9) })"
    local function alive(when)
      assert.are.equal("", (found(HEAD .. rule("R", when, 1, 'label = "hot"'))), when)
    end
    alive "any { all { a.n:at_least(80), a.n:less_than(50) }, a.b:is_true() }"
    alive "all { any { a.n:less_than(5), a.n:more_than(9) }, a.n:between(5, 10) }"
    alive "all { a.d:within_days(10), a.d:older_than_days(9) }"
    alive 'all { a.tags:contains("x"), a.tags:count_at_least(2) }'
    alive "at_least(1, { a.n:less_than(5), a.n:more_than(9) })"
  end)

  it("finds outcomes and status cases that nothing reaches", function()
    local base = HEAD .. rule("R", "a.n:present()", 1, 'label = "hot"')
    local function outcome(id, when)
      return ('outcome { id = "%s", name = "o", when = %s, because = "b" }\n'):format(id, when)
    end
    local function status(...)
      return ('status { "s", { when = fired "%s", value = "one" },\n'
        .. '{ when = fired "%s", value = "two" }, otherwise = "none" }\n'):format(...)
    end
    local outcomes = outcome("O1", "score:at_least(50)") .. outcome("O2", "score:at_least(80)")
    assert.are.equal("", (found(base .. outcomes .. status("O2", "O1"))))
    assert.are.equal((HEAD_LINES + 5) .. " W204", (found(base .. outcomes .. status("O1", "O2"))))
    assert.are.equal((HEAD_LINES + 5) .. " W204", (found(base .. outcomes .. status("O1", "O1")
      .. 'derive { "k", fired "O2" }\n')))
    local list = found(base .. outcome("O1", "score:more_than(100)")
      .. outcome("O2", "errors:any()") .. status("O1", "O2"))
    assert.are.equal(("%d W203, %d W204"):format(HEAD_LINES + 2, HEAD_LINES + 4), list)
    -- unknown is not yes: the second case is reached by contacts whose n is not known
    outcomes = outcome("O1", "a.n:at_least(0)") .. outcome("O2", "score:at_least(0)")
    local n = HEAD_LINES
    assert.are.equal(("%d W207, %d W207, %d W204"):format(n + 2, n + 3, n + 5),
      (found(base .. outcomes .. status("O1", "O2")))) -- otherwise
    outcomes = outcome("O1", "a.n:at_least(1)") .. outcome("O2", "none { a.n:at_least(1) }")
    assert.are.equal("", (found(base .. outcomes .. status("O1", "O2"))))
  end)

  it("finds rules that nobody fails", function()
    local function always(when, words) finds("W207", rule("R", when, 0, 'label = "hot"'), words) end
    always("a.m:at_least(0)", "R (r) is never no, only yes or unknown: m is at least 0")
    always("any { a.m:present(), a.m:missing() }", "R (r) is yes for everybody: ")
    always("none { all { a.m:present(), a.m:missing() } }", "is yes for everybody")
    always('any { a.c:is "low", a.c:is_not "low" }', "is never no")
    always("any { a.b:is_true(), a.b:is_false() }", "is never no")
    finds("W207", 'outcome { id = "O", name = "r", when = score:at_least(0), because = "b", '
      .. 'label = "hot" }\n', "is yes for everybody")
    finds("W207", 'outcome { id = "O", name = "r", when = any { errors:any(), errors:none() }, '
      .. 'because = "b", label = "hot" }\n', "is yes for everybody")
  end)

  it("finds rules that change nothing", function()
    local function two(first, second)
      return (found(HEAD .. rule("R1", first, 0, 'label = "hot"')
        .. rule("R2", second, 0, 'label = "hot"')))
    end
    local n = HEAD_LINES
    assert.are.equal(n + 2 .. " W208", two("a.n:at_least(1)", "a.n:at_least(2)"))
    assert.are.equal(n + 1 .. " W208", two("a.n:at_least(2)", "a.n:at_least(1)"))
    assert.are.equal(n + 2 .. " W208", two("a.n:at_least(1)", "a.n:at_least(1)"))
    assert.are.equal(n + 2 .. " W208", two("a.n:at_least(1)",
      "all { a.n:at_least(1), a.b:is_true() }"))
    assert.are.equal("", two("a.n:at_least(1)", "a.b:is_true()"))
    assert.are.equal("", two("all { a.n:at_least(1), a.b:is_true() }", "a.n:between(1, 5)"))
    local function points(first, second)
      return (found(HEAD .. rule("R1", "a.n:at_least(1)", first, 'label = "hot"')
        .. rule("R2", "a.b:is_true()", second)))
    end
    assert.are.equal(n + 1 .. " W210, " .. n + 2 .. " W210", points(-5, -1))
    assert.are.equal("", points(-5, 1))
    assert.are.equal(n .. " W209, " .. n + 1 .. " W203",
      (found(HEAD .. rule("R1", "a.n:at_least(1001)", 1, 'label = "hot"'))))
  end)

  it("warns beside errors only of rules that are whole", function()
    local function lines(body)
      return (found(HEAD .. body .. rule("Z", "a.m:present()", 1, 'label = "hot"')))
    end
    local n = HEAD_LINES
    local dead, wrong = "all { a.n:at_least(9), a.n:at_most(3) }", "a.nn:present()"
    assert.are.equal(("%d W203, %d E101"):format(n + 1, n + 2),
      lines(rule("R1", dead) .. rule("R2", wrong)))
    -- what asks for a rule that is not understood is not looked at, nor are gaps next to one
    assert.are.equal(n + 1 .. " E101", lines(rule("R1", wrong)
      .. rule("R2", 'all { fired "R1", a.n:at_least(9), a.n:at_most(3) }')))
    assert.are.equal(n + 2 .. " E105", lines(rule("R1", "a.n:at_least(9)")
      .. rule("R2", "a.n:equls(8)") .. rule("R3", "a.n:at_most(7)")))
    assert.are.equal(("%d W201, %d E301"):format(n + 2, n + 3), lines(rule("R1", "a.n:at_least(9)")
      .. rule("R2", "a.n:at_least(8)") .. rule("R3", "a.b:is_true()", 1, 'label = "hto"')))
    -- an error that ends loading: what stands before it
    assert.are.equal(("%d W203, %d E203"):format(n + 1, n + 2),
      lines(rule("R1", dead) .. "x = 1\n"))
    -- an attribute whose bounds are wrong says nothing of its rules
    local text = HEAD:gsub("max = 1000", "max = 1000, mx = 1")
    assert.are.equal("3 E109", (found(text .. rule("R1", "a.n:at_least(2000)"))))
    -- nor of rules that read it through a number made of it
    assert.are.equal("3 E109", (found(text .. rule("R1", "a.n:whole(10):at_least(8)")
      .. rule("R2", "a.n:whole(10):at_least(7)"))))
  end)

  it("finds what is declared for nothing, and what is not said", function()
    finds("W206", rule("R", "a.m:present()", 0))
    finds("W301", 'rule { id = "R", points = 1, when = a.m:present(), because = "b" }\n')
    assert.are.equal(HEAD_LINES .. " W205", (found(HEAD .. rule("R", "a.n:present()"))))
    local silent = HEAD:gsub('text, says = "a text"', "text")
    assert.are.equal("7 W302", (found(silent .. rule("R", "a.n:present()", 1, 'label = "hot"'))))
    assert.are.equal("1 W303", (found(HEAD .. rule("R", "a.n:present()", 1, 'label = "hot"'),
      false)))
  end)

  it("looks at the cases, too", function()
    local good = HEAD .. rule("R", "a.n:present()", 1, 'label = "hot"')
    local function cases(codes, text) assert.are.equal(codes, (found(good, text)), text) end
    cases("2 E401", "- name: x\n  name: y\n")
    cases("1 E402", "name: x\n")
    cases("1 E402", "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {}}\n")
    cases("1 E402", "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {sorce: 1}}\n")
    cases("1 E402", "- {name: x, at: soon, contact: {attr: {}}, expect: {score: 1}}\n")
    cases("1 E402", "- {name: x, at: 2025-02-01, contact: {}, expect: {score: 1}}\n")
    cases("2 E402", CASES .. CASES)
    cases("1 E403", "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {fired: [Q]}}\n")
    cases("1 E403", "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {labels: [hto]}}\n")
  end)

  it("names the column of what it is about, in characters", function()
    local function column(at, body, cases)
      write(HEAD .. body .. rule("Z", "a.n:present()", 1, 'label = "hot"'), cases)
      local _, out = check()
      assert.matches("^%l+%.%l+:%d+:" .. at .. " ", out, nil, body .. out)
    end
    column(13, "local x = a.budget_maxx\n")
    column(13, "local x = a.nn\n")
    column(20, 'local t = { "é", a.nn }\n')
    column(19, 'local x = a.c:is  "hihg"\n')
    column(18, 'local x = a.c:is "é"\n')
    column(13, "local x = a.n:at_least(1.5)\n")
    column(11, "local x = os.time()\n")
    column(1, 'x = 1\n')
    column(67, 'rule { id = "R", points = 1, when = a.n:present(), because = "b", lable = 1 }\n')
    column(8, "  rule } }\n")
    column(5, "", "- name: x\n  at: 2025-02-01\n  contact: { attr: {} }\n  expect:\n    sorce: 1\n")
    column(14, "", "- name: x\n  at: 2025-02-01\n  contact: { attr: {} }\n  expect:\n"
      .. "    labels: [hto]\n")
  end)

  it("writes SARIF 2.1.0", function()
    write(HEAD .. rule("R1", "a.tagss:present()") .. rule("R2", 'a.c:is "hihg"')
      .. rule("R3", "a.tagsss:present()"), false)
    local code, out = check("--format", "sarif")
    assert.are.equal(3, code)
    local log = cjson.decode(out)
    assert.are.equal("2.1.0", log.version)
    assert.are.equal(1, #log.runs)
    local driver, results = log.runs[1].tool.driver, log.runs[1].results
    assert.are.equal("moonsift", driver.name)
    assert.are.equal("unicodeCodePoints", log.runs[1].columnKind)
    assert.are.equal(4, #results)
    local seen = {}
    for _, r in ipairs(driver.rules) do
      assert.is_nil(seen[r.id], "ids of rules are unique")
      seen[r.id] = true
      for _, key in ipairs { "shortDescription", "fullDescription", "help" } do
        assert.is_true(#r[key].text > 0)
      end
      assert.are.equal(r.id:sub(1, 1) == "E" and "error" or "warning", r.defaultConfiguration.level)
    end
    for _, r in ipairs(results) do
      assert.are.equal(r.ruleId, driver.rules[r.ruleIndex + 1].id)
      assert.are.equal(r.ruleId:sub(1, 1) == "E" and "error" or "warning", r.level)
      assert.is_true(#r.message.text > 0)
      assert.are.equal(1, #r.locations)
      local place = r.locations[1].physicalLocation
      assert.are.equal("scripts/shop/vertical.lua", place.artifactLocation.uri)
      assert.is_true(place.region.startLine >= 1 and place.region.startColumn >= 1)
      assert.is_true(place.region.endColumn > place.region.startColumn)
    end
    write(HEAD .. rule("R", "a.n:present()", 1, 'label = "hot"'))
    code, out = check("--format", "sarif")
    assert.are.equal(0, code)
    assert.matches('"rules":[]', out, 1, true)
    assert.matches('"results":[]', out, 1, true)
  end)

  it("writes annotations for GitHub, escaped", function()
    write(HEAD .. rule("R1", 'a.c:is "100%, a:b"'))
    local code, out = check("--format=github")
    assert.are.equal(3, code)
    local properties, text = out:match("^::error ([^\n]-)::([^\n]+)\n")
    assert.matches("^file=scripts/shop/vertical.lua,line=" .. HEAD_LINES + 1
      .. ",col=%d+,endColumn=%d+,title=E102 [^,:]+$", properties)
    assert.matches('^c is never "100%%25, a:b"; allowed: low, mid, high', text)
    -- a folder with the characters that separate properties
    shell.must(("mkdir -p '%s/a,b:c%%' && mv %s/scripts '%s/a,b:c%%/'"):format(home, home, home))
    local function prints(words, format, cwd)
      local output = select(2, cli.run({ "check", "shop", "--format", format }, { cwd = cwd,
        env = { MOONSIFT_RULES_DIR = home .. "/a,b:c%/scripts" } }))
      assert.matches(words, output, 1, true)
    end
    prints("::error file=scripts/shop/vertical.lua,", "github", home .. "/a,b:c%")
    prints("/a%2Cb%3Ac%25/scripts/shop/vertical.lua,line=", "github", "/")
    prints('/a%2Cb%3Ac%25/scripts/shop/vertical.lua"', "sarif", "/tmp")
    shell.must(("rm -rf '%s/a,b:c%%'"):format(home))
  end)

  it("is plain when asked", function()
    write(HEAD .. rule("R1", "a.tagss:present()"))
    local code, out = check("--plain")
    assert.are.equal(3, code)
    assert.are.equal(("shop/vertical.lua\t%d\t52\terror\tE101\t"):format(HEAD_LINES + 1)
      .. 'unknown attribute "tagss"; did you mean "tags" (vertical.lua:6)?\n', out)
  end)

  it("exits 3 for warnings only when asked", function()
    write(HEAD .. rule("R", "a.n:present()"))
    assert.are.equal(0, (check()))
    assert.are.equal(3, (check("--strict")))
    assert.are.equal(3, (check("--fail-level", "warn")))
    assert.are.equal(0, (check("--fail-level=error")))
    for _, flags in ipairs { { "--fail-level", "info" }, { "--format", "xml" }, { "other" } } do
      assert.are.equal(2, (check(table.unpack(flags))))
    end
    assert.are.equal(2, (cli.run({ "check", "nothing" }, { cwd = home })))
  end)

  it("answers with one JSON document", function()
    write(HEAD .. rule("R", "a.tagss:present()"))
    for _, flags in ipairs { { "--json" }, { "--format", "json" } } do
      local code, out = check(table.unpack(flags))
      local document = cjson.decode(out)
      assert.are.equal(3, code)
      assert.are.equal("moonsift.check/1", document.schema)
      assert.are.equal(1, document.errors)
      assert.are.same({ vertical = "shop", file = "vertical.lua", line = HEAD_LINES + 1,
        column = 51, width = 5, severity = "error", code = "E101",
        text = 'unknown attribute "tagss"; did you mean "tags" (vertical.lua:6)?' },
        document.problems[1])
    end
  end)

  it("checks all verticals without a name", function()
    write(HEAD .. rule("R", "a.nn:present()"))
    shell.must(("cp -r %s/scripts/recruitment %s/scripts/"):format(cli.root, home))
    local code, out = cli.run({ "check" }, { cwd = home })
    assert.are.equal(3, code)
    assert.matches("shop/vertical.lua:" .. HEAD_LINES + 1 .. ":51 error E101", out, 1, true)
    assert.matches("1 error, 0 warnings · 2 verticals · 17 rules", out, 1, true)
  end)
end)
