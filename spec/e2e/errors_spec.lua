-- What goes wrong says what is wrong, where, and the way out, with the right exit code or status.
-- Part of ./dev test.
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local contact = [[{"account":{"id":1,"name":"A"},"additional_attributes":{},
  "custom_attributes":{"urgency_level":"high"},"email":"a@errors.example","id":99,
  "identifier":null,"name":"A","phone_number":null,"event":"contact_created"}]]

-- Runs `serve` until it gives up; returns its exit code and all it said.
local function serve(h, words)
  local code, output, errors = h:run("serve " .. (words or ""))
  return code, output .. errors
end

local function has(text, ...)
  for _, part in ipairs({ ... }) do
    assert.is_truthy(text:find(part, 1, true), ("%q is not in:\n%s"):format(part, text))
  end
end

describe("serve that cannot start", function()
  local h
  before_each(function() h = host.prepare() end)
  after_each(function()
    local _, left = h:stop()
    assert.are.equal("", left)
  end)

  it("names the unknown key, its line and the nearest one", function()
    shell.write(h.config, "listen: 127.0.0.1:0\nacounts: { 1: { vertical: recruitment } }\n")
    local code, text = serve(h)
    has(text, "acounts", "accounts", "moonsift.yaml:2")
    assert.are.equal(2, code)
  end)

  it("names a value that is none of the key's", function()
    shell.write(h.config, "listen: nowhere\n")
    local code, text = serve(h)
    has(text, "listen", "nowhere", "moonsift.yaml:1")
    assert.are.equal(2, code)
  end)

  it("names the configuration file that is not there", function()
    os.remove(h.config)
    local code, text = serve(h)
    has(text, h.config)
    assert.are.equal(2, code)
  end)

  it("names the secret that is not there or empty", function()
    shell.write(h.folder .. "/secret", "")
    local code, text = serve(h)
    has(text, "chatwoot", "secret")
    assert.are.equal(2, code)
    os.remove(h.folder .. "/secret")
    code, text = serve(h)
    has(text, h.folder .. "/secret")
    assert.are.equal(2, code)
  end)

  it("names the database that does not answer, without its password", function()
    shell.write(h.folder .. "/dsn",
      "host=127.0.0.1 port=1 dbname=leads user=anna password=hush-hush connect_timeout=2\n")
    shell.write(h.config, shell.read(h.config) .. "crm: { dsn_file: " .. h.folder .. "/dsn }\n")
    local code, text = serve(h)
    has(text, "127.0.0.1")
    assert.is_nil(text:find("hush-hush", 1, true))
    assert.are.equal(6, code)
  end)

  it("names the vertical that is not there", function()
    shell.write(h.config, (shell.read(h.config):gsub("recruitment", "recruitmint")))
    local code, text = serve(h)
    has(text, "recruitmint")
    assert.is_true(code == 2 or code == 3, "exit " .. code)
  end)

  it("names file and line of a broken vertical", function()
    shell.must(("cp -r scripts %s/scripts && chmod -R a+rX %s/scripts"):format(h.folder, h.folder))
    shell.write(h.config, shell.read(h.config) .. "rules: { dir: " .. h.folder .. "/scripts }\n")
    local path = h.folder .. "/scripts/recruitment/vertical.lua"
    local _, lines = shell.read(path):gsub("\n", "")
    shell.write(path, shell.read(path) .. "this is no Lua\n")
    local code, text = serve(h)
    has(text, ("vertical.lua:%d"):format(lines + 1))
    assert.are.equal(3, code)
  end)
end)

describe("a database without our tables", function()
  local h
  lazy_setup(function()
    h = host.start()
    h:query("CREATE DATABASE bare")
  end)
  lazy_teardown(function() if h then h:stop() end end)

  it("is named with the command that makes them", function()
    local other = host.prepare()
    local dsn = h:dsn():gsub("dbname=%S+", "dbname=bare")
    shell.write(other.folder .. "/dsn", dsn .. "\n")
    shell.write(other.config,
      shell.read(other.config) .. "crm: { dsn_file: " .. other.folder .. "/dsn }\n")
    local code, text = serve(other)
    has(text, "moonsift migrate up")
    assert.is_true(code == 6 or code == 7, "exit " .. code)
    other:stop()
  end)

  it("and a port that is taken", function()
    local other = host.prepare { port = h.port }
    local code, text = serve(other)
    has(text, "127.0.0.1:" .. h.port)
    assert.is_true(code ~= 0 and code < 128, "exit " .. code)
    other:stop()
  end)
end)

