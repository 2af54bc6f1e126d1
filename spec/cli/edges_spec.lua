-- Small things people trip over: what is said, once, and where the way out is.
local cjson = require "cjson"
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local GOOD = [[
vertical { name = "%s", title = "X" }
local a = attributes { { "n", integer, says = "n" } }
rule { id = "R", name = "r", points = 1, when = a.n:at_least(1), because = "b" }
]]

describe("a thing to trip over", function()
  local home

  setup(function()
    home = cli.home()
    for name, text in pairs { good = GOOD:format "good", loop = "while true do end\n",
      wrong = (GOOD:format "wrong"):gsub("a%.n:", "a.nn:") } do
      shell.must(("mkdir -p %s/scripts/%s"):format(home, name))
      shell.write(("%s/scripts/%s/vertical.lua"):format(home, name), text)
    end
  end)
  teardown(function() shell.must("rm -rf " .. home) end)

  local function run(arguments, options)
    options = options or {}
    options.cwd = home
    return cli.run(arguments, options)
  end

  local function count(text, words) return select(2, text:gsub(words:gsub("%p", "%%%0"), "")) end

  local function config(text)
    shell.write(home .. "/moonsift.yaml", text)
    local code, out, err = run { "config", "check" }
    assert.are.equal("", out)
    return code, err
  end

  it("config check says each thing once, however often it is named", function()
    local code, err = config("accounts: {1: {vertical: wrong, inboxes: {3: wrong, 4: nothing}},"
      .. " 2: {vertical: wrong}, 3: {vertical: good}}\n"
      .. "sources: {cw: {kind: chatwoot, vertical: nothing}}\n")
    assert.are.equal(2, code)
    assert.are.equal(1, count(err, 'unknown attribute "nn"'))
    assert.matches("accounts.1.vertical (and 2 more places): vertical wrong: vertical.lua:3",
      err, 1, true)
    assert.matches("hint: moonsift check wrong\n", err, 1, true)
    assert.are.equal(1, count(err, "nothing/vertical.lua"))
    assert.matches("accounts.1.inboxes.4 (and 1 more place): vertical nothing: ", err, 1, true)
    assert.matches("\n3 problems\n$", err)
    assert.are.equal(3, count(err, "\n  hint: "))
  end)

  it("config check says of a plugin whose file is wrong only that", function()
    local code, err = config("plugins: {x: {file: 7}, y: {grant: []}}\n")
    assert.are.equal(2, code)
    assert.matches("plugins.x.file must be a path, not 7", err, 1, true)
    assert.is_nil(err:find('no plugin "x"', 1, true))
    assert.are.equal(1, count(err, 'no plugin "y"'))
    assert.matches("\n2 problems\n$", err)
  end)

  it("config show names the folders in use", function()
    shell.write(home .. "/moonsift.yaml", "log: {level: warn}\n")
    local _, out = run({ "config", "show" }, { env = { XDG_STATE_HOME = home .. "/state" } })
    local dir = out:match("\nembedded.dir +(%S+)\n")
    assert.are.equal("/", dir:sub(1, 1))
    assert.are.equal(dir .. "/spool", out:match("\nspool.dir +(%S+)\n"))
    assert.are.equal("scripts", out:match("\nrules.dir +(%S+)\n"))
    assert.are.equal("not set", out:match("\ncrm.dsn +([^\n]+)\n"))
    assert.is_nil(out:find(" -\n", 1, true))
    _, out = run { "config", "show", "--plain" }
    assert.matches("\nembedded.dir\t\n", out, 1, true)
    for _, key in ipairs(cli.json({ "config", "show", "--json" }, { cwd = home }).keys) do
      if key.key == "crm.dsn" then assert.are.equal(cjson.null, key.value) end
    end
  end)

  it("evaluate names the line of its input, and the column in it", function()
    local code, out, err = run({ "evaluate", "good" },
      { input = '{"id":1}\n{"custom_attributes":{"n":}}\n[]\n' })
    assert.are.equal(5, code)
    assert.matches('{"line":2,"error":"not JSON: expected a value (column 27)"}\n', out, 1, true)
    assert.matches('{"line":3,"error":"not JSON: expected an object (column 1)"}\n', out, 1, true)
    assert.is_nil((out .. err):find("line 1", 1, true))
  end)

  it("evaluate says what it waits for at a terminal", function()
    local command = ("cd %s && %s evaluate good %%s"):format(home, shell.quote(cli.bin))
    local function at_terminal(flag)
      return shell.must(("script -qec %s /dev/null < /dev/null")
        :format(shell.quote(command:format(flag))))
    end
    assert.matches("one JSON object a line; Ctrl-D ends", at_terminal "", 1, true)
    assert.is_nil(at_terminal("-q"):find("Ctrl-D", 1, true))
    assert.are.equal("", select(3, run { "evaluate", "good" }))
  end)

  it("evaluate takes a vertical with errors for what it is", function()
    for _, jobs in ipairs { "1", "2" } do
      local code, out, err = run({ "evaluate", "loop", "-j", jobs }, { input = "{}\n" })
      assert.are.equal(3, code)
      assert.are.equal("", out)
      assert.matches("used up its time (500 ms)", err, 1, true)
      assert.is_nil(err:find("cpu_ms", 1, true))
      code, _, err = run({ "evaluate", "wrong", "-j", jobs }, { input = "{}\n" })
      assert.are.equal(3, code)
      assert.matches('unknown attribute "nn"', err, 1, true)
      assert.matches("hint: moonsift check wrong", err, 1, true)
    end
  end)

  it("is a name: the nearest is suggested", function()
    local function suggests(name, ...)
      local code, out, err = run { ... }
      assert.are.equal(2, code, err)
      assert.are.equal("", out)
      assert.matches(('did you mean "%s"?'):format(name), err, 1, true)
    end
    for _, verb in ipairs { "check", "test", "evaluate" } do suggests("good", verb, "goood") end
    suggests("deliveries list", "deliveries", "lst")
    suggests("deliveries show", "deliveries", "shwo", "x")
    suggests("migrate status", "migrate", "stauts")
    suggests("plugins describe", "plugins", "descrbe", "x")
    suggests("codes", "help", "cods")
    suggests("warn", "check", "--fail-level", "warning")
    suggests("sarif", "check", "--format", "sairf")
    for _, verb in ipairs(cli.verbs()) do suggests("--quiet", verb, "--quite") end
  end)

  it("plugins describe says what the ids mean", function()
    local out = select(2, cli.run { "plugins", "describe", "webhook" })
    assert.matches("needs     moonsift.json/1        reads and writes JSON", out, 1, true)
    assert.matches("  sources.NAME.secret_file  (of kind chatwoot, file, secret)\n", out, 1, true)
    assert.is_nil(out:find("sources:", 1, true))
    for _, name in ipairs { "webhook", "postgres", "crm" } do
      out = select(2, cli.run { "plugins", "describe", name })
      assert.is_nil(out:find("unknown to this host", 1, true), out)
    end
  end)
end)
