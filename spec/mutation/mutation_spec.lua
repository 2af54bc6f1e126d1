-- The cases of a vertical notice when one of its constants, comparisons, points, labels or choices
-- is changed. `./dev test` tries a sample of the mutants, `./dev test --full` all of them.
local cli = require "spec.support.cli"
local equivalent = require "spec.mutation.equivalent"
local mutate = require "spec.mutation.mutate"
local run = require "spec.mutation.run"
local shell = require "spec.support.shell"

local VERTICALS = { "business_setup", "ecommerce", "recruitment" }
local CAUGHT = 0.95
local SAMPLE = 7 -- one of so many
local MOST_REFUSED = 0.2

-- How many were caught of those that differ, and the places of the others.
local function count(vertical, mutants)
  local n = { caught = 0, refused = 0, same = 0, survived = 0 }
  local places, fates = {}, {}
  for _, m in ipairs(mutants) do
    fates[m.key] = m.fate
    local known = m.fate == "survived" and equivalent[vertical][m.key]
    local fate = known and "same" or m.fate
    n[fate] = n[fate] + 1
    if fate == "survived" then
      places[#places + 1] = ("%s/vertical.lua:%d: %s"):format(vertical, m.line, m.key)
    end
  end
  n.share = n.caught / (n.caught + n.survived)
  return n, places, fates
end

local function tell(vertical, n, places)
  print(("## %s: %d mutants, %d caught, %d refused by check, %d decide the same, %d survived")
    :format(vertical, n.caught + n.refused + n.same + n.survived, n.caught, n.refused, n.same,
      n.survived))
  for _, place in ipairs(places) do print("## survived: " .. place) end
end

local function check(vertical, options)
  local n, places, fates = count(vertical, run.all(vertical, options))
  tell(vertical, n, places)
  assert.is_true(n.share >= CAUGHT, table.concat(places, "\n"))
  -- What is refused proves nothing of the cases.
  assert.is_true(n.refused < MOST_REFUSED * (n.caught + n.refused))
  return n, fates
end

describe("the mutants of", function()
  for _, vertical in ipairs(VERTICALS) do
    it(vertical .. ", a sample, are caught by its cases", function()
      check(vertical, { every = SAMPLE })
    end)

    it(vertical .. ", all of them, are caught by its cases #full", function()
      local n, fates = check(vertical, {})
      assert.is_true(n.caught > 100)
      for key in pairs(equivalent[vertical]) do
        assert.are.equal("survived", fates[key] or "not made any more", key)
      end
    end)
  end

  it("a vertical survive cases that ask for little", function()
    local few = "- name: one\n  at: 2025-02-01\n  contact: { attr: { budget_max: 80000 } }\n"
      .. "  expect: { score: 2.5 }\n"
    local n = count("recruitment", run.all("recruitment", { every = SAMPLE, cases = few }))
    assert.is_true(n.share < 0.5)
    assert.is_true(n.caught > 0)
  end)

  it("a vertical are as many as its lines say", function()
    for _, vertical in ipairs(VERTICALS) do
      local source = shell.read(("%s/scripts/%s/vertical.lua"):format(cli.root, vertical))
      local lines = select(2, source:gsub("\n", "\n"))
      local seen, keys, places = { [source] = true }, {}, {}
      for _, m in ipairs(mutate.all(source)) do
        assert.are.equal(lines, select(2, m.text:gsub("\n", "\n")), m.key)
        assert.is_nil(seen[m.text], m.key)
        assert.is_nil(keys[m.key], m.key)
        seen[m.text], keys[m.key] = true, true
        places[m.key:match "^%w+"] = true
      end
      for id in source:gmatch '%f[%w]id = "(%w+)"' do assert.is_true(places[id], id) end
    end
  end)

  -- What equivalent.lua says of scores.
  it("a vertical are of points that are multiples of five", function()
    for _, vertical in ipairs(VERTICALS) do
      local source = shell.read(("%s/scripts/%s/vertical.lua"):format(cli.root, vertical))
      for points in source:gmatch "points = (-?%d+)" do
        assert.are.equal(0, points % 5, vertical)
      end
    end
  end)
end)
