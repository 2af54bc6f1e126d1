-- Whose verticals a verb takes: the project's that the working folder lies in, and no others.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local RULES = [[
vertical { name = "%s", title = "X" }
local a = attributes { { "n", integer, says = "n" } }
labels { { "big", colour = "#10b981", says = "b" } }
rule { id = "OWN", name = "own", points = 1, when = a.n:at_least(1), because = "b", label = "big" }
]]
local CASES = "- { name: one, at: 2025-02-01, contact: { attr: { n: 1 } }, "
  .. "expect: { score: 0.1 } }\n"
local SHIPPED = "shipped verticals of "

describe("the folder of verticals", function()
  local home

  local function vertical(folder, name)
    shell.must(("mkdir -p %s/%s/deep"):format(folder, name))
    shell.write(("%s/%s/vertical.lua"):format(folder, name), RULES:format(name))
    shell.write(("%s/%s/cases.yaml"):format(folder, name), CASES)
  end

  before_each(function()
    home = cli.home()
    vertical(home .. "/scripts", "recruitment")
  end)
  after_each(function() cli.leave(home) end)

  local function at(folder, ...)
    return cli.run({ ... }, { cwd = home .. folder, env = { XDG_CONFIG_HOME = home .. "/none" } })
  end

  it("is the project's, from each of its folders", function()
    for _, folder in ipairs { "", "/scripts", "/scripts/recruitment",
      "/scripts/recruitment/deep" } do
      local code, out, err = at(folder, "rules", "recruitment", "--plain")
      assert.are.equal(0, code, err)
      assert.matches("^OWN\t", out)
      assert.are.equal("", err)
      assert.matches("1 passed", select(2, at(folder, "test", "recruitment")), 1, true)
    end
    local _, out = at("/scripts/recruitment", "config", "show")
    assert.matches("\nrules.dir +../../scripts\n", out)
    shell.write(home .. "/moonsift.yaml", "lisen: x\n")
    local code, _, err = at("/scripts/recruitment", "check")
    assert.are.equal(2, code)
    assert.matches("../../moonsift.yaml:1: unknown key", err, 1, true)
  end)

  it("is rules.dir before scripts, from above as well", function()
    vertical(home .. "/ours", "shop")
    shell.write(home .. "/moonsift.yaml", "rules: { dir: ours }\n")
    assert.matches("1 passed", select(2, at("/scripts/recruitment", "test", "shop")), 1, true)
    local code, _, err = at("/scripts/recruitment", "check", "recruitment")
    assert.are.equal(2, code)
    assert.matches('there is no vertical "recruitment"', err, 1, true)
    assert.matches("verticals are in ../../ours", err, 1, true)
  end)

  it("is never the shipped one where there is a project", function()
    for _, verb in ipairs { "check", "test", "rules", "evaluate" } do
      local code, out, err = at("", verb, "ecommerce")
      assert.are.equal(2, code, verb)
      assert.are.equal("", out)
      assert.matches("verticals are in scripts", err, 1, true)
    end
    shell.must(("mv %s/scripts/recruitment/vertical.lua %s/scripts/recruitment/vertical.luaa")
      :format(home, home))
    local code, _, err = at("", "check", "recruitment")
    assert.are.equal(2, code)
    assert.matches("scripts/recruitment/vertical.lua is not there", err, 1, true)
    shell.must(("rm -r %s/scripts"):format(home))
    code, _, err = at("", "check", "recruitment")
    assert.are.equal(2, code)
    assert.is_nil(err:find(SHIPPED, 1, true))
    assert.matches("scripts", err, 1, true)
  end)

  it("is ./scripts, else the shipped one with a word, where there is no project", function()
    local none = home .. "/none"
    shell.must(("rm %s/moonsift.yaml && mkdir %s"):format(home, none))
    assert.matches("^OWN\t", select(2, at("", "rules", "recruitment", "--plain")))
    assert.are.equal(2, (at("", "check", "ecommerce")))
    local code, out, err = at("/none", "rules", "recruitment", "--plain")
    assert.are.equal(0, code)
    assert.matches("^R01\t", out)
    assert.matches(SHIPPED .. cli.root .. "/scripts: ", err, 1, true)
    assert.are.equal("", select(3, at("/none", "rules", "recruitment", "--plain", "-q")))
    for _, folder in ipairs { "", "/none" } do
      code, out, err = at(folder, "activate", "recruitment", "-m", "oops")
      assert.are.equal(2, code)
      assert.are.equal("", out)
      assert.matches("there is no moonsift.yaml here or above", err, 1, true)
    end
  end)

  it("does not come from a file above that is somebody else's", function()
    if shell.must("id -u") ~= "0" then return pending("needs root: it gives a file away") end
    shell.must("chown nobody " .. home .. "/moonsift.yaml")
    local code, _, err = at("/scripts", "check")
    assert.are.equal(2, code)
    assert.matches("../moonsift.yaml: belongs to another user", err, 1, true)
    assert.are.equal(0, (at("", "check", "recruitment")))
    assert.are.equal(0, (at("/scripts", "check", "--config", "../moonsift.yaml")))
  end)

  it("activates what the configuration names, from wherever, and nothing else", function()
    local code, out, err = at("/scripts/recruitment", "activate", "recruitment", "-m", "ours")
    assert.are.equal(0, code, err)
    assert.matches("gate: ../../scripts/recruitment: check ok, cases 1/1", err, 1, true)
    assert.matches("recruitment v1 active", out, 1, true)
    shell.must(("mkdir -p %s/other/conf && mv %s/moonsift.yaml %s/other/conf/"):format(home, home,
      home))
    code, out, err = at("", "activate", "recruitment", "-m", "x", "--config",
      "other/conf/moonsift.yaml")
    shell.must(("mv %s/other/conf/moonsift.yaml %s/"):format(home, home))
    assert.are.equal(2, code)
    assert.are.equal("", out)
    assert.matches("other/conf/moonsift.yaml does not say that ./scripts has its rules", err, 1,
      true)
    assert.matches("rules: { dir: ... }", err, 1, true)
  end)

  it("leaves out a folder whose name no vertical has, and says which names there are", function()
    shell.must(("mkdir -p '%s/scripts/My Gym' && touch '%s/scripts/My Gym/vertical.lua'")
      :format(home, home))
    local code, out, err = at("", "check")
    assert.are.equal(0, code)
    assert.matches("0 errors", out, 1, true)
    assert.matches("scripts/My Gym is left out", err, 1, true)
    assert.matches("a to z", err, 1, true)
    for _, given in ipairs { "scripts/recruitment", "scripts/recruitment/", "Recruitment",
      "scripts/recruitment/vertical.lua" } do
      code, out, err = at("", "check", given)
      assert.are.equal("", out)
      assert.are.equal(2, code)
      assert.matches('did you mean "recruitment"?', err, 1, true)
    end
    code, out, err = at("", "check", "???")
    assert.are.equal("", out)
    assert.are.equal(2, code)
    assert.matches("a to z", err, 1, true)
  end)

  it("activates nothing without a case, and asks for no database to refuse", function()
    shell.write(home .. "/scripts/recruitment/cases.yaml", "")
    local code, _, err = at("", "activate", "recruitment", "-m", "x")
    assert.are.equal(3, code)
    assert.matches("cases.yaml has no case", err, 1, true)
    assert.is_nil(err:find("PostgreSQL", 1, true))
    assert.are.equal("", shell.must(("ls -A %s/db 2>/dev/null || true"):format(home)))
    assert.matches("W303", select(2, at("", "check", "recruitment")), 1, true)
  end)
end)
