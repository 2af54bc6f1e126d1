-- What Lua takes without a word and drops is refused: conditions, values, fields and entries.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local HEAD = [[
vertical { name = "shop", title = "Shop" }
local a = attributes {
  { "n", integer { min = 0, max = 1000000 }, says = "a number" },
  { "m", money, says = "an amount" },
  { "c", choice { "low", "mid", "high" }, says = "a choice" },
  { "t", text, says = "a text" },
  { "d", date, says = "a day" },
  { "b", boolean, says = "yes or no" }, --MORE
}
]]
local LINES = select(2, HEAD:gsub("\n", ""))
local CASES = "- {name: x, at: 2025-02-01, contact: {attr: {}}, expect: {score: 0}}\n"

describe("silent mistakes", function()
  local home

  setup(function() home = cli.home() end)
  teardown(function() shell.must("rm -rf " .. home) end)

  -- "line:column code" of each problem, from the first line behind the head, and all that is said.
  local function found(body, head)
    shell.must(("rm -rf %s/scripts && mkdir -p %s/scripts/shop"):format(home, home))
    local last = 'rule { id = "Z", name = "z", points = 1, when = a.d:present(), because = "z" }\n'
    shell.write(home .. "/scripts/shop/vertical.lua", (head or HEAD) .. body .. "\n" .. last)
    shell.write(home .. "/scripts/shop/cases.yaml", CASES)
    local _, out, err = cli.run({ "check", "shop" }, { cwd = home })
    assert.are.equal("", err)
    local list = {}
    for line, column, code in out:gmatch("vertical%.lua:(%d+):(%d+) %l+ +(%u%d%d%d)") do
      list[#list + 1] = ("%d:%s %s"):format(line - LINES, column, code)
    end
    return table.concat(list, ", "), out
  end

  local function finds(want, body, words)
    local list, out = found(body)
    assert.are.equal(want, list, body .. "\n" .. out)
    if words then assert.matches(words, out, 1, true) end
  end

  local function when(condition)
    return 'rule { id = "A", name = "a", points = 5, because = "a",\n  when = ' .. condition .. " }"
  end

  it("are conditions joined with Lua's own words", function()
    finds("2:12 E121", when 'a.n:at_least(3) and a.b:is_true()', "all { ... }")
    finds("2:26 E121", when 'a.n:at_least(3) or a.b:is_true()', "any { ..., ... }")
    finds("2:23 E121", when 'a.c:is "low" or a.c:is "mid" or a.b:is_true()')
    finds("2:33 E121", when 'none { a.b:is_true() } or a.c:is "mid"')
    finds("2:3 E110", when 'not a.b:is_true()', "none { ... }")
    finds("2:3 E110", when 'a.b:is_true() == false')
    finds("2:16 E111", when 'all { not a.b:is_true(), a.n:present() }')
    finds("1:6 E121", "if a.b:is_true() then\n" .. when "a.n:present()" .. "\nend")
    finds("1:3 E121", "a.b:is_true()")
    finds("1:13 E121", 'local x = a.b:is_true()')
    finds("3:21 E121", when "a.n:present()" .. '\nderive { "x", fired "A" and fired "A" }')
  end)

  it("are not conditions that are shared, chosen or inside functions", function()
    finds("", "local x = a.b:is_true()\n" .. when "x" .. "\n"
      .. 'outcome { id = "O", name = "o", when = x, because = "o", label = "hot" }\n'
      .. 'labels { { "hot", colour = "#102030", says = "Hot" } }')
    finds("", "local big = true\n" .. when "big and a.n:at_least(5) or a.n:at_least(3)")
    finds("", when [[custom { reads = { a.t, a.b }, says = "x", fn = function(v)
      return v.t:contains("x") or v.b and v.t:contains("y") or v.t:len() > 3
    end }]])
    finds("", when 'all { a.n:between(1, 5), a.c:is_not "low", at_least(1, { a.b:is_true() }) }')
    finds("", 'status { "s", { when = a.b:is_true(), value = "x" }, otherwise = "y" }')
  end)

  it("are no second mistake where another was made", function()
    finds("2:12 E101", when "a.bb:is_true()")
    finds("2:3 E109", ((when "a.b:is_true()"):gsub("when =", "whne =")))
    finds("2:18 E101", when "all { a.nn:at_least(3), a.b:is_true() }")
    finds("2:23 E103", when 'a.n:at_least("x")')
  end)

  it("are values that are too many", function()
    finds("2:12 E122", when "a.m:at_least(80,000)", "to write 80000 leave the comma out")
    finds("2:12 E122", when "a.d:within_days(1,000)", "to write 1000 leave")
    finds("2:12 E122", when "a.n:at_most(1,000,000)", "to write 1000000 leave")
    finds("2:12 E122", when "a.n:equals(1, 2)", "takes one value and was given 2")
    finds("2:12 E122", when "a.n:between(1, 5, 9)", "takes two values")
    finds("2:12 E122", when "a.b:is_true(false)", "is_false()")
    finds("2:12 E122", when "a.n:present(true)", "write n:present()")
    finds("", when 'a.c:is("low", "mid")')
    finds("4:9 E122", when "a.n:present()" .. '\noutcome { id = "O", name = "o", because = "o",'
      .. '\n when = fired("A", "A") }')
    finds("2:9 E122",
      'outcome { id = "O", name = "o", because = "o",\n when = score:at_least(1, 2) }')
  end)

  it("are fields that stand twice", function()
    finds("3:3 E123", (when "a.n:at_least(3)"):gsub(" }$", "") .. ",\n  when = a.b:is_true() }",
      "first at vertical.lua:" .. LINES + 2 .. ":3")
    finds("1:43 E123",
      'rule { id = "A", name = "a", points = 5, ["points"] = 9, when = a.n:present(), '
      .. 'because = "a" }')
    finds("", 'local x = { a = 1, b = { a = 2 }, c = { a = 3 } } -- { a = 1, a = 2 }')
    finds("", 'local x, y = { a == 1, a == 2 }, { [a] = 1, [a.n] = 2 }')
  end)

  it("are entries that no declaration reads", function()
    local function with(entry)
      return found("", (HEAD:gsub(" %-%-MORE", function() return entry end)))
    end
    assert.matches("^%-1:%d+ E124$", (with ' { "w", url, "Site" },'))
    local list, out = with ' website = { url, says = "Site" },'
    assert.are.equal("-1:41 E111", list, out)
    assert.matches('write { "website", type, says = "..." }', out, 1, true)
    assert.matches("^%S+ E111$", (with ' nil, { "w", url, says = "Site" },'))
    finds("1:13 E124", ((when("a.n:present()"):gsub(" }$", ', "hot" }'))))
    finds("2:30 E109", when 'a.c:one_of { "low", or_else = "mid" }')
    finds("1:10 E111", 'labels { big = { colour = "#102030", says = "Big" } }')
    finds("1:1 E124", 'score_range { 0, 100 }')
  end)

  it("are mistakes in functions, which are tried with some values", function()
    local function fn(body, reads)
      return when('custom { reads = { ' .. (reads or "a.n") .. ' }, says = "x",\n'
        .. "  fn = function(v)\n" .. body .. "\nend }")
    end
    finds("4:10 E101", fn "return v.m > 3", "add it: reads = { ..., a.m }")
    finds("4:1 E203", fn "x = 1\nreturn true", "write local x")
    finds("5:8 E204", fn "if v.n > 5 then return false end\nreturn os.time() > v.n", '"os"')
    finds("4:1 W214", fn "return 10 // v.n > 1", "tried with n = 0")
    finds("4:1 W214", fn("return v.t:len() // v.n > 1", "a.t, a.n"), 'tried with t = ')
    finds("2:3 W214", fn "return 7", "answers true, false or nil")
    finds("", fn "return v.n > 3 or nil")
    finds("", fn("return v.c:len() > v.m", "a.c, a.m"))
    finds("4:1 W214", 'derive { "q",\n custom { reads = { a.n }, says = "x",\n fn = function(v)\n'
      .. "while true do end end } }", "20 ms")
    finds("", 'derive { "q",\n custom { reads = { a.n }, says = "x",\n'
      .. " fn = function(v) return v.n end } }")
  end)
end)
