--- What is wrong with a vertical. Problems are collected, so that one load reports several.
local host = require "moonsift.host"

local problem = {}

local LIMIT = 10
local found = {}
local closed = false

---@class Place where a vertical declares something
---@field file string
---@field line integer

--- The line of the vertical that is being run.
---@return Place
function problem.here()
  local file, line = host.where()
  return { file = file, line = line }
end

--- The line of a quoted word at or after `place`: table constructors do not keep their lines.
---@param place Place
---@param word string
---@return Place
function problem.near(place, word)
  return { file = place.file, line = host.line_of(place.file, place.line, word) or place.line }
end

---@param place Place
---@return string # "vertical.lua:34"
function problem.place_text(place)
  return place.file .. ":" .. place.line
end

--- Ends collecting: from now on a problem is an error of the call in which it is found.
function problem.close()
  closed = true
end

--- Notes a problem at a known place. Loading goes on, up to ten of them.
---@param place Place
---@param text string
function problem.report_at(place, text, ...)
  local line = problem.place_text(place) .. ": " .. string.format(text, ...)
  if closed then
    error(line, 0)
  end
  found[#found + 1] = line
  if #found >= LIMIT then
    error("too many errors", 0)
  end
end

--- Notes a problem at the line that is being run.
---@param text string
function problem.report(text, ...)
  problem.report_at(problem.here(), text, ...)
end

---@return string[]
function problem.found()
  return found
end

--- '; did you mean "budget_max" (vertical.lua:9)?', or "" when nothing is near.
---@param name any
---@param names string[]
---@param places? table<string, Place>
---@return string
function problem.suggest(name, names, places)
  local nearest = type(name) == "string" and host.nearest(name, names)
  if not nearest then
    return ""
  end
  local place = places and places[nearest]
  return string.format('; did you mean "%s"%s?', nearest,
    place and " (" .. problem.place_text(place) .. ")" or "")
end

--- A value in words for a message: text in quotes, tables by what they are, never an address.
---@param value any
---@return string
function problem.show(value)
  local kind = type(value)
  if kind == "string" then
    if not problem.is_storable(value) then
      return "a text that is not UTF-8"
    end
    local cut = utf8.offset(value, 58)
    return '"' .. (cut and string.sub(value, 1, cut - 1) .. "..." or value) .. '"'
  elseif kind == "number" or kind == "boolean" then
    return tostring(value)
  elseif kind == "nil" then
    return "nothing"
  end
  return "a " .. kind
end

--- Refuses fields that a declaration does not have, with the nearest that it has.
---@param place Place
---@param what string
---@param fields table
---@param allowed string[]
function problem.check_fields(place, what, fields, allowed)
  local known = {}
  for _, name in ipairs(allowed) do
    known[name] = true
  end
  local wrong = {}
  for name in pairs(fields) do
    if type(name) == "string" and not known[name] then
      wrong[#wrong + 1] = name
    end
  end
  table.sort(wrong)
  for _, name in ipairs(wrong) do
    problem.report_at(place, '%s has no field "%s"%s', what, name, problem.suggest(name, allowed))
  end
end

--- Text that databases and JSON can hold: UTF-8 without NUL.
---@param text string
---@return boolean
function problem.is_storable(text)
  return utf8.len(text) ~= nil and not string.find(text, "\0", 1, true)
end

--- A text field that must be there; "" when it is not.
---@param place Place
---@param what string
---@param fields table
---@param name string
---@return string
function problem.text_field(place, what, fields, name)
  local value = fields[name]
  if type(value) ~= "string" or value == "" then
    problem.report_at(place, "%s needs %s, a text in quotes; it has %s", what, name,
      problem.show(value))
  elseif not problem.is_storable(value) then
    problem.report_at(place, "%s: %s is not UTF-8 text", what, name)
  else
    return value
  end
  return ""
end

--- A text field that may be left out.
---@return string?
function problem.optional_text(place, what, fields, name)
  if fields[name] == nil then
    return nil
  end
  return problem.text_field(place, what, fields, name)
end

return problem
