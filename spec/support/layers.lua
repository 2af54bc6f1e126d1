-- Who may include what. check(path, text, exists) returns a list of sentences, one per violation.
local tree = require "spec.support.tree"

local layers = {}

-- Lowest first: a file includes its own layer or one to the left.
layers.order = { "base", "loop", "plug", "rules", "lua", "flow", "host", "cli" }

-- A library's headers (Lua patterns on the text between the brackets) and the only folders that
-- may include them. What no pattern matches must be a libc header.
layers.libraries = {
  { "^uv%.h$", "core/loop/" },
  { "^llhttp%.h$", "core/loop/" },
  { "^lua%.h$", "core/lua/" },
  { "^lauxlib%.h$", "core/lua/" },
  { "^lualib%.h$", "core/lua/" },
  { "^luaconf%.h$", "core/lua/" },
  { "^lua.*/", "core/lua/" },
  { "^libpq", "plugins/postgres/" },
  { "^pg_config", "plugins/postgres/" },
  { "^curl/", "plugins/curl/" },
  { "^simdjson", "core/base/" },
  { "^sanitizer/", "core/base/" },
  { "^yaml%.h$", "core/base/" },
  { "^openssl/", "core/base/", "plugins/webhook/" },
  { "^pcre2%.h$", "core/rules/", "core/lua/" },
  { "^sqlite3%.h$", "core/flow/" },
  { "^dlfcn%.h$", "core/plug/" },
}

-- C11, POSIX and Linux; C++ headers only where C++ is (core/base/*.cpp).
local libc = {}
for name in ([[
  assert ctype errno float inttypes iso646 limits locale math setjmp signal stdalign stdarg
  stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings time uchar wchar
  dirent endian fcntl fnmatch getopt glob grp libgen netdb poll pthread pwd sched semaphore
  spawn sysexits syslog termios unistd wordexp malloc byteswap ftw
]]):gmatch("%S+") do libc[name .. ".h"] = true end
local libc_folders = { sys = true, netinet = true, arpa = true, linux = true, net = true }

local function rank(layer)
  for i, name in ipairs(layers.order) do if name == layer then return i end end
end

local function starts(text, prefix) return text:sub(1, #prefix) == prefix end

local function library_violation(path, header)
  for _, row in ipairs(layers.libraries) do
    if header:match(row[1]) then
      for i = 2, #row do if starts(path, row[i]) then return nil end end
      return ("<%s> belongs to %s"):format(header, table.concat(row, " and ", 2))
    end
  end
  if libc[header] or libc_folders[header:match("^(.-)/") or ""] then return nil end
  if path:match("%.cpp$") and header:match("^[a-z_]+$") then return nil end
  return ("<%s> is neither <moonsift/...> nor libc, and no library of spec/support/layers.lua")
    :format(header)
end

local function core_violation(layer, header)
  local other = header:match("^(.-)/")
  if not (other and rank(other)) then
    return ('"%s" does not name its layer, as "base/json.h" does'):format(header)
  end
  if rank(other) > rank(layer) then
    return ('"%s" is above %s (%s)'):format(header, layer, table.concat(layers.order, " < "))
  end
end

-- What stands between quotes in a plugin must be a file of its own folder.
local function plugin_violation(path, header, exists)
  if header:find("..", 1, true) or not exists(path:match("^.*/") .. header) then
    return ('"%s" is no file of this plugin; it sees <moonsift/...> only'):format(header)
  end
end

local function quoted_violation(path, header, exists)
  if starts(path, "core/include/") then
    return ('"%s": the public ABI includes <moonsift/...> and libc only'):format(header)
  end
  local layer = path:match("^core/(%w+)/")
  if layer then return core_violation(layer, header) end
  return plugin_violation(path, header, exists)
end

local function violation(path, line, exists)
  local rest = line:match("^%s*#%s*include(.*)$")
  if not rest then return nil end
  local header = rest:match('^%s*"([^"]+)"')
  if header then return quoted_violation(path, header, exists) end
  header = rest:match("^%s*<([^>]+)>")
  if not header then return "includes through a macro, which nobody can check:" .. rest end
  if starts(header, "moonsift/") then return nil end
  return library_violation(path, header)
end

-- `exists(path)` tells whether the checkout has such a file.
function layers.check(path, text, exists)
  local found = {}
  for number, line in tree.lines(text) do
    local sentence = violation(path, line, exists)
    if sentence then found[#found + 1] = ("%s:%d %s"):format(path, number, sentence) end
  end
  return found
end

return layers
