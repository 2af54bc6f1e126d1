--- The vertical as a whole: its name, and the plan that core/lua compiles.
local attribute = require "moonsift.attribute"
local condition = require "moonsift.condition"
local custom = require "moonsift.custom"
local derive = require "moonsift.derive"
local fact = require "moonsift.fact"
local object = require "moonsift.object"
local problem = require "moonsift.problem"
local rule = require "moonsift.rule"
local score = require "moonsift.score"
local status = require "moonsift.status"

local plan = {}

local declared

---@class VerticalFields
---@field name string the folder's name
---@field title string for people
---@field says? string

--- `vertical { name = "recruitment", title = "Recruitment", says = "..." }`
---@param fields VerticalFields
function plan.vertical(fields)
  object.check_open("vertical")
  local place = problem.here "vertical"
  if declared or type(fields) ~= "table" or object.kind_of(fields) then
    problem.report_at(place, declared and "E108 vertical is declared once"
      or 'E111 vertical { name = "...", title = "..." }')
    return
  end
  problem.check_fields(place, "vertical", fields, { "name", "title", "says" })
  declared = {
    name = problem.text_field(place, "vertical", fields, "name"),
    title = problem.text_field(place, "vertical", fields, "title"),
    says = problem.optional_text(place, "vertical", fields, "says"),
    place = place,
  }
end

-- What a name is that was taken for an attribute.
local function explain_name(name)
  local fact_place, derive_place = fact.place_of(name), derive.place_of(name)
  if fact_place then
    return string.format("it is a fact (%s): write f.%s", problem.place_text(fact_place), name)
  end
  return derive_place and string.format("it is derived (%s), after the rules: ask for "
    .. "what it is made of", problem.place_text(derive_place))
end

--- Ends loading: what was declared as plain tables, or the list of what is wrong.
---@param folder string the vertical's name as the host knows it
---@return table? plan
---@return Problem[]? problems
function plan.finish(folder)
  object.close()
  if not declared then
    problem.report_at({ file = "vertical.lua", line = 1 },
      'E115 no vertical is declared: vertical { name = "%s", title = "..." }', folder)
  elseif declared.name ~= folder then
    problem.report_at(declared.place, 'E115 this is vertical "%s", but its folder is "%s"',
      declared.name, folder)
  end
  local whole = {
    vertical = declared,
    customs = custom.plan(),
  }
  whole.attributes, whole.ranges, whole.computed = attribute.plan()
  whole.facts = fact.plan()
  whole.rules, whole.labels = rule.plan()
  whole.groups, whole.score = score.plan()
  whole.derived, whole.status = derive.plan(), status.plan()
  attribute.explain_unknown(explain_name)
  condition.check_used()
  problem.close()
  if #problem.found() > 0 then
    return nil, problem.found()
  end
  return whole
end

--- What is left of a vertical with mistakes, for a look at its rules. Raises when that is nothing.
---@param folder string
---@return table plan
function plan.partial(folder)
  object.close()
  problem.close()
  local whole = {
    vertical = { name = folder, title = folder },
    score = { attribute = "qualification_score", min = 0, max = 100 },
    customs = custom.plan(),
    rules = rule.partial(),
    groups = score.partial(),
    facts = fact.partial(),
  }
  whole.attributes, whole.ranges, whole.computed = attribute.plan()
  return whole
end

return plan
