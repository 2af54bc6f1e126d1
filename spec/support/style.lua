-- Measures of a source text: each returns a list of "line N: sentence".
local tree = require "spec.support.tree"

local style = { max_file = 600, max_function = 80, max_columns = 100 }

local function add(found, number, sentence, ...)
  found[#found + 1] = ("line %d: "):format(number) .. sentence:format(...)
end

function style.file_length(text)
  local found, last = {}, 0
  for number in tree.lines(text) do last = number end
  if last > style.max_file then add(found, last, "%d lines, at most %d", last, style.max_file) end
  return found
end

-- The layout that clang-format gives: a function's braces stand alone in column 0.
function style.c_functions(text)
  local found, start = {}, nil
  for number, line in tree.lines(text) do
    if line == "{" then
      start = number
    elseif start and line:match("^}") then
      local length = number - start + 1
      if length > style.max_function then
        add(found, start, "a function of %d lines, at most %d", length, style.max_function)
      end
      start = nil
    end
  end
  return found
end

-- A named function ends with the first `end` that is indented as it is.
function style.lua_functions(text)
  local found, open = {}, {}
  for number, line in tree.lines(text) do
    local indent = line:match("^(%s*)local function ") or line:match("^(%s*)function ")
      or line:match("^(%s*)[%w_.%s]+= function")
    if indent and not line:match("%f[%w]end[%s,)]*$") then
      open[indent] = number
    else
      indent = line:match("^(%s*)end%f[^%w_]")
      if indent and open[indent] then
        local length = number - open[indent] + 1
        if length > style.max_function then
          add(found, open[indent], "a function of %d lines, at most %d", length, style.max_function)
        end
        open[indent] = nil
      end
    end
  end
  return found
end

function style.columns(text)
  local found = {}
  for number, line in tree.lines(text) do
    local width = utf8.len(line) or #line
    if width > style.max_columns then
      add(found, number, "%d columns, at most %d", width, style.max_columns)
    end
  end
  return found
end

-- Words that say that something is not done. Written in two halves to pass their own check.
function style.unfinished(text)
  local found = {}
  for number, line in tree.lines(text) do
    for _, word in ipairs({ "TO" .. "DO", "FIX" .. "ME" }) do
      if line:find("%f[%w]" .. word .. "%f[%W]") then add(found, number, "%s", word) end
    end
  end
  return found
end

function style.carriage_returns(text)
  local found = {}
  for number, line in tree.lines(text) do
    if line:find("\r", 1, true) then add(found, number, "a carriage return") end
  end
  return found
end

function style.opening_comment(text)
  if text:match("^/%*") or text:match("^//") then return {} end
  return { "line 1: a header begins with a comment that says what it is for" }
end

-- Paths of a developer's machine and hosts of package registries do not travel.
function style.foreign_places(text)
  local found = {}
  local patterns = {
    "/ho" .. "me/%l[%w_-]*/", "%f[%w/]/wo" .. "rk/%l+", "%.%./sha" .. "red/", "/Us" .. "ers/%a",
    "//deb%.%w+%.%l+", "//security%.%w+%.%l+", "//ftp%.%w+%.%l+", "//regis" .. "try%.%w+",
  }
  for number, line in tree.lines(text) do
    for _, pattern in ipairs(patterns) do
      local place = line:match(pattern)
      if place then add(found, number, "%s", place) end
    end
  end
  return found
end

return style