describe("a vertical that breaks while the host runs", function()
  it("is refused with its place; the old one goes on, and the mended one takes over", function()
    local h = host.prepare()
    shell.must(("cp -r scripts %s/scripts && chmod -R a+rX %s/scripts"):format(h.folder, h.folder))
    shell.write(h.config, shell.read(h.config) .. "rules: { dir: " .. h.folder .. "/scripts }\n")
    -- A reload reads what the system user may read.
    if shell.is_root then shell.must(("chown -R moonsift: %s/moonsift.yaml %s/secret"):format(
      h.folder, h.folder)) end
    h:launch():wait_ready()
    local path = h.folder .. "/scripts/recruitment/vertical.lua"
    local good = shell.read(path)
    local _, lines = good:gsub("\n", "")
    shell.write(path, good .. "this is no Lua\n")
    h:signal("HUP")
    assert.is_truthy(shell.wait(20 * shell.slow, function()
      return h:log_text():find("reload.refused", 1, true)
    end), h:log_text())
    has(h:log_text(), ("vertical.lua:%d"):format(lines + 1))
    crm.clear(h)
    assert.are.equal(200, (h:send(contact)))
    h:wait_idle()
    assert.are.equal("1", h:value("SELECT count(*) FROM moonsift.decision"))
    shell.write(path, good)
    h:signal("HUP")
    assert.is_truthy(shell.wait(20 * shell.slow, function()
      return h:log_text():find("reload.ok", 1, true)
    end), h:log_text())
    local code, left = h:stop()
    assert.are.equal("", left)
    assert.are.equal(0, code)
  end)
end)

describe("a request that is wrong", function()
  local h
  lazy_setup(function()
    h = host.start { extra = "limits: { body: 64KiB }" }
    crm.clear(h)
  end)
  lazy_teardown(function()
    if not h then return end
    assert.are.equal(0, crm.count(h, "moonsift.event"))
    local code, left = h:stop()
    assert.are.equal("", left)
    assert.are.equal(0, code)
  end)

  local function refused(want, body, options)
    local status, answer = h:send(body, options)
    assert.are.equal(want, status, answer)
    return answer
  end

  it("too large a body: 413 with the keys that limit it", function()
    has(refused(413, contact .. (" "):rep(70000)), "limits.body", "max_body")
  end)
  it("not JSON: 400", function() refused(400, "{\"event\": nonsense") end)
  it("JSON that is no object: 400", function() refused(400, "[1, 2]") end)
  it("another content type: 415", function()
    has(refused(415, contact, { content_type = "text/plain" }), "application/json")
  end)
  it("an account that is not configured: 403", function()
    refused(403, (contact:gsub('"id":1,', '"id":17,')))
  end)
  it("a wrong signature: 401, without saying why", function()
    local wrong = refused(401, contact, { signature = "sha256=" .. ("0"):rep(64) })
    local old = refused(401, contact, { timestamp = os.time() - 3600 })
    local other = refused(401, contact, { secret = "another" })
    assert.are.equal(wrong, old)
    assert.are.equal(wrong, other)
    has(h:log_text(), "delivery.refused")
  end)
  it("no signature at all: 401", function()
    local status = h:post("/hooks/chatwoot", contact, { "Content-Type: application/json" })
    assert.are.equal(401, status)
  end)
  it("another path: 404; another method: 405", function()
    assert.are.equal(404, (h:get("/nowhere")))
    assert.are.equal(405, (h:get("/hooks/chatwoot")))
  end)
  it("no secret and no attribute value is in the log", function()
    assert.is_nil(h:log_text():find(h.secret, 1, true))
    assert.is_nil(h:log_text():find("a@errors.example", 1, true))
  end)
end)
