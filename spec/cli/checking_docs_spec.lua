-- docs/checking.md shows what the program prints.
local session = require "spec.support.session"

describe("docs/checking.md", function()
  it("shows true sessions", function()
    local count = session.each("docs/checking.md", function(written, real)
      assert.are.equal(real, written)
    end)
    assert.is_true(count >= 5)
  end)
end)
