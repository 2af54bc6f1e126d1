-- What `check` warns of is so for every contact: generated verticals, each judged for all contacts
-- that differ in what its rules read.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local TODAY = "2025-02-01"
local DAYS = { ["2025-02-02"] = -1, ["2025-02-01"] = 0, ["2025-01-31"] = 1, ["2025-01-30"] = 2,
  ["2025-01-29"] = 3, ["2025-01-28"] = 4, ["2025-01-27"] = 5 }
local ABSENT = {}
local DOMAINS = {
  n = { ABSENT, "many", 0, 1, 2, 3, 4, 5, 6 },
  m = { ABSENT, 0, 1, 2, 3, 4 },
  c = { ABSENT, "none of them", "low", "mid", "high" },
  b = { ABSENT, true, false },
  tags = { ABSENT, cjson.decode "[]", { "x" }, { "y" }, { "x", "y" } },
  t = { ABSENT, "p", "q", "r", "other" },
  d = { ABSENT, "soon" },
  k = { ABSENT, "many", 0, 1, 2, 3 },
}
for day in pairs(DAYS) do table.insert(DOMAINS.d, day) end
local NAMES = { "n", "m", "c", "b", "tags", "t", "d", "k" }
local DECLARED = [[
vertical { name = "v%d", title = "V" }
local a = attributes {
  { "n", integer { min = 0, max = 6 }, says = "n" },
  { "m", integer { max = 4 }, says = "m" },
  { "c", choice { "low", "mid", "high" }, says = "c" },
  { "b", boolean, says = "b" },
  { "tags", choices { "x", "y" }, says = "tags" },
  { "t", text, says = "t" },
  { "d", date, says = "d" },
  { "k", integer { max = 3 }, otherwise = 1, says = "k" },
}
group { "best", says = "The best counts", counts = "highest" }
group { "sum", says = "Not too much", counts = "sum", max = 3, min = -1 }
]]
local LABELS = [[
labels {
  { "one", colour = "#102030", says = "One" },
  { "two", colour = "#102030", says = "Two" },
}
]]

-- ---- generated verticals ----------------------------------------------------------------------

