-- moonsift db: the embedded database from the command line, and one elsewhere.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

describe("moonsift db", function()
  local home
  setup(function() home = cli.home() end)
  teardown(function() cli.leave(home) end)

  local function db(...) return cli.run({ "db", ... }, { cwd = home }) end
  local function status() return cli.json({ "db", "status", "--json" }, { cwd = home }) end
  -- Processes that stand in the database's folder: keeper, postmaster, backends.
  local function processes()
    local n = shell.must(("for p in /proc/[0-9]*; do readlink $p/cwd; done 2>/dev/null" ..
      " | grep -c '^%s/db' || true"):format(home))
    return tonumber(n)
  end
  local function all_gone() return processes() == 0 end

  it("status of one that never ran", function()
    local code, out = db("status", "--plain")
    assert.are.equal(0, code)
    assert.matches("running\tno\n", out, 1, true)
    assert.are.equal(4, (db("status", "--exit-code")))
    code = db("dsn")
    assert.are.equal(6, code)
    assert.are.equal(0, processes())
  end)

  it("psql starts it, uses it, and leaves nothing running", function()
    local code, out, err = db("psql", "-X", "-A", "-t", "-c", "select current_database()")
    assert.are.equal(0, code, err)
    assert.are.equal("moonsift\n", out)
    assert.matches("embedded PostgreSQL", err, 1, true) -- what takes long is said
    assert.is_true(shell.wait(15, all_gone))
    code, out = db("psql", "--", "-X", "-q", "-v", "who=me", "-A", "-t", "-c", "select 7")
    assert.are.equal(0, code)
    assert.are.equal("7\n", out)
    assert.are.equal(1, (db("psql", "-X", "-c", "select nonsense"))) -- psql's own exit code
  end)

  it("psql keeps it running for as long as it lives", function()
    local sleeper = ("%s > /dev/null 2>&1 & echo $!"):format(
      cli.command({ "db", "psql", "-X", "-c", "select pg_sleep(60)" }, { cwd = home }))
    local pid = shell.must(sleeper)
    assert.is_true(shell.wait(20, function() return status().running end))
    shell.run("sleep 2")
    assert.is_true(status().running)
    shell.must("pkill -9 -P " .. pid .. " || kill -9 " .. pid)
    assert.is_true(shell.wait(15, all_gone))
  end)

  it("two that come at once share one server", function()
    local one = cli.command({ "db", "psql", "-X", "-A", "-t", "-c",
      "select pg_postmaster_start_time(), pg_sleep(0.5)" }, { cwd = home })
    local out = shell.must(("(%s) & (%s); wait"):format(one, one))
    local first, second = out:match("([^|\n]+)|\n([^|\n]+)|")
    assert.is_truthy(first)
    assert.are.equal(first, second)
  end)

  it("start pins it, dsn reaches it, stop ends it", function()
    assert.are.equal(0, (db("start")))
    assert.are.equal(0, (db("start")))
    shell.run("sleep 2")
    local now = status()
    assert.is_true(now.running)
    assert.is_true(now.pinned)
    assert.are.equal(0, now.users)
    assert.are.equal(0, (db("status", "--exit-code")))
    local _, dsn = db("dsn")
    assert.are.equal("1", shell.must(("psql -X -A -t -c 'select 1' %s")
      :format(shell.quote(dsn:gsub("\n", "")))))
    local code, _, err = db("stop")
    assert.are.equal(0, code)
    assert.matches("stopped", err)
    assert.are.equal(0, processes())
    assert.are.equal(0, (db("stop")))
  end)

  it("an idle keeper that is killed leaves no server, and the next one starts anew", function()
    assert.are.equal(0, (db("start")))
    shell.must(("kill -9 $(head -1 %s/db/keeper.lock)"):format(home))
    assert.is_true(shell.wait(10, all_gone))
    assert.is_false(status().running)
    assert.are.equal(0, (db("psql", "-X", "-c", "select 1")))
    assert.are.equal(0, (db("stop")))
  end)

  it("a database elsewhere is used, not managed, and its password is not shown", function()
    assert.are.equal(0, (db("start")))
    local _, dsn = db("dsn")
    local options = { cwd = home,
      env = { MOONSIFT_CRM_DSN = dsn:gsub("\n", "") .. " password=hunter2" } }
    local function there(...) return cli.run({ "db", ... }, options) end
    local code, out, err = there("psql", "-X", "-A", "-t", "-c", "select 7")
    assert.are.equal("7\n", out, err)
    assert.are.equal(0, code)
    code, out, err = there("dsn")
    assert.are.equal(0, code)
    assert.are.equal(dsn, out)
    assert.matches("password is left out", err, 1, true)
    code, out = there("status", "--json")
    assert.are.equal(0, code)
    assert.are.equal("external", cjson.decode(out).database)
    assert.is_nil(out:find("hunter2", 1, true))
    for _, noun in ipairs { "start", "stop" } do
      code, _, err = there(noun)
      assert.are.equal(2, code)
      assert.matches("elsewhere", err, 1, true)
    end
    assert.are.equal(0, (db("stop")))
  end)

  it("a database elsewhere that does not answer is exit 6, with its place", function()
    local code, _, err = cli.run({ "db", "status" },
      { cwd = home, env = { MOONSIFT_CRM_DSN = "host=/nowhere dbname=x password=hunter2" } })
    assert.are.equal(6, code)
    assert.matches("/nowhere", err, 1, true)
    assert.is_nil(err:find("hunter2", 1, true))
  end)

  it("programs that are not there are said to be missing", function()
    local other = cli.home(("embedded: {dir: %s/other, bin: /nonexistent}\n"):format(home))
    local code, _, err = cli.run({ "db", "start" }, { cwd = other })
    assert.are.equal(6, code)
    assert.matches("/nonexistent", err, 1, true)
    assert.matches("hint:", err, 1, true)
    cli.leave(other)
  end)
end)
