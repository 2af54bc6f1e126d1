-- Reads LuaLS stubs: which globals they declare, which classes with which fields and methods.
local shell = require "spec.support.shell"

local stubs = {}

local function add_class(into, name, parent)
  into.classes[name] = into.classes[name] or { parent = parent, members = {} }
  return into.classes[name]
end

-- One file's text into { globals = {}, classes = {name = {parent, members}}, owners = {} }.
function stubs.read(text, into)
  into = into or { globals = {}, classes = {} }
  local class, variables = nil, {}
  for line in text:gmatch("[^\n]+") do
    local name, parent = line:match("^%-%-%-@class ([^:]+):? *(.*)$")
    if name then
      class = add_class(into, name:gsub("%(exact%) ", ""), parent ~= "" and parent or nil)
    end
    local field = line:match("^%-%-%-@field %[?([%w_]+)%]?%??")
    if field and class then class.members[field] = true end
    local variable = line:match("^([%a_][%w_]*) = {}$") or line:match("^local ([%w_]+) = {}$")
    if variable then
      variables[variable], class = class or { members = {} }, nil
      if not line:find("^local ") then into.globals[variable] = variables[variable] end
    end
    local owner, method = line:match("^function ([%a_][%w_]*)[.:]([%w_]+)%(")
    if owner then assert(variables[owner], line).members[method] = true end
    local global = line:match("^function ([%a_][%w_]*)%(")
    if global then into.globals[global], class = { members = {} }, nil end
  end
  return into
end

function stubs.read_files(pattern)
  local into
  for path in shell.must("ls " .. pattern):gmatch("[^\n]+") do
    into = stubs.read(assert(shell.read(path)), into)
  end
  return into
end

-- Names of a class's fields and methods, those of its parents too.
function stubs.members(read, class)
  local all, at = {}, class
  while at do
    local known = assert(read.classes[at], "no class " .. at)
    for name in pairs(known.members) do all[name] = true end
    at = known.parent
  end
  return all
end

return stubs
