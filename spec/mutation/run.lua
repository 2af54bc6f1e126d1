-- Judges the mutants of a vertical by its cases: `moonsift test` with many of them in one folder.
local cli = require "spec.support.cli"
local mutate = require "spec.mutation.mutate"
local shell = require "spec.support.shell"

local run = {}

local AT_ONCE = 100 -- verticals in one folder

-- A vertical is named like its folder.
local function renamed(text, name)
  return (text:gsub('(name%s*=%s*)"[%w_]+"', "%1" .. ('"%s"'):format(name), 1))
end

local function name_of(i) return ("m%05d"):format(i) end

local function write(home, mutants, from, to)
  local names = {}
  for i = from, to do names[#names + 1] = name_of(i) end
  shell.must(("cd %s && rm -rf rules && mkdir rules && cd rules && for name in %s; do "
    .. "mkdir $name && cp ../cases.yaml $name; done"):format(home, table.concat(names, " ")))
  for i = from, to do
    shell.write(("%s/rules/%s/vertical.lua"):format(home, name_of(i)),
      renamed(mutants[i].text, name_of(i)))
  end
end

-- "caught", "refused" by check, or "survived"; a vertical that cannot be judged at all is an error.
local function fate(result)
  for _, problem in ipairs(result.problems) do
    if problem.severity == "error" then return "refused" end
  end
  assert(#result.cases > 0, "no case was judged")
  for _, case in ipairs(result.cases) do
    if not case.passed then return "caught" end
  end
  return "survived"
end

local function judge(home, mutants, from, to)
  write(home, mutants, from, to)
  local answer = cli.json({ "test", "--json" }, { env = { MOONSIFT_RULES_DIR = home .. "/rules" } })
  assert(#answer.verticals == to - from + 1, "a mutant was not judged")
  for i, result in ipairs(answer.verticals) do
    assert(result.name == name_of(from + i - 1))
    mutants[from + i - 1].fate = fate(result)
  end
end

-- The mutants of a vertical, each with its `fate`. options: `every`, to take one of so many only;
-- `cases`, the text of other cases.
function run.all(vertical, options)
  local folder = ("%s/scripts/%s/"):format(cli.root, vertical)
  local source = shell.read(folder .. "vertical.lua")
  local mutants, home = {}, shell.must("mktemp -d")
  shell.write(home .. "/cases.yaml", options.cases or shell.read(folder .. "cases.yaml"))
  for i, mutant in ipairs(mutate.all(source)) do
    if i % (options.every or 1) == 0 then mutants[#mutants + 1] = mutant end
  end
  -- The vertical itself passes, or nothing that follows says anything.
  local whole = { { text = source } }
  judge(home, whole, 1, 1)
  assert(whole[1].fate == "survived", vertical .. " fails its own cases")
  for from = 1, #mutants, AT_ONCE do
    judge(home, mutants, from, math.min(from + AT_ONCE - 1, #mutants))
  end
  shell.must("rm -rf " .. home)
  return mutants
end

return run
