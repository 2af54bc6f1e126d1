--- For specs beside a vertical, scripts/NAME/*_spec.lua, which `moonsift test` runs with busted:
--- judges contacts with that vertical, by the program itself.
---
---     local judge = require "moonsift.judging"
---
---     describe("recruitment", function()
---       it("qualifies whoever has the budget and the hurry", function()
---         local decision = judge({ budget_max = 85000, urgency_level = "high" }, "2025-02-01")
---         assert.are.equal(5.0, decision.score)
---         assert.is_true(decision.gives["hot-lead"])
---       end)
---     end)
local json = require "dkjson" -- busted brings it

local judging = {}

---@class Judged what `moonsift evaluate` prints, with two tables to look things up in
---@field score number
---@field lead_status string
---@field labels string[]
---@field fired string[] ids of rules
---@field unknown string[] ids of rules
---@field errors table<string, any>[]
---@field attributes table<string, any> coerced, derived, score and status included
---@field gives table<string, boolean> by label, false for one that is not given
---@field truth table<string, "yes"|"no"|"unknown"> by rule id

--- An attribute that is there and holds nothing.
judging.null = json.null

local function quote(text)
  return "'" .. string.gsub(text, "'", "'\\''") .. "'"
end

local function need(name)
  return os.getenv(name) or error(name .. " is not set: such a spec is run by `moonsift test`", 0)
end

-- An empty table is an object here, whatever the writer takes it for.
local function line_of(attributes, facts)
  return json.encode {
    custom_attributes = setmetatable(attributes, { __jsontype = "object" }),
    facts = facts and setmetatable(facts, { __jsontype = "object" }),
  }
end

local function look_up(list, found, otherwise)
  local by = setmetatable({}, { __index = function() return otherwise end })
  for _, name in ipairs(list) do
    by[name] = found
  end
  return by
end

local function read_decision(line)
  local decision = assert(json.decode(line, 1, nil))
  if decision.error then
    error(decision.error, 0)
  end
  decision.gives = look_up(decision.labels, true, false)
  decision.truth = look_up(decision.fired, "yes", "no")
  for _, id in ipairs(decision.unknown) do
    decision.truth[id] = "unknown"
  end
  return decision
end

local function run(input, at)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  assert(file:write(input))
  assert(file:close())
  local program = assert(io.popen(("%s evaluate %s --at %s < %s"):format(
    quote(need "MOONSIFT_TEST_PROGRAM"), quote(need "MOONSIFT_TEST_VERTICAL"), quote(at),
    quote(name))))
  local output = program:read("a")
  program:close()
  os.remove(name)
  return output
end

--- Judges several contacts in one run, which is much faster than one by one.
---@param contacts table<string, any>[] attributes of each
---@param at string the clock: "2025-02-01" or "2025-02-01T14:20:00Z"
---@return Judged[]
function judging.all(contacts, at)
  local lines, decisions = {}, {}
  for i, attributes in ipairs(contacts) do
    lines[i] = line_of(attributes)
  end
  for line in string.gmatch(run(table.concat(lines, "\n") .. "\n", at), "[^\n]+") do
    decisions[#decisions + 1] = read_decision(line)
  end
  if #decisions ~= #contacts then
    error("the vertical could not be judged with; see moonsift check", 0)
  end
  return decisions
end

--- Judges one contact. The clock has to be given: a spec that depends on today fails one day.
---@param attributes table<string, any>
---@param at string
---@param facts? table<string, any> what was looked up for the contact
---@return Judged
function judging.one(attributes, at, facts)
  if type(attributes) ~= "table" or type(at) ~= "string" then
    error('judge(attributes, at): judge({ budget_max = 80000 }, "2025-02-01")', 3)
  end
  local line = string.match(run(line_of(attributes, facts) .. "\n", at), "[^\n]+")
  return read_decision(line
    or error("the vertical could not be judged with; see moonsift check", 0))
end

return setmetatable(judging, {
  __call = function(_, attributes, at, facts)
    return judging.one(attributes, at, facts)
  end,
})
