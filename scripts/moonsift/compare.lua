--- What can be asked about one attribute: a.budget_min:at_least(60000), a.urgency:is "high", ...
local compute = require "moonsift.compute"
local condition = require "moonsift.condition"
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"
local types = require "moonsift.types"

local compare = {}

local ORDERED = { integer = true, money = true, date = true }
local NOUNS = {
  integer = "an integer",
  money = "an amount of money",
  choice = "a choice",
  choices = "a list of choices",
  boolean = "a boolean",
  text = "a text",
  date = "a date",
  as_is = "kept as it is",
}

--- Types of which one value can be less than another.
---@return boolean
function compare.is_ordered(type_name)
  return ORDERED[type_name] or false
end

-- Each reader turns a literal of the vertical into what a node holds, or reports and gives nil.
local readers = {}

function readers.integer(attribute, value)
  local number = math.tointeger(value)
  if type(value) ~= "number" or not number then
    problem.report("E103 %s is compared with a whole number, not with %s", attribute.name,
      object.show(value))
    return nil
  end
  return number
end

function readers.money(attribute, value)
  local cents = types.cents(value)
  if not cents then
    problem.report("E103 %s is compared with an amount of at most two decimals, not with %s",
      attribute.name, object.show(value))
  end
  return cents
end

function readers.date(attribute, value)
  local days = type(value) == "string" and host.days(value)
  if not days then
    problem.report('E103 %s is compared with a date attribute or a text like "2025-02-01", not '
      .. 'with %s',
      attribute.name, object.show(value))
    return nil
  end
  return days
end

local function ordered(cmp)
  return function(attribute, value)
    local other = object.open(value, "attribute")
    if other and (other.broken or other.type == attribute.type) then
      return condition.leaf { op = "compare_slots", cmp = cmp, slot = attribute.slot,
        slot2 = other.slot }
    elseif other then
      problem.report("E104 %s is %s and %s is %s: only attributes of one type compare",
        attribute.name, NOUNS[attribute.type], other.name, NOUNS[other.type])
      return condition.broken()
    end
    local a = readers[attribute.type](attribute, value)
    return a and condition.leaf { op = "compare", cmp = cmp, slot = attribute.slot, a = a }
      or condition.broken()
  end
end

local function between(attribute, low, high)
  local from = readers[attribute.type](attribute, low)
  local to = readers[attribute.type](attribute, high)
  if not from or not to then
    return condition.broken()
  elseif from > to then
    problem.report("E106 %s:between(%s, %s) can never be: the first is above the second",
      attribute.name, object.show(low), object.show(high))
    return condition.broken()
  end
  return condition.all {
    condition.leaf { op = "compare", cmp = "ge", slot = attribute.slot, a = from },
    condition.leaf { op = "compare", cmp = "le", slot = attribute.slot, a = to },
  }
end

--- One value, or a list of them in braces.
local function as_list(first, ...)
  if type(first) == "table" and not object.kind_of(first) and select("#", ...) == 0 then
    return first
  end
  return { first, ... }
end

