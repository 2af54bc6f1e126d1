-- What all verbs have in common: help, flags, where things are printed, exit codes.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

describe("every verb", function()
  local verbs = cli.verbs()

  it("is listed by help", function()
    local listed = " " .. table.concat(verbs, " ") .. " "
    for _, name in ipairs { "db", "config", "version", "help" } do
      assert.matches(" " .. name .. " ", listed, 1, true)
    end
  end)

  for _, verb in ipairs(verbs) do
    it(verb .. " explains itself with two examples", function()
      local code, out, err = cli.run { verb, "-h" }
      assert.are.equal(0, code)
      assert.are.equal("", err)
      local _, examples = out:match("Examples:\n(.*)"):gsub("moonsift " .. verb, "")
      assert.is_true(examples >= 2, "two lines with moonsift " .. verb)
      assert.are.equal(out, select(2, cli.run { "help", verb }))
      assert.are.equal(out, select(2, cli.run { "--help", verb }))
      for line in out:gmatch("[^\n]+") do assert.is_true(#line <= 100, line) end
    end)

    it(verb .. " refuses a flag it does not have", function()
      local code, out, err = cli.run { verb, "--frobnicate" }
      assert.are.equal(2, code)
      assert.are.equal("", out)
      assert.matches("frobnicate", err, 1, true)
      assert.matches("moonsift " .. verb .. " %-h", err)
    end)
  end
end)

describe("the command line", function()
  local function refused(arguments, ...)
    local code, out, err = cli.run(arguments)
    assert.are.equal(2, code, err)
    assert.are.equal("", out)
    for _, words in ipairs { ... } do assert.matches(words, err, 1, true) end
  end

  it("suggests the nearest verb, noun and flag", function()
    refused({ "vesion" }, 'there is no verb "vesion"', 'did you mean "version"?')
    refused({ "help", "cofnig" }, 'did you mean "config"?')
    refused({ "config", "shwo" }, 'did you mean "config show"?')
    refused({ "db", "strat" }, 'did you mean "db start"?')
    refused({ "--jsno", "version" }, 'did you mean "--json"?')
    refused({ "version", "--jsno" }, 'did you mean "--json"?')
    refused({ "config", "show", "--orgin" }, 'did you mean "--origin"?')
    refused({ "xyzzy" }, 'there is no verb "xyzzy"', "moonsift help")
  end)

  it("takes --jsonl for --json where there is one document", function()
    local home = shell.must("mktemp -d /tmp/ms-jsonl-XXXXXX")
    finally(function() shell.must("rm -rf " .. home) end)
    for _, arguments in ipairs { { "init" }, { "types" }, { "schema", "show", "recruitment" },
      { "check" }, { "explain", "contact.json" }, { "version" } } do
      arguments[#arguments + 1] = "--jsonl"
      local code, out, err = cli.run(arguments, { cwd = home })
      assert.are.equal(0, code, err)
      assert.matches('^{"schema":"moonsift%.%l+/1"[^\n]*}\n$', out, arguments[1])
    end
  end)

  it("says what a flag needs", function()
    refused({ "--config" }, "--config needs a value")
    refused({ "version", "--at", "yesterday" }, '"yesterday" is no time', "2025-02-01")
    refused({ "version", "--account", "x" }, "no account id")
    refused({ "version", "--account=0" }, "no account id")
    refused({ "version", "--account", "99999999999999999999" }, "no account id")
    refused({ "version", "--json=1" }, "--json takes no value")
    refused({ "version", "more" }, "one argument too many")
    refused({ "evaluate", "recruitment", "--jobs", "x" }, ': --jobs "x" is no whole number')
    refused({ "evaluate", "recruitment", "contacts.jsonl" }, "< FILE")
    refused({ "help", "xyzzy" }, 'there is no verb "xyzzy"', "hint: moonsift help\n")
    refused({ "explain", "4", "--what-if" }, "--what-if needs a value")
    refused({ "config" }, "check, show or schema")
    refused({ "db" }, "start, stop, status, dsn or psql")
  end)

  it("without a verb is a usage error with the list on standard error", function()
    local code, out, err = cli.run {}
    assert.are.equal(2, code)
    assert.are.equal("", out)
    assert.matches("Usage: moonsift", err, 1, true)
    code, out = cli.run { "-h" }
    assert.are.equal(0, code)
    assert.matches("Usage: moonsift", out, 1, true)
  end)

  it("takes global flags anywhere before a --", function()
    for _, arguments in ipairs { { "--json", "version" }, { "version", "--json" } } do
      local code, out = cli.run(arguments)
      assert.are.equal(0, code)
      assert.matches('^{"schema":"moonsift.version/1",', out)
    end
    assert.are.equal(0, (cli.run { "version", "--at=2025-02-01T14:20:00Z", "-qv" }))
    assert.are.equal(0, (cli.run { "--account", "7", "version" }))
    assert.are.equal(2, (cli.run { "version", "--", "--json" }))
  end)

  it("knows its version", function()
    local code, out = cli.run { "--version" }
    assert.are.equal(0, code)
    assert.matches("^moonsift %d+%.%d+%.%d+\n$", out)
    assert.matches(out:gsub("\n", ""), select(2, cli.run { "version" }), 1, true)
  end)
end)

describe("what is printed", function()
  it("has arrived, or the exit code says that it has not", function()
    local code, _, err = cli.run({ "help" }, { to = "> /dev/full" })
    assert.are.equal(1, code)
    assert.matches("No space left", err)
  end)

  it("may be cut short by its reader", function()
    local code, out, err = shell.run(cli.command { "config", "schema" } .. " | head -c 1")
    assert.are.equal(0, code)
    assert.are.equal("{", out)
    assert.are.equal("", err)
  end)
end)
