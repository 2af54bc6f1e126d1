-- The scripts of spec/fixtures/attacks inside a running host under load: as the function of a
-- vertical, and as the top-level code of one. What comes of each is what its first line says; the
-- contacts of another account are judged as if nothing happened. Part of ./dev test with every
-- third script (all of them run in spec/unit/lua/sandbox_spec.c), with --full all of them.
local cjson = require "cjson"
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"
local verticals = require "spec.support.verticals"

local asan = host.program:find("asan", 1, true)

local every = {}
for name in shell.must("ls spec/fixtures/attacks"):gmatch("[^\n]+") do
  local text = shell.read("spec/fixtures/attacks/" .. name)
  local number = name:match("^%d+")
  every[#every + 1] = { name = name, text = text, expect = text:match("^%-%- expect: ([^\n]*)"),
    vertical = "f" .. number, loading = "t" .. number, account = 1000 + tonumber(number) }
end

-- The attack runs while the vertical loads; what it returns is a sentence of its only rule.
local function loading_text(attack)
  return ("local out = (function()\n%s\nend)()\n"):format(attack.text) ..
    ('vertical { name = "%s", title = "T" }\n'):format(attack.loading) ..
    'local a = attributes { { "act", integer } }\n' ..
    'rule { id = "R01", points = 10, because = "" .. out, when = a.act:at_least(0) }\n'
end

-- The outcome of a delivery in the words of the attacks' first lines.
local function outcome_of(status, reason, value)
  if status == "done" then
    local text = cjson.decode("[" .. value .. "]")[1]
    return text == "denied" and text or "ok " .. tostring(text)
  elseif reason:find("used up its time", 1, true) then return "cpu-limit"
  elseif reason:find("of memory", 1, true) or reason:find("filled its memory", 1, true) then
    return "mem-limit"
  end
  for _, absent in ipairs { "in rules", "attempt to call a nil", "attempt to index a nil",
    "cannot be set" } do
    if reason:find(absent, 1, true) then return "denied" end
  end
  return "error"
end

local function expected(attack, outcome)
  if outcome:find("ESCAPED", 1, true) then return false end
  if outcome == "denied" then return true end
  if asan and outcome == "cpu-limit" then return true end -- it is slower
  if outcome:find("^ok ") and attack.expect:find("deterministic", 1, true) then return true end
  if outcome == "ok clean" and attack.expect:find("isolated", 1, true) then return true end
  return attack.expect:find(outcome, 1, true) ~= nil
end

local third = {}
for i = 1, #every, 3 do third[#third + 1] = every[i] end

-- What one proof works with, p: attacks; goods, how many contacts of the other account come each
-- time; h, the host; scripts, its folder of verticals; quiet, what became of the good contacts
-- alone; judges, pid to its memory in the beginning; grown, pid to what came on top, both in MiB.

local function memory(pid)
  local status = shell.read(("/proc/%d/status"):format(pid)) or ""
  return tonumber(status:match("VmRSS:%s+(%d+)") or 0) / 1024
end

