-- Running programs from specs: quoting, output, exit codes, files, time.
local shell = {}

function shell.quote(text) return "'" .. tostring(text):gsub("'", "'\\''") .. "'" end

function shell.words(...)
  local quoted = {}
  for i, word in ipairs({ ... }) do quoted[i] = shell.quote(word) end
  return table.concat(quoted, " ")
end

-- Runs a command line in sh; returns exit code (128 + signal when killed), stdout, stderr.
function shell.run(command)
  local errors = os.tmpname()
  local pipe = assert(io.popen(("{ %s\n} 2>%s"):format(command, errors)))
  local output = pipe:read("a")
  local _, how, code = pipe:close()
  local text = shell.read(errors)
  os.remove(errors)
  return how == "signal" and 128 + code or code, output, text
end

-- Runs a command line that must succeed; returns its output without the last line end.
function shell.must(command)
  local code, output, errors = shell.run(command)
  if code ~= 0 then error(("%s: exit %d\n%s%s"):format(command, code, output, errors), 2) end
  return (output:gsub("\n$", ""))
end

function shell.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

function shell.write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

-- Seconds, with fractions, of a clock that never goes back.
function shell.clock() return tonumber(shell.read("/proc/uptime"):match("^%S+")) end

-- Calls `done` until it gives something or `seconds` are over; returns what it gave.
function shell.wait(seconds, done)
  local limit = shell.clock() + seconds
  repeat
    local got = done()
    if got then return got end
    os.execute("sleep 0.1")
  until shell.clock() > limit
  return done()
end

-- A program under valgrind or a sanitizer is slower; limits that are no promise are stretched.
shell.slow = (os.getenv("MOONSIFT_BIN") or ""):find("asan", 1, true) and 4 or 1

shell.is_root = io.popen("id -u"):read("n") == 0

return shell
