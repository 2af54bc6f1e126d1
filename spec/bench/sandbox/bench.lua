-- The phases of ./dev bench sandbox; see run.sh.
package.path = "./?.lua;" .. package.path
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"
local verticals = require "spec.support.verticals"

-- Many short phases in turns: what else the machine does changes more slowly than they do.
local seconds, rounds, rate, attack_rate = tonumber(arg[1]), tonumber(arg[2]), 100, 20

-- What the attacks do; the last one never fails, it is only slow.
local attacks = {
  "while true do end",
  "local s = 'x' while true do s = s .. s end",
  "local function down(n) return 1 + down(n + 1) end return down(1)",
  "local t = {} for i = 1, 1 << 40 do t[i] = { i } end",
  "error('no')",
  "return { note = string.rep('x', 1 << 20) }",
  "if act % 2 == 0 then return 'good' end while true do end",
  "local x = 0 for i = 1, 400000 do x = x + i end return x",
}

local accounts = { "1: { vertical: recruitment }" }
for round = 1, rounds do
  for i = 1, #attacks do
    accounts[#accounts + 1] = ("%d: { vertical: a%d_%d }"):format(round * 100 + i, round, i)
  end
end
local h = host.prepare { accounts = "{ " .. table.concat(accounts, ", ") .. " }",
  extra = "processes: { judge: 2 }" }
local scripts = verticals.folder(h)
for round = 1, rounds do
  for i, text in ipairs(attacks) do
    verticals.write(scripts, ("a%d_%d"):format(round, i), text)
  end
end

local function line(body) return (body:gsub("%s*\n%s*", "")) end

local function good(id, at)
  local body = verticals.contact(1, id, ('{"lead_source":"website_form","budget_max":%d}'):format(
    30000 + id % 70 * 1000))
  return ('{"at":%d,'):format(at) .. line(body):sub(2)
end

local first = 1

-- One phase; returns p50 and p99 of the good ones in milliseconds, and how many ended.
local function phase(name, round)
  local lines, n = {}, seconds * rate
  for i = 0, n - 1 do lines[#lines + 1] = good(first + i, i * 1000 // rate) end
  for i = 0, round and seconds * attack_rate - 1 or -1 do
    local account = round * 100 + i % #attacks + 1
    local body = verticals.contact(account, i + 1, ('{"act":%d}'):format(1 + i // #attacks))
    lines[#lines + 1] = ('{"at":%d,'):format(i * 1000 // attack_rate) .. line(body):sub(2)
  end
  table.sort(lines, function(a, b)
    return tonumber(a:match("%d+")) < tonumber(b:match("%d+"))
  end)
  shell.write(h.folder .. "/plan", table.concat(lines, "\n") .. "\n")
  h:query "ANALYZE" -- what is measured is no plan that was made for empty tables
  shell.must(("node spec/support/storm.js %s %s %s/plan - %s/acked"):format(
    h:url("/hooks/chatwoot"), h.secret, h.folder, h.folder))
  assert(shell.wait(60, function()
    return h:value "SELECT count(*) FROM moonsift.queue WHERE parked IS NULL" == "0"
  end), "the queue does not drain\n" .. h:log_text():sub(-3000))
  local row = h:query(([[SELECT count(*),
      percentile_disc(0.5) WITHIN GROUP (ORDER BY ms), percentile_disc(0.99)
      WITHIN GROUP (ORDER BY ms), max(ms) FROM (
        SELECT round(extract(epoch FROM o.finished_at - e.received_at) * 1000, 1) AS ms
        FROM moonsift.outcome o JOIN moonsift.event e ON e.account_id = o.account_id
          AND e.id = o.event_id JOIN moonsift.contact_ref r ON r.contact_id = o.contact_id
        WHERE o.account_id = 1 AND o.status = 'done'
          AND r.external_id::bigint BETWEEN %d AND %d) x]]):format(first, first + n - 1))[1]
  first = first + n
  print(("%-14s %5s of %d good ones decided, p50 %6s ms, p99 %6s ms, longest %6s ms, %d parked")
    :format(name, row[1], n, row[2], row[3], row[4], crm.count(h, "moonsift.parked")))
  assert(tonumber(row[1]) == n, "good ones were lost")
  return tonumber(row[3])
end

local function median(list)
  table.sort(list)
  return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

local ok, message = pcall(function()
  h:launch():wait_ready(120)
  crm.clear(h)
  phase("warm-up")
  local quiet, attacked = {}, {}
  for round = 1, rounds do
    quiet[round] = phase("alone")
    attacked[round] = phase("under attack", round)
  end
  local _, deaths = h:log_text():gsub('"process.end"', "")
  print(("%d judges died"):format(deaths))
  local ratio = median(attacked) / median(quiet)
  print(("medians of %d p99s: alone %.1f ms, under attack %.1f ms"):format(rounds, median(quiet),
    median(attacked)))
  print(("RATIO good_p99_under_attack %.2f must 2.0 aim 1.5 target %s"):format(ratio,
    ratio <= 2 and "met" or "missed"))
end)
local _, left = h:stop()
if not ok or left ~= "" then
  io.stderr:write("bench sandbox: ", tostring(message), " ", left, "\n")
  os.exit(1)
end
