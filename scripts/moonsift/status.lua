--- The status: `status { "lead_status", { when = fired "O1", value = "qualified" }, ... }`.
local condition = require "moonsift.condition"
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local status = {}

local MAX_VALUES = 64
local MAX_CASES = 256

local declared

--- A list of texts under `name`; what is none is reported and left out.
local function take_texts(place, name, list)
  local values = {}
  if list == nil then
    return values
  elseif type(list) ~= "table" or object.kind_of(list) then
    problem.report_at(problem.field(place, name), 'E111 status: %s lists values: %s = { %s }', name,
      name, type(list) == "string" and object.show(list) or '"customer"')
    return values
  end
  problem.check_fields(place, "the list " .. name, list, {}, math.huge)
  for i = 1, #list do
    local value = list[i]
    if type(value) ~= "string" or value == "" or not problem.is_storable(value) then
      problem.report_at(place, "E111 status: %s: item %d is %s, not a text", name, i,
        object.show(value))
    else
      values[#values + 1] = value
    end
  end
  if #values > MAX_VALUES then
    problem.report_at(place, "E112 status: %s has at most %d values", name, MAX_VALUES)
  end
  return values
end

local function take_stages(place, list)
  local stages, seen = take_texts(place, "stages", list), {}
  for _, stage in ipairs(stages) do
    if seen[stage] then
      problem.report_at(problem.near(place, stage), 'E108 status: stage "%s" is listed twice',
        stage)
    end
    seen[stage] = true
  end
  if type(list) == "table" and #list == 0 then
    problem.report_at(problem.field(place, "stages"),
      "E111 status: stages lists all values that there are, in order")
  end
  return stages, seen
end

--- With stages every value has to be one of them.
local function check_value(place, stages, seen, value)
  if #stages > 0 and value ~= "" and not seen[value] then
    problem.report_at(place, 'E132 %s is never "%s"; stages: %s%s', declared.attribute, value,
      table.concat(stages, ", "), problem.suggest(value, stages))
  end
end

--- The line of a case's value: behind the stages, where it stands, too.
local function value_place(place, stages, value)
  local last = stages[#stages] and problem.near(place, stages[#stages]).line
  local line = last and host.line_of(place.file, last + 1, value)
  return line and { file = place.file, line = line } or problem.near(place, value)
end

local function take_case(place, stages, case)
  if type(case) ~= "table" or object.kind_of(case) then
    problem.report_at(place, 'E111 status: a case is { when = fired "O1", value = "qualified" }')
    return nil
  end
  problem.check_fields(place, "a status case", case, { "when", "value" })
  local node = condition.open(case.when)
  local value = problem.text_field(place, "a status case", case, "value")
  local at = place.column and problem.field(place, "value") or value_place(place, stages, value)
  if not node then
    condition.forgive(place, case.when)
    local when = problem.field(place, "when")
    local advice = condition.advice(when, place, case.when)
    if advice then
      problem.report_at(when, "E111 status: when is a condition; it is %s%s",
        object.show(case.when), advice)
    end
    return nil
  end
  local fired = node.op == "fired" and node.rule or nil
  return { rule = fired, condition = not fired and node or nil, value = value, line = at.line,
    place = at }
end

local function take_forward(place, stages, value, declared_stages)
  if value ~= nil and type(value) ~= "boolean" then
    problem.report_at(place, "E110 status: only_forward is true or false; it is %s",
      object.show(value))
  elseif value and #stages == 0 and declared_stages == nil then
    problem.report_at(place, 'E110 status: only_forward needs the order of the values: stages = '
      .. '{ "new", ... }')
  end
  return value == true
end

---@class StatusFields
---@field [1] string the attribute
---@field stages? string[] all values that there are, in order
---@field only_forward? boolean a stored stage behind the one that the rules choose stays
---@field keep? string[] values that always stay
---@field otherwise string the value when no case is yes
---@field says? string

--- The status attribute: a kept value stays, else the first case that is yes, else `otherwise`.
---@param fields StatusFields and cases { when = CONDITION, value = "..." } in order
function status.status(fields)
  object.check_open("status")
  local place = problem.here "status"
  if declared or type(fields) ~= "table" or object.kind_of(fields)
    or type(fields[1]) ~= "string" or fields[1] == "" or not problem.is_storable(fields[1]) then
    problem.report_at(place, declared and "E108 status is declared once"
      or 'E111 status { "lead_status", { when = fired "O1", value = "qualified" }, otherwise = '
      .. '"new" }')
    return
  end
  problem.check_fields(place, "status", fields,
    { "stages", "only_forward", "keep", "otherwise", "says" }, math.huge)
  local stages, seen = take_stages(place, fields.stages)
  declared = {
    attribute = fields[1],
    stages = stages,
    only_forward = take_forward(place, stages, fields.only_forward, fields.stages),
    keep = take_texts(place, "keep", fields.keep),
    cases = {},
    otherwise = problem.text_field(place, "status", fields, "otherwise"),
  }
  local entries = problem.entries(place)
  for i = 2, #fields do
    declared.cases[#declared.cases + 1] = take_case(entries[i] or place, stages, fields[i])
  end
  if #declared.cases > MAX_CASES then
    problem.report_at(place, "E112 status has at most %d cases", MAX_CASES)
  end
  for _, case in ipairs(declared.cases) do
    check_value(case.place, stages, seen, case.value)
  end
  for _, value in ipairs(declared.keep) do
    check_value(problem.near(place, value), stages, seen, value)
  end
  check_value(problem.near(place, declared.otherwise), stages, seen, declared.otherwise)
end

function status.plan()
  return declared
end

return status
