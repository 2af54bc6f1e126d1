-- A document whose console blocks are kept true: each line that begins with "$ " is run, in order
-- and in one folder, and what follows it up to the next one is what it must print.
local shell = require "spec.support.shell"

local tour = {}

-- What may differ from run to run, and nothing else: pattern and what stands for it. A line that
-- becomes empty does not count.
local CHANGES = {
  { "^%a+ the embedded PostgreSQL in [^\n]* %.%.%.$", "" },
  { "%d%d%d%d%-%d%d%-%d%d %d%d:%d%d", "<TIME>" }, -- when a version was stored
  { "^(v%d+  )%x%x%x%x%x%x%x%x%x%x%x%x  ", "%1<HASH>  " }, -- of a version's files
  { "· %d+%.%d s$", "· <SECONDS> s" }, -- how long a check took
  { "(%l+%.lua):%d+", "%1:<LINE>" }, -- lines move with every edit of a vertical or its cases
  { "(cases%.yaml):%d+", "%1:<LINE>" },
}

function tour.normal(line)
  for _, change in ipairs(CHANGES) do line = line:gsub(change[1], change[2]) end
  return line
end

local function normal_text(lines)
  local kept = {}
  for _, line in ipairs(lines) do
    local plain = tour.normal(line)
    local vanished = plain == "" and line ~= ""
    if not vanished and (plain ~= "" or #kept > 0) then kept[#kept + 1] = plain end
  end
  while kept[#kept] == "" do kept[#kept] = nil end
  return table.concat(kept, "\n")
end

-- {{command, line, output = {lines}, first, last}}: the commands of all ```console blocks; `first`
-- and `last` are the lines of the output in the document.
function tour.read(text)
  local commands, inside, number = {}, false, 0
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    number = number + 1
    if line:find("^```") then
      inside = line == "```console"
    elseif inside and line:find("^%$ ") then
      commands[#commands + 1] = { command = line:sub(3), line = number, output = {},
        first = number + 1, last = number }
    elseif inside then
      local current = assert(commands[#commands], "a console block begins with a command")
      current.output[#current.output + 1] = line
      current.last = number
    end
  end
  return commands
end

-- Runs them with the program `bin` called moonsift, in a fresh `home` (a folder that others may
-- pass); fills in `got`, a list of lines.
function tour.run(commands, bin, home)
  shell.must(("cd %s && rm -rf bin work && mkdir bin work && ln -s %s bin/moonsift"):format(home,
    shell.quote(bin)))
  local cwd = home .. "/work"
  for _, one in ipairs(commands) do
    shell.write(home .. "/command", one.command .. "\n")
    local out = select(2, shell.run(([[cd %s && env -u MOONSIFT_CONFIG -u MOONSIFT_CRM_DSN \
MOONSIFT_EMBEDDED_DIR=%s/db PATH=%s/bin:"$PATH" \
bash -c '. %s/command; pwd > %s/cwd' < /dev/null 2>&1]])
      :format(shell.quote(cwd), home, home, home, home)))
    cwd = shell.read(home .. "/cwd"):gsub("\n$", "")
    one.got = {}
    for line in out:gmatch("([^\n]*)\n?") do one.got[#one.got + 1] = line end
    while one.got[#one.got] == "" do one.got[#one.got] = nil end
  end
end

-- Sentences about outputs that are not as written.
function tour.differences(commands)
  local found = {}
  for _, one in ipairs(commands) do
    local want, got = normal_text(one.output), normal_text(one.got)
    if want ~= got then
      found[#found + 1] = ("line %d: $ %s\n--- is written\n%s\n--- is printed\n%s"):format(one.line,
        one.command, want, got)
    end
  end
  return found
end

-- The document with the outputs that were got in place of those that differ.
function tour.mend(text, commands)
  local lines, out, at = {}, {}, 1
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  for _, one in ipairs(commands) do
    while at <= one.line do
      out[#out + 1] = lines[at]
      at = at + 1
    end
    local same = normal_text(one.output) == normal_text(one.got)
    for _, line in ipairs(same and one.output or one.got) do
      if same or tour.normal(line) ~= "" or line == "" then out[#out + 1] = line end
    end
    if #one.output > 0 and one.output[#one.output] == "" and not same then out[#out + 1] = "" end
    at = one.last + 1
  end
  while at <= #lines do
    out[#out + 1] = lines[at]
    at = at + 1
  end
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

return tour
