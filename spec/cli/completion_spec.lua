-- moonsift completion bash: what bash offers after the script was read.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

describe("moonsift completion bash", function()
  local home

  setup(function()
    home = shell.must("mktemp -d /tmp/ms-complete-XXXXXX")
    shell.must(("cd %s && mkdir -p scripts/shop scripts/notes && touch scripts/shop/vertical.lua")
      :format(home))
    local code, out, err = cli.run { "completion", "bash" }
    assert.are.equal(0, code, err)
    shell.write(home .. "/script", out)
  end)
  teardown(function() shell.must("rm -rf " .. home) end)

  -- Offers for a line, the last word of which is not complete; sorted, with blanks between.
  local function offers(...)
    local words = { "moonsift", ... }
    local out = shell.must(([[cd %s && bash -c '. ./script; shift; COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1)); _moonsift; printf "%%s\n" "${COMPREPLY[@]}"' - - %s | sort]]):format(home,
      shell.words(table.unpack(words))))
    return (out:gsub("\n", " "))
  end

  it("offers verbs, their words, flags and the values of flags", function()
    assert.are.equal("check", offers "che")
    assert.are.equal("check completion config", offers "c")
    assert.are.equal("docs json show sql", (offers("schema", ""):gsub("shop ?", ""):gsub(" $", "")))
    assert.are.equal("--watch", offers("types", "--w"))
    assert.are.equal("chatwoot stand-alone", offers("schema", "sql", "shop", "--layout", ""))
    assert.are.equal("business_setup", offers("init", "--vertical", "b"))
    assert.are.equal("--vertical", offers("init", "--ver"):match("%-%-vertical"))
    assert.are.equal("bash", offers("completion", ""))
    assert.are.equal("psql start status stop", (offers("db", ""):gsub("dsn ", "")))
    assert.are.equal("schema", offers("config", "s"):match("schema"))
    assert.are.equal("sarif", offers("check", "--format", "s"))
    assert.are.equal("error warn", offers("check", "--fail-level", ""))
    assert.are.equal("held", offers("deliveries", "list", "--status", "h"))
    assert.are.equal("E101 E102", offers("help", "E10"):match("^E101 E102"))
    assert.are.equal("", offers("test", "--junit", "")) -- then the shell offers files
  end)

  it("offers the verticals of the folder, also behind global flags", function()
    assert.are.equal("shop", offers("check", ""))
    assert.are.equal("shop", offers("--config", "x.yaml", "-q", "test", "sh"))
    assert.are.equal("", offers("check", "n"))
    assert.are.equal("--no-color --no-input", offers("check", "--no"))
  end)

  it("knows every verb that help lists, and every verb's flags", function()
    local verbs = cli.verbs()
    assert.is_true(#verbs > 10)
    for _, verb in ipairs(verbs) do
      assert.is_truthy((" " .. offers(verb) .. " "):find(" " .. verb .. " ", 1, true), verb)
      local help = select(2, cli.run { verb, "-h" })
      for flag in help:match("Usage: [^\n]*"):gmatch("%[(%-%-[%l-]+)") do
        assert.are.equal(flag, offers(verb, flag):match("^%S+"), verb)
      end
    end
  end)

  it("reads cleanly, and says for which shells there is one", function()
    local code, out, err = shell.run(("bash -euc '. %s/script; complete -p moonsift'"):format(home))
    assert.are.equal(0, code, err)
    assert.are.equal("complete -o default -F _moonsift moonsift\n", out)
    code, out, err = cli.run { "completion", "bsh" }
    assert.are.equal("", out)
    assert.are.equal(2, code)
    assert.matches('did you mean "completion bash"?', err, 1, true)
    assert.are.equal(2, (cli.run { "completion" }))
  end)
end)
