-- The same contacts give the same decisions in moonsift and in the hand-written JavaScript peers:
-- one md5 over the check lines of spec/bench/rules/README.md. Runs in every `./dev test`.
local cli = require "spec.support.cli"
local shell = require "spec.support.shell"

local BENCH = cli.root .. "/spec/bench/rules/"
local CONTACTS = 20000
-- Contacts at and beyond the borders; those of the other two are so from the start.
local STRANGE = { recruitment = "strange.js" }

for _, vertical in ipairs { "recruitment", "ecommerce", "business_setup" } do
  describe(vertical .. "'s check line", function()
    local folder
    setup(function() folder = shell.must("mktemp -d") end)
    teardown(function() shell.must("rm -rf " .. folder) end)

    -- bash for pipefail: a peer that dies must not pass for an empty answer.
    local function compare(seed, jobs, options)
      local name, filter = options and options.vertical or vertical, options and options.filter
      local contacts = ("%s/%d.jsonl"):format(folder, seed)
      local script = folder .. "/run.sh"
      shell.write(script, ([[set -euo pipefail
cd %s
export MOONSIFT_RULES_DIR=%s
node %sgen.js %d %d %s | %s > %s
echo "$(node %sbench.js %s check %s | md5sum)"
echo "$(%s evaluate %s --at 2025-02-01 --jobs %d < %s | node %scheck_line.js | md5sum)"
]]):format(shell.quote(cli.root), options and options.rules or "scripts", BENCH, seed, CONTACTS,
        vertical, filter or "cat", contacts, BENCH, contacts, vertical, shell.quote(cli.bin), name,
        jobs, contacts, BENCH))
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

    -- Values at and beyond every border; not only the line, but each part of the decision.
    it("and every document are JavaScript's for strange contacts too", function()
      local contacts, decisions = folder .. "/strange.jsonl", folder .. "/strange.out"
      shell.must(("node %s%s 6 %d %s > %s")
        :format(BENCH, STRANGE[vertical] or "gen.js", CONTACTS, vertical, contacts))
      shell.must(("cd %s && %s evaluate %s --at 2025-02-01 < %s > %s")
        :format(shell.quote(cli.root), shell.quote(cli.bin), vertical, contacts, decisions))
      assert.are.equal(CONTACTS .. " agree",
        shell.must(("node %sdocuments.js %s %s"):format(BENCH, contacts, decisions)))
    end)

    it("is the same on several threads", function() compare(4, 3) end)

    it("is the same however the JSON is spelled", function()
      compare(5, 1, { filter = "node " .. BENCH .. "respell.js 5" })
    end)

    if vertical == "recruitment" then
      it("is that of the same rules written as functions", function()
        for seed = 1, 3 do
          compare(seed, 1, { vertical = "recruitment_functions", rules = BENCH })
        end
      end)
    end
  end)
end
