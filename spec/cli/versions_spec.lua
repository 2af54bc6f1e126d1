-- moonsift activate, versions, rollback: which rules judge, and back.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

describe("moonsift activate, versions and rollback", function()
  local home

  setup(function()
    home = cli.home()
    shell.must(("cp -r %s/scripts %s/scripts"):format(cli.root, home))
    assert.are.equal(0, (cli.run({ "migrate", "up" }, { cwd = home })))
  end)
  teardown(function() cli.leave(home) end)

  local function run(...) return cli.run({ ... }, { cwd = home }) end
  local function edit(from, to)
    local path = home .. "/scripts/recruitment/vertical.lua"
    local text = assert(shell.read(path))
    local at = assert(text:find(from, 1, true), from)
    shell.write(path, text:sub(1, at - 1) .. to .. text:sub(at + #from))
  end
  local function active()
    local list = cli.json({ "versions", "recruitment", "--json" }, { cwd = home })
    for _, version in ipairs(list.versions) do
      if version.active then return version.number, version end
    end
  end
  local function epoch()
    local _, out = run("db", "psql", "-X", "-A", "-t", "-c",
      "select min(epoch) || ' ' || max(epoch) from moonsift.lease")
    return out
  end

  it("there is none before the first", function()
    local code, _, err = run("versions", "recruitment")
    assert.are.equal(2, code)
    assert.matches('no version of "recruitment" was ever activated', err, 1, true)
    code, _, err = run("rollback", "recruitment")
    assert.are.equal(2, code)
    assert.matches("moonsift activate recruitment", err, 1, true)
  end)

  it("the first is stored and active", function()
    local code, out, err = run("activate", "recruitment", "-m", "first")
    assert.are.equal(0, code, err)
    assert.are.equal("recruitment v1 active\n", out)
    local number, version = active()
    assert.are.equal(1, number)
    assert.are.equal("first", version.message)
    assert.matches("^%x%x%x%x%x%x%x%x%x%x%x%x$", version.hash)
  end)

  it("the same draft again changes nothing", function()
    local before = epoch()
    local code, out = run("activate", "recruitment", "-m", "again")
    assert.are.equal(0, code)
    assert.matches("v1 is active already", out, 1, true)
    assert.are.equal(before, epoch())
  end)

  it("a changed draft is the next version, and every lease learns of it", function()
    local before = epoch()
    edit("Budget is in our top band", "Budget is in our highest band")
    local code, out = run("activate", "recruitment", "--message", "other words")
    assert.are.equal(0, code)
    assert.matches("recruitment v2 active, v1 kept", out, 1, true)
    assert.are_not.equal(before, epoch())
    assert.are.equal(2, (active()))
  end)

  it("a draft whose cases are not as expected never becomes active", function()
    local before = epoch()
    edit("a.budget_max:at_least(80000)", "a.budget_max:at_least(75000)")
    local code, _, err = run("activate", "recruitment", "-m", "lower the bar")
    assert.are.equal(3, code)
    assert.matches("cases are not as expected", err, 1, true)
    assert.are.equal(2, (active()))
    assert.are.equal(before, epoch())
    edit("a.budget_max:at_least(75000)", "a.budget_max:at_least(80000)")
  end)

  it("a draft that does not load never becomes active", function()
    local before = epoch()
    edit("a.budget_max:at_least(80000)", "a.budget_maxx:at_least(80000)")
    local code, out, err = run("activate", "recruitment", "-m", "broken")
    assert.are.equal(3, code)
    assert.matches("vertical.lua:%d+:%d+ error E%d+ .*budget_maxx", out)
    assert.matches("the draft has 1 error", err, 1, true)
    assert.are.equal(2, (active()))
    assert.are.equal(before, epoch())
    edit("a.budget_maxx:at_least(80000)", "a.budget_max:at_least(80000)")
  end)

  it("rollback makes the one before active, --to any", function()
    local code, out = run("rollback", "recruitment")
    assert.are.equal(0, code)
    assert.matches("recruitment v1 active again, v2 kept", out, 1, true)
    assert.are.equal(1, (active()))
    local first, _, err = run("rollback", "recruitment")
    assert.are.equal(2, first)
    assert.matches("v1 is the first version", err, 1, true)
    assert.matches("moonsift rollback recruitment --to 2", err, 1, true)
    assert.are.equal(0, (run("rollback", "recruitment", "--to", "v2")))
    assert.are.equal(2, (active()))
    local unknown, _, text = run("rollback", "recruitment", "--to", "7")
    assert.are.equal(2, unknown)
    assert.matches("there is no version 7 of recruitment", text, 1, true)
    assert.are.equal(2, (active()))
  end)

  it("a draft that equals an older version makes that active again", function()
    edit("Budget is in our highest band", "Budget is in our top band")
    local code, out = run("activate", "recruitment", "-m", "back to the old words")
    assert.are.equal(0, code)
    assert.are.equal("recruitment v1 active again, v2 kept: the draft equals it, and its message "
      .. "stays\n", out)
    assert.are.equal("first", select(2, active()).message)
    edit("Budget is in our top band", "Budget is in our highest band")
    assert.are.equal(0, (run("activate", "recruitment", "-m", "again")))
  end)

  it("wrong calls are refused", function()
    local lost = select(3, run("activate", "recruitment", "why it is"))
    assert.matches('-m "why it is"', lost, 1, true)
    assert.are.equal(2, (run("activate", "recruitment")))
    assert.are.equal(2, (run("activate")))
    assert.are.equal(2, (run("versions")))
    assert.are.equal(2, (run("rollback", "recruitment", "--to", "x")))
    local code, _, err = run("activate", "nowhere", "-m", "x")
    assert.are.equal(2, code)
    assert.matches("nowhere", err, 1, true)
  end)
end)
