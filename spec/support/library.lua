-- The rule library (scripts/moonsift) loaded outside of the program, to see what it exports: names,
-- conditions of each type, fields of each declaration.
local library = {}

local MODULES = {
  "attribute", "compare", "compute", "condition", "custom", "derive", "fact", "group", "host",
  "init", "object", "plan", "problem", "rule", "safe", "score", "status", "types",
}

-- What core/lua gives it, as far as loading needs it.
local function fake_host()
  local host = { null = setmetatable({}, { __name = "null" }) }
  function host.where() return "vertical.lua", 1 end
  function host.days() return 1 end
  function host.take() return 1 end
  function host.array(list) return list end
  function host.freeze(t) return t end
  function host.contents(t) return t end
  return setmetatable(host, { __index = function() return function() end end })
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- A fresh copy: { names = what a vertical sees, fields = { noun = allowed names },
-- found = its problems, types = the bare types }.
function library.load()
  local path = package.path
  for name in pairs(package.loaded) do
    if name:find("^moonsift%.") then package.loaded[name] = nil end
  end
  for _, name in ipairs(MODULES) do package.loaded["moonsift." .. name] = nil end
  package.preload["moonsift.host"] = fake_host
  package.path = "scripts/?.lua;" .. path
  local problem = require "moonsift.problem"
  local fields, check_fields = {}, problem.check_fields
  problem.check_fields = function(place, what, given, allowed, count)
    local noun = what:gsub("^an? ", ""):match("^[%a_ ]+"):gsub(" +$", "")
    -- "custom: reads" is a list inside of a declaration.
    if not what:find(": ", 1, true) then fields[noun] = allowed end
    return check_fields(place, what, given, allowed, count)
  end
  local exported = require "moonsift.init"
  package.path = path
  package.preload["moonsift.host"] = nil
  return { names = exported.names, fields = fields, found = exported.problems,
    types = require("moonsift.types").all() }
end

-- Names of what can be asked about `value`, as its own message lists them.
function library.conditions(loaded, value)
  local before = #loaded.found()
  local _ = value.no_such_condition
  local text = loaded.found()[before + 1].text
  local list = {}
  for name in text:match("it has ([%l%d_, ]+)"):gmatch("[%l%d_]+") do list[name] = true end
  return sorted(list)
end

library.sorted = sorted

return library
