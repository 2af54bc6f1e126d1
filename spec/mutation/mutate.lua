-- Mutants of a vertical: each is the text of vertical.lua with one thing changed, on the same
-- lines.
--
-- What is changed: numbers, comparisons, groups of conditions, attributes, choices, labels and
-- rules that something names, points, templates, kept and chosen values, and whole declarations.
-- Names and sentences for people stay, and so does the list of labels.
local tokens = require "spec.mutation.tokens"

local mutate = {}

-- Fields that decide nothing, wherever they stand.
local FOR_PEOPLE = {
  id = true, name = true, title = true, says = true, because = true, colour = true,
  sidebar = true, unit = true, synonyms = true, columns = true, personal = true,
}
-- Declarations that decide.
local DECLARATIONS = {
  attributes = true, range = true, group = true, rule = true, outcome = true, derive = true,
  status = true, stages = true, score_range = true, facts = true,
}
-- What a condition may be taken for. What `check` refuses is no mutant.
local INSTEAD = {
  at_least = { "more_than", "less_than", "at_most", "equals" },
  at_most = { "less_than", "more_than", "at_least", "equals" },
  more_than = { "at_least", "at_most", "less_than" },
  less_than = { "at_most", "at_least", "more_than" },
  equals = { "at_least", "at_most", "is_not" },
  is = { "is_not" },
  is_not = { "is" },
  one_of = { "not_one_of" },
  not_one_of = { "one_of" },
  is_true = { "is_false" },
  is_false = { "is_true" },
  present = { "missing" },
  missing = { "present" },
  on_or_after = { "before", "after", "on_or_before" },
  before = { "on_or_after", "on_or_before", "after" },
  after = { "on_or_after", "on_or_before", "before" },
  on_or_before = { "before", "after", "on_or_after" },
  within_days = { "older_than_days" },
  older_than_days = { "within_days" },
  contains = { "contains_any" },
  contains_any = { "contains" },
  starts_with = { "ends_with" },
  ends_with = { "starts_with" },
  none = { "any" },
  any = { "none" },
}
local GROUPS = { all = { "any", "none" }, any = { "all", "none" }, none = { "all", "any" } }
local CHOOSING = {
  is = true, is_not = true, one_of = true, not_one_of = true, contains = true, contains_any = true,
}

local function unquote(token)
  return token.text:match('^"(.*)"$') or token.text:match("^'(.*)'$") or token.text
end

local function quote(text) return '"' .. text .. '"' end

-- ---- what is declared -------------------------------------------------------------------------

local function string_at(list, i)
  return list[i] and list[i].kind == "string" and unquote(list[i]) or nil
end

-- The value of `name = "..."` between two tokens.
local function field(list, from, to, name)
  for i = from, to do
    if list[i].text == name and list[i + 1].text == "=" then return string_at(list, i + 2), i end
  end
end

