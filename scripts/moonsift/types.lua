--- The types an attribute can have: integer, money, choice, text, date, email, ...
local given = require "moonsift.given"
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local types = {}

---@class TypeFields
---@field type string
---@field unit? string
---@field min? integer integer: as is, money: cents, number: millionths, date: days, time: seconds,
---text: bytes
---@field max? integer
---@field choices? string[]
---@field pattern? string
---@field country? string phone: "31"

local MAX_CHOICES = 64
local MAX_INTEGER = 100000000
local MAX_CENTS = 10000000000
local MAX_TEXT = 65536
local MAX_MILLIONTHS = 1000000000000 * 1000000
local FIRST_DAY, LAST_DAY = "0000-01-01", "9999-12-31"

--- Amounts of money are whole cents inside: never compared as binary fractions.
---@param amount any
---@return integer? cents
function types.cents(amount)
  if math.type(amount) == nil or amount ~= amount or math.abs(amount) > MAX_CENTS then
    return nil
  end
  local cents = math.floor(amount * 100 + 0.5)
  return math.abs(cents - amount * 100) < 1e-6 and cents or nil
end

--- A value as the host takes it when a contact has it: the number inside, the text in its form and
--- whether they differ from what was written; or nil and why.
---@param fields TypeFields
---@param value any
---@return integer? number
---@return string? text
---@return boolean? changed
function types.take(fields, value)
  return host.take({
    name = "value", place = { line = 0 }, type = fields.type, choices = fields.choices,
    min = fields.min, max = fields.max, pattern = fields.pattern, country = fields.country,
  }, value)
end

local WIDE = { type = "number", min = -MAX_MILLIONTHS, max = MAX_MILLIONTHS }

--- Decimals are whole millionths inside: 0.1 is what is written, not its nearest binary fraction.
---@param number any
---@return integer? millionths
function types.millionths(number)
  if math.type(number) == nil then
    return nil
  end
  local millionths, _, rounded = types.take(WIDE, number)
  return not rounded and millionths or nil
end

---@param text any "2025-02-01"
---@return integer? days
function types.days(text)
  return type(text) == "string" and host.days(text) or nil
end

--- Seconds of a moment in text; of a day its first, or its last when `at_end`.
---@param text any "2025-02-01", "2025-02-01T14:20Z"
---@param at_end? boolean
---@return integer? seconds
function types.seconds(text, at_end)
  if type(text) ~= "string" then
    return nil
  end
  local seconds = types.take({ type = "time" }, text)
  return seconds and at_end and #text == 10 and seconds + 86399 or seconds
end

local function last_second(text)
  return types.seconds(text, true)
end

local function bound(place, noun, options, name, otherwise, convert, wanted)
  local value = options[name]
  if value == nil then
    return otherwise
  end
  local number = convert(value)
  if not number then
    problem.report_at(place, "E110 %s: %s is %s; it is %s", noun, name, wanted, object.show(value))
    return otherwise
  end
  return number
end

local function check_order(place, noun, fields)
  if fields.min and fields.min > fields.max then
    problem.report_at(place, "E106 %s: min is above max, so no value is valid", noun)
  end
end

local function whole(value)
  return type(value) == "number" and math.tointeger(value) or nil
end

local function bounded(noun, least, most, convert, wanted)
  return function(place, options, fields)
    problem.check_fields(place, noun, options, { "unit", "min", "max" })
    fields.unit = problem.optional_text(place, noun, options, "unit")
    fields.min = bound(place, noun, options, "min", least, convert, wanted)
    fields.max = bound(place, noun, options, "max", most, convert, wanted)
    check_order(place, noun, fields)
  end
end

--- Without a bound there is none; with one the other is as far as dates go.
local function dated(noun, first, last, wanted)
  return function(place, options, fields)
    problem.check_fields(place, noun, options, { "min", "max" })
    if options.min ~= nil or options.max ~= nil then
      fields.min = bound(place, noun, options, "min", first(FIRST_DAY), first, wanted)
      fields.max = bound(place, noun, options, "max", last(LAST_DAY), last, wanted)
      check_order(place, noun, fields)
    end
  end
end

