-- moonsift config: what it finds wrong, what it shows, and the schema that goes with it.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

describe("moonsift config", function()
  local home
  before_each(function() home = cli.home("") end)
  after_each(function() shell.must("rm -rf " .. home) end)

  local function run(config, ...)
    shell.write(home .. "/moonsift.yaml", config)
    return cli.run({ "config", ... }, { cwd = home })
  end

  it("check tells every problem with its line, and exits 2", function()
    local code, out, err = run("lisen: :80\nlimits: {idle: 5}\naccounts: {1: {vertical: x}}\n",
      "check")
    assert.are.equal(2, code)
    assert.are.equal("", out)
    assert.matches('moonsift.yaml:1: unknown key "lisen"; did you mean "listen"?', err, 1, true)
    assert.matches("moonsift.yaml:2: limits.idle must be a duration", err, 1, true)
    assert.matches("2 problems", err, 1, true)
  end)

  it("every other verb names the first and how many there are", function()
    local code, _, err = run("lisen: :80\nlimits: {idle: 5}\n", "show")
    assert.are.equal(2, code)
    assert.matches('moonsift.yaml:1: unknown key "lisen"', err, 1, true)
    assert.matches("(and 1 more)", err, 1, true)
    assert.matches("moonsift config check", err, 1, true)
  end)

  it("check finds verticals that are not there", function()
    local code, _, err = run("accounts: {1: {vertical: recruitmint}}\n", "check")
    assert.are.equal(2, code)
    assert.matches("accounts.1.vertical", err, 1, true)
    assert.matches("recruitmint", err, 1, true)
    code, _, err = run("accounts: {1: {vertical: recruitment}}\n", "check")
    assert.are.equal(2, code) -- the shipped one is none of this project's
    assert.matches("scripts/recruitment/vertical.lua: No such file", err, 1, true)
    shell.must(("ln -s %s/scripts %s/scripts"):format(cli.root, home))
    assert.are.equal(0, (run("accounts: {1: {vertical: recruitment}}\n", "check")))
  end)

  it("check loads every vertical as a judge would", function()
    shell.must("mkdir -p " .. home .. "/verticals/odd")
    shell.write(home .. "/verticals/odd/vertical.lua", '-- a typing error\nrul {}\n')
    local code, _, err = run("rules: {dir: verticals}\naccounts: {1: {vertical: odd}}\n", "check")
    assert.are.equal(2, code)
    assert.matches("accounts.1.vertical: vertical odd: vertical.lua:2:", err, 1, true)
  end)

  it("check finds sources that cannot verify anybody", function()
    local code, _, err = run("sources: {cw1: {kind: chatwoot}}\n", "check")
    assert.are.equal(2, code)
    assert.matches("sources.cw1", err, 1, true)
    assert.matches("secret", err, 1, true)
  end)

  it("check warns of a variable that is nearly a key's", function()
    local code, _, err = cli.run({ "config", "check" },
      { cwd = home, env = { MOONSIFT_LISTN = ":81", MOONSIFT_OTHER_THING = "1" } })
    assert.are.equal(0, code)
    assert.matches("MOONSIFT_LISTN", err, 1, true)
    assert.matches("did you mean MOONSIFT_LISTEN?", err, 1, true)
    assert.is_nil(err:find("OTHER", 1, true))
  end)

  it("check answers in JSON when asked", function()
    local code, out, err = run("lisen: :80\n", "check", "--json")
    local document = cjson.decode(out)
    assert.are.equal(2, code)
    assert.are.equal("", err)
    assert.are.equal("moonsift.config-check/1", document.schema)
    assert.is_false(document.ok)
    assert.are.equal("error", document.problems[1].level)
    assert.matches("lisen", document.problems[1].text)
    shell.write(home .. "/moonsift.yaml", "")
    assert.is_true(cli.json({ "config", "check", "--json" }, { cwd = home }).ok)
  end)

  it("a file that is not there, or is no YAML, is named", function()
    local code, _, err = cli.run { "config", "check", "--config", home .. "/none.yaml" }
    assert.are.equal(2, code)
    assert.matches("none.yaml", err, 1, true)
    code, _, err = run("listen: [", "check")
    assert.are.equal(2, code)
    assert.matches("moonsift.yaml:", err, 1, true)
  end)

  it("show names where each value comes from, and no secret", function()
    shell.write(home .. "/secret", "hunter2\n")
    shell.write(home .. "/moonsift.yaml",
      "listen: ':81'\nsources: {cw1: {kind: chatwoot, secret_file: secret}}\n")
    local options = { cwd = home, env = { MOONSIFT_LOG_LEVEL = "warn",
      MOONSIFT_CRM_DSN = "host=db password=hunter3" } }
    local code, out = cli.run({ "config", "show", "--origin", "--plain" }, options)
    assert.are.equal(0, code)
    assert.matches("\nlog.level\twarn\tenv MOONSIFT_LOG_LEVEL\n", out, 1, true)
    assert.matches("listen\t:81\tfile moonsift.yaml:1\n", out, 1, true)
    assert.matches("\nqueue.batch\t256\tdefault\n", out, 1, true)
    assert.matches("\ncrm.dsn\t********\tenv MOONSIFT_CRM_DSN\n", out, 1, true)
    assert.is_nil(out:find("hunter", 1, true))
    local document = cli.json({ "config", "show", "--json" }, options)
    assert.are.equal("moonsift.config/1", document.schema)
    assert.are.equal("moonsift.yaml", document.file)
    assert.are.equal("listen", document.keys[1].key)
  end)

  it("a secret in the file itself is refused without being repeated", function()
    local code, _, err = run("sources:\n  cw1:\n    kind: chatwoot\n    secret: hunter2\n", "check")
    assert.are.equal(2, code)
    assert.matches("moonsift.yaml:4: sources.cw1.secret", err, 1, true)
    assert.matches("secret_file: PATH", err, 1, true)
    assert.is_nil(err:find("hunter", 1, true))
  end)

  it("the schema in the tree is the one it prints", function()
    local code, out = cli.run { "config", "schema" }
    assert.are.equal(0, code)
    assert.are.equal(shell.read("schemas/config.schema.json"), out,
      "moonsift config schema > schemas/config.schema.json")
  end)

  it("the annotated example is accepted", function()
    shell.write(home .. "/chatwoot.secret", "not-a-real-secret-0123456789\n")
    shell.must("chmod 600 " .. home .. "/chatwoot.secret")
    shell.must(("ln -s %s/scripts %s/scripts"):format(cli.root, home))
    local code, out, err = run(shell.read("examples/moonsift.yaml"), "check")
    assert.are.equal("", err)
    assert.are.equal(0, code)
    assert.matches("1 account, 1 source", out, 1, true)
  end)

  it("the annotated example names every key", function()
    local text = shell.read("examples/moonsift.yaml")
    local document = cli.json({ "config", "show", "--json" }, { cwd = home })
    for _, item in ipairs(document.keys) do
      local name = item.key:match("[^.]+$")
      assert.is_truthy(text:find("%f[%w_]" .. name .. ":"), item.key)
    end
  end)

  it("the annotated example says the true defaults", function()
    local function values(config)
      local found = {}
      shell.write(home .. "/moonsift.yaml", config)
      local document = cli.json({ "config", "show", "--json" }, { cwd = home })
      for _, item in ipairs(document.keys) do found[item.key] = item.value end
      return found
    end
    shell.write(home .. "/chatwoot.secret", "not-a-real-secret-0123456789\n")
    local example = values(shell.read("examples/moonsift.yaml"))
    for key, value in pairs(values("")) do assert.are.equal(value, example[key], key) end
  end)
end)
