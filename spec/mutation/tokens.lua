-- The tokens of a Lua file with their places, enough of the language for verticals.
local tokens = {}

local LONG = "^%[(=*)%["

-- End of a string or comment in long brackets that begins at `at`; nil when none does.
local function long_end(source, at)
  local level = source:match(LONG, at)
  if not level then return nil end
  local _, to = source:find("]" .. level .. "]", at, true)
  return to or #source
end

local function quoted_end(source, at)
  local quote, i = source:sub(at, at), at + 1
  while i <= #source and source:sub(i, i) ~= quote do
    i = i + (source:sub(i, i) == "\\" and 2 or 1)
  end
  return i
end

local function comment_end(source, at)
  return long_end(source, at + 2) or (source:find("\n", at, true) or #source + 1) - 1
end

local PATTERNS = {
  { "name", "^[%a_][%w_]*" },
  { "number", "^0[xX]%x+" },
  { "number", "^%d+%.?%d*[eE][+-]?%d+" },
  { "number", "^%d+%.?%d*" },
  { "sign", "^%.%.%." }, { "sign", "^%.%." }, { "sign", "^[=~<>]=" }, { "sign", "^[/<>:][/<>:]" },
  { "sign", "^." },
}

local function next_token(source, at)
  if source:sub(at, at + 1) == "--" then return "comment", comment_end(source, at) end
  if source:find("^[\"']", at) then return "string", quoted_end(source, at) end
  local to = long_end(source, at)
  if to then return "string", to end
  for _, entry in ipairs(PATTERNS) do
    local _, last = source:find(entry[2], at)
    if last then return entry[1], last end
  end
end

-- { kind, text, from, to, line, index }, without comments. Brackets know each other: token.other.
function tokens.read(source)
  local list, open, line, at = {}, {}, 1, 1
  while true do
    local skipped = source:match("^%s*", at)
    line = line + select(2, skipped:gsub("\n", "\n"))
    at = at + #skipped
    if at > #source then return list end
    local kind, to = next_token(source, at)
    local token = { kind = kind, text = source:sub(at, to), from = at, to = to, line = line }
    if kind ~= "comment" then
      list[#list + 1] = token
      token.index = #list
      if token.text:find("^[({%[]$") then
        open[#open + 1] = token
      elseif token.text:find("^[)}%]]$") and #open > 0 then
        token.other = table.remove(open)
        token.other.other = token
      end
    end
    line = line + select(2, token.text:gsub("\n", "\n"))
    at = to + 1
  end
end

return tokens
