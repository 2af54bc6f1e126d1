-- Every decision of a running host is made again from its snapshot, and comes out the same.
local host = require "spec.support.host"
local shell = require "spec.support.shell"

describe("moonsift explain, of what a host decided", function()
  local h

  setup(function() h = host.start { accounts = "{ 1: { vertical: recruitment } }" } end)
  teardown(function() if h then h:stop() end end)

  it("makes every decision again", function()
    for path in shell.must("ls spec/fixtures/webhooks/*.json"):gmatch("[^\n]+") do
      h:send(assert(shell.read(path)))
      h:wait_idle() -- else deliveries of one contact share a decision on a busy machine
    end
    local _, list = h:run("deliveries list")
    local decided = 0
    for id in list:gmatch("dec_%w+") do
      local code, out, err = h:run("explain --verify " .. id)
      assert.are.equal(0, code, out .. err)
      assert.are.equal("same", out:match("\n(.-)\n$"))
      code, out = h:run("explain " .. id)
      assert.are.equal(0, code)
      assert.matches("\nscore %d+%.%d %(%d+ points?", out)
      decided = decided + 1
    end
    assert.is_true(decided >= 3, list)
  end)
end)
