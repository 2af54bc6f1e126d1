--- Operators of Lua where a condition or a computed number was meant: what to write instead.
local attribute = require "moonsift.attribute"
local condition = require "moonsift.condition"
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local operators = {}

local MOST_LINES = 40

local NUMBERS = { ["<"] = "less_than", ["<="] = "at_most", [">"] = "more_than", [">="] = "at_least",
  ["=="] = "equals", ["~="] = "is_not" }
local DATES = { ["<"] = "before", ["<="] = "on_or_before", [">"] = "after", [">="] = "on_or_after" }
local WHOLE = { ["=="] = "is", ["~="] = "is_not" }
local METHODS = { integer = NUMBERS, money = NUMBERS, number = NUMBERS, date = DATES, time = DATES,
  choice = WHOLE, text = WHOLE, url = WHOLE, email = WHOLE, phone = WHOLE, handle = WHOLE,
  as_is = WHOLE }
local EXAMPLES = { date = '"2025-02-01"', time = '"2025-02-01"' }
local TURNED = { ["<"] = ">", ["<="] = ">=" }

local reported -- where an operator was answered last

local function note(place, text, ...)
  problem.report_at(place, "E105 " .. text, ...)
  reported = place
end

--- `a.budget_max`, as the vertical calls it.
local function written(fields)
  return fields.formula and fields.name or (fields.is_fact and "f." or "a.") .. fields.name
end

local function argument(other, fields)
  local right = object.open(other, "attribute")
  if right then
    return "(" .. written(right) .. ")"
  elseif type(other) == "string" then
    return " " .. problem.show(other)
  elseif type(other) == "number" then
    return "(" .. problem.show(other) .. ")"
  end
  return "(" .. (EXAMPLES[fields.type] or "...") .. ")"
end

local function compared(operator, fields, other)
  local methods = METHODS[fields.type]
  local method = methods and methods[operator]
  if fields.type == "boolean" then
    return string.format("is asked with a method; write %s:is_true() or %s:is_false()",
      written(fields), written(fields))
  elseif not method then
    return "is compared with a method; moonsift help E105 tells more"
  end
  return string.format("is compared with a method; write %s:%s%s", written(fields), method,
    argument(other, fields))
end

local function computed(operator, fields, other)
  local right = object.open(other, "attribute")
  if operator == "/" and right then
    return string.format("is divided with a method; write %s:per(%s)", written(fields),
      written(right))
  elseif operator == ".." then
    return string.format('is put into a text in derive; write words { "{%s} ..." }', fields.name)
  elseif operator == "#" then
    return string.format("is counted with a method; write %s:count_at_least(1)", written(fields))
  end
  return string.format("is not computed with %s; write custom { reads = { %s }, says = \"...\", "
    .. "fn = function(v) ... end }", operator, written(fields))
end

local function with_attribute(operator, left, right)
  local fields, other = object.open(left, "attribute"), right
  if not fields then
    fields, other = object.open(right, "attribute"), left
    operator = TURNED[operator] or operator
  end
  if not fields.broken then
    local compares = NUMBERS[operator] and compared or computed
    note(problem.here(), "%s %s", problem.show(fields.name),
      compares(operator, fields, other))
  end
  return attribute.broken()
end

object.answer_operators(function(operator, left, right)
  condition.hand_over(left, 0) -- what is said of the operator is enough
  condition.hand_over(right, 0)
  if object.kind_of(left) == "attribute" or object.kind_of(right) == "attribute" then
    return with_attribute(operator, left, right)
  end
  local what = object.kind_of(left) and left or right
  local kind, other = object.kind_of(what), what == left and right or left
  local asked = what == left and operator or TURNED[operator] or operator
  if kind == "score" and NUMBERS[asked] then
    note(problem.here(), "score is compared with a method; write score:%s(%s)",
      NUMBERS[asked], type(other) == "number" and problem.show(other) or "70")
  elseif kind == "condition" then
    note(problem.here(), '"%s" does not join conditions; write all { ... }, any { ... } or none '
      .. "{ ... }", operator)
  else
    note(problem.here(), "%s has no operator %s", object.show(what), operator)
  end
  return attribute.broken()
end)

-- What a line has of ==, ~= and not, which Lua answers at once.
local function advise(text)
  local name, operator, value =
    string.match(text, "([%a_][%w_]*%.[%a_][%w_]*)%s*([=~]=)%s*([^%s,})]+)")
  if not name then
    return string.find(text, "%f[%w_]not%f[^%w_]") and "not does not ask; write none { ... }"
  end
  local fields = attribute.declared(string.match(name, "%.(.*)$"))
  local methods = fields and METHODS[fields.type]
  if fields and fields.type == "boolean" then
    local yes = (value == "true") == (operator == "==")
    return string.format("%s does not ask; write %s:%s()", operator, name,
      yes and "is_true" or "is_false")
  elseif value == "nil" or value == "null" then
    return string.format("%s does not ask; write %s:%s()", operator, name,
      operator == "==" and "missing" or "present")
  end
  local method = methods and methods[operator] or operator == "==" and "equals" or "is_not"
  return string.format("%s does not ask; write %s:%s(%s)", operator, name, method, value)
end

--- What to write instead of a comparison that became true or false: "; == does not ask; ...".
--- Nil when an operator of the declaration at `place` was reported already.
---@param place Place of the value
---@param declaration Place
---@param value any
---@return string?
function operators.advice(place, declaration, value)
  if reported and reported.file == place.file and reported.line >= declaration.line then
    return nil
  elseif type(value) ~= "boolean" then
    return ""
  end
  local last = place.column and place.line or place.line + MOST_LINES
  for line = place.line, last do
    local text = host.line(place.file, line)
    local found = text and advise(text)
    if found then
      return "; " .. found
    end
  end
  return "; == and not do not ask, a.name:equals(...) and none { ... } do"
end

return operators
