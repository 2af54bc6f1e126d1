--- What is wrong with a vertical. Problems are collected, so that one load reports several.
local host = require "moonsift.host"

local problem = {}

local LIMIT = 100
local MOST_ALIKE = 8
local LONG = 512
local found = {}
local alike = {} -- how often the same was found on one line
local taken_over = {} -- declaration -> its fields that were misspelt
local closed = false

---@class Place where a vertical declares something
---@field file string
---@field line integer
---@field column? integer in characters; found by what the message says where it is nil
---@field width? integer
---@field word? string the declaration that begins here, "rule"
---@field key? string of an item `key = ...`
---@field begins? Place where its braces are, when the place is that of something in them

--- The line of the vertical that is being run.
---@param word? string the declaration that is being read, `rule` for rule { ... }
---@return Place
function problem.here(word)
  local file, line = host.where()
  return { file = file, line = line, word = word }
end

--- Where the items of the braces at `place` stand, in order: those behind its word, or those of an
--- item that is in braces itself. Tables do not keep that.
---@param place Place
---@return Place[]
function problem.items(place)
  local begins = place.begins or place
  local items = begins.word
    and host.items(begins.file, begins.line, begins.column or 1, begins.word)
  for _, item in ipairs(items or {}) do
    item.file, item.word = place.file, ""
  end
  return items or {}
end

