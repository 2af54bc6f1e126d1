-- The same contacts give the same decisions in moonsift and in the hand-written JavaScript peer:
-- one md5 over the check lines of SPEC.md (spec/bench/rules). Runs in every `./dev test`.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local BENCH = cli.root .. "/spec/bench/rules/"
local CONTACTS = 20000

describe("recruitment's check line", function()
  local folder
  setup(function() folder = shell.must("mktemp -d") end)
  teardown(function() shell.must("rm -rf " .. folder) end)

  -- bash for pipefail: a peer that dies must not pass for an empty answer.
  local function compare(seed, jobs)
    local contacts = ("%s/%d.jsonl"):format(folder, seed)
    local script = folder .. "/run.sh"
    shell.must(("node %sgen.js %d %d > %s"):format(BENCH, seed, CONTACTS, contacts))
    shell.write(script, ([[set -euo pipefail
cd %s
echo "$(node %sbench.js %s check | md5sum)"
echo "$(%s evaluate recruitment --at 2025-02-01 --jobs %d < %s | node %scheck_line.js | md5sum)"
]]):format(shell.quote(cli.root), BENCH, contacts, shell.quote(cli.bin), jobs, contacts, BENCH))
    local theirs, ours = shell.must("bash " .. script):match("^(%x+)[^\n]*\n(%x+)")
    assert.are.equal(theirs, ours)
    return theirs
  end

  it("is JavaScript's, for seeds 1 to 3", function()
    local seen = {}
    for seed = 1, 3 do seen[compare(seed, 1)] = true end
    local n = 0
    for _ in pairs(seen) do n = n + 1 end
    assert.are.equal(3, n) -- three different inputs, so that no constant can pass
  end)

  -- Values at and beyond every border of SPEC.md; not only the line, but each part of the decision.
  it("and every document are JavaScript's for strange contacts too", function()
    local contacts, decisions = folder .. "/strange.jsonl", folder .. "/strange.out"
    shell.must(("node %sstrange.js 6 %d > %s"):format(BENCH, CONTACTS, contacts))
    shell.must(("cd %s && %s evaluate recruitment --at 2025-02-01 < %s > %s")
      :format(shell.quote(cli.root), shell.quote(cli.bin), contacts, decisions))
    assert.are.equal(CONTACTS .. " agree",
      shell.must(("node %sdocuments.js %s %s"):format(BENCH, contacts, decisions)))
  end)

  it("is the same on several threads", function() compare(4, 3) end)
end)
