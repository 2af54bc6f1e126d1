-- What cases.yaml cannot say: things that hold for whole ranges of contacts.
-- moonsift test recruitment runs this file with busted.
local judge = require "moonsift.judging"

local AT = "2025-02-01"

describe("recruitment", function()
  it("never takes points away for a higher budget", function()
    local contacts = {}
    for thousand = 1, 200 do
      contacts[thousand] = { budget_max = thousand * 1000 }
    end
    local decisions = judge.all(contacts, AT)
    for i = 2, #decisions do
      assert.is_true(decisions[i].score >= decisions[i - 1].score, i .. " thousand")
    end
  end)

  it("gives one of hot-lead and cold-lead at most", function()
    for _, urgency in ipairs { "low", "medium", "high", judge.null } do
      local decision = judge({ urgency_level = urgency }, AT)
      assert.is_false(decision.gives["hot-lead"] and decision.gives["cold-lead"])
    end
  end)

  it("forgets an answer after ninety days", function()
    local contact = { scraped_date = "2024-10-01", last_contact_date = "2024-11-03" }
    assert.are.equal("yes", judge(contact, "2025-02-01").truth.R10)
    assert.are.equal("no", judge(contact, "2025-02-02").truth.R10)
  end)
end)
