-- The checkout as specs see it: tracked files, their text, their lines.
local tree = {}

-- Runs a command line; returns its output, or raises with it.
local function run(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local output = pipe:read("a")
  local ok = pipe:close()
  return ok and output or nil
end

local listed

-- Every file that is tracked or about to be, sorted. Without git: all outside build/.
function tree.files()
  if not listed then
    local text = run("git -c safe.directory='*' ls-files -co --exclude-standard")
      or assert(run("find . -name .git -prune -o -path ./build -prune -o -type f -print"))
    listed = {}
    for path in text:gmatch("[^\n]+") do
      path = path:gsub("^%./", "")
      local file = io.open(path, "rb") -- gone from the folder but not yet from the index
      if file then
        file:close()
        listed[#listed + 1] = path
      end
    end
    table.sort(listed)
    assert(#listed > 10, "specs are run from the top of the checkout")
  end
  return listed
end

-- Files whose name ends in one of the given endings and starts with `under` (may be nil).
function tree.with_ending(endings, under)
  local found = {}
  for _, path in ipairs(tree.files()) do
    local ending = path:match("%.([%w]+)$")
    if ending and endings[ending] and (not under or path:sub(1, #under) == under) then
      found[#found + 1] = path
    end
  end
  return found
end

function tree.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

-- Iterates number, line (without its end).
function tree.lines(text)
  local number = 0
  local next_line = (text:sub(-1) == "\n" and text or text .. "\n"):gmatch("(.-)\n")
  return function()
    local line = next_line()
    number = number + 1
    if line then return number, line end
  end
end

return tree
