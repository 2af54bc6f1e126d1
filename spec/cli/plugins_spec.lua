-- moonsift plugins: list, describe, call.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local build = cli.bin:match("^(.*)/[^/]*$")
local function fixture(name) return ("%s/fixtures/%s.so"):format(build, name) end

describe("moonsift plugins", function()
  local home

  local function configure(text) shell.write(home .. "/moonsift.yaml", text) end
  local function run(...) return cli.run({ "plugins", ... }, { cwd = home }) end

  local function refused(wanted, arguments, ...)
    local code, out, err = cli.run(arguments, { cwd = home })
    assert.are.equal(wanted, code, err)
    assert.are.equal("", out)
    for _, words in ipairs { ... } do assert.matches(words, err, 1, true) end
  end

  before_each(function() home = cli.home() end)
  after_each(function() shell.must("rm -rf " .. shell.quote(home)) end)

  it("lists the bundled ones and those of the configuration", function()
    local template = "plugins: {template: {file: %s, grant: [moonsift.loop/1]}}\n"
    configure(template:format(fixture("template")))
    local document = cli.json({ "plugins", "list", "--json" }, { cwd = home })
    local origins = {}
    for _, plugin in ipairs(document.plugins) do
      origins[plugin.id] = plugin.origin
      assert.is_true(plugin.active)
      assert.matches("^%d+%.%d+%.%d+$", plugin.version)
    end
    assert.are.equal("moonsift.plugins/1", document.schema)
    for _, id in ipairs { "crm", "postgres", "webhook" } do
      assert.are.equal("bundled", origins[id])
    end
    assert.are.equal(fixture("template"), origins.template)
    local _, plain = run("list", "--plain")
    assert.matches("template\t0.1.0\t" .. fixture("template"), plain, 1, true)
  end)

  it("describes a file without running it", function()
    configure("this is: [no configuration")
    for _, name in ipairs { "failing_activate", "ungranted_need" } do
      local code, out, err = run("describe", fixture(name))
      assert.are.equal(0, code, err)
      assert.matches(name .. " 0.1.0", out, 1, true)
      assert.matches("needs     moonsift.loop/1", out, 1, true)
    end
  end)

  it("describes a bundled plugin for people and for programs", function()
    local code, out = run("describe", "postgres")
    assert.are.equal(0, code)
    assert.matches("postgres.query(sql: string, params: any[]?) -> table[], answers later", out,
      1, true)
    assert.matches("plugins.postgres.dsn_file  (file, secret)", out, 1, true)
    for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 100, line) end
    local document = cli.json({ "plugins", "describe", "postgres", "--json" }, { cwd = home })
    assert.are.equal("moonsift.plugin/1", document.schema)
    assert.is_true(document.plugin.database)
    assert.are.equal("query", document.plugin.functions[1].name)
    out = select(2, run("describe", "crm"))
    assert.matches("layout of contacts: stand-alone", out, 1, true)
    out = select(2, run("describe", "webhook"))
    assert.matches("kind: chatwoot", out, 1, true)
  end)

  it("has a sentence for each plugin that misbehaves", function()
    local cases = {
      wrong_magic = { 2, "magic 0xdeadbeef" },
      wrong_abi = { 2, "built for plugin ABI 0.2", "build it again" },
      short_entry = { 2, "the entry has 24 bytes" },
      short_table = { 2, "table moonsift.functions/1" },
      bad_id = { 2, '"Bad.Id" is no plugin id' },
      unknown_need = { 2, "needs moonsift.teleport/1", "this host has moonsift.loop/1" },
      no_entry = { 2, "exports no function moonsift_plugin" },
      null_entry = { 2, "returned NULL" },
      not_there = { 2, "No such file" },
    }
    for name, case in pairs(cases) do
      refused(case[1], { "plugins", "describe", fixture(name) }, table.unpack(case, 2))
      configure(("plugins: {%s: {file: %s}}\n"):format(name, fixture(name)))
      refused(case[1], { "plugins", "list" }, table.unpack(case, 2))
    end
  end)

  it("names the need and the line to add", function()
    configure(("plugins: {template: {file: %s}}\n"):format(fixture("template")))
    refused(7, { "plugins", "list" }, "needs moonsift.loop/1, which is not granted",
      "plugins: { template: { grant: [moonsift.loop/1] } }")
  end)

  it("passes on why a plugin does not start", function()
    local broken = "plugins: {failing_activate: {file: %s, grant: [moonsift.loop/1]}}\n"
    configure(broken:format(fixture("failing_activate")))
    refused(6, { "plugins", "list" }, "the teleporter has no power", "plug it in")
  end)

  it("calls functions and prints JSON", function()
    configure(([[
plugins:
  template:
    file: %s
    grant: [moonsift.loop/1]
    greeting: Goedemorgen
]]):format(fixture("template")))
    local code, out = run("call", "template.greet", '["Dirk"]')
    assert.are.equal(0, code)
    assert.are.equal('"Goedemorgen, Dirk!"\n', out)
    code, out = run("call", "template.later", '[20, {"a": [1, null, 12345678901234567]}]')
    assert.are.equal(0, code)
    assert.are.equal('{"a":[1,null,12345678901234567]}\n', out)
    refused(2, { "plugins", "call", "template.later", "[-1]" }, "milliseconds is -1",
      "give a smaller number")
    refused(2, { "plugins", "call", "template.later", '["x"]' },
      "argument 1 (milliseconds) must be of type integer")
    refused(2, { "plugins", "call", "template.great" }, "did you mean template.greet?")
  end)

  it("notices a function that will never answer", function()
    local silent = "plugins: {double_completion: {file: %s}}\n"
    configure(silent:format(fixture("double_completion")))
    refused(1, { "plugins", "call", "double_completion.forgets" }, "waits for nothing")
    refused(1, { "plugins", "call", "double_completion.never" }, "returned without an answer")
    local code, out, err = run("call", "double_completion.twice")
    assert.are.equal(0, code)
    assert.are.equal("1\n", out)
    assert.matches("plugin.completed_twice", err, 1, true)
  end)

  it("refuses what it cannot read", function()
    refused(2, { "plugins" }, "list, describe or call?")
    refused(2, { "plugins", "lst" }, 'did you mean "plugins list"?')
    refused(2, { "plugins", "list", "x" }, "one argument too many")
    refused(2, { "plugins", "describe" }, "describe which plugin?")
    refused(2, { "plugins", "describe", "postgers" }, 'did you mean "postgres"?')
    refused(2, { "plugins", "call" }, "call what?")
    refused(2, { "plugins", "call", "postgres" }, "PLUGIN.NAME is wanted")
    refused(2, { "plugins", "call", "postgres.query", "[1" }, "no JSON")
    refused(2, { "plugins", "call", "postgres.query", "{}" }, "one JSON array")
    refused(7, { "plugins", "call", "postgres.query", '["SELECT 1"]' },
      "no database is configured", "dsn_file")
  end)
end)