local function pick(list) return list[math.random(#list)] end

local function number(name, most)
  local method = pick { "at_least", "at_most", "more_than", "less_than", "equals", "between" }
  local x = math.random(0, most)
  if method == "between" then
    return ("a.%s:between(%d, %d)"):format(name, x, math.random(x, most))
  end
  return ("a.%s:%s(%d)"):format(name, method, x)
end

local LEAVES = {
  n = function() return number("n", 6) end,
  m = function() return number("m", 4) end,
  k = function() return number("k", 3) end,
  c = function()
    return pick { 'a.c:is "low"', 'a.c:is "mid"', 'a.c:one_of { "low", "mid" }',
      'a.c:is_not "high"', 'a.c:one_of { "low", "mid", "high" }' }
  end,
  b = function() return pick { "a.b:is_true()", "a.b:is_false()" } end,
  tags = function()
    return pick { 'a.tags:contains "x"', 'a.tags:contains("x", "y")', "a.tags:count_at_least(1)",
      'a.tags:contains_any("x", "y")', "a.tags:count_at_least(2)", "a.tags:count_at_least(3)" }
  end,
  t = function()
    return pick { 'a.t:is "p"', 'a.t:one_of { "p", "q" }', 'a.t:is_not "p"', 'a.t:matches "p|q"',
      'a.t:contains "q"', 'a.t:starts_with "p"' }
  end,
  d = function()
    if math.random(2) == 1 then
      return ("a.d:%s(%d)"):format(pick { "within_days", "older_than_days" }, math.random(0, 5))
    end
    return ('a.d:%s "2025-01-%d"'):format(pick { "before", "on_or_after" }, math.random(27, 31))
  end,
}

-- A condition on some of `names`; in outcomes the score, errors and other rules, too.
local function condition(v, depth, outcome)
  local roll = math.random(10)
  if depth > 0 and roll <= 5 then
    local list = {}
    for i = 1, math.random(2, 3) do list[i] = condition(v, depth - 1, outcome) end
    local inner = "{ " .. table.concat(list, ", ") .. " }"
    local op = pick { "all", "all", "any", "none", "at_least" }
    if op == "at_least" then return ("at_least(%d, %s)"):format(math.random(#list), inner) end
    return op .. " " .. inner
  elseif outcome and roll <= 8 then
    return pick { "score:at_least(%d)", "score:less_than(%d)", "errors:any()", "errors:none()" }
      :gsub("%%d", function() return math.random(0, 4) end)
  elseif #v.ids > 0 and roll == 9 then
    return ('fired "%s"'):format(pick(v.ids))
  end
  local name = pick(v.names)
  return math.random(6) == 1 and ("a.%s:%s()"):format(name, pick { "present", "missing" })
    or LEAVES[name]()
end

-- One or two questions about one attribute: such rules overlap, leave gaps and die.
local function band(name)
  local ask = LEAVES[name]
  return math.random(2) == 1 and ask() or ("all { %s, %s }"):format(ask(), ask())
end

local function add_rule(v, outcome)
  local plain = not outcome and v.bands and math.random(2) == 1
  local r = { id = (outcome and "O" or "R") .. #v.rules + 1, outcome = outcome,
    when = plain and band(v.names[1]) or condition(v, pick { 0, 0, 1, 2, 2 }, outcome),
    label = pick { "one", "two", false, false },
    group = not outcome and pick { "best", "best", "sum", false, false } or nil }
  if not outcome then r.points = math.random(4) == 1 and 0 or math.random(-2, v.most) end
  v.rules[#v.rules + 1] = r
  v.ids[#v.ids + 1] = r.id
end

local function generate(index)
  local v = { index = index, rules = {}, ids = {}, names = {}, most = pick { 3, 3, 0 } }
  for i = 1, 3 do v.names[i] = pick(NAMES) end
  v.bands = math.random(2) == 1
  if v.bands then v.names[1] = pick { "n", "n", "d", "m", "c", "tags" } end
  for _ = 1, math.random(3, 6) do add_rule(v, false) end
  local rules = #v.ids
  v.ids = math.random(2) == 1 and v.ids or {}
  for _ = 1, math.random(0, 3) do add_rule(v, true) end
  v.cases = {}
  for i = 1, #v.rules > rules and math.random(0, 3) or 0 do
    v.cases[i] = v.rules[math.random(rules + 1, #v.rules)].id
  end
  return v
end

-- Its text; `without`: a rule that is left out, `pointless`: one whose points are 0 and that
-- is in no group, `limit`: one of the group "sum" that is left out.
local function text_of(v, without, pointless, limit)
  local head = DECLARED:format(v.index)
  if limit then head = head:gsub('(group { "sum".-), ' .. limit .. " = %-?%d+", "%1") end
  local out = { head }
  for _, r in ipairs(v.rules) do
    if r.id ~= without then
      out[#out + 1] = ('%s { id = "%s", name = "x", when = %s, because = "b"%s%s }\n'):format(
        r.outcome and "outcome" or "rule", r.id, r.when,
        (r.label and (', label = "%s"'):format(r.label) or "")
          .. (r.group and r.id ~= pointless and (', group = "%s"'):format(r.group) or ""),
        r.points and ", points = " .. (r.id == pointless and 0 or r.points) or "")
    end
  end
  if #v.cases > 0 then
    out[#out + 1] = 'status { "s", otherwise = "rest"'
    for i, id in ipairs(v.cases) do
      out[#out + 1] = (', { when = fired "%s", value = "case%d" }'):format(id, i)
    end
    out[#out + 1] = " }\n"
  end
  return table.concat(out) .. LABELS
end

-- ---- all contacts -----------------------------------------------------------------------------

local function contacts_of(v)
  local list, seen = { {} }, {}
  for _, name in ipairs(v.names) do
    if not seen[name] then
      local more = {}
      for _, contact in ipairs(list) do
        for _, value in ipairs(DOMAINS[name]) do
          local copy = {}
          for k, x in pairs(contact) do copy[k] = x end
          if value ~= ABSENT then copy[name] = value end
          more[#more + 1] = copy
        end
      end
      list, seen[name] = more, true
    end
  end
  return list
end

local function input_of(contacts)
  local lines = {}
  for i, contact in ipairs(contacts) do
    local fields = {}
    for name, value in pairs(contact) do
      fields[#fields + 1] = ('"%s":%s'):format(name, type(value) == "table" and #value == 0 and "[]"
        or cjson.encode(value))
    end
    lines[i] = '{"custom_attributes":{' .. table.concat(fields, ",") .. "}}"
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("what check warns of", function()
  local home

  setup(function() home = cli.home() end)
  teardown(function() shell.must("rm -rf " .. home) end)

  local function write(v, ...)
    shell.must(("mkdir -p %s/scripts/v%d"):format(home, v.index))
    shell.write(("%s/scripts/v%d/vertical.lua"):format(home, v.index), text_of(v, ...))
  end

  local function set(list)
    local is = {}
    for _, x in ipairs(list) do is[x] = true end
    return is
  end

  local function decide(v, contacts)
    local code, out, err = cli.run({ "evaluate", "v" .. v.index, "--at", TODAY },
      { cwd = home, input = input_of(contacts) })
    assert.are.equal(0, code, err .. out:sub(1, 500) .. text_of(v))
    local decisions = {}
    for line in out:gmatch("[^\n]+") do
      local d = cjson.decode(line)
      d.is_yes, d.is_unknown, d.has = set(d.fired), set(d.unknown), set(d.labels)
      d.same = ("%s %s %s"):format(d.score, d.lead_status, table.concat(d.labels, " "))
      decisions[#decisions + 1] = d
    end
    assert.are.equal(#contacts, #decisions)
    return decisions
  end

  -- "n 2 to 5", "d from 3 days ago", "c low or mid" -> whether a contact's value is in it.
  local function range(words)
    local name, rest = words:match("^(%l+) (.*)$")
    if name == "c" then
      return name, function(value)
        return (" " .. rest .. " "):find(" " .. tostring(value) .. " ") ~= nil
      end
    end
    if name == "b" then
      return name, function(value) return tostring(value) == rest end
    end
    local ages = rest:find " ago$" or name ~= "d"
    local bound = ages and "(-?%d+)" or "(%d+-%d+-%d+)"
    rest = rest:gsub(" days? ago$", "")
    local low, high = rest:match("^" .. bound .. " to " .. bound .. "$")
    low = low or rest:match("^from " .. bound .. "$") or rest:match("^" .. bound .. "$")
    high = high or rest:match("^up to " .. bound .. "$") or rest:match("^" .. bound .. "$")
    assert.is_true(low ~= nil or high ~= nil, words)
    return name, function(value)
      if not ages then return DAYS[value] and value >= (low or "") and value <= (high or "9") end
      local x = name == "d" and DAYS[value] or value
      return math.type(x) ~= nil and x >= (tonumber(low) or -99) and x <= (tonumber(high) or 99)
    end
  end

  local function every(run, holds)
    for i, d in ipairs(run.decisions) do
      if not holds(d, run.contacts[i]) then
        error(("%s: not so for %s\n%s"):format(run.text, cjson.encode(run.contacts[i]),
          text_of(run.v)), 0)
      end
    end
  end

  local function both(run, first, second, words, expected)
    local name, inside = range(words)
    every(run, function(d, contact)
      return contact[name] == nil or not inside(contact[name])
        or (expected == (d.is_yes[first] or false) and expected == (d.is_yes[second] or false))
    end)
  end

  -- Judged again without the rule, or without its points, every contact comes out the same.
  local function changes_nothing(run, ...)
    write(run.v, ...)
    local again = decide(run.v, run.contacts)
    every(run, function(d)
      local other = table.remove(again, 1)
      return d.same == other.same
    end)
  end

  local CLAIMS = {
    W201 = function(run, text)
      local first, second, words =
        text:match("^(%w+) %(x%) and (%w+) %(x%) overlap: both count for (.*)$")
      both(run, first, second, words, true)
    end,
    W202 = function(run, text)
      local first, second, words =
        text:match("^neither (%w+) %(x%) nor (%w+) %(x%) counts for (.*)$")
      both(run, first, second, words, false)
    end,
    W203 = function(run, text)
      local id = text:match("^(%w+) %(x%) can never be yes: ")
      every(run, function(d) return not d.is_yes[id] end)
    end,
    W204 = function(run, text)
      local value = text:match('^s "(%w+)" is never reached: ')
        or text:match('^otherwise, s "(%w+)", is never reached: ')
      every(run, function(d) return d.lead_status ~= value end)
    end,
    W205 = function(run, text)
      local label = text:match('^label "(%w+)" ')
      every(run, function(d) return not d.has[label] end)
    end,
    W206 = function(run, text)
      changes_nothing(run, text:match "^(%w+) %(x%) changes nothing: ")
    end,
    W207 = function(run, text)
      local id, words = text:match("^(%w+) %(x%) is ([%l ]+)")
      every(run, function(d)
        return d.is_yes[id] or (words == "never no" and d.is_unknown[id])
      end)
    end,
    W210 = function(run, text) changes_nothing(run, nil, text:match "^(%w+) %(x%) never ") end,
  }
  function CLAIMS.W211(run, text)
    local group = text:match('^no rule counts in group "(%l+)"$')
    for _, r in ipairs(run.v.rules) do assert.are_not.equal(group, r.group) end
  end
  function CLAIMS.W212(run, text)
    changes_nothing(run, nil, nil, text:match('^(%l+) = %-?%d+ of group "sum" changes nothing: '))
  end
  CLAIMS.W208, CLAIMS.W209 = CLAIMS.W206, CLAIMS.W205

  -- Returns how often each code was said.
  local function prove(from, count)
    local verticals, claims = {}, {}
    math.randomseed(20250201 + from)
    for i = from, from + count - 1 do
      verticals[i] = generate(i)
      write(verticals[i])
    end
    local found = cli.json({ "check", "--json" }, { cwd = home })
    assert.are.equal(0, found.errors, cjson.encode(found.problems[1]))
    local by = {}
    for _, p in ipairs(found.problems) do
      by[p.vertical] = by[p.vertical] or {}
      if CLAIMS[p.code] then table.insert(by[p.vertical], p) end
      assert.is_true(CLAIMS[p.code] ~= nil or p.code == "W303", p.code)
    end
    for i = from, from + count - 1 do
      local v = verticals[i]
      local contacts = contacts_of(v)
      local run = { v = v, contacts = contacts, decisions = decide(v, contacts) }
      for _, p in ipairs(by["v" .. i]) do
        run.text = p.text
        CLAIMS[p.code](run, p.text)
        claims[p.code] = (claims[p.code] or 0) + 1
      end
      shell.must(("rm -rf %s/scripts/v%d"):format(home, i))
    end
    local told = {}
    for code in pairs(CLAIMS) do
      told[#told + 1] = code .. " " .. (claims[code] or 0)
    end
    assert.is_true(#found.problems > count)
    table.sort(told)
    print("## " .. count .. " verticals: " .. table.concat(told, ", "))
    return claims
  end

  it("is so for every contact", function() prove(1, 40) end)

  it("is so for every contact, over more verticals #full", function()
    local all = {}
    for i = 1, 5 do
      for code, n in pairs(prove(1000 * i, 200)) do all[code] = (all[code] or 0) + n end
    end
    for code in pairs(CLAIMS) do
      assert.is_true((all[code] or 0) >= 10, code .. " was hardly ever said")
    end
  end)

  -- Every pair of questions about one attribute: what never comes out yes, or no, is found, and
  -- nothing else is. (Single values and texts that are excluded are not kept in mind by check.)
  local PAIRS = {
    { "n", "at_least(2)", "at_most(2)", "more_than(2)", "less_than(2)", "equals(2)", "equals(0)",
      "between(3, 5)", "at_least(6)", "less_than(1)", "missing()" },
    { "d", "within_days(2)", "within_days(3)", "older_than_days(2)", "older_than_days(3)",
      "present()" },
    { "d", 'before "2025-01-29"', 'on_or_after "2025-01-29"', 'before "2025-01-30"',
      'on_or_after "2025-01-30"', "missing()" },
    { "c", 'is "low"', 'is_not "low"', 'one_of { "low", "mid" }', 'one_of { "low", "mid", "high" }',
      'is_not "high"', "missing()" },
    { "b", "is_true()", "is_false()", "present()", "missing()" },
    { "tags", 'contains "x"', 'contains("x", "y")', "missing()" },
    { "t", 'is "p"', 'one_of { "p", "q" }', 'is "r"', "present()" },
  }

  for _, questions in ipairs(PAIRS) do
    local name = table.remove(questions, 1)
    it("misses nothing that two of " .. table.concat(questions, " ") .. " cannot be", function()
      local v = { index = 9999, rules = {}, cases = {}, names = { name } }
      for i, first in ipairs(questions) do
        for k = i, #questions do
          for _, op in ipairs { "all", "any" } do
            v.rules[#v.rules + 1] = { id = op:upper() .. i .. "x" .. k, points = 1, label = "one",
              when = ("%s { a.%s:%s, a.%s:%s }"):format(op, name, first, name, questions[k]) }
          end
        end
      end
      write(v)
      local contacts = contacts_of(v)
      local decisions = decide(v, contacts)
      local said = {}
      for _, p in ipairs(cli.json({ "check", "v9999", "--json" }, { cwd = home }).problems) do
        said[p.code .. " " .. (p.text:match("^%w+") or "")] = true
      end
      for _, r in ipairs(v.rules) do
        local yes, no = 0, 0
        for _, d in ipairs(decisions) do
          yes = yes + (d.is_yes[r.id] and 1 or 0)
          no = no + ((d.is_yes[r.id] or d.is_unknown[r.id]) and 0 or 1)
        end
        assert.are.equal(yes == 0, said["W203 " .. r.id] or false, r.when .. " yes")
        assert.are.equal(no == 0 and yes > 0, said["W207 " .. r.id] or false, r.when .. " no")
      end
      shell.must(("rm -rf %s/scripts/v9999"):format(home))
    end)
  end
end)