--- Where the items without a key stand.
---@param place Place
---@return Place[]
function problem.entries(place)
  local entries = {}
  for _, item in ipairs(problem.items(place)) do
    entries[#entries + 1] = not item.key and item or nil
  end
  return entries
end

--- Where `name = ...` stands in the declaration at `place`; the declaration when nowhere.
---@param place Place
---@param name string
---@return Place
function problem.field(place, name)
  for _, item in ipairs(problem.items(place)) do
    if item.key == name then
      return item
    end
  end
  return place
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

local function place_key(place)
  return table.concat({ place.file, place.line, place.column or 0, "" }, "\0")
end

--- Whether a loop has come to the same mistake again: of the same line, but for which declaration
--- it is (rule "R1", rule "R2", ...). How often the same words can be meant on a line is counted
--- where the source is at hand.
local function is_known(place, text, says, what, ...)
  if type(what) == "string" and string.find(what, '^%l+ ".*"$') and string.sub(text, 6, 7) == "%s"
  then
    local key = place_key(place) .. table.concat({ text, ... }, "\0")
    local first = alike[key] or what
    alike[key] = first
    if first ~= what then
      return true
    end
  end
  local key = place_key(place) .. says
  alike[key] = (alike[key] or 0) + 1
  return alike[key] > MOST_ALIKE
end

--- Notes a problem at a known place. Loading goes on, up to a hundred of them.
---@param place Place
---@param text string begins with its code: "E101 unknown attribute %s"
---@return Problem? # nil when it is known already
function problem.report_at(place, text, ...)
  local code, rest = string.match(text, "^(E%d%d%d) (.*)$")
  local says = string.format(rest or text, ...)
  if closed then
    error(problem.place_text(place) .. ": " .. says, 0)
  elseif is_known(place, text, says, ...) then
    return nil
  end
  local entry = { file = place.file, line = place.line, column = place.column,
    width = place.width, code = code or "E209", text = says }
  found[#found + 1] = entry
  if #found >= LIMIT then
    problem.stop("E112", "there are too many errors; what comes after is not looked at")
  end
  return entry
end

--- Notes a problem at the line that is being run.
---@param text string begins with its code
---@return Problem?
function problem.report(text, ...)
  return problem.report_at(problem.here(), text, ...)
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

-- The first bytes of a text that is long, without a character that is cut: more is not shown.
local function beginning(text)
  if #text <= LONG then
    return text
  end
  local head = string.sub(text, 1, LONG)
  local _, wrong = utf8.len(head)
  return wrong and wrong > LONG - 4 and string.sub(head, 1, wrong - 1) or head
end

--- A value in words for a message: text in quotes, tables by what they are, never an address.
---@param value any
---@return string
function problem.show(value)
  local kind = type(value)
  if kind == "string" then
    value = beginning(value)
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

--- Refuses what stands in a table without a name and is not read: behind the `count` that are.
---@param place Place
---@param what string
---@param fields table
---@param count number math.huge for a list
function problem.check_items(place, what, fields, count)
  local read, extra = math.min(#fields, count), nil
  for key, value in next, fields do
    if type(key) ~= "string" and not (math.type(key) == "integer" and key >= 1 and key <= read) then
      extra = extra == nil and { value } or extra
    end
  end
  if extra and count == math.huge then
    problem.report_at(place, "E124 %s: the list has an item that is not read, %s; items stand "
      .. "one after the other, without keys", what, problem.show(extra[1]))
  elseif extra then
    problem.report_at(place, "E124 %s: nothing reads %s; %s", what, problem.show(extra[1]),
      type(extra[1]) == "string" and 'a text has its field\'s name in front, such as says = "..."'
      or "what it takes has its field's name in front, or stands in another declaration")
  end
end

--- Refuses fields that a declaration does not have, with the nearest that it has, whose place a
--- misspelt one takes, so that it is not missed, too.
---@param place Place
---@param what string
---@param fields table
---@param allowed string[]
---@param count? number math.huge for a list
function problem.check_fields(place, what, fields, allowed, count)
  local known = {}
  for _, name in ipairs(allowed) do
    known[name] = true
  end
  problem.check_items(place, what, fields, count or 0)
  local wrong = {}
  for name in pairs(fields) do
    if type(name) == "string" and not known[name] then
      wrong[#wrong + 1] = name
    end
  end
  table.sort(wrong)
  for _, name in ipairs(wrong) do
    local nearest = host.nearest(name, allowed)
    problem.report_at(problem.field(place, name), 'E109 %s has no field "%s"%s', what, name,
      problem.suggest(name, allowed))
    if nearest and fields[nearest] == nil then
      fields[nearest] = fields[name]
      taken_over[fields] = taken_over[fields] or {}
      taken_over[fields][nearest] = true
    end
  end
end

--- Refuses a list that would end early, at an item that is nothing.
---@param place Place
---@param what string
---@param list table
function problem.check_holes(place, what, list)
  for i = 1, #list do
    if list[i] == nil then
      problem.report_at(place, "E124 %s: item %d is nothing, so that what stands behind it is not "
        .. "read; take it away, or correct the name of what was meant", what, i)
      return
    end
  end
end

--- Refuses `name = ...` in a list of entries that stand in braces.
---@param place Place
---@param what string
---@param list table
---@param written string how the entry is written, with %s for its name
function problem.check_entries(place, what, list, written)
  local wrong = {}
  for key in pairs(list) do
    if type(key) == "string" then
      wrong[#wrong + 1] = key
    end
  end
  table.sort(wrong)
  for _, key in ipairs(wrong) do
    problem.report_at(problem.field(place, key), 'E111 %s: "%s" stands before its braces; write %s',
      what, key, string.format(written, key))
  end
end

--- The place of an entry `{ "name", ... }`: of its name, where that stands.
---@param place Place of the entry
---@param entry any
---@return Place
function problem.entry_place(place, entry)
  local name = type(entry) == "table" and entry[1]
  local first = type(name) == "string" and place.column and problem.entries(place)[1]
  if first then
    return { file = first.file, line = first.line, column = first.column, width = first.width,
      word = "", begins = place }
  end
  return type(name) == "string" and problem.near(place, name) or place
end

local MAX_NAME = 64
local KEYWORDS = {}
for word in string.gmatch("and break do else elseif end false for function goto if in local nil "
  .. "not or repeat return then true until while", "%a+") do
  KEYWORDS[word] = true
end

--- Whether a name can stand behind a dot: a.name.
---@param name string
---@return boolean
function problem.is_name(name)
  return string.find(name, "^[%a_][%w_]*$") ~= nil and not KEYWORDS[name]
end

--- The way out for a name that cannot.
---@param name string
---@return string
function problem.name_advice(name)
  if #name > MAX_NAME then
    return "; names are short"
  elseif KEYWORDS[name] then
    return string.format('; %s is a word of Lua: write another, as "%s_at"', name, name)
  end
  local better = string.gsub(string.gsub(name, "[^%w_]+", "_"), "^(%d)", "_%1")
  better = string.gsub(string.gsub(better, "^_+(%a)", "%1"), "_+$", "")
  return "; names have letters a to z, digits and _ only, no blanks or dashes, and begin with a "
    .. "letter" .. (problem.is_name(better) and string.format(': write "%s"', better) or "")
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
  if type(value) ~= "string" and taken_over[fields] and taken_over[fields][name] then
    return "" -- the misspelt field was reported
  elseif type(value) ~= "string" or value == "" then
    problem.report_at(problem.field(place, name),
      "E110 %s needs %s, a text in quotes; it has %s", what, name, problem.show(value))
  elseif not problem.is_storable(value) then
    problem.report_at(problem.field(place, name),
      "E110 %s: %s is not UTF-8 text without control characters", what, name)
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
  local text = problem.text_field(place, what, fields, name)
  return text ~= "" and text or nil
end

return problem
