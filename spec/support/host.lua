-- A moonsift host for one spec: a private folder with configuration, secret and database, a random
-- port, signed webhooks, SQL, and the proof that nothing is left when it stops.
--
--   local h = host.start { accounts = "{1: {vertical: recruitment}}" }
--   local status, body = h:send('{"event": ...}')
--   h:wait_decided(1)
--   assert.are.equal("3.5", h:value("SELECT ..."))
--   h:stop()
local shell = require "spec.support.shell"

local host = {}
host.__index = host

host.program = os.getenv("MOONSIFT_BIN") or "build/debug/moonsift"
host.secret = "spec-secret-0123456789abcdef"

local quote = shell.quote

local function port_is_free(port)
  local wanted = (":%04X "):format(port)
  for _, path in ipairs({ "/proc/net/tcp", "/proc/net/tcp6" }) do
    for line in (shell.read(path) or ""):gmatch("[^\n]+") do
      if line:match("^%s*%d+: %x+" .. wanted) then return false end
    end
  end
  return true
end

function host.free_port()
  local bytes = assert(io.open("/dev/urandom", "rb")):read(4)
  local port = 20000 + string.unpack("I4", bytes) % 12000
  while not port_is_free(port) do port = port + 1 end
  return port
end

-- A folder that root's host can hand to the system user. Short: unix sockets allow 107 bytes.
function host.folder()
  local folder = shell.must("mktemp -d /tmp/msXXXXXX")
  shell.must("mkdir -m 0700 " .. quote(folder .. "/data"))
  if shell.is_root then
    shell.must(("chmod 0711 %s && chown moonsift: %s/data"):format(folder, folder))
  end
  return folder
end

local function configuration(h, options)
  local source = ("{ chatwoot: { kind: chatwoot, secret_file: %s/secret } }"):format(h.folder)
  local lines = {
    ("listen: 127.0.0.1:%d"):format(h.port),
    ("embedded: { dir: %s/data }"):format(h.folder),
    "accounts: " .. (options.accounts or "{ 1: { vertical: recruitment } }"),
    "sources: " .. (options.sources or source),
    options.extra or "",
  }
  return table.concat(lines, "\n") .. "\n"
end

-- A host that is prepared but not started: folder, secret and moonsift.yaml are written.
function host.prepare(options)
  options = options or {}
  local h = setmetatable({ folder = options.folder or host.folder() }, host)
  h.port = options.port or host.free_port()
  h.config = h.folder .. "/moonsift.yaml"
  h.log = h.folder .. "/log"
  h.secret = options.secret or host.secret
  shell.write(h.folder .. "/secret", h.secret .. "\n")
  shell.write(h.config, options.config or configuration(h, options))
  shell.must(("chmod 0600 %s/secret"):format(h.folder))
  return h
end

-- MOONSIFT_SPEC marks every process of this host, so that none can hide from `stop`.
local function command(h, words)
  return ("MOONSIFT_SPEC=%s %s --config %s %s"):format(h.folder, quote(host.program),
    quote(h.config), words)
end

-- Runs a verb against this host's configuration; returns exit code, stdout, stderr.
function host:run(words) return shell.run(command(self, words) .. " </dev/null") end

-- Starts `serve` behind our back; its output goes to the log, its exit code to FOLDER/exit.
function host:launch(words)
  os.remove(self.folder .. "/exit")
  os.remove(self.folder .. "/pid")
  local inner = ("echo $$ >%s/pid; MOONSIFT_SPEC=%s exec %s serve --config %s %s"):format(
    self.folder, self.folder, quote(host.program), quote(self.config), words or "--migrate")
  local outer = ("( sh -c %s >>%s 2>&1 </dev/null; echo $? >%s/exit ) >/dev/null 2>&1 &"):format(
    quote(inner), self.log, self.folder)
  shell.must(outer)
  self.pid = shell.wait(5, function() return tonumber(shell.read(self.folder .. "/pid")) end)
  return self
end

function host:exit_code() return tonumber(shell.read(self.folder .. "/exit")) end

function host:log_text() return shell.read(self.log) or "" end

-- Waits until the host answers /readyz with 200; raises with its log when it does not.
function host:wait_ready(seconds)
  local ready = shell.wait((seconds or 60) * shell.slow, function()
    return self:exit_code() and "gone" or (self:get("/readyz") == 200 and "yes")
  end)
  if ready ~= "yes" then error("the host is not ready:\n" .. self:log_text(), 2) end
  return self
end

function host.start(options)
  options = options or {}
  local h = host.prepare(options):launch(options.words)
  local ok, message = pcall(h.wait_ready, h)
  if not ok then
    h:stop("KILL")
    error(message, 2)
  end
  return h
end

-- HTTP ------------------------------------------------------------------------------------------

local function curl(words)
  local _, output = shell.run("curl -sS -m 30 -w '\\n%{http_code}' " .. words)
  local body, status = output:match("^(.*)\n(%d+)$")
  return tonumber(status), body
end

function host:url(path) return ("http://127.0.0.1:%d%s"):format(self.port, path) end

function host:get(path) return curl(quote(self:url(path))) end

