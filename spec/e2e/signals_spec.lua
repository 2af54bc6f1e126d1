-- Signals at bad times: the master is never deaf, nobody is killed for being asked twice, and two
-- judges share the work.
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local function count(text, pattern)
  local _, n = text:gsub(pattern, "")
  return n
end

describe("a host that gets signals", function()
  local h

  lazy_setup(function()
    h = host.start { extra = "processes: { judge: 2, receive: 2 }" }
    crm.clear(h)
    -- A reload reads it again, and by then root is given up.
    if shell.is_root then shell.must(("chown moonsift %s/secret"):format(h.folder)) end
  end)
  lazy_teardown(function() if h then h:stop("KILL") end end)

  it("shares the shards between two judges", function()
    local shared = shell.wait(20 * shell.slow, function()
      return h:value [[SELECT string_agg(n::text, ' ') FROM (SELECT count(*) AS n
        FROM moonsift.lease WHERE until > now() GROUP BY owner) o]] == "32 32"
    end)
    assert.is_truthy(shared)
  end)

  it("survives a storm of SIGHUP and answers through it", function()
    for i = 1, 30 do
      h:signal("HUP")
      if i % 10 == 0 then
        assert.are.equal(200, (h:get("/healthz")))
      end
    end
    assert.is_truthy(shell.wait(30 * shell.slow, function()
      return h:log_text():find("reload%.ok") and h:get("/readyz") == 200
    end))
    shell.run("sleep 1")
    h:wait_ready()
    local log = h:log_text()
    assert.are.equal(0, count(log, "process%.hangs"))
    assert.are.equal(0, count(log, '"code":143'), "a role died of being asked to end")
    assert.is_true(count(log, "reload%.ok") < 31)
  end)

  it("watches on while a reload waits for the database, and says what needs a restart", function()
    -- The lock that setup takes for migrations and activation.
    local user = shell.is_root and "runuser -u moonsift -- " or ""
    shell.must(("cd / && (%spsql -X -q -d %s -c 'BEGIN; LOCK TABLE moonsift.version;" ..
      " SELECT pg_sleep(14)' >/dev/null 2>&1 &)"):format(user, ("'%s'"):format(h:dsn())))
    shell.run("sleep 1")
    local text = shell.read(h.config)
    shell.write(h.config, (text:gsub("judge: 2", "judge: 3")))
    local before = count(h:log_text(), "reload%.ok")
    h:signal("HUP")
    local judge = h:role("judge")
    h:signal("KILL", judge)
    assert.is_truthy(shell.wait(5 * shell.slow, function()
      local again = h:role("judge")
      return again and again ~= judge
    end), "the judge was not restarted while the reload waited")
    assert.are.equal(before, count(h:log_text(), "reload%.ok"))
    assert.is_truthy(shell.wait(30 * shell.slow, function()
      return count(h:log_text(), "reload%.ok") > before
    end))
    local log = h:log_text()
    assert.are.equal(0, count(log, "process%.hangs"))
    assert.is_truthy(log:find('reload%.restart_needed.-processes%.judge'))
    h:wait_ready()
  end)

  it("goes on as it was after a reload that is refused", function()
    local text = shell.read(h.config)
    local receiver = h:role("receive")
    shell.write(h.config, text .. "nonsense: 1\n")
    h:signal("HUP")
    assert.is_truthy(shell.wait(10 * shell.slow, function()
      return h:log_text():find("reload%.refused")
    end))
    assert.are.equal(receiver, h:role("receive"))
    assert.are.equal(200, (h:get("/readyz")))
    shell.write(h.config, text)
  end)

  it("cannot be looked into by others of the same user", function()
    if shell.run("nm " .. host.program .. " | grep -q __asan_init") == 0 then return end
    for _, role in ipairs { "master", "receive", "judge" } do
      local pid = h:role(role)
      local owner = shell.must(("stat -c %%u /proc/%d/mem"):format(pid)):match("%d+")
      assert.are.equal("0", owner, role)
    end
  end)

  it("ends when told twice, with code 0", function()
    h:signal("TERM")
    local code, left = h:stop("TERM", false)
    h = nil
    assert.are.equal("", left)
    assert.are.equal(0, code)
  end)
end)

describe("a host that is told to end before it is ready", function()
  it("ends at once and cleanly, wherever it is", function()
    local h = host.start()
    local user = shell.is_root and "runuser -u moonsift -- " or ""
    h:stop("TERM", true)
    for _, delay in ipairs { "0.05", "0.2", "0.5", "1" } do
      h:launch()
      shell.run("sleep " .. delay)
      h:signal("TERM")
      assert.is_truthy(shell.wait(15 * shell.slow, function() return h:exit_code() end))
      assert.is_true(h:exit_code() == 0 or h:exit_code() == 143, "code " .. h:exit_code())
    end
    -- setup hangs on a lock
    h:run("db start")
    shell.must(("cd / && (%spsql -X -q -d '%s' -c 'BEGIN; LOCK TABLE moonsift.version;" ..
      " SELECT pg_sleep(60)' >/dev/null 2>&1 &)"):format(user, h:dsn()))
    shell.run("sleep 1")
    local before = count(h:log_text(), "serve%.ready")
    h:launch()
    shell.run("sleep 2")
    assert.are.equal(before, count(h:log_text(), "serve%.ready"))
    local began = os.time()
    h:signal("TERM")
    assert.is_truthy(shell.wait(20 * shell.slow, function() return h:exit_code() end))
    assert.is_true(os.time() - began < 10)
    assert.are.equal(0, h:exit_code())
    h:run("db stop")
    h:stop("KILL")
  end)
end)
