--- Facts: slow look-ups that a vertical declares and conditions read like attributes.
---
---     local f = facts {
---       { "best_match", number, from = knowledge { query = words { "{last_message}" } } },
---     }
---
--- A declaration only: nothing here fetches anything, and a fact that nobody gives is missing.
local attribute = require "moonsift.attribute"
local derive = require "moonsift.derive"
local object = require "moonsift.object"
local problem = require "moonsift.problem"

local fact = {}

local MAX = 32
local MAX_CATEGORY = 200
local FORM = 'a fact is written { "name", type, from = knowledge { ... }, says = "..." }'
local FIRST_SLOT = 1000 -- core/lua puts facts behind all other slots, whose number is not known yet

--- What of the matches a fact of this type holds.
local TAKES = { number = "similarity", integer = "count", text = "title", choice = "title",
  choices = "titles", boolean = "found" }

local declared, by_name, names, places = {}, {}, {}, {}
local done = false

local make_source = object.kind("look-up")

local function take_query(place, query)
  local words = object.open(query, "list of words")
  local one = object.open(query, "attribute")
  if one and not one.broken then
    words = object.open(derive.words { "{" .. one.name .. "}" }, "list of words")
  elseif not words and not one then
    problem.report_at(place, 'E110 knowledge needs query, an attribute or words { "{name} ..." }; '
      .. "it has %s", object.show(query))
  end
  return words and words.templates or {}
end

local function take_threshold(place, value)
  if value == nil then
    return nil
  end
  local thousandths = type(value) == "number" and value >= 0 and value <= 1
    and math.floor(value * 1000 + 0.5)
  if not thousandths or math.abs(thousandths - value * 1000) > 1e-9 then
    problem.report_at(place, "E103 knowledge: threshold is a similarity from 0 to 1 with at most "
      .. "three decimals; it is %s", object.show(value))
    return nil
  end
  return thousandths
end

---@class KnowledgeFields
---@field query table an attribute or words { ... }: what is searched for
---@field category? string only documents of this category
---@field threshold? number least similarity, 0 to 1; else the knowledge base's own

--- The documents of the knowledge base that are most like a text.
---@param fields KnowledgeFields
function fact.knowledge(fields)
  local place = problem.here()
  if type(fields) ~= "table" or object.kind_of(fields) then
    problem.report_at(place, "E111 knowledge { query = a.last_message, category = \"...\" }")
    return make_source { broken = true }
  end
  problem.check_fields(place, "knowledge", fields, { "query", "category", "threshold" })
  local category = problem.optional_text(place, "knowledge", fields, "category")
  if category and #category > MAX_CATEGORY then
    problem.report_at(place, "E112 knowledge: a category has at most %d bytes", MAX_CATEGORY)
  end
  return make_source {
    from = "knowledge",
    query = take_query(place, fields.query),
    category = category,
    threshold = take_threshold(place, fields.threshold),
  }
end

local function list_index(_, name)
  local fields = by_name[name]
  if fields then
    return fields.handle
  end
  problem.report("E101 unknown fact %s%s", object.show(name),
    problem.suggest(name, names, places))
  return attribute.broken()
end

local make_list = object.kind("list of facts", list_index)

local function take_type(place, what, value)
  local fields = object.open(value, "type")
  if not fields then
    problem.report_at(place, "E110 %s needs a type, as an attribute has; it has %s", what,
      object.show(value))
  elseif not attribute.check_values(place, what, fields) then
    return nil
  elseif not TAKES[fields.type] then
    local known = {}
    for name in pairs(TAKES) do
      known[#known + 1] = name
    end
    table.sort(known)
    problem.report_at(place, "E133 %s: the knowledge base does not answer with a %s; a fact is %s",
      what, fields.type, table.concat(known, ", "))
    return nil
  end
  return fields
end

local function take_source(place, what, value)
  local source = object.open(value, "look-up")
  if not source then
    problem.report_at(place, "E133 %s needs from, where it is looked up: from = knowledge { "
      .. "query = ... }; it has %s", what, object.show(value))
  end
  return source or {}
end

local function declare(place, entry)
  if type(entry) ~= "table" or object.kind_of(entry) then
    problem.report_at(place, "E111 %s; found %s", FORM, object.show(entry))
    return
  end
  local name, at = entry[1], place
  if not attribute.check_name(at, "fact", FORM, name, by_name) then
    return
  end
  local what = 'fact "' .. name .. '"'
  problem.check_fields(at, what, entry, { "from", "says" }, 2)
  local kind, source = take_type(at, what, entry[2]), take_source(at, what, entry.from)
  local fields = {}
  for key, value in pairs(kind or { type = "?", broken = true }) do
    fields[key] = value
  end
  fields.name, fields.place, fields.slot = name, at, FIRST_SLOT + #declared + 1
  fields.from, fields.query, fields.category = source.from, source.query, source.category
  fields.threshold, fields.take = source.threshold, TAKES[fields.type]
  fields.says = problem.optional_text(at, what, entry, "says")
  fields.is_fact, fields.handle = true, attribute.handle(fields)
  declared[#declared + 1] = fields
  by_name[name], places[name] = fields, at
  names[#names + 1] = name
end

--- Declares all facts and returns them: f.best_match, ...
---@param list table[]
function fact.facts(list)
  object.check_open("facts")
  local place = problem.here "facts"
  if done or type(list) ~= "table" or object.kind_of(list) then
    problem.report_at(place, done and "E108 facts are declared once, in one list"
      or 'E111 facts are a list: facts { { "name", type, from = knowledge { ... } }, ... }')
    return make_list({})
  end
  done = true
  problem.check_entries(place, "facts", list, '{ "%s", type, from = knowledge { ... } }')
  problem.check_items(place, "facts", list, math.huge)
  local at = problem.entries(place)
  for i = 1, #list do
    declare(problem.entry_place(at[i] or place, list[i]), list[i])
  end
  if #declared > MAX then
    problem.report_at(place, "E112 a vertical has at most %d facts; this one has %d", MAX,
      #declared)
  end
  return make_list({})
end

--- The place of a declared fact, or nil.
---@return Place?
function fact.place_of(name)
  return places[name]
end

--- Custom functions see attributes and facts side by side, so no name is both.
function fact.plan()
  for _, fields in ipairs(declared) do
    local other = attribute.declared(fields.name)
    if other then
      problem.report_at(fields.place, 'E108 fact "%s": an attribute of that name comes in (%s); '
        .. "facts have names of their own", fields.name, problem.place_text(other.place))
    end
  end
  return declared
end

--- The facts of a vertical with mistakes: each has its place, those with mistakes are never read.
function fact.partial()
  local list = {}
  for i, fields in ipairs(declared) do
    local whole = not fields.broken and fields.query and #fields.query > 0
    list[i] = whole and fields or { name = "fact " .. i, type = "boolean", take = "found",
      query = { { pieces = { { text = "?" } } } }, place = fields.place }
  end
  return list
end

return fact
