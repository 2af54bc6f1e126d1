-- A delivery that kills the judge that reads it: the others go on, and after three deaths over it
-- alone it ends as failed. Its sender is a plugin of the specs. Part of ./dev test.
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local plugin = host.program:match("^(.*)/[^/]*$") .. "/fixtures/deadly.so"

describe("a delivery that kills judges", function()
  local h
  local failed = 1

  lazy_setup(function()
    h = host.prepare { extra = "processes: { judge: 2 }",
      sources = "{ s1: { kind: deadly, account: 1 } }" }
    shell.must(("cp %s %s/deadly.so && chmod a+rx %s/deadly.so"):format(plugin, h.folder, h.folder))
    shell.write(h.config, shell.read(h.config)
      .. ("plugins: { deadly: { file: %s/deadly.so } }\n"):format(h.folder))
    h:launch():wait_ready()
    crm.clear(h)
    assert.is_truthy(shell.wait(20 * shell.slow, function()
      return h:value "SELECT count(DISTINCT owner) FROM moonsift.lease WHERE until > now()" == "2"
    end))
  end)
  lazy_teardown(function() if h then h:stop("KILL") end end)

  local function send(id, act, urgency)
    local body = ('{"id":%d,"act":"%s","attributes":{"urgency_level":"%s"}}'):format(id, act,
      urgency or "high")
    local status, answer = h:post("/hooks/s1", body, { "Content-Type: application/json" })
    assert.are.equal(200, status, answer)
  end

  local function of(id, what)
    return h:value(([[SELECT %s FROM moonsift.event e
      JOIN moonsift.outcome o ON o.event_id = e.id AND o.account_id = e.account_id
      WHERE e.body LIKE '{"id":%d,%%' ORDER BY e.id LIMIT 1]]):format(what, id))
  end

  -- One that kills in the middle of many; all of them are stored before a judge looks.
  local function one_kills(first, act)
    local judges = {}
    for _, process in ipairs(h:processes()) do
      if process.name == "ms-judge" then judges[#judges + 1] = process.pid end
    end
    assert.are.equal(2, #judges)
    for _, pid in ipairs(judges) do h:signal("STOP", pid) end
    for id = first, first + 29 do send(id, "none") end
    send(first + 30, act)
    for id = first + 31, first + 60 do send(id, "none") end
    send(first + 30, "none", "low")
    for _, pid in ipairs(judges) do h:signal("CONT", pid) end
  end

  it("costs three judges and nothing else", function()
    one_kills(1, "segv")
    h:wait_idle(90)
    assert.are.equal("failed", of(31, "o.status"))
    local reason = of(31, "o.reason")
    assert.is_truthy(reason:find("3 judges died while it was in work alone", 1, true), reason)
    assert.are.equal(62, crm.count(h, "moonsift.outcome"))
    assert.are.equal(61, crm.count(h, "moonsift.outcome", "status = 'done'"))
    assert.are.equal(61, crm.count(h, "public.contacts"))
    assert.are.equal(61, crm.count(h, "moonsift.decision"))
    -- What stands behind it in its shard waits for it; the rest does not.
    local before = crm.count(h, "moonsift.outcome", [[finished_at < (SELECT finished_at
      FROM moonsift.outcome WHERE status = 'failed')]])
    assert.is_true(before >= 50, before .. " of 61 ended before it")
    -- Four deaths, the first of which is nobody's; a second judge may share one.
    local _, deaths = h:log_text():gsub('"process.end".-"process":"judge"', "")
    assert.is_true(deaths >= 4 and deaths <= 6, deaths .. " judges died\n" .. h:log_text())
  end)

  it("leaves judges that work as ever", function()
    assert.are.equal(0, crm.count(h, "moonsift.lease", "suspect"))
    send(100, "none")
    h:wait_idle()
    assert.are.equal("done", of(100, "o.status"))
  end)

  it("may as well abort #full", function()
    one_kills(201, "abort")
    h:wait_idle(90)
    assert.are.equal("failed", of(231, "o.status"))
    assert.are.equal(125, crm.count(h, "moonsift.outcome"))
    failed = 2
    assert.are.equal(failed, crm.count(h, "moonsift.outcome", "status = 'failed'"))
  end)

  it("does not count what ends in order", function()
    for id = 301, 320 do send(id, "none") end
    h:signal("HUP")
    for id = 321, 340 do send(id, "none") end
    h:wait_idle()
    assert.are.equal(failed, crm.count(h, "moonsift.outcome", "status = 'failed'"))
    local code, left = h:stop("TERM", true)
    assert.are.equal("", left)
    assert.are.equal(0, code)
    shell.run("rm -rf " .. shell.quote(h.folder))
    h = nil -- else the teardown waits for an exit that was noted in there
  end)
end)