--- Places of the named choices in the attribute's list, or nil when one is not in it.
local function choice_places(attribute, values)
  local places, known = {}, {}
  for i, choice in ipairs(attribute.choices) do
    known[choice] = i
  end
  for _, value in ipairs(values) do
    if not known[value] then
      problem.report("E102 %s is never %s; allowed: %s%s", attribute.name, object.show(value),
        table.concat(attribute.choices, ", "), problem.suggest(value, attribute.choices))
      return nil
    end
    places[#places + 1] = known[value]
  end
  if #places == 0 or #places ~= #values then
    problem.report("E102 %s is compared with one of: %s", attribute.name,
      table.concat(attribute.choices, ", "))
    return nil
  end
  return places
end

local function choice_condition(op, complement)
  return function(attribute, ...)
    local places = choice_places(attribute, as_list(...))
    if not places then
      return condition.broken()
    end
    local leaf = condition.leaf { op = op, slot = attribute.slot, choices = places }
    return complement and condition.none { leaf } or leaf
  end
end

local function text_condition(complement)
  return function(attribute, ...)
    local values = as_list(...)
    for i = 1, math.max(#values, 1) do
      if type(values[i]) ~= "string" then
        problem.report("E103 %s is compared with texts in quotes, not with %s", attribute.name,
          object.show(values[i]))
        return condition.broken()
      end
    end
    local texts = table.move(values, 1, #values, 1, {})
    local leaf = condition.leaf { op = "text_is", slot = attribute.slot, texts = texts }
    return complement and condition.none { leaf } or leaf
  end
end

local function matches(attribute, pattern)
  local wrong = type(pattern) ~= "string" and "a text in quotes" or host.pattern_error(pattern)
  if wrong then
    problem.report("E107 %s:matches needs a regular expression (PCRE2) for the whole text: %s",
      attribute.name, wrong)
    return condition.broken()
  end
  return condition.leaf { op = "matches", slot = attribute.slot, texts = { pattern } }
end

local function counted(op, cmp, what)
  return function(attribute, count)
    local number = math.tointeger(count)
    if type(count) ~= "number" or not number or number < 0 then
      problem.report("E103 %s:%s needs a whole number, not %s", attribute.name, what,
        object.show(count))
      return condition.broken()
    end
    return condition.leaf { op = op, cmp = cmp, slot = attribute.slot, a = number }
  end
end

local function truth(value)
  return function(attribute)
    return condition.leaf { op = "compare", cmp = "eq", slot = attribute.slot, a = value }
  end
end

local function known(op)
  return function(attribute)
    return condition.leaf { op = op, slot = attribute.slot }
  end
end

local number_methods = {
  at_least = ordered "ge",
  at_most = ordered "le",
  more_than = ordered "gt",
  less_than = ordered "lt",
  equals = ordered "eq",
  between = between,
}
local text_methods = {
  is = text_condition(),
  one_of = text_condition(),
  is_not = text_condition(true),
}

local methods = {
  integer = number_methods,
  money = number_methods,
  choice = {
    is = choice_condition "one_of",
    one_of = choice_condition "one_of",
    is_not = choice_condition("one_of", true),
  },
  choices = {
    contains = choice_condition "contains",
    count_at_least = counted("count", "ge", "count_at_least"),
  },
  boolean = { is_true = truth(1), is_false = truth(0) },
  text = {
    is = text_methods.is,
    one_of = text_methods.one_of,
    is_not = text_methods.is_not,
    matches = matches,
  },
  as_is = text_methods,
  date = {
    on_or_after = ordered "ge",
    before = ordered "lt",
    within_days = counted("within_days", nil, "within_days"),
    older_than_days = counted("older_days", nil, "older_than_days"),
  },
}
local for_all = { present = known "present", missing = known "missing" }

local function allowed_names(type_name)
  local names = compute.names(type_name)
  for _, set in ipairs { methods[type_name], for_all } do
    for name in pairs(set) do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

local function types_with(name)
  local with = {}
  for type_name, set in pairs(methods) do
    if set[name] then
      with[#with + 1] = type_name
    end
  end
  table.sort(with)
  return with
end

local function report_no_method(attribute, key)
  local names = allowed_names(attribute.type)
  local with = types_with(key)
  problem.report("E105 %s is %s and has no condition %s%s; it has %s%s", attribute.name,
    NOUNS[attribute.type], problem.show(key),
    #with > 0 and " (that is for " .. table.concat(with, ", ") .. ")" or "",
    table.concat(names, ", "), #with > 0 and "" or problem.suggest(key, names))
end

--- The condition method `key` of an attribute, as a function to call with a colon.
---@param attribute Attribute
---@param key any
function compare.method(attribute, key)
  if attribute.broken then
    return condition.broken
  end
  local found = methods[attribute.type][key] or for_all[key]
  if not found then
    report_no_method(attribute, key)
    return condition.broken
  end
  return function(self, ...)
    if object.open(self, "attribute") ~= attribute then
      problem.report("E118 write a colon: a.%s:%s(...)", attribute.name, key)
      return condition.broken()
    end
    return found(attribute, ...)
  end
end

return compare
