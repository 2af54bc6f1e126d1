--- Numbers worked out from attributes: a.total_spent:per(a.order_count), a.text:last_number(), ...
---
--- A computed number is used like an attribute: compared, computed with again, derived.
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local compute = {}

local MAX_BY = 1000000
local SCALES = { integer = 1, money = 100, number = 1000000 } -- what 1 is inside

---@class Formula
---@field name string how explanations call it
---@field type "integer"|"money"|"number"
---@field formula "per"|"whole"|"last_number"
---@field of integer slot, from 1
---@field of2? integer
---@field by? integer

--- The number for each one of a count, rounded half up; no value when the count is 0.
local function per(attribute, count)
  local other = object.open(count, "attribute")
  if not other or (other.type ~= "integer" and not other.broken) then
    problem.report("E103 %s:per needs an integer attribute to divide by, not %s", attribute.name,
      other and other.name or object.show(count))
    return nil
  elseif other.broken then
    return nil
  end
  return { formula = "per", name = attribute.name .. " per " .. other.name,
    type = attribute.type, of = attribute.slot, of2 = other.slot }
end

--- How many whole units there are: a.total_spent:whole() euros, a.total_spent:whole(10) tens.
local function whole(attribute, unit)
  local by = unit == nil and 1 or type(unit) == "number" and math.tointeger(unit)
  if not by or by < 1 or by > MAX_BY then
    problem.report("E103 %s:whole counts in whole numbers from 1 to %d, not in %s", attribute.name,
      MAX_BY, object.show(unit))
    return nil
  end
  return { formula = "whole", type = "integer", of = attribute.slot,
    name = by == 1 and "whole " .. attribute.name or attribute.name .. " in whole " .. by .. "s",
    by = by * SCALES[attribute.type] }
end

--- The last number that is written in a text: 20 in "€15-20k".
local function last_number(attribute)
  return { formula = "last_number", name = "last number of " .. attribute.name, type = "integer",
    of = attribute.slot }
end

local numbers = { per = per, whole = whole }
local formulas = {
  integer = numbers,
  money = numbers,
  number = numbers,
  text = { last_number = last_number },
}

--- The function that makes a formula of such an attribute, or nil.
---@return nil | fun(attribute: Attribute, ...): Formula?
function compute.formula(type_name, key)
  return formulas[type_name] and formulas[type_name][key]
end

--- How many values a formula takes.
---@param key string
---@return integer
function compute.most(key)
  return key == "last_number" and 0 or 1
end

--- Names of the formulas for a type, or of all.
---@param type_name? string
---@return string[]
function compute.names(type_name)
  local names = {}
  for known, set in pairs(formulas) do
    if not type_name or known == type_name then
      for name in pairs(set) do
        names[#names + 1] = name
      end
    end
  end
  return names
end

return compute
