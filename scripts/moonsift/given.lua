--- How many values something was given: Lua drops those that are too many without a word.
local problem = require "moonsift.problem"

local given = {}

local WORDS = { [0] = "no value", "one value", "two values" }

-- 80,000 are two values for Lua, 80 and 0.
local function written_with_commas(...)
  local number, parts = select(1, ...), select("#", ...)
  if parts < 2 or math.type(number) ~= "integer" or number == 0 or math.abs(number) > 999 then
    return nil
  end
  for i = 2, parts do
    local part = select(i, ...)
    if math.type(part) ~= "integer" or part < 0 or part > 999 or (part > 0 and part < 100) then
      return nil
    end
    number = number * 1000 + (number < 0 and -part or part)
  end
  return number
end

--- Whether there are at most `most` values; else a problem was reported. `instead` is the way out.
---@param what string "a.vip:is_true"
---@param most number
---@param instead? string
---@return boolean
function given.at_most(what, most, instead, ...)
  local count = select("#", ...)
  if count <= most then
    return true
  end
  local number = most == 1 and written_with_commas(...)
  if number then
    instead = string.format("to write %d leave the comma out", number)
  elseif not instead then
    instead = most == 0 and "write " .. what .. "()" or "take away what is too much"
  end
  problem.report("E122 %s takes %s and was given %d; %s", what, WORDS[most], count, instead)
  return false
end

return given
