-- What scripts/moonsift/README.md shows of the language loads, and means what it says.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local HEAD = [[
vertical { name = "shop", title = "Shop" }
local a = attributes {
  { "budget_min", integer, says = "Lowest budget" },
  { "budget_max", integer, says = "Highest budget" },
  { "orders", integer, says = "Orders so far" },
  { "last_contact", date, says = "Day of the last message" },
  { "note", text, says = "What they wrote" },
}
]]
local CASES = "- {name: x, at: 2025-02-01, contact: {attr: {}, facts: {best_match: 0.5}},"
  .. " expect: {score: 0}}\n"

describe("the examples in scripts/moonsift/README.md", function()
  local home = cli.home()
  teardown(function() shell.must("rm -rf " .. home) end)

  local function declared()
    local blocks = {}
    for block in shell.read("scripts/moonsift/README.md"):gmatch("```lua\n(.-)```") do
      if block:find("^custom") then
        block = 'rule { id = "C", name = "narrow", points = 1, because = "b", when = ' .. block
          .. "}\n"
      end
      blocks[#blocks + 1] = block
    end
    assert.is_true(#blocks >= 4)
    return HEAD .. table.concat(blocks, "\n")
  end

  local function evaluate(line)
    local code, out = cli.run({ "evaluate", "shop", "--at", "2025-02-01", "--explain" },
      { cwd = home, input = line .. "\n" })
    assert.are.equal(0, code, out)
    return cjson.decode(out)
  end

  setup(function()
    shell.must(("mkdir -p %s/scripts/shop"):format(home))
    shell.write(home .. "/scripts/shop/vertical.lua", declared())
    shell.write(home .. "/scripts/shop/cases.yaml", CASES)
  end)

  it("have neither errors nor warnings", function()
    local code, out = cli.run({ "check", "shop", "--strict" }, { cwd = home })
    assert.are.equal(0, code, out)
    code, out = cli.run({ "test", "shop" }, { cwd = home })
    assert.are.equal(0, code, out)
  end)

  it("count a group's highest once, and say so", function()
    local d = evaluate('{"custom_attributes":{"budget_max":90000,"note":"x"},'
      .. '"facts":{"best_match":0.6}}')
    assert.are.equal(6.5, d.score)
    assert.are.same({ "B1", "B2", "I1", "F1" }, d.fired)
    local text = table.concat(d.explain, "\n")
    assert.matches("0 B1 pays%-well .-0 of 15: group budget counts its highest only", text)
    assert.matches("+25 B2 pays-best", text, 1, true)
    assert.matches("+10 F1 asks.-10 of 20: group interest counts at most 40", text)
  end)

  it("keep a stage that is further", function()
    local status = function(attributes)
      return evaluate('{"custom_attributes":' .. attributes .. "}").lead_status
    end
    assert.are.equal("new", status "{}")
    assert.are.equal("contacted", status '{"last_contact":"2025-01-01"}')
    assert.are.equal("qualified",
      status '{"last_contact":"2025-01-01","lead_status":"qualified"}')
    assert.are.equal("customer", status '{"orders":1,"lead_status":"new"}')
    assert.are.equal("contacted", status '{"last_contact":"2025-01-01","lead_status":"lost"}')
  end)

  it("never take a fact from the contact's attributes", function()
    local d = evaluate '{"custom_attributes":{"best_match":0.9}}'
    assert.are.same({ "B1", "B2", "F1", "C" }, d.unknown)
    assert.are.equal(0.9, d.attributes.best_match)
    assert.is_nil(evaluate('{"facts":{"best_match":0.9}}').attributes.best_match)
  end)

  it("refuse facts that are no object", function()
    local code, out = cli.run({ "evaluate", "shop", "--at", "2025-02-01" },
      { cwd = home, input = '{"custom_attributes":{},"facts":[1]}\n' })
    assert.are.equal(5, code)
    assert.matches("facts is no object", out, 1, true)
  end)
end)
