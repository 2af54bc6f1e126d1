--- What is wrong with a vertical. Problems are collected, so that one load reports several.
local host = require "moonsift.host"

local problem = {}

local LIMIT = 100
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

--- Stops the vertical where it is.
---@param code string of core/rules/codes.c
---@param text string
function problem.stop(code, text, ...)
  host.code(code)
  error(problem.place_text(problem.here()) .. ": " .. string.format(text, ...), 0)
end

--- Notes a problem at a known place. Loading goes on, up to a hundred of them.
---@param place Place
---@param text string begins with its code: "E101 unknown attribute %s"
function problem.report_at(place, text, ...)
  local code, rest = string.match(text, "^(E%d%d%d) (.*)$")
  local says = string.format(rest or text, ...)
  if closed then
    error(problem.place_text(place) .. ": " .. says, 0)
  end
  found[#found + 1] = { file = place.file, line = place.line, code = code or "E209", text = says }
  if #found >= LIMIT then
    problem.stop("E112", "there are too many errors; what comes after is not looked at")
  end
end

--- Notes a problem at the line that is being run.
---@param text string begins with its code
function problem.report(text, ...)
  problem.report_at(problem.here(), text, ...)
end

---@class Problem: Place
---@field code string
---@field text string

---@return Problem[]
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
      return "a text that is not UTF-8 or has control characters"
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
    problem.report_at(place, 'E109 %s has no field "%s"%s', what, name,
      problem.suggest(name, allowed))
  end
end

-- Control characters but tab and line break, and what turns the direction of writing: a terminal
-- or a page would act on them.
local ACTING = { "[\0-\8\11-\31\127]", "\xc2[\x80-\x9f]", "\xe2\x80[\xaa-\xae]",
  "\xe2\x81[\xa6-\xa9]" }

--- Text that databases, JSON and terminals can hold.
---@param text string
---@return boolean
function problem.is_storable(text)
  for _, pattern in ipairs(ACTING) do
    if string.find(text, pattern) then
      return false
    end
  end
  return utf8.len(text) ~= nil
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
    problem.report_at(place, "E110 %s needs %s, a text in quotes; it has %s", what, name,
      problem.show(value))
  elseif not problem.is_storable(value) then
    problem.report_at(place, "E110 %s: %s is not UTF-8 text without control characters", what,
      name)
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
