-- kill -9 of a receiver, a judge, PostgreSQL and the master while webhooks come in: what was
-- acknowledged is there, once, with one decision or one terminal reason. 5,000 webhooks; part of
-- ./dev test. The counts are printed.
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local total, rate = 5000, 400

local function say(...) print("## " .. (...):format(select(2, ...))) end

describe("kill -9 while " .. total .. " webhooks come in", function()
  local h, acked

  lazy_setup(function()
    h = host.start { accounts = "{ 1: { vertical: recruitment } }" }
    crm.clear(h)
    acked = h.folder .. "/acked"
    shell.write(acked, "")
  end)
  lazy_teardown(function()
    if not h then return end
    shell.run(("kill %s"):format(shell.read(h.folder .. "/flood.pid") or ""))
    h:stop("KILL")
  end)

  local function start_flood()
    shell.must(("node spec/support/flood.js %s %s %d %d %s >%s/flood 2>&1 & echo $! >%s/flood.pid")
      :format(h:url("/hooks/chatwoot"), h.secret, total, rate, acked, h.folder, h.folder))
  end

  local function acknowledged()
    local _, lines = shell.read(acked):gsub("\n", "")
    return lines
  end

  -- Waits until `count` deliveries were acknowledged.
  local function wait_acked(count)
    local enough = shell.wait(120 * shell.slow, function() return acknowledged() >= count end)
    assert(enough, ("only %d of %d acknowledged\n%s\n%s"):format(acknowledged(), count,
      shell.read(h.folder .. "/flood"), h:log_text():sub(-3000)))
  end

  local function kill_one(role)
    local pid = h:role(role)
    assert.is_truthy(pid, "no " .. role .. " is running")
    h:signal("KILL", pid)
    say("killed %s (pid %d) after %d acknowledgements", role, pid, acknowledged())
  end

  it("every acknowledged delivery ends once", function()
    start_flood()
    wait_acked(500)
    kill_one("receive")
    wait_acked(1500)
    kill_one("judge")
    wait_acked(2500)
    kill_one("postgres")
    wait_acked(3500)
    kill_one("master")
    assert.is_truthy(shell.wait(30, function() return h:exit_code() end))
    h:launch(""):wait_ready()
    wait_acked(total)
    h:wait_idle(120)

    local row = h:query [[
      SELECT (SELECT count(*) FROM moonsift.event),
             (SELECT count(*) FROM moonsift.delivery_key),
             (SELECT count(*) FROM moonsift.outcome),
             (SELECT count(*) FROM moonsift.outcome WHERE decision_id IS NOT NULL),
             (SELECT count(*) FROM moonsift.outcome WHERE decision_id IS NULL AND reason <> ''),
             (SELECT count(*) FROM moonsift.decision),
             (SELECT count(*) FROM moonsift.queue),
             (SELECT count(*) FROM public.contacts)]][1]
    local flood = shell.read(h.folder .. "/flood"):gsub("\n", "")
    say("sender: %s", flood)
    say("%s events, %s keys, %s outcomes: %s with a decision, %s with a reason; %s decisions, " ..
      "%s queued, %s contacts", table.unpack(row))
    local events, keys, outcomes, decided, reasons, decisions, queued, contacts = table.unpack(row)
    assert.are.equal(total, acknowledged())
    assert.are.equal(tostring(total), events)
    assert.are.equal(tostring(total), keys)
    assert.are.equal(tostring(total), outcomes)
    assert.are.equal(total, tonumber(decided) + tonumber(reasons))
    assert.are.equal("0", queued)
    assert.are.equal(tostring(total // 2), contacts)
    -- Deliveries about one contact that are judged together share a decision.
    assert.is_true(tonumber(decisions) <= tonumber(decided))
    assert.is_true(tonumber(decisions) >= total // 2, "a contact without a decision")
    assert.is_true(tonumber(reasons) > 0, "no delivery without news was told apart")
  end)

  it("every acknowledged delivery is one of those stored", function()
    local wanted = {}
    for id in shell.read(acked):gmatch("(flood%-%d+) %d+ %w+ %d+\n") do wanted[id] = true end
    for _, row in ipairs(h:query("SELECT key FROM moonsift.delivery_key")) do
      for id in row[1]:gmatch("flood%-%d+") do wanted[id] = nil end
    end
    local lost = {}
    for id in pairs(wanted) do lost[#lost + 1] = id end
    assert.are.equal("", table.concat(lost, " "))
  end)

  it("no event has two decisions about one contact, and no decision stands alone", function()
    assert.are.equal("0", h:value [[SELECT count(*) FROM (
      SELECT FROM moonsift.decision WHERE event_id IS NOT NULL
      GROUP BY account_id, event_id, contact_id HAVING count(*) > 1) twice]])
    assert.are.equal("0", h:value [[SELECT count(*) FROM moonsift.decision d WHERE NOT EXISTS (
      SELECT FROM moonsift.outcome o WHERE o.account_id = d.account_id
        AND o.decision_id = d.id)]])
    assert.are.equal("0", h:value [[SELECT count(*) FROM moonsift.outcome o
      WHERE o.decision_id IS NOT NULL AND NOT EXISTS (SELECT FROM moonsift.decision d
        WHERE d.account_id = o.account_id AND d.id = o.decision_id)]])
    assert.are.equal("0", h:value [[SELECT count(*) FROM moonsift.contact_state s WHERE NOT EXISTS (
      SELECT FROM moonsift.decision d WHERE d.id = s.decision_id)]])
  end)

  it("the host still stops cleanly", function()
    local code, left = h:stop("TERM", true)
    assert.are.equal("", left)
    assert.are.equal(0, code)
  end)
end)
