-- moonsift check: a mistake is told once, where it stands, with the way out.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local HEAD = [[
vertical { name = "shop", title = "Shop" }
local a = attributes {
  { "n", integer, says = "a number" },
  { "m", money, says = "an amount" },
  { "d", date, says = "a day" },
  { "b", boolean, says = "yes or no" },
}
]]
local LINE = select(2, HEAD:gsub("\n", "")) + 1
local CASES = "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {score: 0}}\n"
local GOOD = 'rule { id = "Z", name = "z", points = 1, when = a.n:present(), because = "b" }\n'

describe("moonsift check", function()
  local home

  setup(function() home = cli.home() end)
  teardown(function() shell.must("rm -rf " .. home) end)

  -- The errors of a file, each "line:column code text".
  local function errors(text, cases)
    shell.must(("mkdir -p %s/scripts/shop"):format(home))
    shell.write(home .. "/scripts/shop/vertical.lua", text)
    shell.write(home .. "/scripts/shop/cases.yaml", cases or CASES)
    local _, out = cli.run({ "check", "shop" }, { cwd = home })
    local list = {}
    for place, says in out:gmatch("%.%l+:(%d+:%d+) error ([^\n]+)") do
      list[#list + 1] = place .. " " .. says
    end
    return list, out
  end

  local function rule(when, more)
    return ('rule { id = "R", name = "r", points = 1, when = %s, because = "b"%s }\n'):format(when,
      more or "")
  end

  -- Exactly these errors: { column, words } on the first line behind the head.
  local function finds(body, ...)
    local list, out = errors(HEAD .. body .. GOOD)
    local wanted = { ... }
    assert.are.equal(#wanted, #list, body .. out)
    for i, want in ipairs(wanted) do
      assert.are.equal(LINE .. ":" .. want[1], list[i]:match("^%S+"), out)
      assert.matches(want[2], list[i], 1, true)
    end
  end

  -- The only error of a whole file.
  local function only(place, words, text)
    local list, out = errors(text)
    assert.are.equal(1, #list, out)
    assert.are.equal(place, list[1]:match("^%S+"), out)
    assert.matches(words, list[1], 1, true)
  end

  it("names the method for an operator", function()
    finds(rule "a.n >= 500", { 51, "write a.n:at_least(500)" })
    finds(rule "a.m < 500", { 51, "write a.m:less_than(500)" })
    finds(rule 'a.d < "2025-01-01"', { 51, 'write a.d:before "2025-01-01"' })
    finds(rule "a.n == 500", { 42, "write a.n:equals(500)" })
    finds(rule "a.b == false", { 42, "write a.b:is_false()" })
    finds(rule "not a.b:is_true()", { 42, "write none { ... }" })
    finds(rule "a.m / a.n", { 51, "write a.m:per(a.n)" })
    finds(rule "(a.m + 1):at_least(5)", { 52, "not computed with +" })
    finds(rule 'a.n .. "x"', { 51, 'write words { "{n} ..." }' })
    finds(rule "a.n:present() + a.m:present()", { 63, "does not join" })
    finds('outcome { id = "O", name = "o", when = score >= 70, because = "b" }\n',
      { 40, "write score:at_least(70)" })
  end)

  it("tells each mistake once, at its own place", function()
    finds(rule "none { a.agee:present(), a.agee:present() }", { 58, '"agee"' }, { 76, '"agee"' })
    finds(rule "a.m:pr(a.n):at_least(100)", { 53, 'did you mean "per"?' })
    finds(rule("a.n:present()", ", label = {}"), { 79, "needs label" })
    finds('rule { id = "R", name = "r", point = 1, when = a.n:present(), because = "b" }\n',
      { 30, 'did you mean "points"?' })
    finds('rule { id = "R", name = "r", points = 1, when = a.n:present(), becuase = "b" }\n',
      { 64, 'did you mean "because"?' })
    finds("for i = 1, 10 do rule { id = 'L' .. i, name = 'l', points = 'x', when = a.n:present(), "
      .. "because = 'b' } end\n", { 52, "from -10000 to 10000" })
    finds(rule "a.d:within_days(-180)", { 51, "counted back from today: write 180" })
    finds('status { "s", stages = "new", only_forward = true, otherwise = "new" }\n',
      { 15, 'stages = { "new" }' })
    finds('derive { "Per Visit", a.m:per(a.n) }\n', { 10, "no blanks" })
    finds(rule "a.total:present()" .. 'derive { "total", fired "R" }\n', { 51, "it is derived" })
  end)

  it("finds an entry of attributes where it stands", function()
    local function entry(column, words, text, use)
      only("4:" .. column, words, ('vertical { name = "shop", title = "Shop" }\n'
        .. 'local a = attributes {\n  { "n", integer, says = "n" },\n  %s,\n}\n%s'):format(text,
        GOOD)
        .. (use and rule(use) or ""))
    end
    entry(5, 'write "distance_km"', '{ "distance km", integer, says = "x" }',
      'a["distance km"]:present()')
    entry(5, "is a word of Lua", '{ "end", integer, says = "x" }')
    entry(5, "declared twice, first at vertical.lua:3", '{ "n", integer, says = "x" }')
    entry(3, "its name is a type", '{ integer, says = "x" }')
    entry(3, 'write { "site", type', 'site = { url, says = "x" }')
    entry(10, 'choice { "none", "some" }', '{ "c", choice ("none", "some"), says = "x" }',
      'a.c:is "strong"')
    entry(10, 'did you mean "integer"?', '{ "c", int, says = "x" }')
  end)

  it("names characters of word processors", function()
    only("1:19", "is a curly quote", "vertical { name = “shop” }\n")
    only("2:9", "a non-breaking space", 'vertical {\n  name =\u{a0}"shop" }\n')
    only("1:11", "write amounts as numbers", "local x = €5000\n")
    only("2:14", "byte 0xE9", '-- first\nlocal x = "ab\xe9"\n')
    only("1:11", "write 10, not +10", "local x = +10\n")
    only("1:1", "a comment begins with --", "// hello\n")
    only("1:11", "written twice", 'local x = "\\d"\n')
    only("1:1", "write local a", 'a = attributes {\n  { "n", integer },\n}\n')
  end)

  it("skips a byte order mark", function()
    local list, out = errors("\u{feff}" .. HEAD .. GOOD, "\u{feff}" .. CASES)
    assert.are.same({}, list, out)
    assert.are.equal(0, (cli.run({ "test", "shop" }, { cwd = home })))
    local line = '\u{feff}{"id":1,"custom_attributes":{"n":5}}\n'
    local code, decision = cli.run({ "evaluate", "shop", "--at", "2025-02-01" },
      { cwd = home, input = line })
    assert.are.equal(0, code, decision)
    shell.write(home .. "/contact.json", line)
    code, decision = cli.run({ "explain", "contact.json", "--vertical", "shop" }, { cwd = home })
    assert.are.equal(0, code, decision)
  end)

  it("says where a file of cases is not UTF-8", function()
    local list = errors(HEAD .. GOOD, CASES .. "# ab\xe9\n")
    assert.matches("^2:%d+ E401 .*not UTF%-8 %(byte 0xE9%)", list[1])
  end)
end)
