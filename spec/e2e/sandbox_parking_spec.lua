-- A vertical that keeps failing is parked: its deliveries wait, everybody else's go on, and it is
-- let go by another version or by command. Part of ./dev test.
local cjson = require "cjson"
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"
local verticals = require "spec.support.verticals"

local bad = [[
  if act == 1 then error("refuses " .. act) end
  if act == 2 then while true do end end
  return "late"
]]

describe("a vertical that keeps failing", function()
  local h, scripts

  lazy_setup(function()
    h = host.prepare { accounts = "{ 1: { vertical: recruitment }, 2: { vertical: shaky } }",
      extra = "processes: { judge: 2 }" }
    scripts = verticals.folder(h)
    verticals.write(scripts, "shaky", bad)
    h:launch():wait_ready()
    crm.clear(h)
  end)
  lazy_teardown(function() if h then h:stop("KILL") end end)

  local function send(account, id, attributes, event)
    local status, answer = h:send(verticals.contact(account, id, attributes, event))
    assert.are.equal(200, status, answer)
  end

  local function count(where) return crm.count(h, "moonsift.outcome", where) end

  local function wait_count(sql, wanted)
    local got
    local ok = shell.wait(30 * shell.slow, function()
      got = h:value(sql)
      return got == tostring(wanted)
    end)
    assert.is_truthy(ok, ("%s gives %s, not %s\n%s"):format(sql, got, wanted,
      h:log_text():sub(-3000)))
  end

  local parked = "SELECT count(*) FROM moonsift.queue WHERE parked = 'shaky'"

  -- Sends what fails until the vertical is parked; each time the host is done with what it had.
  local function park(act, from)
    local id = from
    repeat
      send(2, id, ('{"act":%d}'):format(act))
      id = id + 1
      wait_count("SELECT count(*) FROM moonsift.queue WHERE parked IS NULL", 0)
      assert.is_true(id < from + 40, "it is never parked")
    until crm.count(h, "moonsift.parked") == 1
    return id
  end

  local function done(...)
    local code, output, errors = h:run(...)
    assert.are.equal(0, code, errors)
    return output
  end

  local held

  it("is parked, and says so everywhere", function()
    local next_id = park(1, 1)
    held = count("status = 'held'")
    assert.is_true(held >= 4 and held < next_id, held .. " held")
    wait_count(parked, next_id - 1 - held)
    assert.is_truthy(h:log_text():find('"vertical.parked".-"vertical":"shaky","version":1'),
      h:log_text())
    local status, body = h:get("/readyz")
    assert.are.equal(200, status)
    assert.are.same({ "shaky" }, cjson.decode(body).parked)
    local list = done "deliveries list --status parked"
    assert.is_truthy(list:find("shaky v1 is parked: vertical.lua:9: refuses 1", 1, true), list)
    local shown = cjson.decode(done "unpark --json").parked
    assert.are.equal(1, #shown)
    assert.are.equal("shaky", shown[1].vertical)
    assert.is_truthy(shown[1].reason:find("refuses 1", 1, true), shown[1].reason)
  end)

  it("lets everybody else's go on, and burns no time", function()
    -- The other judge hears of it when it renews its leases.
    assert.is_truthy(shell.wait(10 * shell.slow, function()
      return select(2, h:log_text():gsub('"vertical.waits"', "")) >= 2
    end), h:log_text())
    for id = 1, 20 do
      send(2, 100 + id, '{"act":0}')
      send(1, 100 + id, '{"urgency_level":"high"}')
    end
    wait_count("SELECT count(*) FROM moonsift.decision WHERE account_id = 1", 20)
    wait_count("SELECT count(*) FROM moonsift.queue WHERE parked IS NULL", 0)
    assert.are.equal(0, crm.count(h, "moonsift.decision", "account_id = 2"))
    -- What waits is not touched again and again: its rows stay the same ones.
    local rows = "SELECT string_agg(xmin::text, ' ' ORDER BY event_id) FROM moonsift.queue"
    local before = h:value(rows)
    shell.run("sleep 2")
    assert.are.equal(before, h:value(rows))
  end)

  it("is let go by command, and what waited is judged in order", function()
    -- Two of one contact: the later one must win.
    send(2, 300, '{"act":0,"note":"first"}')
    send(2, 300, '{"act":0,"note":"second"}', "contact_updated")
    wait_count("SELECT count(*) FROM moonsift.queue WHERE parked IS NULL", 0)
    -- Those that fail would have it parked again.
    h:query [[DELETE FROM moonsift.queue q USING moonsift.event e
      WHERE e.id = q.event_id AND e.body LIKE '%"act":1%']]
    local waiting = crm.count(h, "moonsift.queue")
    local answer = done "unpark shaky"
    assert.is_truthy(answer:find(waiting .. " deliveries waited", 1, true), answer)
    h:wait_idle()
    assert.are.equal(0, crm.count(h, "moonsift.parked"))
    assert.are.equal(held, count("status = 'held'"))
    assert.are.equal("second", h:value [[SELECT custom_attributes ->> 'note' FROM public.contacts
      WHERE email = 'c300@a2.example']])
    assert.are.equal(21, crm.count(h, "public.contacts",
      "account_id = 2 AND custom_attributes ->> 'shaky_out' = 'good'"))
    local code, _, errors = h:run "unpark shaky"
    assert.are.equal(2, code)
    assert.is_truthy(errors:find("not parked", 1, true), errors)
  end)

  it("is parked for time that it uses up, though others of its contacts are good", function()
    send(2, 400, '{"act":0}')
    local id = 401
    repeat
      send(2, id, '{"act":2}')
      send(2, id + 1, '{"act":0}')
      id = id + 2
      shell.wait(30 * shell.slow, function()
        return crm.count(h, "moonsift.queue", "parked IS NULL") == 0
      end)
      assert.is_true(id < 480, "it is never parked")
    until crm.count(h, "moonsift.parked") == 1
    local reason = h:value "SELECT reason FROM moonsift.parked"
    assert.is_truthy(reason:find("used up its time", 1, true), reason)
  end)

  it("is let go by a mended version, and what was held is judged again, once", function()
    held = count("status = 'held'")
    assert.is_true(held > 0)
    -- Somebody said something newer meanwhile; it must not be undone by what is judged again.
    send(2, 1, '{"act":1,"note":"newer"}', "contact_updated")
    wait_count("SELECT count(*) FROM moonsift.queue WHERE parked IS NULL", 0)
    verticals.write(scripts, "shaky", 'return "mended " .. act')
    local answer = done "activate shaky -m mended"
    assert.is_truthy(answer:find("shaky v2 active", 1, true), answer)
    wait_count("SELECT count(*) FROM moonsift.outcome WHERE status = 'held'", 0)
    h:wait_idle()
    assert.are.equal(0, crm.count(h, "moonsift.held"))
    assert.are.equal("newer,mended 1", h:value [[SELECT concat_ws(',', custom_attributes ->> 'note',
      custom_attributes ->> 'shaky_out') FROM public.contacts WHERE email = 'c1@a2.example']])
    assert.are.equal(0, crm.count(h, "public.contacts", [[account_id = 2
      AND custom_attributes ->> 'act' <> '0' AND NOT custom_attributes ? 'shaky_out']]))
    -- Each event ended once, and no decision is there twice.
    assert.are.equal(0, crm.count(h, "moonsift.event e",
      "NOT EXISTS (SELECT FROM moonsift.outcome o WHERE o.event_id = e.id) " ..
      "AND NOT (e.account_id = 2 AND e.body LIKE '%\"act\":1}%')"))
    assert.are.equal("0", h:value [[SELECT count(*) FROM (SELECT FROM moonsift.decision
      GROUP BY account_id, event_id, contact_id HAVING count(*) > 1) twice]])
    assert.are.equal("0", h:value [[SELECT count(*) FROM moonsift.outcome o
      WHERE o.status = 'done' AND o.decision_id IS NULL]])
  end)

  it("has what was held judged again by command as well", function()
    verticals.write(scripts, "shaky", 'error "once more"')
    done "activate shaky -m broken"
    send(2, 900, '{"act":1}')
    wait_count("SELECT count(*) FROM moonsift.held WHERE version = 3", 1)
    assert.are.equal(1, count("status = 'held'"))
    local answer = done "unpark shaky --held --json"
    assert.are.same({ schema = "moonsift.unpark/1", vertical = "shaky", waiting = 0, held = 1 },
      cjson.decode(answer))
    wait_count("SELECT count(*) FROM moonsift.held WHERE version = 3", 1)
    h:wait_idle()
    assert.are.equal(1, count("status = 'held'"))
    verticals.write(scripts, "shaky", 'return "at last"')
    done "activate shaky -m mended"
    wait_count("SELECT count(*) FROM moonsift.held", 0)
    h:wait_idle()
    assert.are.equal(0, count("status = 'held'"))
  end)

  it("leaves nothing behind", function()
    local code, left = h:stop("TERM", true)
    assert.are.equal("", left)
    assert.are.equal(0, code)
    for _, word in ipairs({ "AddressSanitizer", "LeakSanitizer", "runtime error" }) do
      assert.is_nil(h:log_text():find(word, 1, true), h:log_text())
    end
    shell.run("rm -rf " .. shell.quote(h.folder))
    h = nil -- else the teardown waits for an exit that was noted in there
  end)
end)
