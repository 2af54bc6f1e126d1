--- The plain functions that rules may use: no clock, chance, files, addresses or endless C loops.
---
--- This is an allow-list. What is not here does not exist for a vertical: no metatables,
--- coroutines, pcall, load, patterns, collector, output. Sizes are bounded where a function of
--- Lua's libraries walks a range without the time limit being able to stop it.
local host = require "moonsift.host"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local safe = {}

local MAX_ITEMS = 65536 -- a table that table.* works on
local MAX_TEXT = 1048576 -- bytes that rep and format may make

local raw_type, raw_tostring, raw_error = type, tostring, error
local format, rep, find, sub, gsub = string.format, string.rep, string.find, string.sub, string.gsub
local concat, insert, remove = table.concat, table.insert, table.remove
local sort, unpack = table.sort, table.unpack

--- Raises at the vertical's line, however deep the library is.
local function fail(text, ...)
  raw_error(problem.place_text(problem.here()) .. ": " .. format(text, ...), 0)
end

--- "null" is a type of its own: the value of a key that is there and holds nothing.
function safe.type(...)
  if select("#", ...) == 0 then
    fail("type needs a value")
  end
  local value = ...
  return value == host.null and "null" or object.kind_of(value) or raw_type(value)
end

--- Text of a value, the same in every process: tables and functions have no address.
function safe.tostring(value)
  local kind = raw_type(value)
  if kind == "string" or kind == "number" or kind == "boolean" or kind == "nil" then
    return raw_tostring(value)
  end
  return safe.type(value)
end

function safe.error(message)
  fail("%s", safe.tostring(message))
end

function safe.assert(value, message, ...)
  if not value then
    fail("%s", message == nil and "assertion failed" or safe.tostring(message))
  end
  return value, message, ...
end

local function check_table(t)
  if raw_type(t) ~= "table" or object.kind_of(t) then
    fail("a table is expected, not %s", object.show(t))
  end
  return host.contents(t)
end

local function check_size(t)
  if #check_table(t) > MAX_ITEMS then
    fail("a list of more than %d items", MAX_ITEMS)
  end
end

local RANK = { integer = 1, float = 2, string = 3, boolean = 4 }

local function rank_of(key)
  return RANK[math.type(key) or raw_type(key)]
end

local function key_before(a, b)
  local rank_a, rank_b = rank_of(a), rank_of(b)
  if rank_a ~= rank_b then
    return rank_a < rank_b
  elseif rank_a == RANK.boolean then
    return not a and b
  end
  return a < b
end

-- `walk` is what pairs began with; where it stands is told by the key alone. An iterator that
-- counted would go on counting from one contact to the next.
local function next_pair(walk, key)
  while true do
    if key == nil then
      key = walk.first
    else
      key = walk.after[key]
    end
    if key == nil then
      return nil
    end
    local value = walk.of[key]
    if value ~= nil then
      return key, value
    end
  end
end

--- Walks a table in one order everywhere: integers, other numbers, texts, booleans.
function safe.pairs(t)
  local keys, after = {}, {}
  for key in next, check_table(t) do
    if not rank_of(key) then
      fail("pairs: a key that is a %s has no order", safe.type(key))
    end
    keys[#keys + 1] = key
  end
  sort(keys, key_before)
  for i = 1, #keys do
    after[keys[i]] = keys[i + 1]
  end
  return next_pair, { of = t, first = keys[1], after = after }
end

local function ascending(a, b)
  return a < b
end

safe.table = {
  insert = function(t, ...)
    check_size(t)
    return insert(t, ...)
  end,
  remove = function(t, ...)
    check_size(t)
    return remove(t, ...)
  end,
  concat = function(t, ...)
    check_size(t)
    return concat(t, ...)
  end,
  sort = function(t, before)
    check_size(t)
    sort(t, before or ascending) -- a comparator in Lua, so that the time limit can stop it
  end,
  unpack = function(t, from, to)
    check_size(t)
    return unpack(t, from, to)
  end,
}

local function bounded_rep(text, count, separator)
  local unit = #safe.tostring(text) + #safe.tostring(separator or "")
  local times = math.tointeger(count)
  if not times then
    fail("string.rep needs a whole number")
  elseif unit == 0 or times <= 0 then
    return ""
  elseif times > MAX_TEXT // unit then
    fail("string.rep would make more than %d bytes", MAX_TEXT)
  end
  return rep(text, times, separator)
end

-- Up to three flags, width and precision of two digits at most; no %p (an address), no %n.
local SPEC = "^%%[-+ #0]?[-+ #0]?[-+ #0]?%d?%d?%.?%d?%d?[cdifeEgGosxX]$"

local function put_into(spec, value)
  local kind = sub(spec, -1)
  if not find(spec, SPEC) then
    fail("string.format: %s is not allowed; there is %%d %%i %%f %%e %%g %%x %%X %%o %%c %%s",
      sub(spec, 1, 40))
  end
  return format(spec, kind == "s" and safe.tostring(value) or value)
end

local function bounded_format(template, ...)
  if raw_type(template) ~= "string" or #template > MAX_TEXT then
    fail("string.format needs a text of at most %d bytes", MAX_TEXT)
  end
  local values, next_value, size = { ... }, 0, 0
  local count = select("#", ...)
  return (gsub(template, "%%[^%a%%]*[%a%%]?", function(spec)
    if spec == "%%" then
      return "%"
    end
    next_value = next_value + 1
    if next_value > count then
      fail("string.format: no value for %s", sub(spec, 1, 40))
    end
    local text = put_into(spec, values[next_value])
    size = size + #text
    if size > MAX_TEXT then
      fail("string.format would make more than %d bytes", MAX_TEXT)
    end
    return text
  end))
end

safe.string = {
  byte = string.byte,
  char = string.char,
  contains = host.contains,
  format = bounded_format,
  len = string.len,
  lower = string.lower,
  rep = bounded_rep,
  reverse = string.reverse,
  sub = string.sub,
  upper = string.upper,
}

-- No chance, and none of the functions that differ between mathematics libraries.
safe.math = {
  abs = math.abs,
  ceil = math.ceil,
  floor = math.floor,
  fmod = math.fmod,
  huge = math.huge,
  max = math.max,
  maxinteger = math.maxinteger,
  min = math.min,
  mininteger = math.mininteger,
  modf = math.modf,
  sqrt = math.sqrt,
  tointeger = math.tointeger,
  type = math.type,
  ult = math.ult,
}

safe.utf8 = {
  char = utf8.char,
  codepoint = utf8.codepoint,
  codes = utf8.codes,
  len = utf8.len,
  offset = utf8.offset,
}

return safe
