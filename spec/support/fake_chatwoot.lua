-- A fake Chatwoot for specs: what `writes: api` calls, with its refusals and echoes. What it speaks
-- and what can be set stands at the top of fake_chatwoot.js.
local cjson = require "cjson"
local shell = require "spec.support.shell"

local fake = {}
fake.__index = fake

-- Starts one on a free port of its own; ends with the spec, at the latest when its input ends.
function fake.start()
  local folder = shell.must("mktemp -d")
  local script = "spec/support/fake_chatwoot.js"
  local out = folder .. "/out"
  local pipe = assert(io.popen(("exec node %s 0 >%s 2>%s/err"):format(script, out, folder), "w"))
  local port = shell.wait(20 * shell.slow, function()
    return (shell.read(out) or ""):match("listening (%d+)")
  end)
  assert(port, "the fake does not start: " .. (shell.read(folder .. "/err") or ""))
  return setmetatable({
    folder = folder, pipe = pipe, url = "http://127.0.0.1:" .. port, token = "admin-token",
  }, fake)
end

function fake:stop()
  self.pipe:close()
  shell.must("rm -rf " .. shell.quote(self.folder))
end

-- options: body (a table, or a text as it is), token (false: none), headers (a list), seconds.
-- Returns the status (0: no answer), the decoded answer or its text, and the headers' text.
function fake:request(method, path, options)
  options = options or {}
  local words = { "curl", "-sS", "-m", tostring(options.seconds or 30), "-X", method,
    "-D", self.folder .. "/headers", "-o", self.folder .. "/body", "-w", "%{http_code}" }
  local function header(text)
    words[#words + 1] = "-H"
    words[#words + 1] = text
  end
  if options.body then
    local text = options.body
    shell.write(self.folder .. "/sent", type(text) == "string" and text or cjson.encode(text))
    words[#words + 1] = "--data-binary"
    words[#words + 1] = "@" .. self.folder .. "/sent"
    header "Content-Type: application/json"
  end
  if options.token ~= false then header("api_access_token: " .. (options.token or self.token)) end
  for _, text in ipairs(options.headers or {}) do header(text) end
  words[#words + 1] = self.url .. path
  shell.write(self.folder .. "/body", "")
  local _, status = shell.run(shell.words(table.unpack(words)))
  local text = shell.read(self.folder .. "/body")
  local ok, value = pcall(cjson.decode, text)
  return tonumber(status), ok and value or text, shell.read(self.folder .. "/headers")
end

-- A call of the API in account 1.
function fake:api(method, path, body, options)
  options = options or {}
  options.body = body
  path = ("/api/v1/accounts/%d/%s"):format(options.account or 1, path)
  return self:request(method, path, options)
end

local function control(self, method, what, body)
  local status, answer = self:request(method, "/control/" .. what, { body = body, token = false })
  assert(status == 200, ("/control/%s: %s"):format(what, status))
  return answer
end

-- As at the start, with these contacts.
function fake:clear(list) control(self, "POST", "clear", list) end
function fake:set(settings) control(self, "POST", "settings", settings) end
function fake:contacts(list) control(self, "POST", "contacts", list) end
function fake:faults(list) control(self, "POST", "faults", list) end
function fake:state() return control(self, "GET", "state") end

-- Lets webhooks come back to the fake itself, into `state().hooks`.
function fake:hook(settings)
  settings.url = self.url .. "/control/hook"
  self:set(settings)
end

-- Waits until nothing is under way: no bulk action, no echo. Returns the state.
function fake:settled()
  return shell.wait(20 * shell.slow, function()
    local state = self:state()
    return state.pending == 0 and state or nil
  end)
end

return fake