-- Declarations in order: { what, id, first, last } with token indexes. `local x = ...` counts when
-- it computes something.
local function declarations(list)
  local found, i = {}, 1
  while i <= #list do
    local token, after = list[i], list[i + 1]
    local of = token.text == "local" and list[i + 3] and list[i + 3].text
    if DECLARATIONS[token.text] and after and after.text == "{" then
      local last = after.other.index
      local id = field(list, i, last, "id") or string_at(list, i + 2)
      found[#found + 1] = { what = token.text, id = id, first = i, last = last }
      i = last
    elseif of and of ~= "function" and not DECLARATIONS[of] then
      local last = i + 3
      while list[last + 1] and list[last + 1].line == list[last].line do last = last + 1 end
      found[#found + 1] = { what = "local", id = after.text, first = i, last = last }
      i = last
    end
    i = i + 1
  end
  return found
end

-- Types and choices of attributes, by name: { kind = "choice", choices = { ... } }.
local function attributes(list, found)
  local by_name = {}
  for _, d in ipairs(found) do
    for i = d.first, d.what == "attributes" and d.last or 0 do
      local name = list[i].text == "{" and string_at(list, i + 1)
      local kind = name and list[i + 2].text == "," and list[i + 3]
      if kind and kind.kind == "name" then
        local a = { kind = kind.text, choices = {} }
        local brace = list[kind.index + 1]
        if kind.text:find "^choice" then
          for k = brace.index, brace.other.index do
            if list[k].kind == "string" then a.choices[#a.choices + 1] = unquote(list[k]) end
          end
        end
        by_name[name] = a
      end
    end
  end
  return by_name
end

local function all_fields(list, name)
  local values = {}
  for i = 1, #list - 2 do
    if list[i].text == name and list[i + 1].text == "=" then
      values[#values + 1] = string_at(list, i + 2)
    end
  end
  return values
end

-- ---- one change -------------------------------------------------------------------------------

local function line_of(source, at)
  local from = at
  while from > 1 and source:sub(from - 1, from - 1) ~= "\n" do from = from - 1 end
  return (source:sub(from):match("^[^\n]*"):match("^%s*(.-)%s*$"))
end

-- Puts `text` where the bytes `from` to `to` are; the lines that these took stay.
local function change(m, from, to, text, what)
  local lines = select(2, m.source:sub(from, to):gsub("\n", "\n"))
  local mutant = m.source:sub(1, from - 1) .. text .. ("\n"):rep(lines) .. m.source:sub(to + 1)
  if m.seen[mutant] then return end
  m.seen[mutant] = true
  local line = select(2, m.source:sub(1, from):gsub("\n", "\n")) + 1
  what = what or ("%s -> %s"):format(line_of(m.source, from), line_of(mutant, from))
  m.mutants[#m.mutants + 1] = { text = mutant, line = line, key = m.place .. ": " .. what }
end

local function replace(m, token, text) change(m, token.from, token.to, text) end

local function replace_all(m, token, texts)
  for _, text in ipairs(texts) do
    if text ~= token.text then replace(m, token, text) end
  end
end

local function in_quotes(texts)
  local quoted = {}
  for i, text in ipairs(texts) do quoted[i] = quote(text) end
  return quoted
end

local function number(m, i)
  local token, sign = m.list[i], m.list[i - 1]
  local value, from = math.tointeger(token.text) or tonumber(token.text), token.from
  if sign.text == "-" then value, from = -value, sign.from end
  local values = { value + 1, value - 1 }
  if m.list[i - (from < token.from and 3 or 2)].text == "points" then
    values[3], values[4] = -value, 0
  elseif m.list[i - 1].text == "(" then
    values[3], values[4] = value + 0.01, value - 0.01 -- a cent; refused for what has none
  end
  for _, other in ipairs(values) do
    if other ~= value then change(m, from, token.to, tostring(other)) end
  end
end

-- The children of the braces at `open`: { first, last } with token indexes.
local function children(m, open)
  local list, found, first = m.list, {}, open + 1
  local i, last = open + 1, m.list[open].other.index
  while i <= last do
    if list[i].text == "," or i == last then
      if i > first then found[#found + 1] = { first, i - 1 } end
      first = i + 1
    elseif list[i].other then
      i = list[i].other.index
    end
    i = i + 1
  end
  return found
end

-- Leaves out one of the things in braces after the other.
local function without_one(m, open)
  local found = children(m, open)
  for _, child in ipairs(found) do
    local first, last = m.list[child[1]], m.list[child[2]]
    local comma = m.list[child[2] + 1]
    local text = m.source:sub(first.from, last.to):gsub("%s+", " ")
    change(m, first.from, comma.text == "," and comma.to or last.to, "", "without " .. text)
  end
end

-- "€{budget_min:thousands}k": without a form, with another name, without a piece of text.
local function template(m, token, names)
  local text = unquote(token)
  for from, name, form, to in text:gmatch "(){([%w_]+)(:?[%w_]*)}()" do
    local before, after = text:sub(1, from - 1), text:sub(to)
    if form ~= "" then replace(m, token, quote(before .. "{" .. name .. "}" .. after)) end
    for _, other in ipairs(names) do
      if other ~= name then
        replace(m, token, quote(before .. "{" .. other .. form .. "}" .. after))
      end
    end
  end
  for from, to in ("}" .. text .. "{"):gmatch "}()[^{}]+(){" do
    replace(m, token, quote(text:sub(1, from - 2) .. text:sub(to - 1)))
  end
end

local function names_in(token)
  local names = {}
  for name in token.text:gmatch "{([%w_]+)" do names[#names + 1] = name end
  return names
end

-- Is the token inside braces that `name` stands before?
local function inside(m, token, name)
  for i = token.index - 1, m.first, -1 do
    local open = m.list[i]
    if open.text == "{" and open.other.index > token.index then
      return m.list[i - 1].text == name
    end
  end
end

-- The attribute whose condition the token is in: the a.NAME before the method's colon.
local function asked(m, i)
  while i > m.first and m.list[i].text ~= ":" do i = i - 1 end
  return m.attributes[m.list[i - 1].text], m.list[i + 1] and m.list[i + 1].text
end

local function text(m, token)
  local list, i = m.list, token.index
  local before, key = list[i - 1], list[i - 2]
  local named = before.text == "=" and key.text
  if before.text == "fired" then
    replace_all(m, token, in_quotes(m.ids))
  elseif named == "label" then
    replace_all(m, token, in_quotes(m.labels))
    change(m, key.from, token.to, "label = nil")
  elseif named == "group" then
    replace_all(m, token, in_quotes(m.groups))
    change(m, key.from, token.to, "group = nil")
  elseif named == "value" or named == "otherwise" then
    replace(m, token, quote(unquote(token) .. "x"))
  elseif named == "counts" then
    replace_all(m, token, in_quotes { "sum", "highest", "lowest", "max", "min", "best", "first" })
  elseif named == "pattern" then
    for at in token.text:gmatch "()[?+*{]" do
      change(m, token.from + at - 1, token.from + at - 1, "+")
    end
  elseif inside(m, token, "words") then
    template(m, token, names_in(token))
  elseif m.what ~= "attributes" then
    local attribute, method = asked(m, i)
    if attribute and CHOOSING[method] then
      replace_all(m, token, in_quotes(attribute.choices))
      if #attribute.choices == 0 then replace(m, token, quote(unquote(token) .. "x")) end
    elseif inside(m, token, "=") then -- keep = { ... }
      replace(m, token, quote(unquote(token) .. "x"))
    end
  end
end

local function name(m, token)
  local list, i = m.list, token.index
  local before, after = list[i - 1].text, list[i + 1].text
  if before == ":" then
    replace_all(m, token, INSTEAD[token.text] or {})
  elseif after == "{" then
    replace_all(m, token, GROUPS[token.text] or {})
    if GROUPS[token.text] or token.text == "at_least" or token.text == "one_of" then
      without_one(m, i + 1)
    end
  elseif before == "." then
    local this = m.attributes[token.text]
    for _, other in ipairs(this and #this.choices == 0 and m.names or {}) do
      if m.attributes[other].kind == this.kind then replace_all(m, token, { other }) end
    end
  end
  if token.text == "whole" and list[i + 1].other == list[i + 2] then
    change(m, list[i + 1].from, list[i + 2].to, "(10)")
  end
  local lists = after == "{" and (token.text == "words" or token.text:find "^choices?$"
    or (CHOOSING[token.text] and before == ":"))
  if lists or (token.text == "keep" and after == "=") then
    without_one(m, lists and i + 1 or i + 2)
  end
end

-- The whole condition turned round.
local function condition(m, i)
  local first, last = m.list[i + 2], i + 2
  while m.list[last + 1].text ~= "," and m.list[last + 1].text ~= "}" do
    last = m.list[last + 1].other and m.list[last + 1].other.index or last + 1
  end
  local to = m.list[last].to
  local lines = m.source:sub(first.from, to)
  change(m, first.from, to, "none { " .. lines:gsub("\n", " ") .. " }", "when turned round")
end

local function skip_value(m, i)
  while m.list[i].text ~= "," and m.list[i].text ~= "}" do
    i = m.list[i].other and m.list[i].other.index + 1 or i + 1
  end
  return i
end

local function declaration(m, d)
  local list, i = m.list, d.first + 2
  m.what, m.first, m.place = d.what, d.first, d.id or d.what
  if d.what == "derive" or d.what == "range" or d.what == "group" or d.what == "status" then
    change(m, list[d.first].from, list[d.last].to, "", "without it")
  end
  while i <= d.last do
    local token, after = list[i], list[i + 1]
    if FOR_PEOPLE[token.text] and after.text == "=" then
      i = skip_value(m, i)
    elseif token.kind == "number" then
      number(m, i)
    elseif token.kind == "string" then
      text(m, token)
    elseif token.kind == "name" then
      if token.text == "when" and after.text == "=" and d.what ~= "status" then condition(m, i) end
      name(m, token)
    end
    i = i + 1
  end
end

-- A status tries its cases in order: without each, and each pair the other way round.
local function cases(m, d)
  local open = m.list[d.first + 1].index
  local found = {}
  for _, child in ipairs(children(m, open)) do
    if m.list[child[1]].text == "{" then found[#found + 1] = child end
  end
  m.place = d.id
  for i, child in ipairs(found) do
    local first, last = m.list[child[1]], m.list[child[2]]
    local this = m.source:sub(first.from, last.to)
    change(m, first.from, m.list[child[2] + 1].to, "", "without " .. this:gsub("%s+", " "))
    local other = found[i + 1]
    if other then
      local to = m.list[other[2]].to
      local that = m.source:sub(m.list[other[1]].from, to)
      change(m, first.from, to, that .. ", " .. this, "first " .. that:gsub("%s+", " "))
    end
  end
end

-- All mutants of a vertical's text, in order: { text, line, key }.
function mutate.all(source)
  local list = tokens.read(source)
  local found = declarations(list)
  local m = { source = source, list = list, mutants = {}, seen = { [source] = true } }
  m.attributes, m.names = attributes(list, found), {}
  for attribute in pairs(m.attributes) do m.names[#m.names + 1] = attribute end
  table.sort(m.names)
  m.ids, m.labels, m.groups = all_fields(list, "id"), all_fields(list, "label"), {}
  for _, d in ipairs(found) do
    if d.what == "group" then m.groups[#m.groups + 1] = d.id end
  end
  for _, d in ipairs(found) do
    declaration(m, d)
    if d.what == "status" then cases(m, d) end
  end
  return m.mutants
end

return mutate
