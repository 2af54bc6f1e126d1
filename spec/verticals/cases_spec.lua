-- Every case of every scripts/VERTICAL/cases.yaml, judged by the program. A failure names the case
-- and what differs.
local cjson = require "cjson"
local lyaml = require "lyaml"
local shell = require "spec.support.shell"

local BIN = os.getenv("MOONSIFT_BIN") or "build/debug/moonsift"
local EXPECT = { "score", "lead_status", "labels", "fired", "unknown", "errors" }

local EMPTY_LIST = "(an empty list)" -- cjson would write an object

local function to_json(value)
  if value == lyaml.null then return cjson.null end
  if type(value) ~= "table" then return value end
  if next(value) == nil then return EMPTY_LIST end -- no case has an empty object
  local copy = {}
  for key, item in pairs(value) do copy[key] = to_json(item) end
  return copy
end

-- 8 and 8.0 are one number.
local function same(a, b)
  if a == EMPTY_LIST then return type(b) == "table" and next(b) == nil end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, item in pairs(a) do if not same(item, b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end

local function show(value)
  return value == nil and "nothing" or cjson.encode(value)
end

local function differences(case, decision)
  local found = {}
  local function compare(what, wanted, got)
    if not same(wanted, got) then
      found[#found + 1] = ("     %s: want %s, got %s"):format(what, show(wanted), show(got))
    end
  end
  for _, key in ipairs(EXPECT) do
    if case.expect[key] ~= nil then compare(key, to_json(case.expect[key]), decision[key]) end
  end
  for key, wanted in pairs(case.expect.attributes or {}) do
    local got = decision.attributes[key]
    if wanted == lyaml.null then wanted = nil end
    if wanted ~= nil then wanted = to_json(wanted) end
    compare("attribute " .. key, wanted, got)
  end
  return found
end

local function contact_line(id, attributes)
  local text = next(attributes) and cjson.encode(to_json(attributes)) or "{}"
  text = text:gsub('"%(an empty list%)"', "[]")
  return ('{"id":%d,"custom_attributes":%s}\n'):format(id, text)
end

-- One run of the program for all cases of one clock; decisions by case index.
local function judge(vertical, at, cases, indexes)
  local input = os.tmpname()
  local lines = {}
  for _, index in ipairs(indexes) do
    lines[#lines + 1] = contact_line(index, cases[index].contact.attr)
  end
  shell.write(input, table.concat(lines))
  local output = shell.must(("%s < %s"):format(
    shell.words(BIN, "evaluate", vertical, "--at", at), shell.quote(input)))
  os.remove(input)
  local decisions = {}
  for line in output:gmatch("[^\n]+") do
    local decision = cjson.decode(line)
    decisions[decision.id] = decision
  end
  return decisions
end

local function judge_all(vertical, cases)
  local clocks, decisions = {}, {}
  for index, case in ipairs(cases) do
    local at = tostring(case.at)
    clocks[at] = clocks[at] or {}
    table.insert(clocks[at], index)
  end
  for at, indexes in pairs(clocks) do
    for id, decision in pairs(judge(vertical, at, cases, indexes)) do decisions[id] = decision end
  end
  return decisions
end

local KEYS = { name = true, at = true, contact = true, expect = true }
local EXPECT_KEYS = { attributes = true }
for _, key in ipairs(EXPECT) do EXPECT_KEYS[key] = true end

-- A misspelt key would be a case that checks nothing.
local function check_form(case, names)
  assert.is_string(case.name)
  assert.is_nil(names[case.name], case.name .. " is there twice")
  names[case.name] = true
  assert.is_string(case.at, case.name)
  assert.is_table(case.contact and case.contact.attr, case.name)
  assert.is_not_nil(next(case.expect), case.name)
  for key in pairs(case) do assert.is_true(KEYS[key], case.name .. ": " .. key) end
  for key in pairs(case.expect) do
    assert.is_true(EXPECT_KEYS[key], case.name .. ": expect." .. key)
  end
end

local paths = io.popen("ls scripts/*/cases.yaml"):read("a")

for path in paths:gmatch("[^\n]+") do
  local vertical = path:match("^scripts/([^/]+)/")
  local cases = lyaml.load(shell.read(path))

  describe(path, function()
    local decisions

    setup(function() decisions = judge_all(vertical, cases) end)

    it("has at least 40 cases, each in the right form", function()
      assert.is_true(#cases >= 40)
      local names = {}
      for _, case in ipairs(cases) do check_form(case, names) end
    end)

    for index, case in ipairs(cases) do
      it(case.name, function()
        local decision = assert(decisions[index], "no decision came out")
        assert.is_nil(decision.error)
        local found = differences(case, decision)
        assert(#found == 0, case.name .. "\n" .. table.concat(found, "\n"))
      end)
    end

    it("fires every rule and gives every label at least once", function()
      local source = shell.read(("scripts/%s/vertical.lua"):format(vertical))
      local seen = {}
      for _, decision in pairs(decisions) do
        for _, id in ipairs(decision.fired) do seen[id] = true end
        for _, title in ipairs(decision.labels) do seen[title] = true end
      end
      local never = {}
      for id in source:gmatch('%f[%w]id = "([^"]+)"') do
        if not seen[id] then never[#never + 1] = id end
      end
      for title in source:gmatch('%f[%w]label = "([^"]+)"') do
        if not seen[title] then never[#never + 1] = title end
      end
      assert.are.equal("", table.concat(never, ", "))
    end)
  end)
end