local function read_choices(noun)
  return function(place, options, fields)
    problem.check_fields(place, noun, options, {}, math.huge)
    problem.check_holes(place, noun, options)
    fields.choices = {}
    local seen = {}
    for i, value in ipairs(options) do
      if type(value) ~= "string" or value == "" or string.find(value, "[A-Z]")
        or string.find(value, "^%s") or string.find(value, "%s$")
        or not problem.is_storable(value) then
        problem.report_at(place, "E116 %s: values are lower-case texts without blanks around them; "
          .. "value %d is %s", noun, i, object.show(value))
        fields.broken = true
      elseif seen[value] then
        problem.report_at(place, 'E116 %s: "%s" is listed twice', noun, value)
      else
        seen[value] = true
        fields.choices[#fields.choices + 1] = value
      end
    end
    if #options == 0 or #options > MAX_CHOICES then
      fields.broken = true
      problem.report_at(place, 'E116 %s lists 1 to %d values: %s { "low", "high" }', noun,
        MAX_CHOICES, noun)
    end
  end
end

local function read_pattern(place, noun, options)
  local wrong = type(options.pattern) == "string" and host.pattern_error(options.pattern)
  if wrong then
    problem.report_at(place, "E107 %s: pattern: %s", noun, wrong)
  end
  return problem.optional_text(place, noun, options, "pattern")
end

--- The length of a text: a whole number from `least`.
local function length(least)
  return function(value)
    local bytes = whole(value)
    return bytes and bytes >= least and bytes or nil
  end
end

local function read_text(place, options, fields)
  problem.check_fields(place, "text", options, { "pattern", "min", "max" })
  fields.pattern = read_pattern(place, "text", options)
  fields.min = bound(place, "text", options, "min", 0, length(0), "a number of bytes")
  fields.max = bound(place, "text", options, "max", MAX_TEXT, length(1),
    "a number of bytes from 1")
  check_order(place, "text", fields)
end

local function read_handle(place, options, fields)
  problem.check_fields(place, "handle", options, { "pattern" })
  fields.pattern = read_pattern(place, "handle", options)
end

local function read_phone(place, options, fields)
  problem.check_fields(place, "phone", options, { "country" })
  local country = options.country
  if country ~= nil
    and (type(country) ~= "string" or not string.find(country, "^[1-9]%d?%d?$")) then
    problem.report_at(place, 'E110 phone: country is a calling code in quotes like "31"; it is %s',
      object.show(country))
    country = nil
  end
  fields.country = country
end

local function read_plain(noun)
  return function(place, options)
    problem.check_fields(place, noun, options, {})
  end
end

local A_DATE = 'a text like "2025-02-01"'
local A_TIME = 'a text like "2025-02-01" or "2025-02-01T14:20Z"'

local readers = {
  integer = bounded("integer", 0, MAX_INTEGER, whole, "a number"),
  money = bounded("money", 0, MAX_CENTS, types.cents, "a number"),
  number = bounded("number", -MAX_MILLIONTHS, MAX_MILLIONTHS, types.millionths,
    "a number with at most six decimals"),
  choice = read_choices("choice"),
  choices = read_choices("choices"),
  text = read_text,
  boolean = read_plain("boolean"),
  date = dated("date", types.days, types.days, A_DATE),
  time = dated("time", types.seconds, last_second, A_TIME),
  url = read_plain("url"),
  email = read_plain("email"),
  phone = read_phone,
  handle = read_handle,
  as_is = read_plain("as_is"),
}

local make

-- "none", "some": how they stand in braces.
local function in_braces(...)
  local shown = {}
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) ~= "string" then
      return "..."
    end
    shown[i] = object.show(value)
  end
  return #shown > 0 and table.concat(shown, ", ") or "..."
end

--- `integer { unit = "€" }`: the same type with options.
local function with_options(fields, options, ...)
  local place = problem.here()
  local with = { type = fields.type, place = place }
  if type(options) ~= "table" or object.kind_of(options) then
    problem.report_at(place, "E111 %s takes its options in braces; write %s { %s }", fields.type,
      fields.type, in_braces(options, ...))
    with.broken = true
    return make(with)
  else
    given.at_most(fields.type, 1, "all that belongs to it stands in one pair of braces", options,
      ...)
  end
  readers[fields.type](place, options, with)
  return make(with)
end

make = object.kind("type", nil, with_options)

--- Bare types for the vertical's environment: `date`, `integer`, `choice { "low", "high" }`, ...
---@return table<string, table>
function types.all()
  local all = {}
  for name, read in pairs(readers) do
    local fields = { type = name }
    if name ~= "choice" and name ~= "choices" then
      read({ file = "types.lua", line = 0 }, {}, fields)
    end
    all[name] = make(fields)
  end
  return all
end

return types
