-- moonsift migrate: the verb, on the embedded database.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

describe("moonsift migrate", function()
  local home
  setup(function()
    home = cli.home()
    assert.are.equal(0, (cli.run({ "db", "start" }, { cwd = home })))
  end)
  teardown(function() cli.leave(home) end)

  local function migrate(...) return cli.run({ "migrate", ... }, { cwd = home }) end
  local function sql(text)
    local code, out, err = cli.run({ "db", "psql", "-X", "-A", "-t", "-q", "-c", text },
      { cwd = home })
    assert.are.equal(0, code, err)
    return (out:gsub("\n$", ""))
  end

  it("shows what is pending and changes nothing by it", function()
    local code, out = migrate("status")
    assert.are.equal(0, code)
    assert.matches("crm 0001  standalone_schema +pending\n", out)
    assert.matches("0 applied, %d+ pending\n$", out)
    assert.are.equal(4, (migrate("status", "--exit-code")))
    code, out = migrate("plan", "--to", "2", "--exit-code")
    assert.are.equal(4, code)
    assert.are.equal("up crm 0001 standalone_schema\nup crm 0002 standard_labels\n", out)
    assert.are.equal("f", sql "SELECT to_regclass('moonsift.migration') IS NOT NULL")
  end)

  it("goes up, says each step, and has nothing to do the second time", function()
    local code, out = migrate("up", "--to", "1")
    assert.are.equal(0, code)
    assert.are.equal("up crm 0001 standalone_schema\n", out)
    code, out = migrate("up")
    assert.are.equal(0, code)
    assert.matches("^up crm 0002 standard_labels\n.*up crm 0010 moonsift_pipeline\n", out)
    code, out = migrate("up")
    assert.are.equal(0, code)
    assert.are.equal("nothing to do\n", out)
    assert.are.equal(0, (migrate("status", "--exit-code")))
    assert.are.equal("", select(2, migrate("up", "-q")))
  end)

  it("tells the same as JSON and as plain text", function()
    local document = cli.json({ "migrate", "status", "--json" }, { cwd = home })
    assert.are.equal("moonsift.migrate/1", document.schema)
    assert.are.equal(0, document.pending)
    local first = document.migrations[1]
    assert.are.equal("standalone_schema", first.name)
    assert.are.equal("applied", first.state)
    assert.are.equal(first.sha256, first.applied_sha256)
    assert.are.equal(shell.must "sha256sum < migrations/crm/0001_standalone_schema.up.sql",
      first.sha256 .. "  -")
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", first.applied_at)
    local _, out = migrate("status", "--plain")
    assert.matches("crm\t0001\tstandalone_schema\tapplied\t" .. first.applied_at .. "\n", out, 1,
      true)
    local _, lines = out:gsub("\n", "")
    assert.are.equal(#document.migrations, lines)
  end)

  it("down needs a yes, takes back the newest, or all above a number", function()
    local code, out, err = migrate("down")
    assert.are.equal(7, code)
    assert.are.equal("", out)
    assert.matches("--yes", err, 1, true)
    local newest = sql "SELECT max(number) FROM moonsift.migration"
    code, out = migrate("down", "--yes")
    assert.are.equal(0, code)
    assert.matches(("^down crm %04d [%%w_]+\n$"):format(newest), out)
    assert.are.equal(0, (migrate("down", "--to", "3", "--yes")))
    assert.are.equal("3", sql "SELECT max(number) FROM moonsift.migration")
    assert.are.equal("nothing to do\n", select(2, migrate("down", "--to", "3", "--yes")))
    assert.are.equal(0, (migrate("up")))
  end)

  it("verify names both hashes of a file that changed, and nothing is applied then", function()
    assert.are.equal(0, (migrate("verify")))
    local before = sql "SELECT sha256 FROM moonsift.migration WHERE number = 3"
    sql "UPDATE moonsift.migration SET sha256 = repeat('ab', 32) WHERE number = 3"
    for _, action in ipairs { "verify", "up" } do
      local code, out, err = migrate(action)
      assert.are.equal(7, code)
      assert.are.equal("", out)
      assert.matches("0003_total_casts", err, 1, true)
      assert.matches(before, err, 1, true)
      assert.matches(("ab"):rep(32), err, 1, true)
    end
    assert.matches("0003  total_casts +changed", (select(2, migrate("status"))))
    sql(("UPDATE moonsift.migration SET sha256 = '%s' WHERE number = 3"):format(before))
    assert.are.equal(0, (migrate("verify")))
  end)

  it("refuses what it does not understand", function()
    local function refused(words, ...)
      local code, _, err = migrate(...)
      assert.are.equal(2, code)
      assert.matches(words, err, 1, true)
    end
    refused("say status, plan, up, down or verify")
    refused('did you mean "migrate status"?', "stauts")
    refused("one argument too many", "up", "3")
    refused('"three" is no whole number', "up", "--to", "three")
    refused("known: crm", "up", "--db", "knowledg")
    refused("there is no migration crm 0777", "up", "--to", "777")
  end)
end)
