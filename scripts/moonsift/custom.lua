--- `custom { reads = { a.x }, says = "...", fn = function(v, today) ... end }`: a function of the
--- vertical, for what conditions cannot say. It gets the attributes it reads by name, and the
--- current day as days since 1970-01-01; it is not called while one of them is missing.
local condition = require "moonsift.condition"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local custom = {}

local MAX = 384
local declared = {}

local function take_reads(place, list)
  local reads = {}
  if type(list) ~= "table" or object.kind_of(list) or #list == 0 then
    problem.report_at(place, "E111 custom: reads lists the attributes: reads = { a.x, a.y }")
    return reads
  end
  problem.check_fields(place, "custom: reads", list, {}, math.huge)
  for i = 1, #list do
    local attribute = object.open(list[i], "attribute")
    if not attribute then
      problem.report_at(place, "E111 custom: reads: item %d is %s, not an attribute", i,
        object.show(list[i]))
    elseif attribute.formula then
      problem.report_at(place, "E111 custom: reads: %s is computed; read what it is made of",
        attribute.name)
    elseif not attribute.broken then
      reads[#reads + 1] = attribute.slot
    end
  end
  return reads
end

---@class CustomFields
---@field reads table[] attributes; while one is missing the answer is unknown
---@field says string the condition in words
---@field fn fun(v: table<string, any>, today: integer): any true, false or nil; in derive: a value

---@param fields CustomFields
---@return table condition
function custom.custom(fields)
  object.check_open("custom")
  local place = problem.here()
  if type(fields) ~= "table" or object.kind_of(fields) then
    problem.report_at(place, "E111 custom { reads = { a.x }, says = \"...\", fn = function(v) "
      .. "... end }")
    return condition.broken()
  end
  problem.check_fields(place, "custom", fields, { "reads", "says", "fn" })
  if type(fields.fn) ~= "function" then
    problem.report_at(place, "E110 custom needs fn = function(v) ... end; it has %s",
      object.show(fields.fn))
  end
  if #declared >= MAX then
    problem.report_at(place, "E112 a vertical has at most %d custom functions", MAX)
  end
  declared[#declared + 1] = {
    says = problem.text_field(place, "custom", fields, "says"),
    reads = take_reads(place, fields.reads),
    fn = fields.fn,
    line = place.line,
  }
  return condition.leaf { op = "custom", a = #declared, says = "custom { ... }" }
end

function custom.plan()
  return declared
end

return custom
