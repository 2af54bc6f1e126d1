-- 10,000 deliveries through a program that checks itself: no leak, no bad access, no undefined
-- behaviour in any of the host's processes. Tagged #full: part of ./dev test --full.
local crm = require "spec.support.crm"
local host = require "spec.support.host"
local shell = require "spec.support.shell"

local total = 10000

describe("#full a host after " .. total .. " deliveries", function()
  it("has leaked nothing", function()
    local h = host.start { accounts = "{ 1: { vertical: recruitment } }" }
    crm.clear(h)
    local acked = h.folder .. "/acked"
    shell.write(acked, "")
    shell.must(("node spec/support/flood.js %s %s %d %d %s >%s/flood 2>&1")
      :format(h:url("/hooks/chatwoot"), h.secret, total, 800, acked, h.folder))
    h:wait_idle(180)
    assert.are.equal(tostring(total), h:value "SELECT count(*) FROM moonsift.outcome")
    local code, left = h:stop("TERM", true)
    local log = h:log_text()
    print(("## %d deliveries, exit %d"):format(total, code))
    assert.are.equal("", left)
    assert.are.equal(0, code)
    for _, word in ipairs({ "LeakSanitizer", "AddressSanitizer", "runtime error" }) do
      assert.is_nil(log:find(word, 1, true), word)
    end
  end)
end)
