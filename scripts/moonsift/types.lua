--- The types an attribute can have: integer, money, choice, choices, boolean, text, date, as_is.
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local types = {}

---@class TypeFields
---@field type string
---@field unit? string
---@field min? integer integer: as is, money: cents, text: bytes
---@field max? integer
---@field choices? string[]
---@field pattern? string

local MAX_CHOICES = 64
local MAX_INTEGER = 100000000
local MAX_CENTS = 10000000000
local MAX_TEXT = 65536

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

local function bound(place, noun, options, name, otherwise, convert)
  local value = options[name]
  if value == nil then
    return otherwise
  end
  local number = type(value) == "number" and convert(value)
  if not number then
    problem.report_at(place, "E110 %s: %s is a number; it is %s", noun, name, object.show(value))
    return otherwise
  end
  return number
end

local function bounded(noun, default_max, convert)
  return function(place, options, fields)
    problem.check_fields(place, noun, options, { "unit", "min", "max" })
    fields.unit = problem.optional_text(place, noun, options, "unit")
    fields.min = bound(place, noun, options, "min", 0, convert)
    fields.max = bound(place, noun, options, "max", default_max, convert)
    if fields.min > fields.max then
      problem.report_at(place, "E106 %s: min is above max, so no value is valid", noun)
    end
  end
end

local function read_choices(noun)
  return function(place, options, fields)
    problem.check_fields(place, noun, options, {})
    fields.choices = {}
    local seen = {}
    for i, value in ipairs(options) do
      if type(value) ~= "string" or value == "" or string.find(value, "[A-Z]")
        or string.find(value, "^%s") or string.find(value, "%s$")
        or not problem.is_storable(value) then
        problem.report_at(place, "E116 %s: values are lower-case texts without blanks around them; "
          .. "value %d is %s", noun, i, object.show(value))
      elseif seen[value] then
        problem.report_at(place, 'E116 %s: "%s" is listed twice', noun, value)
      else
        seen[value] = true
        fields.choices[#fields.choices + 1] = value
      end
    end
    if #fields.choices == 0 or #options > MAX_CHOICES then
      problem.report_at(place, 'E116 %s lists 1 to %d values: %s { "low", "high" }', noun,
        MAX_CHOICES, noun)
    end
  end
end

local function read_text(place, options, fields)
  local wrong = type(options.pattern) == "string" and host.pattern_error(options.pattern)
  if wrong then
    problem.report_at(place, "E107 text: pattern: %s", wrong)
  end
  problem.check_fields(place, "text", options, { "pattern", "min", "max" })
  fields.pattern = problem.optional_text(place, "text", options, "pattern")
  fields.min = bound(place, "text", options, "min", 0, math.tointeger)
  fields.max = bound(place, "text", options, "max", MAX_TEXT, math.tointeger)
end

local function read_plain(noun)
  return function(place, options)
    problem.check_fields(place, noun, options, {})
  end
end

local readers = {
  integer = bounded("integer", MAX_INTEGER, math.tointeger),
  money = bounded("money", MAX_CENTS, types.cents),
  choice = read_choices("choice"),
  choices = read_choices("choices"),
  text = read_text,
  boolean = read_plain("boolean"),
  date = read_plain("date"),
  as_is = read_plain("as_is"),
}

local make

--- `integer { unit = "€" }`: the same type with options.
local function with_options(fields, options)
  local place = problem.here()
  local with = { type = fields.type, place = place }
  if type(options) ~= "table" or object.kind_of(options) then
    problem.report_at(place, "E111 %s takes its options in braces: %s { ... }", fields.type,
      fields.type)
    options = { "?" }
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
