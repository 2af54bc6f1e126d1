-- Sessions in a document, blocks of ```console: each `$ line` is typed in a fresh folder with the
-- shipped verticals, and what is printed is compared with what stands below it. With
-- MOONSIFT_WRITE_DOCS=1 it is written there instead.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local session = {}

local function lines_typed(block)
  local typed = {}
  for line in block:gmatch("[^\n]*\n") do
    if line:sub(1, 2) == "$ " then typed[#typed + 1] = line end
  end
  return typed
end

-- Seconds are the machine's, not the program's.
local function steady(text) return (text:gsub(" · %d+%.%d s\n", " · 0.0 s\n")) end

-- The block as it should be.
local function run(block)
  local home = cli.home("")
  shell.must(("cp -r %s/scripts %s/ && mkdir %s/bin && ln -s %s %s/bin/moonsift"):format(
    shell.quote(cli.root), home, home, shell.quote(cli.bin), home))
  local out = {}
  for _, line in ipairs(lines_typed(block)) do
    local _, printed, errors = shell.run(("cd %s && PATH=%s/bin:$PATH && { %s } 2>&1"):format(home,
      home, line:sub(3)))
    out[#out + 1] = line .. steady(printed .. errors)
  end
  shell.must("rm -rf " .. home)
  return table.concat(out)
end

-- Calls `check(written, real)` for each session of the document; the number of sessions.
function session.each(path, check)
  local text = shell.read(path)
  local count = 0
  local real = text:gsub("(\n```console\n)(.-)(```\n)", function(before, block, after)
    local should = run(block)
    count = count + 1
    if not os.getenv "MOONSIFT_WRITE_DOCS" then check(block, should) end
    return before .. should .. after
  end)
  if os.getenv "MOONSIFT_WRITE_DOCS" then shell.write(path, real) end
  return count
end

return session
