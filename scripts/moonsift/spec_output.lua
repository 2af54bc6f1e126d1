--- How busted tells `moonsift test` what became of each spec: behind a mark, one JSON object a
--- line, so that nothing a spec prints is taken for a result. The last tells how many there were.
local json = require "dkjson" -- busted brings it

local MARK = "@moonsift-spec "

local function text_of(message)
  if type(message) == "string" then
    return message
  elseif message == nil then
    return ""
  end
  local meta = getmetatable(message)
  return meta and meta.__tostring and tostring(message) or require "pl.pretty".write(message)
end

local function place_of(trace)
  local file = trace and trace.short_src and string.match(trace.short_src, "[^/]*$")
  return file and trace.currentline and file .. ":" .. trace.currentline or ""
end

local function write(object)
  io.stdout:write("\n", MARK, json.encode(object), "\n")
  io.stdout:flush()
end

return function()
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base"()
  local count = 0

  local function tell(ending, name, place, message)
    count = count + 1
    write { ["end"] = ending, name = text_of(name), place = place, message = text_of(message) }
  end

  function handler.testEnd(element, _, status)
    local lists = { success = handler.successes, pending = handler.pendings,
      failure = handler.failures, error = handler.errors }
    local found = lists[status][#lists[status]]
    tell(status, found.name, place_of(element.trace or found.trace), found.message)
    return nil, true
  end

  -- Outside of a spec: a file that is no Lua, a setup that fails.
  function handler.elsewhere(element, _, message, trace)
    if element.descriptor ~= "it" then
      local name = element.name or element.descriptor
      tell("error", string.match(name, "[^/]*$"), place_of(element.trace or trace), message)
    end
    return nil, true
  end

  function handler.suiteEnd()
    write { done = count }
    return nil, true
  end

  busted.subscribe({ "suite", "end" }, handler.suiteEnd)
  busted.subscribe({ "test", "end" }, handler.testEnd, { predicate = handler.cancelOnPending })
  busted.subscribe({ "failure" }, handler.elsewhere)
  busted.subscribe({ "error" }, handler.elsewhere)
  return handler
end