-- POST of a body as it is; `headers` is a list of "Name: value". Returns status, body.
function host:post(path, body, headers)
  local file = os.tmpname()
  shell.write(file, body)
  local words = { "-X POST --data-binary @" .. file, "-H 'Expect:'" }
  for _, header in ipairs(headers or {}) do words[#words + 1] = "-H " .. quote(header) end
  words[#words + 1] = quote(self:url(path))
  local status, answer = curl(table.concat(words, " "))
  os.remove(file)
  return status, answer
end

-- Chatwoot's signature: HMAC-SHA256 of timestamp, a dot and the raw body.
function host.sign(secret, timestamp, body)
  local file = os.tmpname()
  shell.write(file, timestamp .. "." .. body)
  local hex = secret:gsub(".", function(c) return ("%02x"):format(c:byte()) end)
  local output = shell.must(
    ("openssl dgst -sha256 -mac HMAC -macopt hexkey:%s %s"):format(hex, file))
  os.remove(file)
  return "sha256=" .. assert(output:match("(%x+)$"))
end

local sent = 0

-- Sends a payload as Chatwoot does. Options: delivery, timestamp, secret, signature, content_type,
-- path. Returns status, body, delivery id.
function host:send(body, options)
  options = options or {}
  sent = sent + 1
  local delivery = options.delivery or ("spec-%d-%d"):format(os.time(), sent)
  local timestamp = tostring(options.timestamp or os.time())
  local signature = options.signature or host.sign(options.secret or self.secret, timestamp, body)
  local status, answer = self:post(options.path or "/hooks/chatwoot", body, {
    "Content-Type: " .. (options.content_type or "application/json"),
    "X-Chatwoot-Signature: " .. signature,
    "X-Chatwoot-Timestamp: " .. timestamp,
    "X-Chatwoot-Delivery: " .. delivery,
  })
  return status, answer, delivery
end

-- SQL -------------------------------------------------------------------------------------------

function host:dsn()
  if not self.dsn_text then
    local code, output, errors = self:run("db dsn")
    if code ~= 0 then error("moonsift db dsn: " .. errors, 2) end
    self.dsn_text = output:match("^%s*(.-)%s*$")
  end
  return self.dsn_text
end

-- Rows of a statement as lists of texts; NULL is "". Raises with what psql says.
function host:query(sql)
  local file = os.tmpname()
  shell.write(file, sql)
  -- The socket belongs to the user that the host dropped to.
  local user = shell.is_root and "runuser -u moonsift -- " or ""
  shell.must("chmod 0644 " .. file)
  local code, output, errors = shell.run(
    ("cd / && %spsql -X -q -A -t -v ON_ERROR_STOP=1 -F '\t' -d %s -f %s"):format(
      user, quote(self:dsn()), file))
  os.remove(file)
  if code ~= 0 then error(("%s\n%s"):format(sql, errors), 2) end
  local rows = {}
  for line in output:gmatch("([^\n]*)\n") do
    local row = {}
    for field in (line .. "\t"):gmatch("(.-)\t") do row[#row + 1] = field end
    rows[#rows + 1] = row
  end
  return rows
end

-- The first field of the first row; nil without rows.
function host:value(sql)
  local row = self:query(sql)[1]
  return row and row[1]
end

-- Waits until no delivery is waiting to be judged.
function host:wait_idle(seconds)
  local idle = shell.wait((seconds or 30) * shell.slow, function()
    return self:value("SELECT count(*) FROM moonsift.queue") == "0"
  end)
  if not idle then error("the queue does not drain:\n" .. self:log_text(), 2) end
end

-- Processes -------------------------------------------------------------------------------------

-- Every process that carries this host's mark or works in its folder: list of {pid, ppid, name}.
function host:processes()
  local found = {}
  local list = shell.must("ls /proc")
  for pid in list:gmatch("%f[%d](%d+)%f[%D]") do
    local stat = shell.read(("/proc/%s/stat"):format(pid))
    local name, state, ppid = (stat or ""):match("^%d+ %((.*)%) (%a) (%d+)")
    if state and state ~= "Z" then
      local marks = (shell.read(("/proc/%s/environ"):format(pid)) or "")
        .. (shell.read(("/proc/%s/cmdline"):format(pid)) or "")
      if marks:find(self.folder, 1, true) and name ~= "sh" then
        found[#found + 1] = { pid = tonumber(pid), ppid = tonumber(ppid), name = name }
      end
    end
  end
  return found
end

-- The pid of one process by what it does: "master", "receive", "judge", or "postgres" for the
-- postmaster of the embedded database.
function host:role(name)
  if name == "master" then return self.pid end
  if name == "postgres" then
    return tonumber((shell.read(self.folder .. "/data/data/postmaster.pid") or ""):match("^%d+"))
  end
  for _, process in ipairs(self:processes()) do
    if process.ppid == self.pid and process.name:find(name, 1, true) then return process.pid end
  end
end

function host:signal(name, pid) shell.run(("kill -%s %d"):format(name, pid or self.pid)) end

-- Stops the host and waits for everything it started; returns its exit code and a text that names
-- the processes that did not go ("" is good). Removes the folder unless `keep`.
function host:stop(signal, keep)
  if self.pid and not self:exit_code() then self:signal(signal or "TERM") end
  local left = ""
  shell.wait(30 * shell.slow, function()
    local names = {}
    for _, process in ipairs(self:processes()) do
      names[#names + 1] = ("%s %d"):format(process.name, process.pid)
    end
    left = table.concat(names, ", ")
    return left == "" and (not self.pid or self:exit_code())
  end)
  if left ~= "" then
    for _, process in ipairs(self:processes()) do self:signal("KILL", process.pid) end
  end
  local code = self:exit_code()
  if not keep then shell.run("rm -rf " .. quote(self.folder)) end
  return code, left
end

return host
