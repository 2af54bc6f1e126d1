--- The way out for a name that rules do not have.
local problem = require "moonsift.problem"

local hints = {}

local MAX_NAME = 64

-- Words of other languages for what stands here under another name.
local OTHER_WORDS = {
  int = "integer", bigint = "integer", long = "integer", count = "integer",
  bool = "boolean", yesno = "boolean", flag = "boolean", checkbox = "boolean",
  float = "number", double = "number", decimal = "number", real = "number", numeric = "number",
  datetime = "time", timestamp = "time", timestamptz = "time", day = "date",
  str = "text", varchar = "text", char = "text",
  enum = "choice", select = "choice", option = "choice", dropdown = "choice",
  list = "choices", set = "choices", multiselect = "choices", tags = "choices", options = "choices",
  link = "url", uri = "url", website = "url", mail = "email", tel = "phone", telephone = "phone",
  currency = "money", amount = "money", price = "money", euro = "money",
  json = "as_is", object = "as_is",
  None = "nil", Null = "null", NULL = "null", True = "true", False = "false",
  every = "all", some = "any", one_of = "any", either = "any", no = "none",
  attribute = "attributes", label = "labels", fact = "facts", result = "outcome",
}
local TYPES = "types are integer, money, number, choice, choices, boolean, text, date, time, url, "
  .. "email, phone, handle and as_is"
-- What Lua has elsewhere: that it is not here is what there is to say (E204).
local LUA = {}
for word in string.gmatch("os io require print load loadstring loadfile dofile pcall xpcall debug "
  .. "package coroutine setmetatable getmetatable rawget rawset rawequal rawlen next warn "
  .. "collectgarbage _G _ENV _VERSION unpack", "%g+") do
  LUA[word] = true
end

--- "; did you mean integer?", or what a name may be otherwise.
---@param name any
---@param known string[]
---@return string
function hints.name(name, known)
  if type(name) ~= "string" or #name > MAX_NAME or LUA[name] then
    return ""
  elseif OTHER_WORDS[name] then
    return string.format('; did you mean "%s"?', OTHER_WORDS[name])
  end
  local nearest = problem.suggest(name, known)
  return nearest ~= "" and nearest
    or string.format("; texts stand in quotes, attributes behind a dot (a.%s); %s", name, TYPES)
end

return hints
