-- The database is away or hangs: Chatwoot never sends again, so what it sent is kept on disk.
-- Part of ./dev test.
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local contact = [[{"account":{"id":1,"name":"A"},"additional_attributes":{},
  "custom_attributes":{"urgency_level":"high"},"email":null,"id":%d,
  "identifier":null,"name":"A","phone_number":null,"event":"contact_created"}]]

-- Stops or continues all of PostgreSQL.
local function postgres(h, signal)
  local master = h:role("postgres")
  for pid in shell.must("pgrep -P " .. master):gmatch("%d+") do h:signal(signal, pid) end
  h:signal(signal, master)
end

local function events(h) return tonumber(h:value("SELECT count(*) FROM moonsift.event")) end

local function arrives(h, n)
  local all = shell.wait(30 * shell.slow, function() return events(h) == n end)
  assert.is_truthy(all, ("%d of %d events:\n%s"):format(events(h), n, h:log_text()))
  h:wait_idle()
  assert.are.equal(tostring(n), h:value("SELECT count(*) FROM moonsift.outcome"))
end

describe("without a spool.dir in the configuration", function()
  local h
  setup(function()
    h = host.prepare()
    -- A reload reads what the system user may read.
    if shell.is_root then shell.must(("chown moonsift: %s/secret"):format(h.folder)) end
    h:launch():wait_ready()
  end)
  teardown(function()
    local code, left = h:stop()
    assert.are.equal("", left)
    assert.are.equal(0, code)
  end)

  it("a delivery is taken while its table is away, and arrives when it is back", function()
    h:query("ALTER TABLE moonsift.event RENAME TO event_away")
    assert.are.equal(200, (h:send(contact:format(1))))
    assert.is_truthy(h:log_text():find("moonsift.event", 1, true), h:log_text())
    h:query("ALTER TABLE moonsift.event_away RENAME TO event")
    arrives(h, 1)
  end)

  it("and while PostgreSQL hangs, within the time that senders wait", function()
    postgres(h, "STOP")
    local status = {}
    for i = 1, 3 do status[i] = h:send(contact:format(1 + i)) end
    postgres(h, "CONT")
    assert.are.same({ 200, 200, 200 }, status)
    arrives(h, 4)
    assert.are.equal("4", h:value("SELECT count(*) FROM moonsift.delivery_key"))
  end)

  it("a reload that waits for a lock longer than a process may be silent kills nobody", function()
    local locked = h.folder .. "/locked"
    local psql = (shell.is_root and "runuser -u moonsift -- " or "") .. "psql -X -q -d "
      .. shell.quote(h:dsn())
    shell.must(("{ cd /; %s -c %s; echo >%s; } >/dev/null 2>&1 &"):format(psql, shell.quote(
      "BEGIN; LOCK TABLE public.accounts IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(13); COMMIT"),
      locked))
    shell.run("sleep 1")
    h:signal("HUP")
    assert.is_truthy(shell.wait(40, function() return shell.read(locked) end))
    assert.is_truthy(shell.wait(20, function()
      return h:log_text():find("reload.%l+")
    end), h:log_text())
    assert.is_nil(h:log_text():find("process.hangs", 1, true), h:log_text())
    h:wait_ready()
  end)

  it("the host stops while PostgreSQL hangs, and keeps what it took", function()
    postgres(h, "STOP")
    assert.are.equal(200, (h:send(contact:format(5))))
    h:signal("TERM")
    local code = shell.wait(40, function() return h:exit_code() end)
    postgres(h, "CONT")
    assert.are.equal(0, code)
    assert.is_nil(h:log_text():find("Sanitizer", 1, true), h:log_text())
    h:launch():wait_ready()
    arrives(h, 5)
  end)
end)
