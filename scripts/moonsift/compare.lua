--- What can be asked about one attribute: a.budget_min:at_least(60000), a.urgency:is "high", ...
local compute = require "moonsift.compute"
local condition = require "moonsift.condition"
local given = require "moonsift.given"
local host = require "moonsift.host"
local literal = require "moonsift.literal"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local compare = {}

local ORDERED = { integer = true, money = true, number = true, date = true, time = true }
local NOUNS = {
  integer = "an integer",
  money = "an amount of money",
  number = "a number",
  choice = "a choice",
  choices = "a list of choices",
  boolean = "a boolean",
  text = "a text",
  date = "a date",
  time = "a time",
  url = "a URL",
  email = "an e-mail address",
  phone = "a phone number",
  handle = "a handle",
  as_is = "kept as it is",
}

--- Types of which one value can be less than another.
---@return boolean
function compare.is_ordered(type_name)
  return ORDERED[type_name] or false
end

local function ordered(cmp, at_end)
  return function(attribute, value)
    local other, node = object.open(value, "attribute"), condition.open(value)
    if node and node.broken then
      return condition.broken()
    elseif other and (other.broken or other.type == attribute.type) then
      return condition.leaf { op = "compare_slots", cmp = cmp, slot = attribute.slot,
        slot2 = other.slot }
    elseif other then
      problem.report("E104 %s is %s and %s is %s: only attributes of one type compare",
        attribute.name, NOUNS[attribute.type], other.name, NOUNS[other.type])
      return condition.broken()
    end
    local a = literal.number(attribute, value, at_end)
    return a and condition.leaf { op = "compare", cmp = cmp, slot = attribute.slot, a = a }
      or condition.broken()
  end
end

local function between(attribute, low, high)
  local from = literal.number(attribute, low)
  local to = literal.number(attribute, high, true)
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

local function choice_condition(op, complement)
  return function(attribute, ...)
    local places = literal.choices(attribute, literal.list(...))
    if not places then
      return condition.broken()
    end
    local leaf = condition.leaf { op = op, slot = attribute.slot, choices = places }
    return complement and condition.none { leaf } or leaf
  end
end

--- `read`: whole texts, or those to look for.
local function text_condition(op, read, complement)
  return function(attribute, ...)
    local texts = read(attribute, literal.list(...))
    if not texts then
      return condition.broken()
    end
    local leaf = condition.leaf { op = op, slot = attribute.slot, texts = texts }
    return complement and condition.none { leaf } or leaf
  end
end

local contains_any = text_condition("text_contains", literal.found)

local function contains(attribute, text, ...)
  if type(text) ~= "string" or select("#", ...) > 0 then
    problem.report("E103 %s:contains looks for one text in quotes; contains_any { ... } for one of "
      .. "several", attribute.name)
    return condition.broken()
  end
  return contains_any(attribute, text)
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
      problem.report("E103 %s:%s needs a whole number from 0 on, not %s%s", attribute.name, what,
        object.show(count), number and string.find(what, "days", 1, true)
        and "; days are counted back from today: write " .. -number or "")
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
  is_not = ordered "ne",
  between = between,
}
local date_methods = {
  on_or_after = ordered "ge",
  before = ordered "lt",
  after = ordered("gt", true),
  on_or_before = ordered("le", true),
  between = between,
  within_days = counted("within_days", nil, "within_days"),
  older_than_days = counted("older_days", nil, "older_than_days"),
}
local text_methods = {
  is = text_condition("text_is", literal.texts),
  one_of = text_condition("text_is", literal.texts),
  is_not = text_condition("text_is", literal.texts, true),
  not_one_of = text_condition("text_is", literal.texts, true),
  contains = contains,
  contains_any = contains_any,
  starts_with = text_condition("starts_with", literal.found),
  ends_with = text_condition("ends_with", literal.found),
  matches = matches,
}

local methods = {
  integer = number_methods,
  money = number_methods,
  number = number_methods,
  choice = {
    is = choice_condition "one_of",
    one_of = choice_condition "one_of",
    is_not = choice_condition("one_of", true),
    not_one_of = choice_condition("one_of", true),
  },
  choices = {
    contains = choice_condition "contains",
    contains_any = choice_condition "contains_any",
    count_at_least = counted("count", "ge", "count_at_least"),
    count_at_most = counted("count", "le", "count_at_most"),
  },
  boolean = { is_true = truth(1), is_false = truth(0) },
  date = date_methods,
  time = date_methods,
  text = text_methods,
  url = text_methods,
  email = text_methods,
  phone = text_methods,
  handle = text_methods,
  as_is = text_methods,
}
local ONE = { matches = true, count_at_least = true, count_at_most = true }
local INSTEAD = {
  is_true = "there is is_true() and is_false()",
  is_false = "there is is_true() and is_false()",
  between = "numbers are written without commas",
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

-- How many values a condition takes; of choices and texts there may be several.
local function most_values(attribute, key)
  if for_all[key] or attribute.type == "boolean" then
    return 0
  elseif key == "between" then
    return 2
  end
  return (ORDERED[attribute.type] or ONE[key]) and 1 or math.huge
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
    local what = attribute.name .. ":" .. key
    given.at_most(what, most_values(attribute, key), INSTEAD[key], ...)
    return condition.named(found(attribute, ...), what .. "(...)")
  end
end

return compare