local function begin(p)
  local accounts = { "1: { vertical: recruitment }" }
  for _, attack in ipairs(p.attacks) do
    accounts[#accounts + 1] = ("%d: { vertical: %s }"):format(attack.account, attack.vertical)
  end
  p.h = host.prepare { accounts = "{ " .. table.concat(accounts, ", ") .. " }",
    extra = "processes: { judge: 2 }" }
  p.scripts = verticals.folder(p.h)
  for _, attack in ipairs(p.attacks) do
    verticals.write(p.scripts, attack.vertical, attack.text)
  end
  p.h:launch():wait_ready(120)
  crm.clear(p.h)
  for _, process in ipairs(p.h:processes()) do
    if process.name == "ms-judge" then p.judges[process.pid] = memory(process.pid) end
  end
end

-- What the log says about processes that ended.
local function deaths(p)
  local lines = {}
  for text in p.h:log_text():gmatch("[^\n]*process%.[^\n]*") do lines[#lines + 1] = text end
  return "a judge is gone: " .. table.concat(lines, "\n")
end

local function good(id, offset)
  local sources = { "website_form", "referral", "instagram_scrape", "linkedin_scrape" }
  local urgency = { "low", "medium", "high" }
  local form = '{"lead_source":"%s","budget_max":%d,"urgency_level":"%s"}'
  return verticals.contact(1, id + offset, form:format(sources[id % 4 + 1],
    30000 + id % 70 * 1000, urgency[id % 3 + 1]))
end

local function line(body) return (body:gsub("%s*\n%s*", "")) end

-- Sends the lines at a rate, while nobody waits.
local function storm(p, lines, rate, name)
  local path = p.h.folder .. "/" .. name
  shell.write(path, table.concat(lines, "\n") .. "\n")
  os.remove(path .. ".acked")
  shell.must(("node spec/support/storm.js %s %s %s %d %s.acked >%s.out 2>&1 &"):format(
    p.h:url("/hooks/chatwoot"), p.h.secret, path, rate, path, path))
end

local function wait_storm(p, name)
  assert.is_truthy(shell.wait(120 * shell.slow, function()
    for pid in pairs(p.judges) do
      p.grown[pid] = math.max(p.grown[pid] or 0, memory(pid) - p.judges[pid])
    end
    return shell.read(p.h.folder .. "/" .. name .. ".acked")
  end), shell.read(p.h.folder .. "/" .. name .. ".out"))
end

local function wait_judged(p)
  local left
  assert.is_truthy(shell.wait(120 * shell.slow, function()
    left = p.h:value "SELECT count(*) FROM moonsift.queue WHERE parked IS NULL"
    return left == "0"
  end), tostring(left) .. " wait\n" .. p.h:log_text():sub(-2000))
end

-- What became of the good contacts, by their numbers.
local function results(p, offset)
  return p.h:value(([[SELECT string_agg(concat_ws(' ', r.external_id::bigint - %d, o.status,
      d.points, d.lead_status, d.fired::text, d.labels::text), E'|'
      ORDER BY r.external_id::bigint)
    FROM moonsift.contact_ref r JOIN public.contacts c ON c.id = r.contact_id
    JOIN moonsift.outcome o ON o.contact_id = c.id
    LEFT JOIN moonsift.decision d ON d.id = o.decision_id
    WHERE r.account_id = 1 AND r.external_id::bigint BETWEEN %d AND %d]]):format(
    offset, offset + 1, offset + p.goods))
end

local function judge_alone(p)
  local lines = {}
  for id = 1, p.goods do lines[id] = line(good(id, 100000)) end
  storm(p, lines, 200, "quiet")
  wait_storm(p, "quiet")
  wait_judged(p)
  p.quiet = results(p, 100000)
  assert.are.equal(p.goods, crm.count(p.h, "moonsift.decision"))
end

local function judge_attacked(p)
  local lines, bad = {}, {}
  for id = 1, p.goods do lines[id] = line(good(id, 200000)) end
  for id = 1, 3 do
    for _, attack in ipairs(p.attacks) do
      bad[#bad + 1] = line(verticals.contact(attack.account, id, '{"act":1}'))
      bad[#bad + 1] = line(verticals.contact(attack.account, id + 10, '{"act":0}'))
    end
  end
  storm(p, lines, 50, "good")
  storm(p, bad, 60, "bad")
  wait_storm(p, "good")
  wait_storm(p, "bad")
  wait_judged(p)
  local wrong, of = {}, {}
  for _, row in ipairs(p.h:query [[SELECT o.status, replace(o.reason, E'\n', ' '),
      c.custom_attributes ->> 'act',
      c.custom_attributes -> ('f' || substr(o.account_id::text, 3) || '_out'), o.account_id
    FROM moonsift.outcome o JOIN public.contacts c ON c.id = o.contact_id
    WHERE o.account_id > 1000 ORDER BY 3]]) do
    local account = tonumber(row[5])
    of[account] = of[account] or {}
    table.insert(of[account], row)
  end
  for _, attack in ipairs(p.attacks) do
    local seen, goods_seen, first = 0, 0, nil
    for _, row in ipairs(of[attack.account] or {}) do
      if row[3] == "0" then
        goods_seen = goods_seen + (row[4] == '"good"' and 1 or 0)
      else
        local outcome = outcome_of(row[1], row[2], row[4])
        first = first or row[4]
        seen = seen + 1
        local same = not attack.expect:find("deterministic", 1, true) or row[4] == first
        if not expected(attack, outcome) or not same then
          wrong[#wrong + 1] = attack.name .. ": " .. outcome:sub(1, 80) .. " (" .. row[2] .. ")"
        end
      end
    end
    if seen ~= 3 or goods_seen ~= 3 then
      wrong[#wrong + 1] = ("%s: %d attacks and %d good ones ended"):format(attack.name, seen,
        goods_seen)
    end
  end
  assert.are.equal("", table.concat(wrong, "\n"))
  assert.are.equal(p.quiet, results(p, 200000))
end

local function park_who_goes_on(p)
  local lines, bad = {}, {}
  for id = 1, p.goods do lines[id] = line(good(id, 300000)) end
  for id = 101, 112 do
    for _, attack in ipairs(p.attacks) do
      bad[#bad + 1] = line(verticals.contact(attack.account, id, '{"act":1}'))
    end
  end
  storm(p, lines, 50, "good")
  storm(p, bad, 100, "bad")
  wait_storm(p, "good")
  wait_storm(p, "bad")
  wait_judged(p)
  assert.are.equal(p.quiet, results(p, 300000))
  local parked = crm.count(p.h, "moonsift.parked")
  assert.is_true(parked >= #p.attacks // 2, parked .. " parked")
  assert.are.equal(0, crm.count(p.h, "moonsift.parked", "vertical = 'recruitment'"))
  -- Not one is lost: each event has ended, or waits for a vertical that is parked.
  assert.are.equal(0, crm.count(p.h, "moonsift.event e", [[NOT EXISTS (SELECT
    FROM moonsift.outcome o WHERE o.event_id = e.id AND o.account_id = e.account_id)
    AND NOT EXISTS (SELECT FROM moonsift.queue q JOIN moonsift.parked p ON p.vertical = q.parked
    WHERE q.event_id = e.id AND q.account_id = e.account_id)]]))
end

local function have_same_judges(p)
  for pid, before in pairs(p.judges) do
    assert.is_truthy(shell.read(("/proc/%d/stat"):format(pid)), deaths(p))
    print(("## judge %d: %.0f MiB, at most %.0f more under attack"):format(pid, before,
      p.grown[pid] or 0))
    -- 16 MiB of one script, and 16 MiB for all else.
    if not asan then assert.is_true(p.grown[pid] <= 32, p.grown[pid] .. " MiB more") end
  end
end

local function refuse_activation(p)
  local refused, wrong = 0, {}
  for _, attack in ipairs(p.attacks) do
    verticals.write(p.scripts, attack.loading, nil, loading_text(attack))
    local code, output, errors = p.h:run(("activate %s -m attack"):format(attack.loading))
    local outcome = code == 0 and "ok" or outcome_of("held", output .. errors)
    refused = refused + (code == 3 and 1 or 0)
    local named = attack.expect:find("isolated", 1, true)
      or attack.expect:find("deterministic", 1, true) or attack.expect:find("ok ", 1, true)
    if code ~= 3 and not (code == 0 and named) or code == 3 and not (output .. errors):find(
      attack.loading, 1, true) then
      wrong[#wrong + 1] = ("%s: exit %d, %s"):format(attack.name, code, outcome)
    end
  end
  print(("## %d of %d refused"):format(refused, #p.attacks))
  assert.are.equal("", table.concat(wrong, "\n"))
  assert.is_true(refused >= #p.attacks // 2, refused .. " refused")
end

local function go_on_with_active(p)
  -- Behind the back of the check: as if an older program had let them pass.
  local sql = {}
  for _, attack in ipairs(p.attacks) do
    sql[#sql + 1] = (([[INSERT INTO moonsift.version (vertical, number, hash, files)
        VALUES ('%s', 900, 'none', jsonb_build_array(jsonb_build_object('name', 'vertical.lua',
          'text', $lua$%s$lua$)));
      INSERT INTO moonsift.active_version (vertical, number) VALUES ('%s', 900)
        ON CONFLICT (vertical) DO UPDATE SET number = 900;]]):format(attack.loading,
      loading_text(attack), attack.loading))
    sql[#sql + 1] = (([[INSERT INTO moonsift.contact_state (account_id, contact_id, vertical,
        version, input_hash, last_written)
      SELECT account_id, id, '%s', 0, 0, '{}' FROM public.contacts
      WHERE account_id = %d AND custom_attributes ->> 'act' = '0'
      ON CONFLICT (account_id, contact_id) DO UPDATE SET vertical = excluded.vertical,
        version = 0;]]):format(attack.loading, attack.account))
  end
  p.h:query(table.concat(sql, "\n") .. "\nUPDATE moonsift.lease SET epoch = epoch + 1")
  local lines = {}
  for id = 1, p.goods do lines[id] = line(good(id, 400000)) end
  for _, attack in ipairs(p.attacks) do
    lines[#lines + 1] = line(verticals.contact(attack.account, 11, '{"act":0,"news":1}'))
  end
  storm(p, lines, 100, "good")
  wait_storm(p, "good")
  wait_judged(p)
  assert.are.equal(p.quiet, results(p, 400000))
  assert.is_true(crm.count(p.h, "moonsift.held", "version = 900") >= #p.attacks // 3)
  for pid in pairs(p.judges) do
    assert.is_truthy(shell.read(("/proc/%d/stat"):format(pid)), deaths(p))
  end
end

local function stop_clean(p)
  local code, left = p.h:stop("TERM", true)
  assert.are.equal("", left)
  assert.are.equal(0, code)
  for _, word in ipairs({ "AddressSanitizer", "LeakSanitizer", "runtime error" }) do
    assert.is_nil(p.h:log_text():find(word, 1, true), p.h:log_text():sub(-4000))
  end
  shell.run("rm -rf " .. shell.quote(p.h.folder))
  p.h = nil -- else the teardown waits for an exit that was noted in there
end

local function proof(attacks, goods)
  return function()
    local p = { attacks = attacks, goods = goods, judges = {}, grown = {} }
    lazy_setup(function() begin(p) end)
    lazy_teardown(function() if p.h then p.h:stop("KILL") end end)

    local function must(name, part)
      it(name, function() part(p) end)
    end

    must("begins with good contacts alone", judge_alone)
    must("has each attack end as it must, three times, while good contacts are judged",
      judge_attacked)
    must("parks those that go on, and judges the good ones as ever", park_who_goes_on)
    must("has the same judges as in the beginning, and they have not grown", have_same_judges)
    must("refuses to activate what attacks while it loads, or has it do nothing",
      refuse_activation)
    must("goes on when such versions are active all the same", go_on_with_active)
    must("stops as ever, with nothing left", stop_clean)
  end
end

describe("attacks in a running host", proof(third, 150))
describe("all attacks in a running host #full", proof(every, 300))
