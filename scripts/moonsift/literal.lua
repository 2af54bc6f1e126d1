--- What attributes are compared with: a value that stands in the vertical, as the type holds it.
local object = require "moonsift.object"
local problem = require "moonsift.problem"
local types = require "moonsift.types"

local literal = {}

local MAX_FIND_BYTES = 200

local function whole(value)
  return type(value) == "number" and math.tointeger(value) or nil
end

-- How a value becomes what a node holds (nil: it is none), and what it has to be.
local READERS = {
  integer = { whole, "a whole number" },
  money = { types.cents, "an amount of at most two decimals" },
  number = { types.millionths, "a number of at most six decimals" },
  date = { types.days, 'a date attribute or a text like "2025-02-01"' },
  time = { types.seconds, 'a time attribute or a text like "2025-02-01" or "2025-02-01T14:20Z"' },
}

--- A value of an ordered type.
---@param attribute Attribute
---@param value any
---@param at_end? boolean a day means its last second
---@return integer?
function literal.number(attribute, value, at_end)
  local read, wanted = table.unpack(READERS[attribute.type])
  local number = read(value, at_end)
  if not number then
    problem.report("E103 %s is compared with %s, not with %s", attribute.name, wanted,
      object.show(value))
  end
  return number
end

--- One value, or a list of them in braces.
---@return any[]
function literal.list(first, ...)
  if type(first) == "table" and not object.kind_of(first) and select("#", ...) == 0 then
    problem.check_fields(problem.here(), "the list", first, {}, math.huge)
    return first
  end
  return { first, ... }
end

--- Places of the named choices in the attribute's list, or nil when one is not in it.
---@return integer[]?
function literal.choices(attribute, values)
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

local function check_texts(attribute, values)
  for i = 1, math.max(#values, 1) do
    if type(values[i]) ~= "string" then
      problem.report("E103 %s is compared with texts in quotes, not with %s", attribute.name,
        object.show(values[i]))
      return false
    end
  end
  return true
end

local FORMS = { url = true, email = true, phone = true, handle = true }

--- Whole texts, in the form that the type keeps.
---@return string[]?
function literal.texts(attribute, values)
  local texts = {}
  if not check_texts(attribute, values) then
    return nil
  end
  for i = 1, #values do
    texts[i] = values[i]
    if FORMS[attribute.type] then
      local number, text = types.take({ type = attribute.type, country = attribute.country },
        values[i])
      if not number then
        problem.report("E103 %s is never %s: it is %s", attribute.name, object.show(values[i]),
          text)
        return nil
      end
      texts[i] = text
    end
  end
  return texts
end

--- Texts to look for inside others, in lower case: the search knows no other.
---@return string[]?
function literal.found(attribute, values)
  local texts = {}
  if not check_texts(attribute, values) then
    return nil
  end
  for i = 1, #values do
    if values[i] == "" or #values[i] > MAX_FIND_BYTES or not problem.is_storable(values[i]) then
      problem.report("E103 %s: what is looked for is a text of 1 to %d bytes, not %s",
        attribute.name, MAX_FIND_BYTES, object.show(values[i]))
      return nil
    end
    texts[i] = string.lower(values[i])
  end
  return texts
end

return literal
