-- docs/ten-minute-tour.md: every command in it is run, in order, in a fresh folder, and prints what
-- is written there. MOONSIFT_TOUR=write writes what is printed into the document instead.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"
local tour = require "spec.support.tour"

local DOCUMENT = "docs/ten-minute-tour.md"

describe("the ten-minute tour", function()
  local home

  before_each(function()
    home = shell.must("mktemp -d /tmp/ms-tour-XXXXXX")
    shell.must("chmod 711 " .. home)
  end)
  after_each(function()
    cli.run({ "db", "stop" }, { cwd = "/", env = { MOONSIFT_EMBEDDED_DIR = home .. "/db" } })
    shell.must("rm -rf " .. home)
  end)

  it("prints what is written", function()
    local text = assert(shell.read(DOCUMENT))
    local commands = tour.read(text)
    assert.is_true(#commands > 15)
    tour.run(commands, cli.bin, home)
    if os.getenv("MOONSIFT_TOUR") == "write" then
      shell.write(DOCUMENT, tour.mend(text, commands))
      return
    end
    local found = table.concat(tour.differences(commands), "\n\n")
    assert.are.equal("", found, found .. "\n\nif that is meant, mend the document with:\n"
      .. "  MOONSIFT_TOUR=write lua5.4 /usr/bin/busted spec/e2e/tour_spec.lua\n")
  end)

  it("shows the whole way", function()
    local seen = {}
    for _, one in ipairs(tour.read(shell.read(DOCUMENT))) do
      for verb in one.command:gmatch("moonsift (%l+)") do seen[verb] = true end
    end
    for _, verb in ipairs { "init", "check", "help", "test", "explain", "activate", "versions" } do
      assert.is_true(seen[verb], verb)
    end
  end)

  it("is compared line by line: what differs is found, and mended", function()
    local text = "# t\n\n```console\n$ echo a; echo b\na\nc\n\n$ echo 2026-01-01 10:00\n" ..
      "2020-12-31 23:59\n$ mkdir d && cd d\n$ basename $PWD\nd\n$ false\n```\nend\n"
    local commands = tour.read(text)
    assert.are.equal(5, #commands)
    tour.run(commands, cli.bin, home)
    local found = tour.differences(commands)
    assert.are.equal(1, #found)
    assert.matches("^line 4: ", found[1])
    local mended = tour.mend(text, commands)
    assert.are.equal((text:gsub("\nc\n", "\nb\n")), mended)
    commands = tour.read(mended)
    tour.run(commands, cli.bin, home)
    assert.are.equal(0, #tour.differences(commands))
  end)
end)
